"""From a score to the chance of leaving (metrics.md 4.9, 4.11): two-parameter logistic, or isotonic. NumPy in and out.

Scores are rounded to whole points, 0…100, so that a curve is a table of 101 numbers: how many pairs had each score, and
how many of them were lost, is all that a fit needs.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.formulas.judging import Sample, draws, interval
from metrics.formulas.scoring import Floats, Ints

POINTS = 101
# From so many churned accounts on, the curve follows the data instead of a formula.
ISOTONIC = 200
FOLDS = 5
STEPS = 40
# Keeps a fit finite where a draw lost nobody, or a score parts the lost from the rest.
RIDGE = 1e-6


@dataclass(frozen=True)
class Curve:
    """The chance of leaving at each score 0…100, with its 95 % interval, [101] each."""

    is_isotonic: bool
    risk: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True)
class Bin:
    """Some pairs: how many, how many of them were lost, and what share was predicted."""

    n: int
    lost: int
    predicted: float


@dataclass(frozen=True)
class Calibration:
    """How well predicted chances fit what happened, each account predicted from others only: tenths by what was
    predicted, the Brier score (the mean squared error), and that of the plain share of losses."""

    bins: list[Bin]
    brier: float
    brier_plain: float


def curve(score: Floats, sample: Sample) -> Curve:
    """The curve of a sample; the interval is of draws of accounts."""
    isotonic, place = sample.churned >= ISOTONIC, whole_points(score)
    fit = isotonic_fit if isotonic else logistic_fit
    n, lost = _tally(place, sample)
    drawn = np.concatenate([fit(n @ each, lost @ each) for each in draws(sample.accounts)], axis=1)
    ends = np.array([interval(row) for row in drawn])
    ones = np.ones((sample.accounts, 1))
    return Curve(isotonic, fit(n @ ones, lost @ ones)[:, 0], ends[:, 0], ends[:, 1])


def calibration(score: Floats, sample: Sample) -> Calibration:
    """How well such a curve predicts accounts that it has not seen: a fifth of them at a time."""
    fit = isotonic_fit if sample.churned >= ISOTONIC else logistic_fit
    place, fold = whole_points(score), sample.account % FOLDS
    predicted, plain = np.empty(len(score)), np.empty(len(score))
    for number in range(FOLDS):
        inside, rest = fold == number, fold != number
        n = np.bincount(place[rest], minlength=POINTS).astype(float)
        lost = np.bincount(place[rest], sample.lost[rest], minlength=POINTS).astype(float)
        predicted[inside] = fit(n[:, None], lost[:, None])[place[inside], 0]
        plain[inside] = lost.sum() / max(n.sum(), 1.0)
    part = np.argsort(np.argsort(predicted, kind="stable"), kind="stable") * 10 // max(len(score), 1)
    bins = [
        Bin(int((part == n).sum()), int(sample.lost[part == n].sum()), float(predicted[part == n].mean()))
        for n in range(10)
        if (part == n).any()
    ]
    return Calibration(bins, _brier(predicted, sample), _brier(plain, sample))


def whole_points(score: Floats) -> Ints:
    """Scores as whole points, 0…100."""
    points: Ints = np.clip(np.rint(score), 0, POINTS - 1).astype(np.int64)
    return points


def logistic_fit(n: Floats, lost: Floats) -> Floats:
    """The chance at each score by a logistic curve with two parameters, for columns of tallies [101 × draws]."""
    x = ((np.arange(POINTS) - 50) / 50)[:, None]
    share = np.clip(lost.sum(axis=0) / np.maximum(n.sum(axis=0), 1.0), 1e-6, 1 - 1e-6)
    a, b = np.log(share / (1 - share)), np.zeros(n.shape[1])
    for _ in range(STEPS):
        p = _logistic(a + b * x)
        miss, weight = lost - n * p, n * p * (1 - p)
        g, gx = miss.sum(axis=0) - RIDGE * a, (miss * x).sum(axis=0) - RIDGE * b
        h, hx, hxx = weight.sum(axis=0) + RIDGE, (weight * x).sum(axis=0), (weight * x * x).sum(axis=0) + RIDGE
        det = h * hxx - hx * hx
        a = a + np.clip((hxx * g - hx * gx) / det, -2, 2)
        b = b + np.clip((h * gx - hx * g) / det, -2, 2)
    return _logistic(a + b * x)


def isotonic_fit(n: Floats, lost: Floats) -> Floats:
    """The chance at each score, falling as the score rises, that fits best (pool adjacent violators)."""
    return np.column_stack([_pooled(n[:, k], lost[:, k]) for k in range(n.shape[1])])


def _pooled(n: Floats, lost: Floats) -> Floats:
    pools: list[tuple[float, float, int]] = []  # lost, n, last point
    for point in np.flatnonzero(n > 0).tolist():
        gone, size = float(lost[point]), float(n[point])
        while pools and pools[-1][0] * size <= gone * pools[-1][1]:
            more, others, _ = pools.pop()
            gone, size = gone + more, size + others
        pools.append((gone, size, point))
    ends = [last for _, _, last in pools]
    rates = np.array([gone / size for gone, size, _ in pools])
    pool = np.minimum(np.searchsorted(ends, np.arange(POINTS)), len(pools) - 1)
    found: Floats = rates[pool]
    return found


def _logistic(x: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-np.clip(x, -500, 500)))
    return found


def _brier(predicted: Floats, sample: Sample) -> float:
    return float(np.mean((predicted - sample.lost) ** 2))


def _tally(place: Ints, sample: Sample) -> tuple[Floats, Floats]:
    """How many pairs of each account had each score, and how many of them were lost [101 × A]."""
    key = place * sample.accounts + sample.account
    shape, size = (POINTS, sample.accounts), POINTS * sample.accounts
    n = np.bincount(key, minlength=size).reshape(shape).astype(float)
    return n, np.bincount(key, sample.lost, minlength=size).reshape(shape).astype(float)
