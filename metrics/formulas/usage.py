"""Arithmetic of usage and of plain ratios: arrays [A] in, arrays [A] out, NaN is nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """numerator ÷ denominator; nothing where the denominator is missing or not above 0."""
    ok = denominator > 0
    quotient: Floats = np.divide(numerator, denominator, out=np.full(len(numerator), np.nan), where=ok)
    return quotient


def zero(values: Floats) -> Floats:
    """Nothing as 0."""
    return np.where(np.isnan(values), 0.0, values)


def first_known(*candidates: Floats) -> Floats:
    """Per account the first candidate that is above 0, else nothing."""
    out = np.full(len(candidates[0]), np.nan)
    for values in reversed(candidates):
        out = np.where(values > 0, values, out)
    return out


def change(now: Floats, before: Floats, least: float = 0.0, cap: float = np.inf) -> Floats:
    """now ÷ before − 1, capped to ±cap; nothing where `before` is 0 or under `least`."""
    out = ratio(now, np.where(before >= least, before, np.nan)) - 1.0
    return np.clip(out, -cap, cap)


def balance(good: Floats, bad: Floats, n: Floats) -> Floats:
    """(good − bad) ÷ (n + 2), −1…1; nothing where n is missing or 0."""
    return np.where(n > 0, (good - bad) / (n + 2.0), np.nan)


def share(part: Floats, whole: Floats) -> Floats:
    """part ÷ whole, at most 1; nothing where the whole is missing or 0."""
    return np.minimum(ratio(part, whole), 1.0)
