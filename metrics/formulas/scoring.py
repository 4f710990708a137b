"""The health score, as metrics.md section 4 defines it. NumPy arrays in and out, summed column by column.

Shapes: A accounts, L lines. Missing values and points are NaN. Points are 0…100; contributions and scores are
integers of 1/10,000 point, so that 50 + Σ contributions is the score in every byte.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

UNIT = 10_000
NEUTRAL = 50 * UNIT
GREY, RED, YELLOW, GREEN = 0, 1, 2, 3
MIN_COVERAGE = 0.40
MIN_LINES = 3
MIN_RANKED = 20
QUARTER = 25
HELD_POINTS = 2 * UNIT
HELD_DAYS = 3
COMPARE = {">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "=": operator.eq}
Step = tuple[str, float, float]


def points_linear(values: Floats, worst: float, neutral: float, best: float) -> Floats:
    """Points 0…100 of values [A] (metrics.md 4.1): 50 at neutral, 0 at worst, 100 at best, clamped.

    A span of 0 on one side (bonus, penalty) gives 50 there. The direction follows from worst and best.
    """
    sign = 1.0 if best >= worst else -1.0
    v, n = values * sign, neutral * sign
    up, down = best * sign - n, n - worst * sign
    above = 50.0 + 50.0 * np.minimum(1.0, (v - n) / up) if up > 0 else np.full_like(v, 50.0)
    below = 50.0 - 50.0 * np.minimum(1.0, (n - v) / down) if down > 0 else np.full_like(v, 50.0)
    points = np.where(v > n, above, np.where(v < n, below, 50.0))
    return np.where(np.isnan(values), np.nan, points)


def points_percentile(values: Floats, ranked: Floats, higher_is_better: bool = True) -> Floats:
    """Points 0…100 by mid-rank among `ranked` [N], sorted (metrics.md 4.1): 100 · (#worse + ½ · #equal) ÷ N."""
    below = np.searchsorted(ranked, values, "left")
    upto = np.searchsorted(ranked, values, "right")
    worse = below if higher_is_better else len(ranked) - upto
    points = 100.0 * (worse + 0.5 * (upto - below)) / len(ranked)
    return np.where(np.isnan(values), np.nan, points)


def points_by_steps(values: Floats, steps: Sequence[Step]) -> Floats:
    """Signed points of values [A] in a scorecard of points: those of the first step (comparison, number, points)
    that holds, 0 where none does."""
    points = np.zeros(len(values))
    for sign, bound, given in reversed(steps):
        points = np.where(COMPARE[sign](values, bound), float(given), points)
    return np.where(np.isnan(values), np.nan, points)


def effective_weights(weights: Floats, groups: Sequence[str], tracked: Bools, present: Bools) -> Floats:
    """Effective weights e [A, L] of lines present [A, L] (metrics.md 4.2): a missing weight stays in its group,
    then goes to the other groups; no line more than doubles. What remains, 1 − Σe, counts as neutral."""
    w = np.where(tracked, weights, 0.0)
    there = present & tracked
    total = _sum(w)
    e = np.zeros(present.shape)
    if total <= 0:
        return e
    group_total, group_present, heard = {}, {}, np.zeros(len(present))
    for group in dict.fromkeys(groups):
        columns = [i for i, g in enumerate(groups) if g == group]
        group_total[group] = _sum(w[columns])
        group_present[group] = sum((np.where(there[:, i], w[i], 0.0) for i in columns), np.zeros(len(present)))
        heard = heard + np.where(group_present[group] > 0, group_total[group], 0.0)
    for i, group in enumerate(groups):
        share = np.divide(w[i], group_present[group], out=np.zeros(len(present)), where=group_present[group] > 0)
        part = np.divide(group_total[group], heard, out=np.zeros(len(present)), where=heard > 0)
        e[:, i] = np.where(there[:, i], np.minimum(part * share, 2.0 * w[i] / total), 0.0)
    return e


def coverage(weights: Floats, tracked: Bools, present: Bools) -> Floats:
    """Σ weights of lines with data ÷ Σ weights of tracked lines, [A] (metrics.md 4.4)."""
    w = np.where(tracked, weights, 0.0)
    total = _sum(w)
    heard = sum((np.where(present[:, i], w[i], 0.0) for i in range(len(w))), np.zeros(len(present)))
    return heard / total if total > 0 else heard


def contributions(e: Floats, points: Floats) -> Ints:
    """cᵢ = eᵢ · (pᵢ − 50) in 1/10,000 point, half-even, [A, L] (metrics.md 4.3); missing is 0.

    Where rounding would carry the sum past 0 or 100 points, the units too many are taken off the largest pull.
    """
    units: Ints = np.rint(np.where(e > 0, e * (points - 50.0), 0.0) * UNIT).astype(np.int64)
    total = units.sum(axis=1)
    (rows,) = np.nonzero(np.abs(total) > NEUTRAL)
    if len(rows):
        largest = np.abs(units[rows]).argmax(axis=1)
        units[rows, largest] -= total[rows] - np.sign(total[rows]) * NEUTRAL
    return units


def point_contributions(points: Floats) -> Ints:
    """Signed points [A, L] in 1/10,000 point; missing is 0."""
    units: Ints = np.rint(np.where(np.isnan(points), 0.0, points) * UNIT).astype(np.int64)
    return units


@dataclass(frozen=True)
class Rules:
    """What a scorecard version makes of the points of its L lines: weighs them, or (`adds`) adds them up."""

    weights: Floats
    groups: Sequence[str]
    adds: bool = False

    def lift(self, tracked: Bools, points: Floats) -> tuple[Ints, Floats]:
        """(contributions, effective weights), [A, L] each, of points [A, L] in which NaN counts nothing. The effective
        weights of signed points are the shares of what is within reach."""
        counted = ~np.isnan(points) & tracked
        if self.adds:
            total = _sum(np.where(tracked, self.weights, 0.0))
            shares = np.where(counted, self.weights / total, 0.0) if total > 0 else np.zeros(points.shape)
            return point_contributions(np.where(counted, points, np.nan)), shares
        e = effective_weights(self.weights, self.groups, tracked, counted)
        return contributions(e, np.where(counted, points, 50.0)), e


def scores(c: Ints) -> Ints:
    """50 + Σ contributions, in 1/10,000 point, [A]; clamped to 0…100, which only signed points can leave."""
    total: Ints = np.clip(NEUTRAL + c.sum(axis=1, dtype=np.int64), 0, 2 * NEUTRAL)
    return total


def enough(covered: Floats, present: Bools, tracked: Bools) -> Bools:
    """Whether there is a score at all, [A] (metrics.md 4.4): coverage ≥ 40 % and at least 3 lines."""
    lines: Ints = (present & tracked).sum(axis=1)
    return (covered >= MIN_COVERAGE) & (lines >= MIN_LINES)


def bands(score: Ints, scored: Bools, red_below: float = 40, green_from: float = 70) -> Ints:
    """The band of each score by thresholds alone, [A] (metrics.md 4.5)."""
    red, green = round(red_below * UNIT), round(green_from * UNIT)
    band = np.where(score < red, RED, np.where(score < green, YELLOW, GREEN))
    return np.where(scored, band, GREY).astype(np.int64)


def rank_borders(ranked: Ints) -> tuple[int, int] | None:
    """(red below, green from) in 1/10,000 point that cut off the bottom and the top quarter of some scores, by
    mid-rank; None for fewer than 20 (metrics.md 4.5). Where the best are too many to be a quarter, nobody is green.
    """
    if len(ranked) < MIN_RANKED:
        return None
    ranked = np.sort(ranked)
    place = points_percentile(ranked.astype(np.float64), ranked.astype(np.float64))
    top = ranked[place > 100 - QUARTER]
    return int(ranked[place >= QUARTER][0]), int(top[0] if len(top) else ranked[-1] + 1)


def hold(
    computed: Ints, score: Ints, before: Ints, across: Ints, red_below: float = 40, green_from: float = 70
) -> tuple[Ints, Ints]:
    """Hysteresis on yesterday's held band (metrics.md 4.5): (band, days across), [A] each.

    The band changes when the score is 2 points past the border or on the third day across it. `before` GREY
    means no band to hold. `across` counts the days across, negative below, and starts again on the way back.
    """
    red, green = round(red_below * UNIT), round(green_from * UNIT)
    upper = np.where(before == YELLOW, green, red)
    lower = np.where(before == GREEN, green, red)
    side = np.where(computed > before, 1, -1)
    past = np.where(side > 0, score - upper, lower - score)
    days = np.where(np.sign(across) == side, np.abs(across) + 1, 1)
    holds = (before != GREY) & (computed != GREY) & (computed != before) & (past < HELD_POINTS) & (days < HELD_DAYS)
    return np.where(holds, before, computed), np.where(holds, side * days, 0)


def capped(band: Ints, cap: Ints) -> Ints:
    """The worse of band and cap; a cap colours grey as well (metrics.md 4.6). GREEN is no cap."""
    return np.where(cap == GREEN, band, np.where(band == GREY, cap, np.minimum(band, cap)))


def _sum(column: Floats) -> float:
    """A sum in the order of the column, so that it is the same on every machine."""
    total = 0.0
    for value in column.tolist():
        total += value
    return total
