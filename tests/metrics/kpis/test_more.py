"""What stands beside the well-known KPIs, by hand, for June 2025; DAY is its last day. A row: facts, KPI, value."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from metrics.nightly import rollups
from tests.cast import tell
from tests.metrics.cases import ago, day, identity, said, term, ticket, told, touch, use
from tests.metrics.kpis.asking import ask, values

pytestmark = pytest.mark.django_db
D = Decimal


class Row(NamedTuple):
    facts: list[Any]
    key: str
    value: Any
    n: int


def bought(days, amount, **more):
    item = {"id": identity("bought"), "purchased_on": day(days), "amount": D(amount)}
    return "purchases", item | more


def solved(days, hours, **more):
    """A ticket opened so many days ago and solved so many hours later."""
    return ticket(days, solved_at=ago(days) + timedelta(hours=hours), **more)


TOPICS = [said(3, "praise", topic="product"), said(4, "problem", topic="Product "), said(5, "request", topic="people")]
TOPICS += [said(6, "complaint", topic="service"), said(7, "complaint", topic="brand"), said(31, "praise")]
ROWS = {
    "an add-on and a refund": Row([term(), bought(5, 300), bought(3, -50)], "value.expansion_revenue", 250, 2),
    "bought on the first day": Row([term(starts=5), bought(5, 300)], "value.expansion_revenue", 0, 0),
    "bought on the second day": Row([term(starts=6), bought(5, 300)], "value.expansion_revenue", 300, 1),
    "bought after leaving": Row([term(ends=9), bought(5, 300)], "value.expansion_revenue", 0, 0),
    "bought on the last day as one": Row([term(ends=5), bought(5, 300)], "value.expansion_revenue", 300, 1),
    "bought in May": Row([term(), bought(30, 300)], "value.expansion_revenue", 0, 0),
    "praise": Row(TOPICS, "satisfaction.praise", 1, 1),
    "problems": Row(TOPICS, "satisfaction.problems", 1, 1),
    "requests": Row(TOPICS, "satisfaction.requests", 1, 1),
    "complaints": Row(TOPICS, "satisfaction.complaints", 2, 2),
    "on the product": Row(TOPICS, "satisfaction.about_product", 2, 2),
    "on the service": Row(TOPICS, "satisfaction.about_service", 1, 1),
    "on the brand": Row(TOPICS, "satisfaction.about_brand", 1, 1),
    "on people": Row(TOPICS, "satisfaction.about_people", 1, 1),
    "a ticket every tenth day": Row(
        [ticket(1), ticket(11), ticket(21), ticket(31)], "support.tickets_a_day", D("0.1"), 3
    ),
    "ended and not decided": Row([term(ends=20)], "retention.undecided_renewals", 1, 1),
    "ended and followed": Row([term(ends=20), term(starts=10)], "retention.undecided_renewals", 0, 0),
    "ended long ago": Row([term(ends=31)], "retention.undecided_renewals", 0, 0),
    "a trial runs": Row([term(starts=9, ends=-5, amount=0, is_trial=True)], "acquisition.running_trials", 1, 1),
    "a trial became paid": Row(
        [term(starts=9, ends=2, amount=0, is_trial=True), term(starts=2)], "acquisition.running_trials", 0, 0
    ),
    "touches of a customer": Row([term(), touch(3), touch(4)], "effort.touches_per_customer", 2, 1),
    "minutes of a customer": Row([term(), touch(3, minutes=20), touch(4)], "effort.minutes_per_customer", 20, 1),
    "touches of nobody's": Row([touch(3)], "effort.touches_per_customer", None, 0),
}


@pytest.mark.parametrize("name", ROWS)
def test_by_hand(acme, name):
    row = ROWS[name]
    told(acme, {"one": row.facts})
    found = ask(acme, row.key)
    assert (found.value, found.n) == (row.value, row.n)


def test_first_contact_resolution_of_what_was_received(acme):
    """One at once, one reopened, one still open, one of which the week still runs; one was solved in June only."""
    again = ago(15) + timedelta(hours=30)
    facts = [solved(20, 2), solved(15, 2, reopened_at=again), ticket(10), solved(2, 2), solved(40, 24 * 15)]
    told(acme, {"one": facts})
    key = "support.first_contact_resolution_of_received"
    found = ask(acme, key)
    assert (found.part, found.whole) == (1, 3)
    assert values(acme, "support.first_contact_resolution") == [D(2) / 3]


def test_quartiles_of_the_time_in_app(acme):
    """20, 30, 30, 50 and 60 minutes a day with a person."""
    for name, minutes in {"a": 60, "b": 20, "c": 30, "d": 50, "e": 30}.items():
        told(
            acme,
            {name: [term(), use(3, "x@a.example", seconds=minutes * 60), use(4, "x@a.example", seconds=minutes * 60)]},
        )
    told(acme, {"nobody": [term(), use(3, seconds=9000)]})
    rollups.refill_all(acme)
    keys = [f"usage.time_in_app_{which}" for which in ("lower", "median", "upper")]
    assert ask(acme, keys[0]).n == 5
    assert values(acme, "usage.time_in_app_lower", "usage.time_in_app_median", "usage.time_in_app_upper") == [
        30,
        30,
        50,
    ]


def test_a_rate_that_is_missing_is_told(acme):
    told(acme, {"one": [term(), bought(5, 300, currency="USD")]})
    assert ask(acme, "value.expansion_revenue").reason == f"no rate of USD on {day(5)}"
    tell(acme, "rates", {"currency": "USD", "day": day(9), "rate": D("0.9")})
    assert values(acme, "value.expansion_revenue") == [270]
