"""What lifts and what lowers: from values to points, contributions and the score, for accounts of one version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from metrics.formulas import scoring
from metrics.formulas.scoring import Bools, Floats, Ints, Rules
from metrics.models import Line
from metrics.registry import MEASURES, Direction
from metrics.scorecards import Card

Ranks = Mapping[int, Floats]


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


def pulls(card: Card, tracked: set[str], readings: Mapping[str, Floats], ranks: Ranks, size: int) -> Pulls:
    """Points, weights and contributions of `size` accounts, and the score they make."""
    lines = card.lines
    is_tracked = tracked_of(card, tracked)
    said = points_of(card, readings, ranks, size)
    present = ~np.isnan(said)
    points = counted(lines, said, is_tracked)
    rules = rules_of(card)
    contributions, e = rules.lift(is_tracked, points)
    covered = scoring.coverage(rules.weights, is_tracked, present & is_tracked)
    known = np.minimum(1.0, _row_sums(e))
    if card.is_points:
        known = scoring.coverage(rules.weights, is_tracked, ~np.isnan(points))
    return Pulls(
        values=matrix([readings[line.measure] for line in lines], size),
        points=points,
        contributions=contributions,
        score=scoring.scores(contributions),
        scored=scoring.enough(covered, present, is_tracked),
        coverage=np.rint(covered * scoring.UNIT).astype(np.int64),
        unknown=np.rint((1.0 - known) * scoring.UNIT).astype(np.int64),
    )


def rules_of(card: Card) -> Rules:
    """What the card makes of points."""
    groups = [MEASURES[line.measure].group for line in card.lines]
    return Rules(np.array(card.weights, dtype=float), groups, card.is_points)


def tracked_of(card: Card, tracked: set[str]) -> Bools:
    """Which of its lines are tracked, [L]."""
    return np.array([line.measure in tracked for line in card.lines], dtype=bool)


def points_of(card: Card, readings: Mapping[str, Floats], ranks: Ranks, size: int) -> Floats:
    """Points of each line [A, L]; NaN where a value says nothing."""
    one = step_points if card.is_points else line_points
    return matrix([one(line, readings[line.measure], ranks.get(line.position)) for line in card.lines], size)


def counted(lines: Sequence[Line], points: Floats, tracked: Bools) -> Floats:
    """The points that count [A, L]: with what a line assumes for missing data, without untracked lines."""
    points = points.copy()
    for n, line in enumerate(lines):
        if line.assumed_points is not None:
            points[np.isnan(points[:, n]), n] = line.assumed_points
    return np.where(tracked, points, np.nan)


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


def caps_of(card: Card, readings: Mapping[str, Floats], size: int) -> tuple[Ints, Ints]:
    """Which caps hold, as bits by position, and the worst band they allow (GREEN: no cap)."""
    bits, limit = np.zeros(size, dtype=np.int64), np.full(size, scoring.GREEN, dtype=np.int64)
    for cap in card.caps:
        holds = np.ones(size, dtype=bool)
        for key, sign, bound in cap.conditions:
            holds &= scoring.COMPARE[sign](readings[key], bound)
        bits |= holds.astype(np.int64) << cap.position
        limit = np.where(holds, np.minimum(limit, cap.band), limit)
    return bits, limit


def matrix(columns: Sequence[Floats], size: int) -> Floats:
    """Columns side by side; of no columns, `size` empty rows."""
    return np.column_stack(columns) if columns else np.empty((size, 0))


def _row_sums(e: Floats) -> Floats:
    """Σ over the lines, in their order."""
    total = np.zeros(len(e))
    for n in range(e.shape[1]):
        total = total + e[:, n]
    return total
