"""From values to points, contributions, score and band, for all accounts of one scorecard version at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from metrics.formulas import scoring
from metrics.formulas.scoring import Bools, Floats, Ints
from metrics.models import Line
from metrics.registry import MEASURES, Direction
from metrics.scorecards import Card

Borders = tuple[float, float]


@dataclass(frozen=True)
class Before:
    """What the day before left, per account [A]: the held band (GREY: none), days across, caps that held, whether
    a manual band was in force; and for today the manual band (−1: none) and whether it begins today."""

    held: Ints
    across: Ints
    caps: Ints
    was_manual: Bools
    is_known: Bools
    manual: Ints
    manual_begins: Bools


@dataclass(frozen=True)
class Pulls:
    """What lifts and what lowers A accounts by one card of L lines, and the score it makes; shapes as named."""

    values: Floats  # A × L
    points: Floats  # A × L
    contributions: Ints  # A × L
    score: Ints  # A, meaningful where scored
    scored: Bools
    coverage: Ints  # 1/10,000
    unknown: Ints  # 1/10,000


@dataclass(frozen=True)
class Scores(Pulls):
    """Scores with their bands, and the values of the C measures that the caps read."""

    computed: Ints
    held: Ints
    across: Ints
    caps: Ints
    manual: Bools
    band: Ints
    cap_values: Floats  # A × C


def score(
    card: Card,
    tracked: set[str],
    readings: Mapping[str, Floats],
    ranks: Mapping[int, Floats],
    before: Before,
    borders: Borders,
) -> Scores:
    """Score accounts: what pulls, then the band in the order of metrics.md 4.6, with today's borders."""
    size = len(before.held)
    made = pulls(card, tracked, readings, ranks, size)
    computed = scoring.bands(made.score, made.scored, *borders)
    held, across = scoring.hold(computed, made.score, before.held, before.across, *borders)
    caps, limit = _caps(card, readings, size)
    manual = _manual(before, caps)
    return Scores(
        **vars(made),
        computed=computed,
        held=held,
        across=across,
        caps=caps,
        manual=manual,
        band=np.where(manual, before.manual, scoring.capped(held, limit)),
        cap_values=_matrix([readings[key] for key in card.cap_measures], size),
    )


def pulls(
    card: Card, tracked: set[str], readings: Mapping[str, Floats], ranks: Mapping[int, Floats], size: int
) -> Pulls:
    """Points, weights and contributions of `size` accounts, and the score they make."""
    lines = card.lines
    one = step_points if card.is_points else line_points
    points = _matrix([one(line, readings[line.measure], ranks.get(line.position)) for line in lines], size)
    is_tracked = np.array([line.measure in tracked for line in lines], dtype=bool)
    present = ~np.isnan(points)
    points, counted = _assumed(lines, points, is_tracked)
    points = np.where(counted, points, np.nan)
    weights = np.array(card.weights, dtype=float)
    covered = scoring.coverage(weights, is_tracked, present & is_tracked)
    if card.is_points:
        c, known = scoring.point_contributions(points), scoring.coverage(weights, is_tracked, counted)
    else:
        groups = [MEASURES[line.measure].group for line in lines]
        e = scoring.effective_weights(weights, groups, is_tracked, counted)
        c, known = scoring.contributions(e, np.where(counted, points, 50.0)), np.minimum(1.0, _row_sums(e))
    return Pulls(
        values=_matrix([readings[line.measure] for line in lines], size),
        points=points,
        contributions=c,
        score=scoring.scores(c),
        scored=scoring.enough(covered, present, is_tracked),
        coverage=np.rint(covered * scoring.UNIT).astype(np.int64),
        unknown=np.rint((1.0 - known) * scoring.UNIT).astype(np.int64),
    )


def line_points(line: Line, values: Floats, ranked: Floats | None) -> Floats:
    """Points of a line [A]: by rank where it is ranked and enough accounts have data, else by thresholds if set."""
    if line.by_rank and ranked is not None and len(ranked) >= scoring.MIN_RANKED:
        return _rank_points(line, values, ranked)
    if line.worst is None or line.neutral is None or line.best is None:
        return np.full(len(values), np.nan)
    return scoring.points_linear(values, line.worst, line.neutral, line.best)


def step_points(line: Line, values: Floats, ranked: Floats | None) -> Floats:
    """Signed points of a line [A] by its steps. Of a line by rank they ask for the percentile 0…100, of which there
    is none before enough accounts have data."""
    if not line.by_rank:
        return scoring.points_by_steps(values, line.steps)
    if ranked is None or len(ranked) < scoring.MIN_RANKED:
        return np.full(len(values), np.nan)
    return scoring.points_by_steps(_rank_points(line, values, ranked), line.steps)


def _rank_points(line: Line, values: Floats, ranked: Floats) -> Floats:
    return scoring.points_percentile(values, ranked, MEASURES[line.measure].direction is Direction.HIGHER)


def _matrix(columns: list[Floats], size: int) -> Floats:
    return np.column_stack(columns) if columns else np.empty((size, 0))


def _assumed(lines: tuple[Line, ...], points: Floats, tracked: Bools) -> tuple[Floats, Bools]:
    """Points with what a line assumes for missing data, and which of them count."""
    points = points.copy()
    for n, line in enumerate(lines):
        if line.assumed_points is not None:
            points[np.isnan(points[:, n]), n] = line.assumed_points
    return points, ~np.isnan(points) & tracked


def _row_sums(e: Floats) -> Floats:
    """Σ over the lines, in their order."""
    total = np.zeros(len(e))
    for n in range(e.shape[1]):
        total = total + e[:, n]
    return total


def _caps(card: Card, readings: Mapping[str, Floats], size: int) -> tuple[Ints, Ints]:
    """Which caps hold, as bits by position, and the worst band they allow (GREEN: no cap)."""
    bits, limit = np.zeros(size, dtype=np.int64), np.full(size, scoring.GREEN, dtype=np.int64)
    for cap in card.caps:
        holds = np.ones(size, dtype=bool)
        for key, sign, bound in cap.conditions:
            holds &= scoring.COMPARE[sign](readings[key], bound)
        bits |= holds.astype(np.int64) << cap.position
        limit = np.where(holds, np.minimum(limit, cap.band), limit)
    return bits, limit


def _manual(before: Before, caps: Ints) -> Bools:
    """Whether the manual band wins: until its end, or a cap that did not hold the day before (metrics.md 4.6)."""
    new_cap = (caps & ~before.caps) != 0
    goes_on = ~before.is_known | (before.was_manual & ~new_cap)
    return (before.manual >= 0) & (before.manual_begins | goes_on)
