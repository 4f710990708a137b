"""Why A became B: one account between two scored days, exact to the last unit (metrics.md 4.8).

Both ends are stored scores, each as it was known on its own day; so what is said of two past days stays said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from django.db.models import QuerySet

from accounts.models import Account, Workspace
from accounts.models.written import written_once
from metrics.formulas.explaining import Kind, Known, Move, decompose
from metrics.formulas.scoring import Bools, Floats
from metrics.models import Band, Cap, Line, Run, ScorecardVersion, ScoreSnapshot, Standing
from metrics.pulls import counted, line_points, points_of, rules_of, step_points, tracked_of
from metrics.ranks import ranks_of
from metrics.scorecards import Card, published_card


class NotScoredError(LookupError):
    """The account has no score of its own for a day."""

    def __init__(self, day: date) -> None:
        super().__init__(str(day))
        self.day = day


@dataclass(frozen=True)
class At:
    """A measure on one day: its value and points (None: nothing), its share of the weight, the share at which it
    counted, and its contribution in 1/10,000 point."""

    value: float | None
    points: float | None
    weight: float
    effective: float
    units: int


@dataclass(frozen=True)
class End:
    """A scored day of an account: a snapshot, or where it stands. `run` says what was tracked and who ranked."""

    row: Any
    run: Run
    card: Card

    @property
    def day(self) -> date:
        return self.row.day  # type: ignore[no-any-return]

    @property
    def units(self) -> int | None:
        """The score in 1/10,000 point; None: not enough data."""
        return self.row.score_units  # type: ignore[no-any-return]

    @property
    def band(self) -> Band:
        return Band(self.row.band)

    @property
    def caps(self) -> tuple[Cap, ...]:
        """Those that hold."""
        return tuple(cap for cap in self.card.caps if self.row.caps >> cap.position & 1)

    @cached_property
    def tracked(self) -> Bools:
        """Which lines count, [L]. By day a kind of fact may have begun that the last night did not know."""
        return tracked_of(self.card, set(self.run.tracked)) | ~np.isnan(self.points)

    @cached_property
    def points(self) -> Floats:
        """The points that count, [L]."""
        return np.array(self.row.points, dtype=float)

    @cached_property
    def readings(self) -> dict[str, float]:
        """Every value that was kept: those of the lines, and those that the caps read; NaN: nothing."""
        lines = (line.measure for line in self.card.lines)
        caps = zip(self.card.cap_measures, self.row.cap_values, strict=True)
        return dict(caps) | dict(zip(lines, self.row.values, strict=True))

    @cached_property
    def lines(self) -> dict[str, At]:
        """What each measure of the scorecard was on the day."""
        rules = rules_of(self.card)
        _c, effective = rules.lift(self.tracked, self.points[None, :])
        total = float(rules.weights[self.tracked].sum()) or 1.0
        return {
            line.measure: At(
                value=_known(self.row.values[n]),
                points=_known(self.row.points[n]),
                weight=line_weight / total if self.tracked[n] else 0.0,
                effective=float(effective[0, n]),
                units=self.row.contributions[n],
            )
            for n, (line, line_weight) in enumerate(zip(self.card.lines, self.card.weights, strict=True))
        }

    def population(self, measure: str) -> Floats | None:
        """Among which values the measure ranked on the day; None where these are not kept, or were fixed anew since."""
        for line, value, points in zip(self.card.lines, self.row.values, self.row.points, strict=True):
            if line.measure == measure and line.by_rank and not math.isnan(value):
                ranked = ranks_of(self.run).get(self.card.version.pk, {}).get(line.position)
                return ranked if ranked is not None and _points(self.card, line, value, ranked) == points else None
        return None


@dataclass(frozen=True)
class Part:
    """What one cause did to the score, in 1/10,000 point: a measure, or (no measure) something of all of them."""

    kind: Kind
    measure: str
    units: int
    then: At | None = None
    now: At | None = None


@dataclass(frozen=True)
class Explanation:
    """Two days and the parts that lead from one score to the other; their units add up to the difference. None where
    one of the days has no score. `split`: the moves of ranks are told apart, own and others'."""

    then: End
    now: End
    parts: tuple[Part, ...]
    split: bool = True

    @property
    def units(self) -> int | None:
        """The difference of the scores, in 1/10,000 point."""
        if self.then.units is None or self.now.units is None:
            return None
        return self.now.units - self.then.units

    @property
    def new_version(self) -> bool:
        return bool(self.then.card.version.pk != self.now.card.version.pk)


def explain(account: Account, first: date, last: date) -> Explanation:
    """Why the score of one day became that of another. Six queries at most, seven by day. Raises NotScoredError."""
    return between(*ends(account, (first, last)))


def between(then: End, now: End) -> Explanation:
    """The same of two days that are at hand; only the ranks of their nights are read."""
    if then.units is None or now.units is None:
        return Explanation(then, now, ())
    tracked, points = _old_tracked(then, now), _old_points(then, now)
    own, split = _own(then, now, points)
    moves = decompose(
        rules_of(now.card),
        Known(tracked, points, sum(then.row.contributions), then.units),
        Known(now.tracked, now.points, sum(now.row.contributions), now.units),
        own,
    )
    return Explanation(then, now, tuple(_part(move, then, now) for move in moves), split)


def scored_days(account: Account) -> list[date]:
    """The days of which an account can be told: those with a snapshot, and that on which it stands. Two queries."""
    workspace = account.workspace
    days = list(_snapshots(account).order_by("day").values_list("day", flat=True))
    stands = Standing.objects.of(workspace).filter(account_id=account.pk).values_list("day", flat=True).first()
    return days if stands is None or stands in days[-1:] else [*days, stands]


def snapshot(account: Account, day: date) -> Any:
    """What was published for a day, with its run; None where nothing was."""
    return next(iter(_snapshot(account.workspace.pk, account.pk, day)), None)


@written_once
def _snapshot(workspace: int, account: int, day: date) -> QuerySet[Any]:
    rows = ScoreSnapshot.objects.of(workspace).published().filter(account_id=account, day=day)
    return rows.select_related("run")  # type: ignore[no-any-return]


def last_run(workspace: Workspace) -> Any:
    """The newest night of which there are scores; None where there is none."""
    return next(iter(_last_run(workspace.pk)), None)


@written_once
def _last_run(workspace: int) -> QuerySet[Any]:
    return Run.objects.of(workspace).published().order_by("-day")[:1]  # type: ignore[no-any-return]


def ends(account: Account, days: Sequence[date]) -> list[End]:
    """Scored days of an account, in the order asked for: as published, or as it stands. Raises NotScoredError."""
    workspace = account.workspace
    snapshots = _snapshots(account).filter(day__in=set(days)).select_related("run", "version__scorecard")
    rows: dict[date, Any] = {row.day: row for row in snapshots}
    runs = {day: row.run for day, row in rows.items()}
    if set(days) - rows.keys():
        stands = Standing.objects.of(workspace).filter(account_id=account.pk, day__in=set(days) - rows.keys())
        rows |= {row.day: row for row in stands.select_related("version__scorecard")}
    for day in days:
        if day not in rows:
            raise NotScoredError(day)
        if day not in runs:
            runs[day] = last_run(workspace) or _no_night(account, day)
    cards = _cards({row.version.pk: row.version for row in rows.values()})
    return [End(rows[day], runs[day], cards[rows[day].version_id]) for day in days]


def _snapshots(account: Account) -> Any:
    return ScoreSnapshot.objects.of(account.workspace).published().filter(account_id=account.pk)


def _no_night(account: Account, day: date) -> Run:
    """By day, before the first night."""
    return Run(workspace=account.workspace, day=day, known_day=day)


def _cards(versions: dict[int, ScorecardVersion]) -> dict[int, Card]:
    return {pk: published_card(version) for pk, version in versions.items()}


# -- the old data by the new version ------------------------------------------------------------------------


def _old_tracked(then: End, now: End) -> Bools:
    if then.card.version.pk == now.card.version.pk:
        return then.tracked
    tracked = {line.measure for line, is_tracked in zip(then.card.lines, then.tracked, strict=True) if is_tracked}
    return tracked_of(now.card, tracked | set(then.run.tracked))


def _old_points(then: End, now: End) -> Floats:
    """The points that the newer version would have given on the old day, [L]. A line that ranks is given those among
    the accounts of then; where these are not known, its old points if it ranked then, else those among the accounts of
    now."""
    if then.card.version.pk == now.card.version.pk:
        return then.points
    kept = {line.measure: n for n, line in enumerate(then.card.lines) if line.by_rank}
    ranks, carried = {}, {}
    for n, line in enumerate(now.card.lines):
        population = then.population(line.measure) if line.by_rank else None
        if population is not None:
            ranks[line.position] = population
        elif line.by_rank and line.measure in kept and _same_rule(line, then.card.lines[kept[line.measure]], then, now):
            carried[n] = float(then.points[kept[line.measure]])
        elif line.by_rank:
            ranks |= _ranks_now(now, line)
    readings = {line.measure: np.array([then.readings.get(line.measure, np.nan)]) for line in now.card.lines}
    points = points_of(now.card, readings, ranks, 1)
    for n, old in carried.items():
        points[0, n] = old
    return counted(now.card.lines, points, _old_tracked(then, now))[0]


def _same_rule(line: Line, old: Line, then: End, now: End) -> bool:
    return then.card.is_points == now.card.is_points and line.steps == old.steps


def _ranks_now(now: End, line: Line) -> dict[int, Floats]:
    ranked = ranks_of(now.run).get(now.card.version.pk, {}).get(line.position)
    return {} if ranked is None else {line.position: ranked}


def _own(then: End, now: End, points: Floats) -> tuple[Floats, bool]:
    """The points of the values of now among the accounts of then, [L] (NaN: not by rank, or not known), and whether all
    that rank could be split so."""
    own, split = np.full(len(points), np.nan), True
    ranked = np.array([line.by_rank for line in now.card.lines], dtype=bool)
    told = ~np.isnan(points) & ~np.isnan(now.points) & ~np.isnan(np.array(now.row.values, dtype=float))
    for n in np.flatnonzero(ranked & told).tolist():
        line, value = now.card.lines[n], now.row.values[n]
        population = then.population(line.measure)
        if population is None:
            split = split and math.isnan(then.readings.get(line.measure, math.nan))
        else:
            own[n] = _points(now.card, line, value, population)
    return own, split


def _points(card: Card, line: Line, value: float, ranked: Floats | None) -> float:
    one = step_points if card.is_points else line_points
    return float(one(line, np.array([value]), ranked)[0])


# -- what is said -------------------------------------------------------------------------------------------


def _part(move: Move, then: End, now: End) -> Part:
    if move.line < 0:
        return Part(move.kind, "", move.units)
    measure = now.card.lines[move.line].measure
    return Part(move.kind, measure, move.units, then.lines.get(measure), now.lines[measure])


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
