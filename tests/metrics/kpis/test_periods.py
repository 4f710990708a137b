"""Weeks, months, quarters and years, by hand."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Workspace
from metrics.kpis.periods import Period, months_later
from metrics.models import PeriodKind

KINDS = st.sampled_from(PeriodKind)
DAYS = st.dates(date(2001, 1, 1), date(2090, 12, 31))


def workspace(week_start=0, fiscal_year_start=1):
    return Workspace(week_start=week_start, fiscal_year_start=fiscal_year_start)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2025-06-30", 0, "2025-06-30"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-01-31", 1, "2024-02-29"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2025-03-31", -1, "2025-02-28"),
        ("2025-01-15", -1, "2024-12-15"),
        ("2025-12-01", 1, "2026-01-01"),
    ],
)
def test_months_later(day, months, expected):
    assert months_later(date.fromisoformat(day), months) == date.fromisoformat(expected)


@pytest.mark.parametrize(
    ("kind", "day", "settings", "start", "end"),
    [
        ("week", "2025-06-25", {}, "2025-06-23", "2025-06-30"),
        ("week", "2025-06-22", {"week_start": 6}, "2025-06-22", "2025-06-29"),
        ("week", "2025-06-21", {"week_start": 6}, "2025-06-15", "2025-06-22"),
        ("month", "2024-02-29", {}, "2024-02-01", "2024-03-01"),
        ("quarter", "2025-06-25", {}, "2025-04-01", "2025-07-01"),
        ("quarter", "2025-06-25", {"fiscal_year_start": 2}, "2025-05-01", "2025-08-01"),
        ("quarter", "2025-01-25", {"fiscal_year_start": 2}, "2024-11-01", "2025-02-01"),
        ("year", "2025-06-25", {}, "2025-01-01", "2026-01-01"),
        ("year", "2025-06-25", {"fiscal_year_start": 7}, "2024-07-01", "2025-07-01"),
        ("year", "2025-07-01", {"fiscal_year_start": 7}, "2025-07-01", "2026-07-01"),
    ],
)
def test_the_period_of_a_day(kind, day, settings, start, end):
    found = Period.of(workspace(**settings), PeriodKind(kind), date.fromisoformat(day))
    assert (found.start, found.end) == (date.fromisoformat(start), date.fromisoformat(end))
    assert found.until == found.end
    assert not found.is_running


@given(KINDS, DAYS, st.integers(0, 6), st.integers(1, 12))
def test_every_day_is_in_one_period(kind, day, week_start, fiscal_year_start):
    found = Period.of(workspace(week_start, fiscal_year_start), kind, day)
    assert found.start <= day < found.end
    assert found.moved(1).start == found.end
    assert found.moved(1).moved(-1) == found


def test_a_running_period_is_compared_with_as_many_days():
    day = date(2025, 11, 22)
    running = Period.of(workspace(), PeriodKind.MONTH, day, day)
    assert (running.days, running.until, running.last, running.eve) == (22, date(2025, 11, 23), day, date(2025, 10, 31))
    assert running.is_running
    before, year = running.before(), running.year_before()
    assert (before.start, before.until, before.days) == (date(2025, 10, 1), date(2025, 10, 23), 22)
    assert (year.start, year.last) == (date(2024, 11, 1), date(2024, 11, 22))


def test_a_longer_month_has_not_as_many_days_to_compare():
    day = date(2025, 3, 30)
    before = Period.of(workspace(), PeriodKind.MONTH, day, day).before()
    assert (before.start, before.until) == (date(2025, 2, 1), date(2025, 3, 1))


def test_a_finished_period_is_compared_with_whole_ones():
    found = Period.of(workspace(), PeriodKind.QUARTER, date(2025, 6, 30), date(2025, 6, 30))
    assert not found.is_running
    assert (found.before().start, found.before().until) == (date(2025, 1, 1), date(2025, 4, 1))
    assert found.year_before().start == date(2024, 4, 1)
    week = Period.of(workspace(), PeriodKind.WEEK, date(2025, 6, 25))
    assert week.year_before().start == date(2024, 6, 24)


def test_a_period_that_has_not_begun_has_no_days():
    found = Period.of(workspace(), PeriodKind.MONTH, date(2025, 12, 5), date(2025, 11, 22))
    assert (found.days, found.until) == (0, date(2025, 12, 1))
