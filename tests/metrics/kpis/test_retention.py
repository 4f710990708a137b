"""Churn, renewals, repurchases and trials, by hand, for June 2025; DAY is its last day."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metrics.registry import KPIS
from tests.metrics.cases import DAY, day, identity, term, told
from tests.metrics.kpis.asking import ask, values

pytestmark = pytest.mark.django_db
D = Decimal
CHURN, ALL = "retention.customer_churn_rate", "retention.customer_churn_rate_all_losses"


def test_who_was_lost(acme):
    told(
        acme,
        {
            "stays": [term()],
            "left on the first": [term(ends=29)],
            "left on the last": [term(ends=0)],
            "leaves on the first of july": [term(ends=-1)],
            "left on the eve": [term(ends=30)],
            "back within the month": [term(ends=20), term(starts=10)],
            "new": [term(starts=10)],
            "new and gone": [term(starts=20, ends=10)],
            "old, back and gone again": [term(ends=400), term(starts=20, ends=10)],
            "trial": [term(amount=0, is_trial=True, ends=10)],
        },
    )
    found = ask(acme, CHURN)
    assert (found.part, found.whole, found.n, found.value) == (2, 5, 5, D("0.4"))
    assert found.interval == pytest.approx((0.1176, 0.7693), abs=1e-4)
    assert ask(acme, ALL).value == D("0.8")
    assert values(acme, "retention.logo_retention") == [D("0.6")]


@pytest.mark.parametrize(
    "key", [CHURN, ALL, "retention.logo_retention", "retention.renewal", "retention.renewal_of_mrr"]
)
def test_nobody_is_no_number(acme, key):
    found = ask(acme, key)
    assert (found.value, found.n, found.interval) == (None, 0, None)
    assert found.reason == str(KPIS[key].nothing)


def test_all_losses_pass_one_hundred_percent(acme):
    new = {f"new {n}": [term(starts=20, ends=10)] for n in range(20)}
    told(acme, {"one": [term()], "left": [term(ends=9)]} | new)
    assert values(acme, CHURN, ALL) == [D("0.5"), D("10.5")]


def test_a_gap_that_is_allowed_is_no_loss(acme):
    acme.churn_gap_days = 5
    told(
        acme,
        {
            "five days": [term(ends=20), term(starts=15)],
            "six days": [term(ends=27), term(starts=21)],
            "may come back": [term(ends=4)],
            "too late": [term(ends=5)],
        },
    )
    found = ask(acme, CHURN)
    assert (found.part, found.whole) == (1, 4)
    assert ask(acme, ALL).part == 1


def test_renewals(acme):
    # June 2025 as known on DAY: what ended on or after May 31, 30 days before, without a next term is undecided.
    told(
        acme,
        {
            "renewed": [term(ends=20), term(starts=20)],
            "smaller plan": [term(ends=20), term(starts=20, amount=70)],
            "larger plan": [term(ends=20), term(starts=20, amount=170)],
            "30 days later": [term(starts=900, ends=29), term(starts=-1)],
            "before its end": [term(ends=10), term(starts=40)],
            "31 days before": [term(ends=9), term(starts=40, amount=500)],
            "not renewed, not decided": [term(ends=29)],
            "short": [term(starts=118, ends=29), term(starts=29)],
            "long enough": [term(starts=119, ends=29), term(starts=29)],
            "two that end together": [term(ends=8), term(ends=8, amount=40), term(starts=8)],
            "ends in july": [term(ends=-1), term(starts=-1)],
        },
    )
    found = ask(acme, "retention.renewal")
    assert (found.part, found.whole) == (6, 6)
    money = ask(acme, "retention.renewal_of_mrr")
    assert (money.part, money.whole) == (100 + 70 + 100 + 100 + 100 + 100, 640)
    late = ask(acme, "retention.renewal", on=DAY, known=DAY.replace(month=8))
    assert (late.part, late.whole) == (7, 9)
    assert late.value == pytest.approx(D(7) / 9)


def bought(bought_on, again_by=None, product="ink", amount=5):
    item = {"id": identity("purchase"), "purchased_on": day(bought_on), "product": product, "amount": amount}
    return "purchases", item | ({} if again_by is None else {"replace_by": day(again_by)})


def test_repurchases(acme):
    told(
        acme,
        {
            "60 days before": [bought(300, 10), bought(70)],
            "61 days before": [bought(300, 10), bought(71)],
            "later": [bought(300, 20), bought(0)],
            "another product": [bought(300, 20), bought(10, product="paper")],
            "sent back": [bought(300, 20), bought(10, amount=-5)],
            "due in july": [bought(300, -1)],
        },
    )
    now = ask(acme, "retention.repurchase")
    assert (now.part, now.whole) == (2, 2)
    later = ask(acme, "retention.repurchase", known=DAY.replace(month=9))
    assert (later.part, later.whole, later.value) == (2, 5, D("0.4"))


def trial(starts, ends):
    return term(starts=starts, ends=ends, amount=0, is_trial=True)


def test_trials(acme):
    told(
        acme,
        {
            "paid at once": [trial(25, 11), term(starts=11)],
            "paid within": [trial(25, 18), term(starts=20)],
            "paid 14 days later": [trial(29, 20), term(starts=6)],
            "paid 15 days later": [trial(29, 20), term(starts=5)],
            "over": [trial(29, 15)],
            "runs": [trial(25, 5)],
            "without an end": [trial(25, None)],
            "without an end, and paid": [trial(25, None), term(starts=3)],
            "begun in may": [trial(30, 15), term(starts=15)],
            "customer": [term()],
        },
    )
    found = ask(acme, "acquisition.trial_conversion")
    assert (found.part, found.whole, found.value) == (4, 6, pytest.approx(D(4) / 6))
    assert ask(acme, "acquisition.trial_conversion", on=day(40), known=day(31)).value is None
