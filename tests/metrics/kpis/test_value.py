"""Lifetime values and retention costs, by hand, for June 2025 and the twelve months before its end."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from metrics.kpis.places import WHOLE, Scope
from metrics.models import ScopeKind
from tests.cast import account, tell
from tests.metrics.cases import ago, day, identity, term, told
from tests.metrics.kpis.asking import ask

pytestmark = pytest.mark.django_db
D = Decimal


def bought(days, amount, **more):
    return "purchases", {"id": identity("purchase"), "purchased_on": day(days), "amount": amount} | more


def test_lifetime_value_of_subscriptions(acme):
    # Month starts July 2024 … June 2025. "left" was a customer at 6 of them (until December 15): 198 days before DAY.
    told(acme, {"stays": [term(amount=100)], "left": [term(amount=100, ends=197)], "small": [term(amount=50)]})
    acme.gross_margin = D("0.8")
    found = ask(acme, "value.clv_subscription")
    # ARPA 75, churn 1 ÷ (12 + 12 + 6) a month.
    assert found.value == pytest.approx(D(75) * D("0.8") * 30)
    acme.gross_margin = None
    assert (ask(acme, "value.clv_subscription").value, ask(acme, "value.clv_subscription").reason) == (
        None,
        "no gross margin is set",
    )


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("value.clv_subscription", "no gross margin is set"),
        ("usage.time_to_first_value", "no first-value event is chosen"),
    ],
)
def test_what_waits_for_a_setting_says_so_in_every_scope(acme, key, reason):
    assert ask(acme, key).reason == reason
    account(acme, "stays", segment="Small")
    told(acme, {"stays": [term()]})
    for scope in (WHOLE, Scope(ScopeKind.SEGMENT, "Small")):
        assert (ask(acme, key, scope=scope).value, ask(acme, key, scope=scope).reason) == (None, reason)


def test_without_losses_no_lifetime(acme):
    told(acme, {"stays": [term()], "buys": [term(), bought(9, 50)]})
    acme.gross_margin = D("0.8")
    for key in ("value.clv_subscription", "value.clv"):
        assert (ask(acme, key).value, ask(acme, key).reason) == (None, "nobody was lost in twelve months")


def test_lifetime_value_of_purchases(acme):
    acme.kind, acme.purchase_days = "purchases", 30
    told(
        acme,
        {
            "buys": [bought(n, 60) for n in (333, 303, 272, 242, 212, 180, 152, 121, 91, 60, 30, 0)],
            "once": [bought(200, 30), bought(199, -30)],
        },
    )
    # 13 purchases worth 720. Five losses: "once", and "buys" four times where more than 30 days lie between two.
    # Whatever the customers a month are, they cancel out: 720 ÷ 5.
    assert ask(acme, "value.clv").value == pytest.approx(D(144))


def test_the_median_lifetime(acme):
    cases = {f"left {n}": [term(starts=400, ends=400 - 10 * n)] for n in range(1, 21)}
    told(acme, cases | {f"stays {n}": [term(starts=400)] for n in range(18)})
    # 38 at risk; half have left once 19 have, after 190 days.
    found = ask(acme, "value.lifetime")
    assert (found.value, found.n) == (190, 38)
    told(acme, {f"more {n}": [term(starts=400)] for n in range(5)})
    assert ask(acme, "value.lifetime").reason == "fewer than 20 have left, or more than half stay"


def test_what_keeping_customers_costs(acme, alice):
    told(acme, {"one": [term(amount=100)], "two": [term(amount=300)], "left": [term(ends=9)]})
    account(acme, "one", owner=alice.user.email)
    key = "value.retention_cost"
    assert ask(acme, key).value is None
    for month, kind, amount in ((6, "payroll", 400), (6, "services", 50), (5, "payroll", 300), (7, "payroll", 9)):
        tell(acme, "costs", {"month": date(2025, month, 1), "kind": kind, "amount": amount})
    assert ask(acme, key).value == 225
    assert ask(acme, "value.retention_cost_of_mrr").value == D("1.125")
    assert ask(acme, key, kind="quarter").value == D("125")
    assert ask(acme, "value.retention_cost_of_mrr", kind="quarter").value == D(750) / 1200
    mine = ask(acme, key, Scope(ScopeKind.CSM, str(alice.pk)))
    assert (mine.value, mine.reason) == (
        None,
        "no programme cost is told for the period, or not by team, CSM and segment",
    )
    assert ask(acme, key, kind="week").value is None


def test_a_cost_that_is_corrected(acme):
    told(acme, {"one": [term(amount=100)]})
    for amount, at in ((400, ago(20)), (500, ago(-3))):
        tell(acme, "costs", {"month": date(2025, 6, 1), "kind": "payroll", "amount": amount}, at=at)
    assert ask(acme, "value.retention_cost").value == 400
    assert ask(acme, "value.retention_cost", known=day(-3)).value == 500
