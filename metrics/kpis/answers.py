"""What a KPI is, for every scope at once: the records behind it, dealt out to the scopes they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from accounts.models import Workspace
from metrics.kpis.ledger import Ledger
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Places, Scope
from metrics.registry import KPIS, Interval, Kpi, Record, Records, Unit

T = TypeVar("T")

# Of these units a KPI rests on all of its records, of others on those of its denominator.
SUMS = (Unit.COUNT, Unit.MONEY)
# Under so many cases a rate is marked thin.
THIN = 5


@dataclass(frozen=True)
class Book:
    """A workspace as known at the end of a day: read once, for any number of periods and KPIs."""

    workspace: Workspace
    known: date

    @cached_property
    def ledger(self) -> Ledger:
        return Ledger(self.workspace, self.known)

    @cached_property
    def places(self) -> Places:
        return Places(self.workspace)


@dataclass(frozen=True)
class Question:
    """Of which book, for which period. Records that several KPIs share are made once."""

    book: Book
    period: Period
    _made: dict[Callable[[Any], Any], Any] = field(default_factory=dict, compare=False)

    @property
    def workspace(self) -> Workspace:
        return self.book.workspace

    @property
    def ledger(self) -> Ledger:
        return self.book.ledger

    def within(self) -> dict[str, datetime]:
        """The condition that a fact occurred in the period."""
        start_of = self.workspace.start_of
        return {"occurred_at__gte": start_of(self.period.start), "occurred_at__lt": start_of(self.period.until)}

    def once(self, make: Callable[[Any], T]) -> T:
        """What a function makes of this question: made once, for all KPIs that share it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def dealt(self, make: Callable[[Any], Records]) -> dict[Scope, list[Record]]:
        """The records of a KPI by the scope they belong to; the whole workspace is there without any as well."""
        found: dict[Scope, list[Record]] = defaultdict(list, {WHOLE: []})
        for record in self.once(make):
            for scope in self.book.places.of(record.account, record.day):
                found[scope].append(record)
        return found


@dataclass(frozen=True)
class Answer:
    """The value of a KPI for a scope and a period, what it rests on, or the reason why there is none."""

    value: Decimal | None
    n: int
    part: int | Decimal
    whole: int | Decimal
    interval: Interval | None = None
    reason: str = ""

    @property
    def is_thin(self) -> bool:
        return self.n < THIN


def answer(kpi: Kpi, records: Records) -> Answer:
    """A KPI over records that all belong to one scope."""
    part, whole = sum(r.part for r in records), sum(r.whole for r in records)
    n = len(records) if kpi.unit in SUMS else sum(1 for r in records if r.whole)
    if missing := next((r.missing for r in records if r.missing), ""):
        return Answer(None, n, part, whole, reason=missing)
    value = kpi.value(records)
    if value is None:
        return Answer(None, n, part, whole, reason=kpi.nothing)
    return Answer(value, n, part, whole, kpi.interval(records) if kpi.interval else None)


def answers(question: Question, kpis: Iterable[Kpi] | None = None) -> dict[tuple[str, Scope], Answer]:
    """(KPI's key, scope) → its answer, for every scope that has a record of it."""
    found = {}
    for kpi in KPIS.values() if kpis is None else kpis:
        for scope, records in question.dealt(kpi.records).items():
            found[kpi.key, scope] = answer(kpi, records)
    return found
