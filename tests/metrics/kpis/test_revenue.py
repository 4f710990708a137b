"""MRR, its movements and what is made of them, by hand, for June 2025."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import Account
from metrics.kpis.places import WHOLE
from tests.cast import account, tell
from tests.kept import kept
from tests.metrics.cases import ago, day, term, told
from tests.metrics.kpis.asking import ask, csm, values

pytestmark = pytest.mark.django_db
D = Decimal
MOVES = ("new", "expansion", "contraction", "churned", "reactivation", "currency", "handed_over")
KEYS = [f"revenue.{name}" for name in ("mrr_at_start", *MOVES, "mrr")]


def movements(workspace, **more):
    """What moved, and that it adds up."""
    start, *moved, end = values(workspace, *KEYS, **more)
    assert start + sum(moved) == end
    return {"start": start, "end": end} | {name: amount for name, amount in zip(MOVES, moved, strict=True) if amount}


@kept
def june(acme):
    """Everything that can happen between May 31 and June 30; DAY − 30 is May 31."""
    told(
        acme,
        {
            "same": [term(amount=50)],
            "grew": [term(amount=100, ends=12), term(starts=12, amount=150)],
            "shrank": [term(amount=200, ends=12), term(starts=12, amount=120)],
            "one of two ended": [term(amount=40), term(amount=25, ends=3)],
            "left": [term(amount=300, ends=20)],
            "leaves in july": [term(amount=10, ends=-1)],
            "new on the first": [term(starts=29, amount=30)],
            "new on the last": [term(starts=0, amount=50)],
            "new and gone": [term(starts=20, ends=10, amount=99)],
            "back": [term(amount=60, ends=300), term(starts=9, amount=40)],
            "away within": [term(amount=70, ends=25), term(starts=20, amount=70)],
            "begun on the eve": [term(starts=30, amount=5)],
        },
    )
    return acme


def test_movements(june):
    assert movements(june) == {
        "start": 100 + 200 + 65 + 300 + 10 + 50 + 70 + 5,
        "new": 80,
        "expansion": 50,
        "contraction": -105,
        "churned": -300,
        "reactivation": 40,
        "end": 50 + 150 + 120 + 40 + 10 + 30 + 50 + 40 + 70 + 5,
    }


def test_rates_of_the_movements(june):
    found = values(june, *(f"revenue.{name}" for name in ("gross_mrr_churn", "net_mrr_churn", "quick_ratio", "arpa")))
    gross, net, quick, average = found
    assert gross == pytest.approx(D(405) / 800)
    assert net == D(405 - 50 - 40) / 800
    assert quick == pytest.approx(D(170) / 405)
    assert average == D("56.5") == D(565) / 10


def test_no_customers_at_all(acme):
    assert movements(acme) == {"start": 0, "end": 0}
    for key, reason in (
        ("revenue.gross_mrr_churn", "no MRR at the start"),
        ("revenue.nrr", "no MRR twelve months before"),
        ("revenue.arpa", "no customers"),
        ("revenue.quick_ratio", "nothing was lost"),
    ):
        found = ask(acme, key)
        assert (found.value, found.n, found.reason) == (None, 0, reason)


def test_a_year(acme):
    told(
        acme,
        {
            "same": [term(amount=100)],
            "grew": [term(amount=100, ends=100), term(starts=100, amount=160)],
            "shrank": [term(amount=100, ends=100), term(starts=100, amount=20)],
            "left": [term(amount=100, ends=50)],
            # June 30, 2024 is 365 days before; it began on the day after.
            "too new": [term(starts=364, amount=900)],
            "on the day": [term(starts=365, amount=100)],
        },
    )
    assert values(acme, "revenue.nrr", "revenue.grr") == [D(380) / 500, D(320) / 500]
    assert ask(acme, "revenue.nrr").n == 5


def test_currency_is_a_movement_of_its_own(acme):
    for days, rate in ((900, "0.80"), (20, "0.90")):
        tell(acme, "rates", {"currency": "USD", "day": day(days), "rate": D(rate)})
    told(
        acme,
        {
            "renewed": [term(currency="USD", ends=9), term(starts=9, currency="USD", amount=130)],
            "not renewed yet": [term(currency="USD")],
            "new": [term(starts=3, currency="USD")],
        },
    )
    assert movements(acme) == {"start": 160, "currency": 10, "expansion": 27, "new": 90, "end": 287}


def test_a_missing_rate_is_said_where_the_number_would_be(acme, alice):
    told(acme, {"one": [term()], "pounds": [term(currency="GBP")]})
    account(acme, "one", owner=alice.user.email)
    found = ask(acme, "revenue.mrr")
    assert (found.value, found.n) == (None, 2)
    assert found.reason == f"no rate of GBP on {day(900)}"
    assert ask(acme, "revenue.new").reason == found.reason


def own(workspace, name, member, moment):
    Account.objects.of(workspace).get(external_id=name).change(moment, owner=member)


def test_an_account_that_changes_hands(acme, alice, bob):
    told(
        acme,
        {
            "stays": [term(amount=10)],
            "grew after": [term(amount=100, ends=5), term(starts=5, amount=150)],
            "left before": [term(amount=300, ends=20)],
            "left after": [term(amount=400, ends=5)],
        },
    )
    for name in ("stays", "grew after", "left before", "left after"):
        own(acme, name, alice, ago(800))
    own(acme, "grew after", bob, ago(15))
    own(acme, "left before", bob, ago(15))
    own(acme, "left after", bob, ago(15))
    assert movements(acme, scope=csm(alice)) == {"start": 810, "handed_over": -500, "churned": -300, "end": 10}
    assert movements(acme, scope=csm(bob)) == {
        "start": 0,
        "handed_over": 500,
        "expansion": 50,
        "churned": -400,
        "end": 150,
    }
    assert movements(acme, scope=WHOLE)["churned"] == -700
    rates = "retention.customer_churn_rate"
    assert [ask(acme, rates, scope).value for scope in (csm(alice), csm(bob))] == [D("0.5"), D("0.5")]
    assert ask(acme, rates).value == D("0.5")


def test_a_month_that_still_runs(acme):
    told(acme, {"one": [term(ends=5)], "two": [term(ends=-5)]})
    found = movements(acme, on=day(8), known=day(8))
    assert found == {"start": 200, "end": 200}
    assert movements(acme, on=day(4), known=day(4)) == {"start": 200, "churned": -100, "end": 100}


def test_a_rate_that_is_corrected(acme):
    for rate, at in (("0.80", ago(800)), ("0.90", ago(-3)), ("0.85", ago(-4))):
        tell(acme, "rates", {"currency": "USD", "day": day(900), "rate": D(rate)}, at=at)
    told(acme, {"one": [term(currency="USD")]})
    assert [values(acme, "revenue.mrr", known=day(back)) for back in (0, -3, -4)] == [[80], [90], [85]]


def test_a_change_of_hands_at_midnight_belongs_to_the_day_that_begins(acme, alice, bob):
    told(acme, {"one": [term(amount=10)]})
    own(acme, "one", alice, ago(800))
    own(acme, "one", bob, ago(-1, hour=0))
    assert [values(acme, "revenue.mrr", scope=csm(member)) for member in (alice, bob)] == [[10], [0]]
