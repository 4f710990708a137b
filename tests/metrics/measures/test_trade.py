"""What the customer buys beside its terms, how it pays over time, and whether it stays."""

from __future__ import annotations

import pytest

from tests.cast import tell
from tests.metrics.cases import ago, correct, day, identity, invoice, paid, readings, sign, term, told

pytestmark = pytest.mark.django_db


def rate(workspace, currency, days, value):
    tell(workspace, "rates", {"currency": currency, "day": day(days), "rate": value})


def test_spend_since_start(acme):
    rate(acme, "USD", 900, "0.5")
    told(
        acme,
        {
            "never paid": [term(amount=0, is_trial=True)],
            "same": [term()],
            "grew": [term(ends=400), term(starts=400, amount=150)],
            "shrank": [term(ends=400), term(starts=400, amount=500, ends=100), term(starts=100, amount=70)],
            "two at first": [term(amount=60), term(amount=40), term(starts=20, amount=100)],
            "the trial is no start": [term(starts=950, ends=900, amount=10, is_trial=True), term(amount=100)],
            "on trial again": [term(ends=30), term(starts=20, amount=0, is_trial=True)],
            "never in force": [term(starts=950, ends=950, amount=10), term()],
            "another currency": [term(amount=200, currency="USD", ends=30), term(starts=30, amount=150)],
            "no rate at first": [term(currency="GBP", ends=300), term(starts=300)],
            "no rate now": [term(ends=300), term(starts=300, currency="GBP")],
            "no rate in between": [term(ends=300), term(starts=300, ends=200, currency="GBP"), term(starts=200)],
        },
    )
    assert readings(acme, "commercial.spend_since_start") == {
        "never paid": None,
        "same": 0,
        "grew": 0.5,
        "shrank": pytest.approx(-0.3),
        "two at first": 1,
        "the trial is no start": 0,
        "on trial again": -1,
        "never in force": 0,
        "another currency": 0.5,
        "no rate at first": None,
        "no rate now": None,
        "no rate in between": 0,
    }


def test_a_first_term_heard_of_late_and_corrected(acme):
    told(acme, {"one": [term(starts=400, amount=150), term(starts=900, ends=400, id="t", known_at=ago(7))]})
    correct(acme, "one", term(starts=900, ends=400, amount=75, id="t"), 3)
    key = "commercial.spend_since_start"
    assert [readings(acme, key, on=day(n))["one"] for n in (8, 7, 3)] == [0, 0.5, 1]


def bought(days, amount, **more):
    item = {"id": identity("purchase"), "purchased_on": day(days), "amount": amount}
    return "purchases", item | more


def test_purchases(acme):
    rate(acme, "USD", 50, "0.5")
    told(
        acme,
        {
            "none": [term()],
            "one": [term(), bought(3, 120)],
            "some": [term(), bought(0, 120), bought(100, "30.50")],
            "sent back": [term(), bought(9, 120), bought(3, -120)],
            "first and last day": [term(), bought(364, 7), bought(365, 90)],
            "another currency": [term(), bought(3, 100, currency="USD")],
            "before the first rate": [term(), bought(51, 100, currency="USD"), bought(3, 100)],
            "old and without a rate": [term(), bought(400, 100, currency="GBP"), bought(3, 100)],
            "heard late": [term(), bought(9, 50, known_at=ago(-2))],
            "corrected": [term(), bought(9, 50, id="b")],
        },
    )
    correct(acme, "corrected", bought(9, 80, id="b"), 3)
    found = readings(acme, "commercial.purchases_365d")
    assert found == {
        "none": 0,
        "one": 120,
        "some": 150.5,
        "sent back": 0,
        "first and last day": 7,
        "another currency": 50,
        "before the first rate": None,
        "old and without a rate": 100,
        "heard late": 0,
        "corrected": 80,
    }
    assert readings(acme, "commercial.purchases_365d", on=day(4))["corrected"] == 50


def test_how_often_and_how_lately_it_buys(acme):
    told(
        acme,
        {
            "none": [term()],
            "one today": [term(), bought(0, 5)],
            "twice a day": [term(), bought(9, 5), bought(9, 7), bought(30, 1)],
            "sent back is no purchase": [term(), bought(9, 5), bought(3, -5), bought(2, 0)],
            "first and last day": [term(), bought(364, 7), bought(365, 90)],
            "a currency without a rate": [term(), bought(20, 7, currency="GBP")],
            "heard late": [term(), bought(9, 50, known_at=ago(-2))],
            "corrected": [term(), bought(9, 50, id="often")],
        },
    )
    correct(acme, "corrected", bought(20, 50, id="often"), 3)
    assert readings(acme, "commercial.purchase_frequency") == {
        "none": 0,
        "one today": 1,
        "twice a day": 2,
        "sent back is no purchase": 1,
        "first and last day": 1,
        "a currency without a rate": 1,
        "heard late": 0,
        "corrected": 1,
    }
    assert readings(acme, "commercial.days_since_purchase") == {
        "none": None,
        "one today": 0,
        "twice a day": 9,
        "sent back is no purchase": 9,
        "first and last day": 364,
        "a currency without a rate": 20,
        "heard late": None,
        "corrected": 20,
    }
    assert readings(acme, "commercial.days_since_purchase", on=day(4))["corrected"] == 5


def billed(*pairs):
    """Invoices of (due so many days ago, paid so many days late or None)."""
    facts = []
    for due, late in pairs:
        name = identity("bill")
        facts += [invoice(name, due), *([] if late is None else [paid(name, due - late)])]
    return facts


BEFORE = [(200, 2), (300, 4)]


def test_payment_drift(acme):
    told(
        acme,
        {
            "none": [term()],
            "as ever": [term(), *billed((80, 3), (40, 3), *BEFORE)],
            "later": [term(), *billed((80, 12), (40, 14), *BEFORE)],
            "sooner": [term(), *billed((80, -10), (40, -4), *BEFORE)],
            "no longer early": [term(), *billed((80, 0), (40, 0), (200, -5), (300, -7))],
            "unpaid": [term(), *billed((80, 3), (40, None), *BEFORE)],
            "one of late": [term(), *billed((40, 12), *BEFORE)],
            "one before": [term(), *billed((80, 3), (40, 3), (200, 2))],
            "borders": [term(), *billed((89, 3), (0, 0), (90, 1), (454, 2), (455, 99))],
            "disputed": [term(), *billed((80, 3), (40, 3), *BEFORE), invoice("d", 60, is_disputed=True)],
        },
    )
    assert readings(acme, "commercial.payment_drift") == {
        "none": None,
        "as ever": 0,
        "later": 10,
        "sooner": -10,
        "no longer early": 6,
        "unpaid": 18.5,
        "one of late": None,
        "one before": None,
        "borders": 0,
        "disputed": 0,
    }


@pytest.mark.parametrize(("age", "expected"), [(454, None), (455, 10)])
def test_a_drift_needs_two_windows(acme, age, expected):
    facts = billed((80, 12), (40, 14), *BEFORE)
    told(acme, {"young": [term(starts=age - 1), *facts]}, started=age - 1)
    assert readings(acme, "commercial.payment_drift") == {"young": expected}


def test_payment_timing(acme):
    told(
        acme,
        {
            "none": [term()],
            "on the day": [term(), *billed((40, 0))],
            "early and late": [term(), *billed((40, -12), (60, 4))],
            "before it is due": [term(), *billed((-5, -9))],
            "unpaid": [term(), *billed((40, 2), (60, None))],
            "in parts": [term(), invoice("p1", 40), paid("p1", 40, 50), paid("p1", 30, 50)],
            "first and last day": [term(), *billed((189, 10), (190, 10))],
            "void": [term(), invoice("v1", 40, is_void=True), paid("v1", 30)],
        },
    )
    assert readings(acme, "commercial.payment_timing") == {
        "none": None,
        "on the day": 0,
        "early and late": -4,
        "before it is due": -9,
        "unpaid": 2,
        "in parts": 10,
        "first and last day": 10,
        "void": None,
    }


def test_a_payment_heard_late_has_no_timing_before(acme):
    told(acme, {"one": [term(), invoice("i", 20), paid("i", 15, known_at=ago(10))]})
    assert readings(acme, "commercial.payment_timing", on=day(11)) == {"one": None}
    assert readings(acme, "commercial.payment_timing", on=day(10)) == {"one": 5}


def test_reminders_needed(acme):
    told(
        acme,
        {
            "none": [term()],
            "two": [term(), sign(3, "payment_reminder"), sign(40, "payment_reminder")],
            "counted": [term(), sign(3, "payment_reminder", count=3)],
            "first and last day": [term(), sign(179, "payment_reminder"), sign(180, "payment_reminder")],
            "heard late": [term(), sign(9, "payment_reminder", known_at=ago(-2))],
        },
    )
    found = {"none": 0, "two": 2, "counted": 3, "first and last day": 1, "heard late": 0}
    assert readings(acme, "commercial.reminders_needed") == found


def test_renewed(acme):
    other = {"amount": 10}
    told(
        acme,
        {
            "none has ended": [term()],
            "renewed": [term(starts=400, ends=35), term(starts=35)],
            "to another plan": [term(starts=400, ends=35, product="Team"), term(starts=35, product="Business")],
            "30 days later": [term(starts=400, ends=65), term(starts=35)],
            "31 days later": [term(starts=400, ends=66), term(starts=35)],
            "30 days before": [term(starts=400, ends=35), term(starts=65)],
            "31 days before": [term(starts=400, ends=35), term(starts=66)],
            "one of two": [term(**other), term(starts=400, ends=35)],
            "undecided": [term(**other), term(starts=400, ends=30)],
            "the next one is over, too": [term(**other), term(starts=400, ends=35), term(starts=50, ends=36)],
            "short": [term(**other), term(starts=124, ends=35)],
            "90 days": [term(**other), term(starts=125, ends=35)],
            "a trial": [term(**other), term(starts=400, ends=35, is_trial=True)],
            "the last one counts": [term(starts=800, ends=300), term(starts=200, ends=40), term(starts=40)],
            "first and last day": [term(**other), term(starts=800, ends=364), term(starts=900, ends=365)],
            "too long ago": [term(**other), term(starts=800, ends=365)],
        },
    )
    assert readings(acme, "commercial.renewed_365d") == {
        "none has ended": None,
        "renewed": 1,
        "to another plan": 1,
        "30 days later": 1,
        "31 days later": 0,
        "30 days before": 1,
        "31 days before": 0,
        "one of two": 0,
        "undecided": None,
        "the next one is over, too": 0,
        "short": None,
        "90 days": 0,
        "a trial": None,
        "the last one counts": 1,
        "first and last day": 0,
        "too long ago": None,
    }


def test_a_renewal_heard_of_late(acme):
    facts = [term(amount=10), term(starts=400, ends=35), term(starts=35, known_at=ago(2))]
    told(acme, {"one": facts})
    key = "commercial.renewed_365d"
    assert [readings(acme, key, on=day(n))["one"] for n in (5, 4, 3, 2)] == [None, 0, 0, 1]


def deal(days, amount, **more):
    return "deals", {"id": identity("deal"), "opened_on": day(days), "amount": amount} | more


def test_open_expansion(acme):
    rate(acme, "USD", 900, "0.5")
    told(
        acme,
        {
            "none": [term()],
            "none, and pays nothing": [term(amount=0, is_trial=True)],
            "one": [term(), deal(3, 120)],
            "two": [term(), deal(3, 120), deal(300, 240, currency="USD")],
            "won": [term(), deal(9, 120, state="won", closed_on=day(3))],
            "to be closed": [term(), deal(9, 120, state="won", closed_on=day(-1))],
            "closed today": [term(), deal(9, 120, state="lost", closed_on=day(0))],
            "new business": [term(), deal(3, 120, kind="new")],
            "pays nothing": [term(amount=0, is_trial=True), deal(3, 120)],
            "no rate": [term(), deal(3, 120, currency="GBP")],
            "no rate for the term": [term(currency="GBP"), deal(3, 120)],
            "not heard of yet": [term(), deal(3, 120, known_at=ago(-2))],
            "won later": [term(), deal(9, 120, id="d")],
        },
    )
    correct(acme, "won later", deal(9, 120, id="d", state="won", closed_on=day(2)), 2)
    assert readings(acme, "commercial.open_expansion") == {
        "none": 0,
        "none, and pays nothing": 0,
        "one": 0.1,
        "two": 0.2,
        "won": 0,
        "to be closed": 0.1,
        "closed today": 0,
        "new business": 0,
        "pays nothing": None,
        "no rate": None,
        "no rate for the term": None,
        "not heard of yet": 0,
        "won later": 0,
    }
    assert readings(acme, "commercial.open_expansion", on=day(3))["won later"] == 0.1


@pytest.mark.parametrize(("age", "found"), [(13, [None] * 3), (14, [50, 2, 1])])
def test_the_trade_of_young_accounts(acme, age, found):
    facts = [bought(3, 50), *billed((5, 2)), sign(3, "payment_reminder"), deal(3, 120)]
    told(acme, {"young": [term(starts=age - 1), *facts]}, started=age - 1)
    keys = ["commercial.purchases_365d", "commercial.payment_timing", "commercial.reminders_needed"]
    assert [readings(acme, key)["young"] for key in keys] == found
    assert readings(acme, "commercial.open_expansion")["young"] == 0.1
    assert readings(acme, "commercial.spend_since_start")["young"] == 0
