"""What all KPIs are made of: exact quotients, intervals of shares, and medians. None is "no number"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal

Number = int | Decimal

# The same digits whatever the context of the caller.
EXACT = Context(prec=28, rounding=ROUND_HALF_EVEN)
Z95 = 1.959963984540054


def ratio(part: Number, whole: Number) -> Decimal | None:
    """part ÷ whole to 28 digits; nothing where the whole is 0."""
    return EXACT.divide(Decimal(part), Decimal(whole)) if whole else None


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float] | None:
    """The 95 % interval of a share of `hits` in `n`, 0…1 (Wilson 1927); nothing without cases."""
    if n == 0:
        return None
    share, spread = hits / n, z * z / n
    middle = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / n + spread / (4 * n))
    low, high = (middle - half) / (1 + spread), (middle + half) / (1 + spread)
    return (0.0 if hits == 0 else low, 1.0 if hits == n else high)


def mean(values: Sequence[Number]) -> Decimal | None:
    """Sum ÷ count; nothing without values."""
    return ratio(sum(values, Decimal(0)), len(values))


def quantile(values: Sequence[Number], q: Decimal) -> Decimal | None:
    """The value below which a share `q` (0…1) lies, by linear interpolation between neighbours; nothing without
    values."""
    if not values:
        return None
    ordered = sorted(Decimal(value) for value in values)
    place = EXACT.multiply(q, Decimal(len(ordered) - 1))
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    step = EXACT.multiply(ordered[above] - ordered[below], place - below)
    return EXACT.add(ordered[below], step)


def median(values: Sequence[Number]) -> Decimal | None:
    """The middle value; the mean of the two in the middle where their number is even."""
    return quantile(values, Decimal("0.5"))
