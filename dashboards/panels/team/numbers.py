"""The KPIs of one scope: over a period, an earlier one, and the line of those before. Three queries; what belongs to
several scopes at once was not counted beforehand, and is counted from the facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, NamedTuple, cast

from django.db.models import Q

from accounts.models import Workspace
from dashboards.panels.filters import bad
from dashboards.panels.scopes import ALWAYS
from dashboards.panels.team.asked import YEAR, Asked
from metrics import kpis  # noqa: F401 - registers every KPI
from metrics.kpis.answers import THIN, Answer, Book, Question, answer, answers
from metrics.kpis.corners import CornerBook
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Scope
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


Answers = dict[tuple[str, Scope], Answer]


def told(found: Answer) -> Cell:
    low, high = found.interval or (None, None)
    return Cell(found.value, found.n, Decimal(found.part), Decimal(found.whole), low, high, str(found.reason))


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
    """`lines`: the KPIs of which the periods before are read as well. `narrowed`: what else their accounts must be
    of."""

    workspace: Workspace
    scope: Scope
    asked: Asked
    span: Span
    period: Period
    lines: Sequence[str]
    narrowed: tuple[Scope, ...] = ()

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
        """Its values, oldest first; without the running period where it gathers over one. Empty for a KPI of which
        the periods before are not read."""
        if key not in self.lines:
            return ()
        periods = self.periods[:-1] if KPIS[key].grows and self.period.is_running else self.periods
        return tuple(self.of(key, period).value for period in periods)

    @cached_property
    def book(self) -> Book | None:
        """Where what was not counted beforehand is counted from."""
        scopes = (self.scope, *self.narrowed)
        return CornerBook(self.workspace, self.span.newest, scopes) if self.narrowed else None

    def of_csms(self, keys: Sequence[str]) -> dict[tuple[str, str], Cell]:
        """(CSM, KPI) → its number over the period, of all CSMs or the one that is asked for."""
        if self.book:
            found = self._answers(self.period, keys)
            return {(scope.key, key): cell for (key, scope), cell in found.items() if scope.kind == ScopeKind.CSM}
        own = self.scope.key if self.scope.kind == ScopeKind.CSM else None
        rows = rows_of(self.workspace, ScopeKind.CSM, own).of_period(self.period).filter(kpi__in=keys)
        return {(csm, kpi): Cell(*cell) for csm, kpi, *cell in rows.values_list("scope_key", "kpi", *Cell._fields)}

    @cached_property
    def _live(self) -> dict[Period, Answers]:
        return {}

    def _answers(self, period: Period, keys: Sequence[str] | None = None) -> dict[tuple[str, Scope], Cell]:
        """What a period comes to, counted now. The period asked for is counted once, with all KPIs."""
        if period not in self._live:
            kpis = None if period in (self.period, self.other) else [KPIS[key] for key in keys or ()]
            self._live[period] = answers(Question(cast(Book, self.book), period), kpis)
        found = self._live[period]
        return {(key, scope): told(each) for (key, scope), each in found.items() if keys is None or key in keys}

    def _counted_now(self) -> dict[tuple[str, date, date], Cell]:
        found = {}
        for period in dict.fromkeys((*self.periods, self.period, self.other)):
            keys = None if period in (self.period, self.other) else self.lines
            for (key, scope), cell in self._answers(period, keys).items():
                if scope == WHOLE:
                    found[key, period.start, period.until] = cell
        return found

    @cached_property
    def _cells(self) -> dict[tuple[str, date, date], Cell]:
        if self.book:
            return self._counted_now()
        before = Q(kpi__in=self.lines, is_whole=True, start__gte=self.periods[0].start, start__lt=self.period.start)
        wanted = before
        for period in (self.period, self.other):
            wanted |= Q(start=period.start, until=period.until)
        rows = rows_of(self.workspace, self.scope.kind, self.scope.key).filter(wanted, period_kind=self.period.kind)
        found = rows.values_list("kpi", "start", "until", *Cell._fields)
        return {row[:3]: Cell(*row[3:]) for row in found}

    @cached_property
    def targets(self) -> dict[str, Decimal]:
        """KPI → its target of the period: the newest that had begun. What belongs to several scopes has none."""
        if self.narrowed:
            return {}
        rows = Target.objects.of(self.workspace).filter(
            scope_kind=self.scope.kind, scope_key=self.scope.key, period_kind=self.period.kind
        )
        begun = rows.filter(start__lte=self.period.start).order_by("start")
        return dict(begun.values_list("kpi", "value"))
