"""What the customer pays, and how."""

from __future__ import annotations

import pytest

from accounts.models import Churn
from accounts.retraction import take_back
from tests.cast import account, tell
from tests.metrics.cases import DAY, ago, day, invoice, paid, readings, term, told

pytestmark = pytest.mark.django_db


def rate(workspace, currency, days, value):
    tell(workspace, "rates", {"currency": currency, "day": day(days), "rate": value})


def test_spend_trend(acme):
    told(
        acme,
        {
            "same": [term()],
            "grew": [term(starts=900, ends=40), term(starts=40, amount=150)],
            "shrank": [term(starts=900, ends=0), term(starts=0, amount=75)],
            "changed 90 days ago": [term(starts=900, ends=90), term(starts=90, amount=150)],
            "changed 89 days ago": [term(starts=900, ends=89), term(starts=89, amount=150)],
            "new add-on": [term(), term(starts=10, amount=50)],
            "one of two ended": [term(amount=300), term(starts=900, ends=5)],
            "was free": [term(amount=0, starts=900, ends=50), term(starts=50)],
            "was on trial": [term(starts=95, ends=50, is_trial=True), term(starts=50)],
            "by the year": [term(amount=1200, interval_count=12, ends=30), term(starts=30, amount=12, interval="week")],
        },
    )
    assert readings(acme, "commercial.spend_trend") == {
        "same": 0,
        "grew": 0.5,
        "shrank": -0.25,
        "changed 90 days ago": 0,
        "changed 89 days ago": 0.5,
        "new add-on": 0.5,
        "one of two ended": -0.25,
        "was free": None,
        "was on trial": None,
        # 12 a week is 52 a month.
        "by the year": pytest.approx(-0.48),
    }


def test_spend_is_converted_at_the_rate_of_the_terms_start(acme):
    rate(acme, "USD", 900, "0.5")
    rate(acme, "USD", 50, "0.8")
    rate(acme, "CHF", 60, "1.1")
    told(
        acme,
        {
            "a rate makes no movement": [term(currency="USD")],
            "a new term is rated anew": [term(currency="USD", ends=40), term(starts=40, currency="USD")],
            "two currencies": [term(), term(starts=10, currency="CHF")],
            "no rate": [term(currency="GBP")],
            "no rate at the start": [term(currency="CHF")],
            "no rate, but over for long": [term(currency="GBP", ends=90), term()],
            "no rate, over yesterday": [term(currency="GBP", ends=1), term()],
            "no rate, on trial": [term(), term(currency="GBP", amount=0, is_trial=True)],
        },
    )
    assert readings(acme, "commercial.spend_trend") == {
        "a rate makes no movement": 0,
        "a new term is rated anew": pytest.approx(0.6),
        "two currencies": pytest.approx(1.1),
        "no rate": None,
        "no rate at the start": None,
        "no rate, but over for long": 0,
        "no rate, over yesterday": None,
        "no rate, on trial": 0,
    }


@pytest.mark.parametrize(("age", "expected"), [(89, None), (90, None), (91, 0)])
def test_spend_trend_needs_two_ends(acme, age, expected):
    told(acme, {"young": [term(starts=age - 1)]}, started=age - 1)
    assert readings(acme, "commercial.spend_trend") == {"young": expected}


def test_days_past_due(acme):
    told(
        acme,
        {
            "never billed": [term()],
            "not due": [term(), invoice("i1", 0)],
            "due yesterday": [term(), invoice("i2", 1)],
            "the oldest counts": [term(), invoice("i3", 3), invoice("i4", 40), invoice("i5", 20)],
            "paid": [term(), invoice("i6", 40), paid("i6", 2)],
            "paid in parts": [term(), invoice("i7", 40), paid("i7", 39, 60), paid("i7", 5, 40)],
            "one unit left": [term(), invoice("i8", 40), paid("i8", 39, 99)],
            "more than one left": [term(), invoice("i9", 40), paid("i9", 39, "98.99")],
            "refunded": [term(), invoice("i10", 40), paid("i10", 39), paid("i10", 2, kind="refund")],
            "credited": [term(), invoice("i11", 40), paid("i11", 3, kind="credit")],
            "written off": [term(), invoice("i12", 40), paid("i12", 3, 50, kind="write_off"), paid("i12", 3, 50)],
            "disputed": [term(), invoice("i13", 40, is_disputed=True), invoice("i14", 7)],
            "void": [term(), invoice("i15", 40, is_void=True), invoice("i16", 7), paid("i16", 7)],
        },
    )
    assert readings(acme, "commercial.days_past_due") == {
        "never billed": None,
        "not due": 0,
        "due yesterday": 1,
        "the oldest counts": 40,
        "paid": 0,
        "paid in parts": 0,
        "one unit left": 0,
        "more than one left": 40,
        "refunded": 40,
        "credited": 0,
        "written off": 0,
        "disputed": 7,
        "void": 0,
    }


def test_a_payment_of_another_customer_pays_nothing(acme):
    told(acme, {"owes": [term(), invoice("i1", 9)], "pays": [term(), paid("i1", 8)]})
    assert readings(acme, "commercial.days_past_due") == {"owes": 9, "pays": None}


def test_payments_count_from_the_day_they_were_made_and_heard_of(acme):
    told(acme, {"one": [term(), invoice("i1", 20), paid("i1", 5, known_at=ago(3))]})
    key = "commercial.days_past_due"
    assert readings(acme, key, on=day(6)) == {"one": 14}
    assert readings(acme, key, on=day(5)) == {"one": 15}
    assert readings(acme, key, on=day(5), known=day(3)) == {"one": 0}
    assert readings(acme, key, on=day(6), known=day(3)) == {"one": 14}
    assert readings(acme, key) == {"one": 0}


def test_a_corrected_invoice_is_believed_from_its_correction_on(acme):
    told(acme, {"one": [term(), invoice("i1", 30)]})
    tell(acme, "invoices", {"account": "one", **invoice("i1", 10)[1]}, at=ago(8))
    tell(acme, "invoices", {"account": "one", **invoice("i1", 10, is_disputed=True)[1]}, at=ago(2))
    key = "commercial.days_past_due"
    assert readings(acme, key, on=day(9)) == {"one": 21}
    assert readings(acme, key, on=day(8)) == {"one": 2}
    assert readings(acme, key, known=day(9)) == {"one": 30}
    assert readings(acme, key, known=day(3)) == {"one": 10}
    assert readings(acme, key) == {"one": None}


def test_late_payment_share(acme):
    told(
        acme,
        {
            "none": [term()],
            "none due": [term(), invoice("i1", -5)],
            "in time": [term(), invoice("i2", 40), paid("i2", 40)],
            "three days late": [term(), invoice("i3", 40), paid("i3", 37)],
            "four days late": [term(), invoice("i4", 40), paid("i4", 36)],
            "unpaid for three days": [term(), invoice("i5", 3)],
            "unpaid for four days": [term(), invoice("i6", 4)],
            "the rest was late": [term(), invoice("i7", 40), paid("i7", 40, 60), paid("i7", 30, 40)],
            "one of four": [
                *(term(),),
                *(invoice(f"a{n}", 40 + n) for n in range(4)),
                *(paid(f"a{n}", 40 + n) for n in range(3)),
            ],
            "first and last day": [term(), invoice("b1", 179), invoice("b2", 180), invoice("b3", 0), paid("b2", 180)],
            "disputed": [term(), invoice("c1", 40, is_disputed=True), invoice("c2", 40), paid("c2", 40)],
        },
    )
    assert readings(acme, "commercial.late_payment_share") == {
        "none": None,
        "none due": None,
        "in time": 0,
        "three days late": 0,
        "four days late": 1,
        "unpaid for three days": 0,
        "unpaid for four days": 1,
        "the rest was late": 1,
        "one of four": 0.25,
        "first and last day": 0.5,
        "disputed": 0,
    }


def test_an_invoice_paid_late_was_not_late_before(acme):
    told(acme, {"one": [term(), invoice("i1", 40), paid("i1", 35)]})
    key = "commercial.late_payment_share"
    assert readings(acme, key, on=day(37)) == {"one": 0}
    assert readings(acme, key, on=day(36)) == {"one": 1}
    assert readings(acme, key) == {"one": 1}


@pytest.mark.parametrize(("age", "expected"), [(13, None), (14, 1)])
def test_late_payment_share_of_young_accounts(acme, age, expected):
    told(acme, {"young": [term(starts=age - 1), invoice("i1", 5)]}, started=age - 1)
    assert readings(acme, "commercial.late_payment_share") == {"young": expected}
    assert readings(acme, "commercial.days_past_due") == {"young": 5}


def churn(notice=None, churned=None, **more):
    days = {"notice_on": notice, "churned_on": churned}
    return "churns", {"id": more.pop("id", "c"), **{k: None if v is None else day(v) for k, v in days.items()}} | more


def test_notice_given(acme):
    told(
        acme,
        {
            "none": [term()],
            "today": [term(), churn(0, id="c1")],
            "tomorrow": [term(), churn(-1, id="c2")],
            "for later": [term(), churn(50, -30, id="c3")],
            "gone yesterday": [term(), churn(50, 1, id="c4")],
            "gone without notice": [term(), churn(None, 10, id="c5")],
        },
    )
    assert readings(acme, "commercial.notice_given") == {
        "none": 0,
        "today": 1,
        "tomorrow": 0,
        "for later": 1,
        "gone yesterday": 0,
        "gone without notice": 0,
    }


def test_a_churn_recorded_ahead_is_a_notice_from_the_day_on_which_we_heard(acme):
    told(acme, {"one": [term(), churn(None, -30, known_at=ago(4))], "two": [term(), churn(None, -30, id="late")]})
    found = [readings(acme, "commercial.notice_given", on=day(n)) for n in (5, 4, 0)]
    assert [each["one"] for each in found] == [0, 1, 1]
    # History that says nothing else is known on the day of the churn itself.
    assert [each["two"] for each in found] == [0, 0, 0]
    # Whoever knows later what was not said before does not know that it was said.
    assert readings(acme, "commercial.notice_given", on=day(5), known=DAY)["one"] == 0


def turned(*states, id, ends=-90, **more):
    """A term whose automatic renewal was so from its first day on, then 20, 10 days ago."""
    return [
        term(id=id, ends=ends, auto_renew=state, known_at=ago(when), **more)
        for state, when in zip(states, (900, 20, 10), strict=False)
    ]


def test_an_automatic_renewal_turned_off_is_a_notice(acme):
    cases = {
        "off": turned(True, False, id="a"),
        "sold that way": turned(False, id="b"),
        "on again": turned(True, False, True, id="c"),
        "never told": turned(None, False, id="d"),
        "off, then more seats": [
            *turned(True, False, id="e"),
            term(20, id="e", ends=-90, auto_renew=False, known_at=ago(10)),
        ],
        "another goes on": [*turned(True, False, id="f"), term(id="g", ends=-91)],
        "another ends with it": [*turned(True, False, id="h"), term(id="i", ends=-90)],
        "renewed already": [*turned(True, False, id="j"), term(id="k", starts=-90, known_at=ago(9))],
        "open end": turned(True, False, id="l", ends=None),
        "trial": [term(id="m"), *turned(True, False, id="n", is_trial=True, amount=0)],
    }
    for name, facts in cases.items():
        account(acme, name, started_on=str(day(900)))
        for kind, item in facts:
            tell(acme, kind, {"account": name, **item})
    then, between, now = (readings(acme, "commercial.notice_given", on=day(n)) for n in (21, 15, 9))
    assert set(then.values()) == {0}
    leaving = {"off", "off, then more seats", "another ends with it", "open end"}
    assert {name for name, value in between.items() if value} == leaving | {"on again", "renewed already"}
    assert {name for name, value in now.items() if value} == leaving


def test_a_notice_taken_back_counts_until_then(acme):
    told(acme, {"one": [term(), churn(20, -10)]})
    take_back(Churn.objects.of(acme).get(), ago(5))
    assert readings(acme, "commercial.notice_given", on=day(21)) == {"one": 0}
    assert readings(acme, "commercial.notice_given", on=day(6)) == {"one": 1}
    assert readings(acme, "commercial.notice_given", on=day(5)) == {"one": 0}
