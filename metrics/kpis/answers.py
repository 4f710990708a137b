"""What a KPI is, for every scope at once: the records behind it, dealt out to the scopes they belong to."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Context, Decimal, localcontext
from functools import cached_property
from typing import Any, TypeVar

from accounts.models import Workspace
from metrics.kpis.ledger import Ledger
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Place, Places, Scope
from metrics.registry import KPIS, Interval, Kpi, Record, Records, Unit

T = TypeVar("T")

# Of these units, or without a denominator, a KPI rests on all of its records; else on those of its denominator.
SUMS = (Unit.COUNT, Unit.MONEY)
# Sums in as many digits as they take are the same in any order.
WIDE = Context(prec=60)
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

    def unset(self, reason: str) -> Records:
        """The records of a KPI that waits for a setting: there is no number, for whichever scope has customers."""
        last = self.period.last
        return [Record(account, last, missing=reason) for account in self.ledger.on(last)] or [
            Record(0, last, missing=reason)
        ]

    def once(self, make: Callable[[Any], T]) -> T:
        """What a function makes of this question: made once, for all KPIs that share it."""
        if make not in self._made:
            self._made[make] = make(self)
        made: T = self._made[make]
        return made

    def dealt(self, make: Callable[[Any], Records]) -> dict[Scope, list[Record]]:
        """The records of a KPI by the scope they belong to; the whole workspace is there without any as well."""
        return by_scope(self.by_place(make))

    def of(self, make: Callable[[Any], Records], *scopes: Scope) -> list[Record]:
        """The records of a KPI that belong to each of some scopes."""
        wanted = set(scopes) - {WHOLE}
        if not wanted:
            return list(self.once(make))
        at = self.book.places.at
        return [record for record in self.once(make) if wanted <= set(at(record.account, record.day).scopes)]

    def by_place(self, make: Callable[[Any], Records]) -> dict[Place, list[Record]]:
        """The records of a KPI by the place of their account on their day."""
        found: dict[Place, list[Record]] = defaultdict(list)
        at = self.book.places.at
        # Those that no other KPI needs are not kept.
        for record in self._made.get(make) or make(self):
            found[at(record.account, record.day)].append(record)
        return found


def by_scope(by_place: dict[Place, list[Record]]) -> dict[Scope, list[Record]]:
    """What lies at each place, by the scopes that hold the place."""
    found: dict[Scope, list[Record]] = defaultdict(list, {WHOLE: []})
    for place, records in by_place.items():
        for scope in place.scopes:
            found[scope] += records
    return found


def added_up(records: Records) -> list[Record]:
    """One record for each sort of record, those of the denominator apart."""
    sorts: dict[tuple[str, bool], list[Record]] = defaultdict(list)
    for record in records:
        sorts[record.what, bool(record.whole)].append(record)
    return [_sum(what, same) for (what, _), same in sorts.items()]


def _sum(what: str, records: Records) -> Record:
    part, whole = sum([r.part for r in records]), sum([r.whole for r in records])
    first = records[0]
    return Record(first.account, first.day, part, whole, "", what, reason_of(records), sum([r.n for r in records]))


def reason_of(records: Records) -> str:
    """Why they cannot be told, whatever their order; empty where they can."""
    return min([r.missing for r in records if r.missing], default="")


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
    with localcontext(WIDE):
        return _answer(kpi, records)


def _answer(kpi: Kpi, records: Records) -> Answer:
    sums = added_up(records)
    part, whole = sum(r.part for r in sums), sum(r.whole for r in sums)
    n = sum(r.n for r in sums if r.whole or kpi.unit in SUMS or kpi.basis.whole is None)
    if missing := reason_of(sums):
        return Answer(None, n, part, whole, reason=missing)
    told = records if kpi.of_each else sums
    value = kpi.value(told)
    if value is None:
        return Answer(None, n, part, whole, reason=kpi.nothing)
    return Answer(value, n, part, whole, kpi.interval(told) if kpi.interval else None)


def answers(question: Question, kpis: Iterable[Kpi] | None = None) -> dict[tuple[str, Scope], Answer]:
    """(KPI's key, scope) → its answer, for every scope that has a record of it."""
    found = {}
    with localcontext(WIDE), _uncollected():
        for make, alike in _by_records(KPIS.values() if kpis is None else kpis).items():
            each = question.by_place(make)
            sums = by_scope({place: added_up(records) for place, records in each.items()})
            singles = by_scope(each) if any(kpi.of_each for kpi in alike) else sums
            for kpi in alike:
                for scope, records in (singles if kpi.of_each else sums).items():
                    found[kpi.key, scope] = _answer(kpi, records)
    return found


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector: it would look through millions of records again and again, all of them still in use."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _by_records(kpis: Iterable[Kpi]) -> dict[Callable[[Any], Records], list[Kpi]]:
    """The KPIs that count the same records, together."""
    alike: dict[Callable[[Any], Records], list[Kpi]] = defaultdict(list)
    for kpi in kpis:
        alike[kpi.records].append(kpi)
    return alike
