"""The smallest change: which single measure, moved how far, would turn an account green, or red.

From the scorecard in closed form; and each answer is scored by the real formula, caps included, before it is given.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.explain import End
from metrics.formulas import reaching, scoring
from metrics.formulas.scoring import NEUTRAL, UNIT, Bools, Ints
from metrics.models import Band, Cap, Line
from metrics.pulls import caps_of, line_points, pulls
from metrics.ranks import ranks_of
from metrics.registry import MEASURES, Direction, Unit

# What steps a value can take; counts, days and money are whole.
GRIDS = {Unit.RATIO: 0.01, Unit.BALANCE: 0.01, Unit.TIMES: 0.1, Unit.PER_SEAT: 0.1, Unit.SCORE: 0.1}
WHOLE = ("sentiment.csm_pulse",)


@dataclass(frozen=True)
class Way:
    """One measure moved so far that it suffices alone; `share`: of the way from its worst to its best. `units`: the
    score it would make, 1/10,000 point."""

    measure: str
    now: float
    to: float
    share: float
    units: int


@dataclass(frozen=True)
class Reach:
    """What would turn an account to a band, the smallest move first. `caps` hold it back; `is_across`: its score is
    across the border as it is."""

    band: Band
    border: float
    ways: tuple[Way, ...]
    caps: tuple[Cap, ...]
    is_across: bool


def reach(end: End, band: Band) -> Reach:
    """What would turn the account green or red, as it is on a scored day. No query beyond the ranks of the night."""
    borders = end.run.borders_of(end.card.version)
    is_green = band == Band.GREEN
    computed = scoring.bands(np.array([end.units or 0]), np.array([end.units is not None]), *borders)
    caps = end.caps if is_green else ()
    is_across = bool(computed[0] == band)
    is_fixed = end.row.manual or end.units is None or end.band == band or (is_across and not caps)
    return Reach(
        band=band,
        border=borders[1] if is_green else borders[0],
        ways=() if is_fixed else tuple(_Trial(end, band, borders).ways()),
        caps=caps,
        is_across=is_across,
    )


class _Trial:
    """One account, with one of its values at a time moved elsewhere."""

    def __init__(self, end: End, band: Band, borders: tuple[float, float]) -> None:
        self.end, self.band, self.borders = end, band, borders
        self.ranks = ranks_of(end.run).get(end.card.version.pk, {})
        self.tracked = {
            line.measure for line, counts in zip(end.card.lines, end.tracked, strict=True) if counts
        }  # fmt: skip
        border = round(borders[1] * UNIT) if band == Band.GREEN else round(borders[0] * UNIT) - 1
        self.missing = border - NEUTRAL - sum(end.row.contributions)

    def ways(self) -> list[Way]:
        """The nearest move of each measure that suffices, the smallest first."""
        moves = list(self._moves())
        suffices, scores = self._verdict(moves)
        found: dict[str, Way] = {}
        for (measure, to), enough, units in zip(moves, suffices.tolist(), scores.tolist(), strict=True):
            now = self.end.readings[measure]
            if enough and (measure not in found or abs(to - now) < abs(found[measure].to - now)):
                found[measure] = Way(measure, now, to, self._share(measure, now, to), units)
        return sorted(found.values(), key=lambda way: (way.share, way.measure))

    def _moves(self) -> Iterator[tuple[str, float]]:
        """(measure, value) that might suffice."""
        lines = {line.measure: n for n, line in enumerate(self.end.card.lines) if line.measure in self.tracked}
        bounds = [(key, bound) for cap in self.end.card.caps for key, _sign, bound in cap.conditions]
        for measure, now in self.end.readings.items():
            if math.isnan(now) or measure not in MEASURES:
                continue
            values = [bound for key, bound in bounds if key == measure]
            values += self._values(lines[measure]) if measure in lines else []
            least, most = _limits(measure)
            for to in reaching.possible(values, _grid(measure), least, most):
                if to != now:
                    yield measure, to

    def _values(self, n: int) -> list[float]:
        """Where a line alone would carry the score to the border."""
        line, row = self.end.card.lines[n], self.end.row
        ranked = self.ranks.get(line.position)
        ranks = line.by_rank and ranked is not None and len(ranked) >= scoring.MIN_RANKED
        higher = MEASURES[line.measure].direction is Direction.HIGHER
        if self.end.card.is_points:
            bounds = reaching.by_steps(line.steps)
            return [v for bound in bounds for v in reaching.by_rank(bound, ranked, higher)] if ranks else bounds
        points = reaching.needed(row.contributions[n], self.end.lines[line.measure].effective, self.missing)
        if points is None:
            return []
        if ranks:
            return reaching.by_rank(points, ranked, higher)
        if line.worst is None or line.neutral is None or line.best is None:
            return []
        value = reaching.by_thresholds(points, line.worst, line.neutral, line.best)
        return [] if value is None else [value]

    def _verdict(self, moves: Sequence[tuple[str, float]]) -> tuple[Bools, Ints]:
        """Which moves turn the band, and the scores they make: each an account like any other."""
        card, size = self.end.card, len(moves)
        columns = {key: np.full(size, self.end.readings[key]) for key in card.measures}
        for n, (measure, to) in enumerate(moves):
            columns[measure][n] = to
        made = pulls(card, self.tracked, columns, self.ranks, size)
        _bits, limit = caps_of(card, columns, size)
        band = scoring.capped(scoring.bands(made.score, made.scored, *self.borders), limit)
        return band == self.band, made.score

    def _share(self, measure: str, now: float, to: float) -> float:
        """How far that is, of the way from worst to best; of ranks, of all the others."""
        line = next((line for line in self.end.card.lines if line.measure == measure), None)
        span = _span(line) or _span(MEASURES[measure])
        if span:
            return abs(to - now) / span
        ranked = self.ranks.get(line.position) if line is not None and line.by_rank else None
        if line is not None and ranked is not None and len(ranked):
            places = line_points(line, np.array([now, to]), ranked)
            return float(abs(places[1] - places[0])) / 100
        return abs(to - now) / max(abs(now), abs(to))


def _span(of: Line | object | None) -> float:
    worst, best = getattr(of, "worst", None), getattr(of, "best", None)
    return 0.0 if worst is None or best is None else abs(best - worst)


def _grid(measure: str) -> float:
    return 1.0 if measure in WHOLE else GRIDS.get(MEASURES[measure].unit, 1.0)


def _limits(measure: str) -> tuple[float, float]:
    """Between which values a measure can lie at all."""
    known = MEASURES[measure]
    signed = min(known.worst or 0.0, known.best or 0.0) < 0
    return -math.inf if signed else 0.0, 1.0 if known.unit is Unit.FLAG else math.inf
