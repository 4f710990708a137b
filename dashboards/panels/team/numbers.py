"""The KPIs of one scope: over a period, an earlier one, and the line of those before. Three queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, NamedTuple

from django.db.models import Q

from accounts.models import Workspace
from dashboards.panels.filters import bad
from dashboards.panels.scopes import ALWAYS
from dashboards.panels.team.asked import YEAR, Asked
from metrics import kpis  # noqa: F401 - registers every KPI
from metrics.kpis.answers import THIN, answer
from metrics.kpis.periods import Period
from metrics.kpis.places import Scope
from metrics.models import KpiSnapshot, ScopeKind, Target
from metrics.registry import KPIS, Kpi

POINTS = 13


class Cell(NamedTuple):
    """One KPI of one scope and period, as it was counted."""

    value: Decimal | None
    n: int
    part: Decimal
    whole: Decimal
    low: float | None = None
    high: float | None = None
    reason: str = ""
    restated_at: datetime | None = None
    known_day: date | None = None

    def is_thin(self, kpi: Kpi) -> bool:
        """Whether it is a rate of fewer than five cases."""
        return kpi.is_rate and self.value is not None and self.n < THIN


@cache
def nothing(key: str) -> Cell:
    """A KPI of a scope that has no record of it."""
    found = answer(KPIS[key], ())
    return Cell(found.value, 0, Decimal(found.part), Decimal(found.whole), reason=found.reason)


def rows_of(workspace: Workspace, kind: ScopeKind, key: str | None = None) -> Any:
    """The snapshots of one scope, or of all of a kind."""
    rows = KpiSnapshot.objects.of(workspace).filter(scope_kind=kind)
    return rows if key is None else rows.filter(scope_key=key)


@dataclass(frozen=True)
class Span:
    """Which days have been counted: from the start of the oldest period to the newest day. The first count takes a
    while, the newest periods first: `counted` are (start, until) of those that it has reached."""

    oldest: date
    newest: date
    counted: frozenset[tuple[date, date]]

    def holds(self, period: Period) -> bool:
        """Whether a period has been counted."""
        return (period.start, period.until) in self.counted


def span_of(workspace: Workspace, asked: Asked) -> Span | None:
    """What has been counted of a kind of period; nothing before the first count."""
    rows = rows_of(workspace, ScopeKind.WORKSPACE, "").filter(kpi=ALWAYS, period_kind=asked.period)
    counted = frozenset(rows.values_list("start", "until"))
    if not counted:
        return None
    return Span(min(start for start, _ in counted), max(until for _, until in counted) - timedelta(days=1), counted)


def period_of(workspace: Workspace, asked: Asked, span: Span) -> Period:
    """The period that is asked for. Raises FilterError for one that was not counted."""
    day = asked.start or span.newest
    if not span.oldest <= day <= span.newest:
        raise bad("start", day.isoformat())
    period = Period.of(workspace, asked.period, day, span.newest)
    if not span.holds(period):
        raise bad("start", day.isoformat())
    return period


@dataclass(frozen=True)
class Numbers:
    """`lines`: the KPIs of which the periods before are read as well."""

    workspace: Workspace
    scope: Scope
    asked: Asked
    span: Span
    period: Period
    lines: Sequence[str]

    @property
    def other(self) -> Period:
        """What it is compared with."""
        return self.period.year_before() if self.asked.against == YEAR else self.period.before()

    @property
    def is_comparable(self) -> bool:
        """Whether the period it is compared with has been counted."""
        return self.span.holds(self.other)

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """Up to thirteen, oldest first, the last of them the one asked for."""
        before = (self.period.moved(-n) for n in range(POINTS - 1, 0, -1))
        return (*(period for period in before if self.span.holds(period)), self.period)

    def current(self, key: str) -> Cell:
        return self.of(key, self.period)

    def earlier(self, key: str) -> Cell | None:
        return self.of(key, self.other) if self.is_comparable else None

    def of(self, key: str, period: Period) -> Cell:
        return self._cells.get((key, period.start, period.until)) or nothing(key)

    def line(self, key: str) -> tuple[Decimal | None, ...]:
        """Its values, oldest first; without the running period where it gathers over one."""
        periods = self.periods[:-1] if KPIS[key].grows and self.period.is_running else self.periods
        return tuple(self.of(key, period).value for period in periods)

    @cached_property
    def _cells(self) -> dict[tuple[str, date, date], Cell]:
        before = Q(kpi__in=self.lines, is_whole=True, start__gte=self.periods[0].start, start__lt=self.period.start)
        wanted = before
        for period in (self.period, self.other):
            wanted |= Q(start=period.start, until=period.until)
        rows = rows_of(self.workspace, self.scope.kind, self.scope.key).filter(wanted, period_kind=self.period.kind)
        told = rows.values_list("kpi", "start", "until", *Cell._fields)
        return {row[:3]: Cell(*row[3:]) for row in told}

    @cached_property
    def targets(self) -> dict[str, Decimal]:
        """KPI → its target of the period: the newest that had begun."""
        rows = Target.objects.of(self.workspace).filter(
            scope_kind=self.scope.kind, scope_key=self.scope.key, period_kind=self.period.kind
        )
        begun = rows.filter(start__lte=self.period.start).order_by("start")
        return dict(begun.values_list("kpi", "value"))
