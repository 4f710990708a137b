"""What KPIs of a scope are made of: over the period, over that of a year before, and month by month. One query."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import Q

from dashboards.panels.team.numbers import Numbers
from metrics.kpis.answers import Book, Question
from metrics.kpis.cohorts import FOLLOWED
from metrics.kpis.parts import PARTS, Part, parts
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE
from metrics.models import KpiPart, PeriodKind

COHORTS = ("cohort_customers", "cohort_mrr")
NOTHING: Mapping[str, Part] = {}


class Parts:
    """The parts of the numbers of a page."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers

    def of(self, key: str, period: Period) -> Mapping[str, Part]:
        """Sort → what there is of it."""
        return self._found.get((key, period.kind, period.start, period.until), NOTHING)

    @cached_property
    def year_before(self) -> Period | None:
        """The period of a year before, if it was counted."""
        other = self.numbers.period.year_before()
        return other if other.start >= self.numbers.span.oldest else None

    @cached_property
    def months(self) -> tuple[Period, ...]:
        """The month in which the period ends, as far as it was counted, and twelve before, oldest first."""
        period, newest = self.numbers.period, self.numbers.span.newest
        last = Period.of(self.numbers.workspace, PeriodKind.MONTH, period.last, newest)
        return (*(last.moved(-n) for n in range(FOLLOWED, 0, -1)), last)

    @cached_property
    def _found(self) -> dict[tuple[str, str, date, date], dict[str, Part]]:
        return self._live(self.numbers.book) if self.numbers.book else self._stored()

    def _wanted(self) -> list[tuple[Sequence[str], list[Period]]]:
        """Which parts, and of which periods of one kind."""
        plain = [key for key in PARTS if key not in COHORTS]
        return [
            (plain, [period for period in (self.numbers.period, self.year_before) if period]),
            (COHORTS, list(self.months)),
        ]

    def _stored(self) -> dict[tuple[str, str, date, date], dict[str, Part]]:
        wanted = Q()
        for keys, periods in self._wanted():
            starts, untils = ([getattr(period, end) for period in periods] for end in ("start", "until"))
            wanted |= Q(kpi__in=keys, period_kind=periods[0].kind, start__in=starts, until__in=untils)
        scope = self.numbers.scope
        rows = KpiPart.objects.of(self.numbers.workspace).filter(scope_kind=scope.kind, scope_key=scope.key)
        found: dict[Any, dict[str, Part]] = defaultdict(dict)
        told = rows.filter(wanted).values_list("kpi", "period_kind", "start", "until", "what", *Part._fields)
        for *which, what, n, part, whole, reason in told:
            found[tuple(which)][what] = Part(n, part, whole, reason)
        return found

    def _live(self, book: Book) -> dict[tuple[str, str, date, date], dict[str, Part]]:
        found: dict[Any, dict[str, Part]] = defaultdict(dict)
        for keys, periods in self._wanted():
            for period in periods:
                for (key, what, scope), part in parts(Question(book, period), keys).items():
                    if scope == WHOLE:
                        found[key, period.kind, period.start, period.until][what] = part
        return found
