"""Who uses the product, how often and how long, by hand, for June 2025; DAY is its last day, a Monday."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from metrics.nightly import rollups
from metrics.registry import KPIS
from tests.cast import account
from tests.metrics.cases import ago, day, told, use
from tests.metrics.cases import term as paid
from tests.metrics.kpis import asking

pytestmark = pytest.mark.django_db
D = Decimal
USERS = ["usage.daily_users", "usage.weekly_users", "usage.monthly_users"]
CUSTOMERS = ["usage.daily_customers", "usage.weekly_customers", "usage.monthly_customers"]
STICKY, RATE, TIME, FIRST = "usage.stickiness", "usage.usage_rate", "usage.time_in_app", "usage.time_to_first_value"


def ask(workspace, key, *args, **more):
    rollups.refill_all(workspace)
    return asking.ask(workspace, key, *args, **more)


def values(workspace, *keys, **more):
    rollups.refill_all(workspace)
    return asking.values(workspace, *keys, **more)


@pytest.mark.parametrize("key", [STICKY, *CUSTOMERS, RATE, TIME, FIRST])
def test_nobody_is_no_number(acme, key):
    acme.first_value = "export"
    found = ask(acme, key)
    assert (found.value, found.n, found.reason) == (None, 0, str(KPIS[key].nothing))


def test_nobody_used_it(acme):
    told(acme, {"one": [paid()]})
    assert values(acme, *USERS, *CUSTOMERS) == [0] * 6
    assert values(acme, RATE) == [0]
    assert values(acme, STICKY, TIME) == [None, None]


def test_people_of_1_7_and_30_days(acme):
    told(
        acme,
        {
            "one": [paid(), use(0, "ann"), use(6, "ann"), use(6, "bea"), use(7, "cid"), use(29, "dan"), use(30, "eva")],
            # Another Ann; their days: 5 and 1.
            "two": [use(3, "ann"), use(3, "ann")],
        },
    )
    assert values(acme, *USERS) == [1, 3, 5]
    assert values(acme, STICKY) == [pytest.approx(D(6) / 150)]


def test_people_that_are_only_counted(acme):
    told(acme, {"one": [use(0, users=3), use(6, users=8), use(6, users=2), use(20, users=5)], "none": [use(2)]})
    assert values(acme, *USERS) == [3, 8, 8]
    assert values(acme, STICKY) == [pytest.approx(D(16) / 240)]


def test_customers_that_use_it(acme):
    told(
        acme,
        {
            "today": [paid(), use(0)],
            "this week": [paid(), use(6)],
            "this month": [paid(), use(29)],
            "before": [paid(), use(30)],
            "trial": [paid(amount=0, is_trial=True), use(0)],
            "left": [paid(ends=0), use(0)],
        },
    )
    assert values(acme, *CUSTOMERS) == [D("0.25"), D("0.5"), D("0.75")]
    assert ask(acme, CUSTOMERS[0]).interval == pytest.approx((0.0456, 0.6994), abs=1e-4)


def test_the_usage_rate_of_a_month(acme):
    """Full weeks of June 2025: from the 2nd, 9th, 16th, 23rd; DAY − 28 is the 2nd."""
    told(
        acme,
        {
            # 3 of the first week, 2 of the second, 3 of the fourth; what is outside full weeks does not count.
            "one": [paid(), *(use(n) for n in (28, 27, 22, 21, 21, 20, 0, 3, 2, 1))],
            # Customer from the 10th on: of two weeks.
            "new": [paid(starts=20), *(use(n) for n in (20, 19, 18, 14, 13, 8))],
        },
    )
    found = ask(acme, RATE)
    assert (found.part, found.whole, found.value) == (3, 6, D("0.5"))


def test_the_usage_rate_of_a_week_quarter_and_year(acme):
    # June 23 to 29: seven days, of which five; 12 days of May and 11 of June, none in April.
    days = [*range(1, 6), *range(10, 16), *range(31, 43)]
    told(acme, {"one": [paid(), *(use(n) for n in days)]})
    rates = [ask(acme, RATE, kind=kind, on=day(3)) for kind in ("week", "quarter", "year")]
    assert [(rate.part, rate.whole) for rate in rates] == [(5, 7), (1, 3), (1, 6)]


def test_time_in_app(acme):
    told(
        acme,
        {
            "one": [use(1, "ann", seconds=600), use(1, "bea", seconds=300), use(2, "ann", seconds=300)],
            "two": [use(3, "ann", seconds=6000), use(31, "ann", seconds=9999)],
            "nobody named": [use(3, seconds=600)],
            "not told": [use(3, "ann")],
        },
    )
    # (20 + 100) minutes of 3 + 1 days of people.
    assert values(acme, TIME) == [30]


def test_the_first_value(acme):
    assert ask(acme, FIRST).reason == "no first-value event is chosen"
    acme.first_value = "export"
    told(
        acme,
        {
            "by name": [paid(starts=40), use(20, name="export"), use(10, name="export")],
            "by feature": [paid(starts=29), use(29, feature="export")],
            "in may": [paid(starts=90), use(31, name="export"), use(5, name="export")],
            "before its start": [paid(starts=5), use(10, name="export")],
            "on trial": [paid(starts=30, amount=0, is_trial=True), paid(starts=4), use(3, name="export")],
            "without a term": [use(9, name="export")],
        },
    )
    found = ask(acme, FIRST)
    # 20, 0 and 27 days.
    assert (found.value, found.n) == (20, 3)


def test_the_clocks_and_the_borders_of_march(acme):
    moments = [(2, 28, 22, 59), (2, 28, 23, 0), (3, 30, 0, 59), (3, 30, 1, 0), (3, 31, 21, 59), (3, 31, 22, 0)]
    events = [use(0, f"p{n}", occurred_at=datetime(2025, *m, tzinfo=UTC)) for n, m in enumerate(moments)]
    told(acme, {"one": [paid(), *events]})
    assert values(acme, *USERS, on=day(100)) == [1, 3, 3]
    assert values(acme, *USERS, on=day(130)) == [1, 1, 1]


def test_what_is_heard_late(acme):
    told(acme, {"one": [paid(), use(0, "ann"), use(0, "bea", known_at=ago(-2))]})
    assert values(acme, USERS[0]) == [1]
    assert values(acme, USERS[0], known=day(-2)) == [2]


def test_whose_the_users_are(acme, alice, bob):
    told(acme, {"one": [paid(), use(0, "ann"), use(20, "bea")]})
    account(acme, "one").change(ago(100), owner=alice)
    account(acme, "one").change(ago(15), owner=bob)
    # At the end of June it is Bob's, with all that a number of 30 days looks back upon.
    assert [values(acme, USERS[2], scope=asking.csm(member)) for member in (alice, bob)] == [[0], [2]]


def test_a_month_that_still_runs(acme):
    told(acme, {"one": [paid(), use(9, "ann"), use(8, "bea"), use(7, "cid")]})
    assert values(acme, *USERS, on=day(8), known=day(8)) == [1, 2, 2]
    # June 1 to 22: the weeks from the 2nd, 9th and 16th.
    assert ask(acme, RATE, on=day(8), known=day(8)).whole == 3
