"""How far one measure must move for a score to pass a border: closed forms, the other way round from points to values.

Each gives the few values at which it could happen; which of them suffices is for the formula of the score to say.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from metrics.formulas.scoring import UNIT, Floats, Step

# What binary fractions may be off by where a value lies on the grid; and what rounded contributions may ask for beyond
# the ends of the scale.
SLACK, BEYOND = 1e-9, 0.5


def needed(contribution: int, effective: float, missing: int) -> float | None:
    """The points a line needs, so that its contribution grows by `missing` (1/10,000 point, signed) at its effective
    weight; None where it counts nothing."""
    return 50.0 + (contribution + missing) / (effective * UNIT) if effective > 0 else None


def by_thresholds(points: float, worst: float, neutral: float, best: float) -> float | None:
    """The value that has exactly these points by thresholds (metrics.md 4.1); None where no value has."""
    if not -BEYOND <= points <= 100 + BEYOND:
        return None
    points = min(max(points, 0.0), 100.0)
    end, share = (best, (points - 50) / 50) if points >= 50 else (worst, (50 - points) / 50)
    if share and end == neutral:
        return None
    return neutral + share * (end - neutral)


def by_rank(points: float, ranked: Floats, higher_is_better: bool) -> list[float]:
    """The value in a ranking whose mid-rank is the first to reach these points, and its neighbours: at one of them, or
    just beyond it, lies the place asked for."""
    place = points if higher_is_better else 100 - points
    if not (len(ranked) and -BEYOND <= place <= 100 + BEYOND):
        return []
    at = min(max(math.ceil(place * len(ranked) / 100 - SLACK), 1), len(ranked))
    return [float(ranked[n]) for n in {max(at - 2, 0), at - 1, min(at, len(ranked) - 1)}]


def by_steps(steps: Sequence[Step]) -> list[float]:
    """The numbers at which a line of steps changes its points."""
    return [float(bound) for _sign, bound, _points in steps]


def possible(values: Iterable[float], grid: float, least: float, most: float) -> list[float]:
    """The values that can be, closest to some: the two around each on a grid (whole days, whole percents), and their
    neighbours, between `least` and `most`."""
    found: set[float] = set()
    for value in values:
        low, high = math.floor(value / grid + SLACK), math.ceil(value / grid - SLACK)
        found |= {round(n * grid, 10) for n in range(low - 1, high + 2)}
    return sorted(value for value in found if least <= value <= most)
