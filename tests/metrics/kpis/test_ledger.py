"""Who is a customer on which day, and for how much: gaps, churn from events, purchases, currencies, clocks."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.models import Account
from metrics.kpis.ledger import FOREVER, Ledger, MissingRateError, Span, joined, without
from tests.cast import tell
from tests.metrics.cases import DAY, ago, day, term, told

D = Decimal
BEGUN = date(2025, 1, 1)


def at(days):
    return BEGUN + timedelta(days=days)


@pytest.mark.parametrize(
    ("spans", "gap", "expected"),
    [
        ([], 0, []),
        ([(0, 5)], 0, [(0, 5)]),
        ([(5, 5)], 0, []),
        ([(0, 5), (5, 9)], 0, [(0, 9)]),
        ([(0, 5), (6, 9)], 0, [(0, 5), (6, 9)]),
        ([(0, 5), (6, 9)], 1, [(0, 9)]),
        ([(6, 9), (0, 7)], 0, [(0, 9)]),
        ([(0, 20), (3, 5)], 0, [(0, 20)]),
        # Known on day 100: who left 2 days before may still come back within 3, or 2 days and be too late.
        ([(0, 98)], 3, [(0, 101)]),
        ([(0, 98)], 2, [(0, 98)]),
        ([(0, 101)], 3, [(0, 101)]),
    ],
)
def test_spans_are_joined(spans, gap, expected):
    found = joined([Span(at(a), at(b)) for a, b in spans], gap, at(100))
    assert found == [Span(at(a), at(b)) for a, b in expected]


def test_without_an_end_there_is_no_gap():
    assert joined([Span(at(0), FOREVER), Span(at(9), at(12))], 30, at(100)) == [Span(at(0), FOREVER)]


@pytest.mark.parametrize(
    ("hole", "expected"),
    [
        ((0, 2), [(5, 9)]),
        ((9, 12), [(5, 9)]),
        ((6, 8), [(5, 6), (8, 9)]),
        ((0, 7), [(7, 9)]),
        ((7, 20), [(5, 7)]),
        ((5, 9), []),
    ],
)
def test_a_hole_in_a_span(hole, expected):
    found = without(Span(at(5), at(9)), Span(at(hole[0]), at(hole[1])))
    assert list(found) == [Span(at(a), at(b)) for a, b in expected]


pytestmark = pytest.mark.django_db


def customers(workspace, on=DAY, known=DAY):
    """External id → MRR of all customers of a day."""
    names = dict(Account.objects.of(workspace).values_list("pk", "external_id"))
    return {names[account]: amount for account, amount in Ledger(workspace, known).on(on).items()}


def test_customers_and_their_mrr(acme):
    told(
        acme,
        {
            "none": [],
            "free": [term(amount=0)],
            "trial": [term(amount=20, is_trial=True)],
            "one": [term(amount=100)],
            "two": [term(amount=100), term(amount=D("50.50"), starts=0)],
            "last day": [term(ends=-1)],
            "ended today": [term(ends=0)],
            "begins tomorrow": [term(starts=-1)],
            "by the year": [term(amount=1000, interval_count=12)],
            "by the week": [term(amount=10, interval="week")],
        },
    )
    assert customers(acme) == {
        "one": 100,
        "two": D("150.50"),
        "last day": 100,
        "by the year": D("83.33"),
        "by the week": D("43.33"),
    }
    assert customers(acme, on=day(1))["two"] == 100


def test_as_it_was_known(acme):
    told(acme, {"one": [term(id="s")]})
    tell(acme, "subscriptions", {"account": "one", **term(id="s", amount=70)[1]}, at=ago(9))
    assert [customers(acme, on=day(20), known=day(n))["one"] for n in (10, 9)] == [100, 70]


def test_each_term_at_the_rate_of_its_start(acme):
    for days, rate in ((500, "0.80"), (100, "0.90")):
        tell(acme, "rates", {"currency": "USD", "day": day(days), "rate": D(rate)})
    told(
        acme,
        {
            "dollars": [term(starts=400, ends=50, currency="USD"), term(starts=50, currency="USD", amount=120)],
            "too early": [term(starts=501, currency="USD")],
            "cents": [term(starts=400, currency="USD", amount=D("33.33"))],
        },
    )
    ledger = Ledger(acme, DAY)
    ids = dict(Account.objects.of(acme).values_list("external_id", "pk"))
    assert [ledger.mrr(ids["dollars"], day(n)) for n in (60, 50)] == [80, 108]
    # 100 dollars stayed and are worth 90 instead of 80.
    assert ledger.rerated(ids["dollars"], day(60), day(50)) == 10
    assert ledger.mrr(ids["cents"], DAY) == D("26.66")
    with pytest.raises(MissingRateError, match="no rate of USD on 2024-02-15"):
        ledger.mrr(ids["too early"], DAY)


def test_where_a_churn_is_recorded(acme):
    acme.churn_rule = "events"
    told(acme, {name: [term()] for name in ("stays", "left", "came back", "same day")})
    for name, left in (("left", 5), ("came back", 50), ("same day", 20)):
        tell(acme, "churns", {"account": name, "id": name, "churned_on": day(left)})
    for name, back in (("came back", 30), ("same day", 20)):
        tell(acme, "subscriptions", {"account": name, **term(starts=back, amount=7)[1]})
    assert customers(acme) == {"stays": 100, "came back": 107}
    assert customers(acme, on=day(40)).keys() == {"stays", "left", "same day"}


def test_where_purchases_make_customers(acme):
    acme.kind, acme.purchase_days = "purchases", 365
    bought = {"lately": 3, "a year ago": 365, "within a year": 364}
    told(acme, {name: [("purchases", {"id": name, "purchased_on": day(n), "amount": 5})] for name, n in bought.items()})
    assert customers(acme) == {"lately": 0, "within a year": 0}


def test_the_last_day_of_a_customer(acme):
    told(acme, {"stays": [term()], "left": [term(ends=10)], "came back": [term(ends=20), term(starts=15)]})
    ledger = Ledger(acme, DAY)
    ids = dict(Account.objects.of(acme).values_list("external_id", "pk"))
    found = {name: ledger.last_day(ids[name], day(30), DAY) for name in ids}
    assert found == {"stays": DAY, "left": day(11), "came back": DAY}
    assert ledger.last_day(ids["came back"], day(30), day(18)) == day(21)
