"""Where accounts are in their journey and how they are: stages by bands, time in a stage, what pulls down, moves, who
is stuck. Each block is one statement over all accounts of a scope."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection

from accounts.models import Workspace
from metrics.kpis.periods import months_later
from metrics.kpis.places import Scope
from metrics.models import Band, Line, ScopeKind
from metrics.models.snapshot import UNIT
from metrics.sql import statement

# How many measures are told of a cell.
PULLS = 3
# What puts an account into a scope, now and on a past day.
NOW = {
    ScopeKind.WORKSPACE: "true",
    ScopeKind.TEAM: "a.team_id = %({key})s::bigint",
    ScopeKind.CSM: "a.owner_id = %({key})s::bigint",
    ScopeKind.SEGMENT: "a.segment = %({key})s",
}
THEN = {
    ScopeKind.WORKSPACE: "true",
    ScopeKind.TEAM: "p.team = %({key})s",
    ScopeKind.CSM: "p.owner = %({key})s",
    ScopeKind.SEGMENT: "p.segment = %({key})s",
}

# A stage by its id; None: accounts without one.
StageId = int | None


class Cell(NamedTuple):
    """The accounts of a stage, and of one band where one is told. `unrated`: those whose currency has no rate, which
    MRR leaves out; `days`: the median of the days in the stage, of `timed` accounts; `limit`: after how many days one
    is stuck."""

    stage: StageId
    band: Band | None
    accounts: int
    mrr: Decimal
    unrated: int
    days: float | None
    timed: int
    stuck: int
    limit: Decimal | None


class Pull(NamedTuple):
    """A measure, and how many points it takes from the accounts of a cell, on average; negative."""

    measure: str
    points: Decimal


class Way(StrEnum):
    MOVED = "moved"
    NEW = "new"
    LOST = "lost"


class Move(NamedTuple):
    """Accounts that went from a stage to another; new ones come from none, lost ones go to none. `days`: the median of
    their days in the stage they left; `reasons`: of losses, why, the most frequent first."""

    way: Way
    source: StageId
    target: StageId
    accounts: int
    mrr: Decimal
    days: float | None
    reasons: tuple[tuple[str, int], ...]


class Flow(NamedTuple):
    """How many accounts came into a stage, went out of it, and skipped it."""

    came: int = 0
    went: int = 0
    skipped: int = 0


@dataclass(frozen=True)
class Moves:
    """What moved over some days: from where to where, and stage by stage."""

    rows: tuple[Move, ...]
    flows: Mapping[StageId, Flow]


class Placed(NamedTuple):
    """An account, where it is. `mrr` is None without a rate, `days` where nobody knows since when."""

    account: int
    external_id: str
    name: str
    owner: int | None
    stage: StageId
    band: Band
    score: Decimal | None
    mrr: Decimal | None
    days: int | None
    limit: Decimal | None
    drivers: Sequence[Mapping[str, Any]]

    @property
    def is_stuck(self) -> bool:
        return self.days is not None and self.limit is not None and self.days > self.limit


@dataclass(frozen=True)
class Which:
    """Which accounts of the map: all, or those of a stage, of a band, those that are stuck."""

    stage: int | None = None
    without_stage: bool = False
    band: Band | None = None
    is_stuck: bool = False


@dataclass(frozen=True)
class JourneyMap:
    """The accounts of a scope that are customers or on trial: now, `day` being today, or at the end of a past day.
    `narrowed`: of what else they must be."""

    workspace: Workspace
    scope: Scope
    day: date
    is_now: bool = True
    narrowed: tuple[Scope, ...] = ()

    def cells(self) -> list[Cell]:
        """Of each stage and band that has accounts, and of each such stage."""
        return [
            Cell(stage, None if band is None else Band(band), accounts, Decimal(mrr) / UNIT, *rest)
            for stage, band, accounts, mrr, *rest in self._rows("cells")
        ]

    def pulls(self) -> dict[tuple[StageId, Band], list[Pull]]:
        """Of each stage and band, the measures that take the most points, the worst first. Two statements."""
        sums: dict[tuple[StageId, Band], Counter[str]] = defaultdict(Counter)
        scored: Counter[tuple[StageId, Band]] = Counter()
        longest = max((len(lines) for lines in self._lines.values()), default=0)
        if not longest:
            return {}
        columns = ", ".join(f"sum(contributions[{n}])" for n in range(1, longest + 1))
        for stage, band, version, accounts, units in self._rows("pulls", sums=columns):
            cell = stage, Band(band)
            scored[cell] += accounts
            for measure, lost in zip(self._lines[version], units, strict=False):
                sums[cell][measure] += lost or 0
        return {cell: _worst(sums[cell], scored[cell]) for cell in sums}

    @cached_property
    def _lines(self) -> dict[int, list[str]]:
        """Scorecard version → the measures of its lines, in their order."""
        found: dict[int, list[str]] = defaultdict(list)
        rows = Line.objects.of(self.workspace).order_by("version_id", "position")
        for version, measure in rows.values_list("version_id", "measure"):
            found[version].append(measure)
        return found

    def moves(self, first: date) -> Moves:
        """What moved from the day `first` on."""
        rows: list[Move] = []
        flows: dict[StageId, dict[str, int]] = defaultdict(dict)
        start, eve = self.workspace.start_of(first), first - timedelta(days=1)
        for source, target, way, accounts, mrr, days, reasons in self._rows("moves", first=first, start=start, eve=eve):
            if way in Flow._fields:
                flows[target][way] = accounts
            else:
                why = tuple(Counter(reasons or ()).most_common())
                rows.append(Move(Way(way), source, target, accounts, Decimal(mrr) / UNIT, days, why))
        return Moves(tuple(rows), {stage: Flow(**told) for stage, told in flows.items()})

    def accounts(self, which: Which, limit: int | None = None, offset: int = 0) -> tuple[list[Placed], int]:
        """Some of the accounts, the longest beyond what they may stay first, healthy ones last; and how many there
        are."""
        asked: dict[str, Any] = {
            "stage": which.stage,
            "band": which.band,
            "green": Band.GREEN,
            "limit": limit,
            "offset": offset,
        }
        rows = self._rows("accounts", condition=_condition(which), **asked)
        found = [_placed(*row[:-1]) for row in rows]
        return found, rows[0][-1] if rows else 0

    def _rows(self, block: str, *, sums: str = "", condition: str = "", **more: Any) -> list[tuple[Any, ...]]:
        known = NOW if self.is_now else THEN
        scope = " AND ".join(known[each.kind].format(key=key) for key, each in self._scopes.items())
        placed = statement("journey_now" if self.is_now else "journey_then").format(scope=scope)
        asked = {"placed": placed, "limits": statement("journey_limits"), "sums": sums, "condition": condition}
        with connection.cursor() as cursor:
            cursor.execute(statement(f"journey_{block}").format(**asked), self._where | more)
            return list(cursor.fetchall())

    @property
    def _scopes(self) -> dict[str, Scope]:
        """By the name that statements have for the key of each."""
        return {f"key{n}": scope for n, scope in enumerate((self.scope, *self.narrowed))}

    @property
    def _where(self) -> dict[str, Any]:
        return {
            **{name: scope.key for name, scope in self._scopes.items()},
            "workspace": self.workspace.pk,
            "zone": self.workspace.time_zone,
            "day": self.day,
            "end": self.workspace.end_of(self.day),
            "year_before": self.workspace.start_of(months_later(self.day, -12)),
        }


def _worst(sums: Mapping[str, int], accounts: int) -> list[Pull]:
    lost = sorted((units, measure) for measure, units in sums.items() if units < 0)
    return [Pull(measure, Decimal(units) / accounts / UNIT) for units, measure in lost[:PULLS]]


def _condition(which: Which) -> str:
    return " AND ".join(_conditions(which)) or "true"


def _conditions(which: Which) -> Iterator[str]:
    if which.without_stage:
        yield "p.stage_id IS NULL"
    elif which.stage is not None:
        yield "p.stage_id = %(stage)s"
    if which.band is not None:
        yield "p.band = %(band)s"
    if which.is_stuck:
        yield "p.days > l.days"


def _placed(*row: Any) -> Placed:
    *about, band, score, mrr, days, limit, drivers = row
    return Placed._make((*about, Band(band), _of_units(score), _of_units(mrr), days, limit, json.loads(drivers)))


def _of_units(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units) / UNIT
