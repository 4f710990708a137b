"""States of a subscription → its terms: each closed where the next begins, in whatever order they come."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from accounts.dialects import stripe
from accounts.dialects.told import Term, Told
from accounts.models import Workspace
from accounts.terms import folded
from tests.accounts.dialects.stripe_events import at, event, item, subscription

WORKSPACE = Workspace(slug="w", time_zone="UTC")
# What a term says: start, end, seats, whether it renews.
Shown = tuple[str, str | None, int | None, bool | None]


def state(when: str, kind: str = "updated", **changed: Any) -> Term:
    """The state of a subscription that an event tells at a moment; `seats` and `every` are those of its price."""
    price = item(changed.pop("seats", 5), 2000, changed.pop("every", "month"))
    told = stripe.read(event("e", f"customer.subscription.{kind}", when, subscription(price, **changed)))
    assert isinstance(told, Told)
    [found] = told.parts
    assert isinstance(found, Term)
    return found


def terms(*states: Term) -> list[Shown]:
    """The terms after all states were told, in this order."""
    rows = folded(WORKSPACE, states)
    assert len({row.id for row in rows}) == len(rows)
    return [(str(row.starts_on), row.ends_on and str(row.ends_on), row.seats, row.auto_renew) for row in rows]


JUNE = {"start": "2025-06-01", "end": "2025-07-01"}
JULY = {"start": "2025-07-01", "end": "2025-08-01"}
YEAR = {"every": "year", "start": "2025-06-01", "end": "2026-06-01"}
NEXT = {"every": "year", "start": "2026-06-01", "end": "2027-06-01"}
CREATED = state("2025-06-01", "created", **JUNE)


def test_a_month_is_one_term_as_long_as_nothing_changes() -> None:
    assert terms(CREATED) == [("2025-06-01", None, 5, True)]
    renewed = state("2025-07-01T00:10", **JULY)
    assert terms(CREATED, renewed, renewed, state("2025-07-09", **JULY)) == [("2025-06-01", None, 5, True)]


def test_more_seats_close_a_term_and_open_the_next() -> None:
    more, fewer = state("2025-06-10", seats=8, **JUNE), state("2025-07-05", seats=4, **JULY)
    assert terms(CREATED, more, fewer) == [
        ("2025-06-01", "2025-06-10", 5, True), ("2025-06-10", "2025-07-05", 8, True), ("2025-07-05", None, 4, True),
    ]  # fmt: skip


def test_two_changes_of_a_day_leave_the_last() -> None:
    changes = (state(f"2025-06-10T0{n}:00", seats=5 + n, **JUNE) for n in (1, 2, 3))
    assert terms(CREATED, *changes) == [("2025-06-01", "2025-06-10", 5, True), ("2025-06-10", None, 8, True)]


def test_a_year_is_a_term_each() -> None:
    first = state("2025-06-01", "created", **YEAR)
    assert terms(first) == [("2025-06-01", "2026-06-01", 5, True)]
    more, renewed = state("2025-09-01", seats=9, **YEAR), state("2026-06-01T00:10", seats=9, **NEXT)
    assert terms(first, more, renewed) == [
        ("2025-06-01", "2025-09-01", 5, True), ("2025-09-01", "2026-06-01", 9, True),
        ("2026-06-01", "2027-06-01", 9, True),
    ]  # fmt: skip


def test_the_first_that_is_heard_begins_with_its_period() -> None:
    assert terms(state("2025-08-20", **YEAR)) == [("2025-06-01", "2026-06-01", 5, True)]
    assert terms(state("2025-07-20", **JULY)) == [("2025-07-01", None, 5, True)]


def test_ending_at_the_end_of_the_period_is_a_notice_that_may_be_taken_back() -> None:
    ending = state("2025-06-10", cancel_at_period_end=True, **JUNE)
    assert terms(CREATED, ending) == [("2025-06-01", "2025-07-01", 5, False)]
    assert terms(CREATED, ending, state("2025-06-12", **JUNE)) == [("2025-06-01", None, 5, True)]
    gone = state("2025-07-01T00:01", "deleted", status="canceled", ended_at=at("2025-07-01"), **JUNE)
    assert terms(CREATED, ending, gone) == [("2025-06-01", "2025-07-01", 5, False)]


def test_ending_at_once() -> None:
    gone = state("2025-06-20T10:00", "deleted", status="canceled", ended_at=at("2025-06-20T10:00"), **JUNE)
    assert terms(CREATED, gone) == [("2025-06-01", "2025-06-20", 5, False)]


def test_a_trial_ends_where_the_paid_term_begins() -> None:
    trial = state("2025-06-01", "created", status="trialing", start="2025-06-01", end="2025-06-15")
    paid = state("2025-06-15T00:05", start="2025-06-15", end="2025-07-15")
    assert terms(trial, paid) == [("2025-06-01", "2025-06-15", 5, True), ("2025-06-15", None, 5, True)]


def test_after_a_pause_it_begins_anew() -> None:
    paused = state("2025-06-20", status="paused", **JUNE)
    resumed = state("2025-08-05", start="2025-08-05", end="2025-09-05")
    assert terms(CREATED, paused, resumed) == [("2025-06-01", "2025-06-20", 5, False), ("2025-08-05", None, 5, True)]


def test_an_end_that_comes_before_its_beginning_is_an_end() -> None:
    gone = state("2025-06-20T10:00", "deleted", status="canceled", ended_at=at("2025-06-20T10:00"), **JUNE)
    assert terms(gone) == terms(gone, CREATED) == [("2025-06-01", "2025-06-20", 5, False)]


def test_an_end_whose_price_cannot_be_counted_is_an_end() -> None:
    mixed = subscription(item(), item(1, 1, "week"), status="canceled", ended_at=at("2025-06-20"))
    told = stripe.read(event("e", "customer.subscription.deleted", "2025-06-20", mixed))
    assert isinstance(told, Told)
    [gone] = told.parts
    assert isinstance(gone, Term)
    assert terms(CREATED, gone) == terms(gone, CREATED) == [("2025-06-01", "2025-06-20", 5, False)]
    assert terms(gone) == [("2025-06-20", "2025-06-20", None, False)]


STORIES = {
    "seats": (CREATED, state("2025-06-10", seats=8, **JUNE), state("2025-07-05", seats=4, **JULY)),
    "ended": (
        CREATED,
        state("2025-06-10", seats=8, **JUNE),
        state("2025-06-15", seats=8, cancel_at_period_end=True, **JUNE),
        state("2025-07-01T00:01", "deleted", seats=8, status="canceled", ended_at=at("2025-07-01"), **JUNE),
    ),
    "taken back": (CREATED, state("2025-06-10", cancel_at_period_end=True, **JUNE), state("2025-06-12", **JUNE)),
    "years": (
        state("2025-06-01", "created", **YEAR),
        state("2025-09-01", seats=9, **YEAR),
        state("2026-06-01T00:10", seats=9, **NEXT),
    ),
    "at once": (
        CREATED,
        state("2025-06-10", seats=8, **JUNE),
        state("2025-06-20", "deleted", seats=8, status="canceled", ended_at=at("2025-06-20"), **JUNE),
    ),
}


@pytest.mark.parametrize("story", STORIES)
def test_the_order_in_which_they_come_changes_nothing(story: str) -> None:
    states = STORIES[story]
    for order in permutations(states):
        assert terms(*order) == terms(*states), [each.told_at.isoformat() for each in order]
