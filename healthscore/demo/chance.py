"""Chance that falls the same way every time: dice are named, never shared."""

from __future__ import annotations

import math
from collections.abc import Mapping
from hashlib import sha256
from random import Random

GOLDEN = 0.6180339887498949


def dice(*name: object) -> Random:
    """Returns a generator that depends on its name alone, on every machine and in every run."""
    digest = sha256("/".join(map(str, name)).encode()).digest()
    return Random(int.from_bytes(digest[:8], "big"))  # noqa: S311


def poisson(die: Random, mean: float) -> int:
    """Returns a count with the given mean (below about 50)."""
    limit, product, count = math.exp(-mean), die.random(), 0
    while product > limit:
        product *= die.random()
        count += 1
    return count


def pick(die: Random, weights: Mapping[str, float]) -> str:
    """Returns one of the keys, each as likely as its weight says."""
    return die.choices(list(weights), list(weights.values()))[0]


def evenly(number: int, phase: float) -> float:
    """Returns a value in [0, 1) for each of a row of numbers, spread so that every stretch has its fair share."""
    return (number * GOLDEN + phase) % 1


def clip(value: float, low: float = 0.0, high: float = 1.0) -> float:
    """Returns the value, kept between low and high."""
    return min(high, max(low, value))
