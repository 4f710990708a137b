"""Weeks, months, quarters and years as a workspace counts them: half-open [start, end) of local days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta

from accounts.models import Workspace
from metrics.models import PeriodKind

MONTHS = {PeriodKind.MONTH: 1, PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}


def months_later(day: date, months: int) -> date:
    """The same day so many months later (or earlier), the last of its month where that is shorter."""
    place = day.year * 12 + day.month - 1 + months
    first = date(place // 12, place % 12 + 1, 1)
    following = date((place + 1) // 12, (place + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), following - timedelta(days=1))


@dataclass(frozen=True)
class Period:
    """A week, month, quarter or year. `until`: the first day that is not in it yet, while it runs."""

    kind: PeriodKind
    start: date
    end: date
    until: date

    @classmethod
    def of(cls, workspace: Workspace, kind: PeriodKind, day: date, today: date | None = None) -> Period:
        """The period in which `day` lies; `today`, the newest finished day, cuts one that still runs."""
        if kind is PeriodKind.WEEK:
            start = day - timedelta(days=(day.weekday() - workspace.week_start) % 7)
            end = start + timedelta(days=7)
        else:
            length = MONTHS[kind]
            into = (day.month - workspace.fiscal_year_start) % 12 % length
            start = months_later(day.replace(day=1), -into)
            end = months_later(start, length)
        until = end if today is None else max(start, min(end, today + timedelta(days=1)))
        return cls(kind, start, end, until)

    @property
    def days(self) -> int:
        """How many of its days are over."""
        return (self.until - self.start).days

    @property
    def is_running(self) -> bool:
        return self.until < self.end

    @property
    def last(self) -> date:
        """Its newest day that counts: numbers "at the end" are those of this day."""
        return self.until - timedelta(days=1)

    @property
    def eve(self) -> date:
        """The day before it: numbers "at the start" are those of this day."""
        return self.start - timedelta(days=1)

    def moved(self, periods: int) -> Period:
        """The period so many periods later (or earlier), whole."""
        if self.kind is PeriodKind.WEEK:
            start = self.start + timedelta(days=7 * periods)
            end = start + timedelta(days=7)
        else:
            length = MONTHS[self.kind]
            start, end = months_later(self.start, length * periods), months_later(self.start, length * (periods + 1))
        return Period(self.kind, start, end, end)

    def before(self) -> Period:
        """The period before; while this one runs, as many days of it."""
        return self._as_long(self.moved(-1))

    def year_before(self) -> Period:
        """The same period a year before (52 weeks for a week); while this one runs, as many days of it."""
        back = 52 if self.kind is PeriodKind.WEEK else 12 // MONTHS[self.kind]
        return self._as_long(self.moved(-back))

    def _as_long(self, other: Period) -> Period:
        if not self.is_running:
            return other
        return replace(other, until=min(other.end, other.start + timedelta(days=self.days)))
