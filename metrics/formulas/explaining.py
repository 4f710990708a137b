"""Why one score became another, exact to 1/10,000 point (metrics.md 4.8). NumPy arrays in, integers out.

Between two days an account is led from what it was to what it is, one line at a time. Every state in between is scored
by the product's own function (`Rules.lift`), and a move is the difference of two such sums: the moves telescope by
construction, with the rounding of each contribution inside the move that caused it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any

import numpy as np

from metrics.formulas.scoring import NEUTRAL, Bools, Floats, Rules


class Kind(StrEnum):
    """What moved a score."""

    SCORECARD = "scorecard"  # another version, on the old data
    VALUE = "value"  # another value
    OWN = "own"  # another value, among the accounts of then
    OTHERS = "others"  # the other accounts moved around it
    CAME = "came"  # data where there was none
    WENT = "went"  # no data where there was some
    CLAMP = "clamp"  # a score ends at 0 and at 100
    REST = "rest"  # what the stored scores differ from scores worked out anew


@dataclass(frozen=True)
class Known:
    """What one account was scored by on a day, by the lines of the newer version: whether each of L is tracked, and the
    points that count (NaN: none). And what the score was made of, in 1/10,000 point: Σ contributions, and itself."""

    tracked: Bools
    points: Floats
    contributions: int
    score: int

    @property
    def clamp(self) -> int:
        """What the score was cut by at its ends."""
        return self.score - NEUTRAL - self.contributions


@dataclass(frozen=True)
class Move:
    """What one line (−1: none of them) did to the score, in 1/10,000 point."""

    line: int
    kind: Kind
    units: int


Step = tuple[int, Kind, Bools, Floats]


def decompose(rules: Rules, then: Known, now: Known, own: Floats) -> tuple[Move, ...]:
    """The moves that lead from the score of `then` to the score of `now`, in the order of metrics.md 4.8: they add up.

    First what the newer version, whose `rules` these are, makes of the old data; then values, at the effective weights
    of then; then data that came or went, line by line in the scorecard's order; at last the clamp.
    `own` [L]: the points of the value of now among the accounts of then; NaN where a line does not rank, or where these
    accounts are no longer known.
    """
    steps = [*_values(then, now, own), *_data(then, now)]
    sums = _sums(rules, [(then.tracked, then.points), *((tracked, points) for _n, _kind, tracked, points in steps)])
    lines = [
        Move(n, kind, after - before)
        for (n, kind, _tracked, _points), before, after in zip(steps, sums, sums[1:], strict=False)
    ]
    every = [
        Move(-1, Kind.SCORECARD, sums[0] - then.contributions),
        *lines,
        Move(-1, Kind.REST, now.contributions - sums[-1]),
        Move(-1, Kind.CLAMP, now.clamp - then.clamp),
    ]
    return tuple(move for move in every if move.units or move.line >= 0)


def _values(then: Known, now: Known, own: Floats) -> Iterator[Step]:
    """Other values of the lines that have data on both days."""
    at = then.points
    for n in np.flatnonzero(_both(then, now)).tolist():
        if not np.isnan(own[n]):
            if own[n] != at[n]:
                at = _with(at, n, own[n])
                yield n, Kind.OWN, then.tracked, at
            if now.points[n] != at[n]:
                at = _with(at, n, now.points[n])
                yield n, Kind.OTHERS, then.tracked, at
        elif now.points[n] != at[n]:
            at = _with(at, n, now.points[n])
            yield n, Kind.VALUE, then.tracked, at


def _data(then: Known, now: Known) -> Iterator[Step]:
    """Lines that got or lost their data, or that the whole workspace began or ceased to track."""
    both = _both(then, now)
    points, tracked = np.where(both, now.points, then.points), then.tracked
    changed = ~both & (~np.isnan(then.points) | ~np.isnan(now.points) | (then.tracked != now.tracked))
    for n in np.flatnonzero(changed).tolist():
        points, tracked = _with(points, n, now.points[n]), _with(tracked, n, now.tracked[n])
        came = not np.isnan(now.points[n]) or (np.isnan(then.points[n]) and bool(now.tracked[n]))
        yield n, Kind.CAME if came else Kind.WENT, tracked, points


def _both(then: Known, now: Known) -> Bools:
    return ~np.isnan(then.points) & ~np.isnan(now.points)


def _with(array: Any, place: int, value: float | bool) -> Any:
    copy = array.copy()
    copy[place] = value
    return copy


def _sums(rules: Rules, states: list[tuple[Bools, Floats]]) -> list[int]:
    """Σ contributions of each state; those of the same tracked lines are accounts of one matrix."""
    sums: list[int] = []
    for _key, same in groupby(states, key=lambda state: state[0].tobytes()):
        group = list(same)
        lifted, _e = rules.lift(group[0][0], np.array([points for _tracked, points in group]))
        sums += lifted.sum(axis=1).tolist()
    return sums
