"""Where KPIs usually go wrong, a row each: facts, the KPI, its value for June 2025."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from accounts.models import Account
from metrics.registry import KPIS
from tests.cast import tell
from tests.metrics.cases import DAY, ago, answer, day, identity, term, ticket, told
from tests.metrics.kpis.asking import ask, csm, question, values

pytestmark = pytest.mark.django_db
D = Decimal
CHURN, NPS, MRR = "retention.customer_churn_rate", "satisfaction.nps", "revenue.mrr"


class Row(NamedTuple):
    facts: list[Any]
    key: str
    value: Any
    reason: str = ""


def refund(days, amount):
    return "purchases", {"id": identity("refund"), "purchased_on": day(days), "amount": -amount}


ROWS = {
    "no customers at the start": Row([term(starts=5)], CHURN, None, "no customers at the start"),
    "zero churn": Row([term()], CHURN, 0),
    "zero churn, lifetime": Row([term()], "value.clv", None, "nobody was lost in twelve months"),
    "nothing lost": Row([term()], "revenue.quick_ratio", None, "nothing was lost"),
    "no answers": Row([term()], NPS, None, "no answers"),
    "one answer": Row([answer(3, 9, "nps")], NPS, 100),
    "all neutral": Row([answer(3, 7, "nps"), answer(4, 8, "nps")], NPS, 0),
    "back within the period": Row([term(ends=20), term(starts=10)], CHURN, 0),
    "annual plan": Row([term(amount=1200, interval_count=12)], MRR, 100),
    "annual plan that does not divide": Row([term(amount=1000, interval_count=12)], MRR, D("83.33")),
    "weekly plan": Row([term(amount=30, interval="week")], MRR, 130),
    "one of two subscriptions ends": Row([term(amount=40), term(amount=25, ends=9)], "revenue.contraction", -25),
    "one of two subscriptions ends, nobody is lost": Row([term(amount=40), term(amount=25, ends=9)], CHURN, 0),
    "a currency without a rate": Row([term(currency="GBP")], MRR, None, f"no rate of GBP on {day(900)}"),
    "a term of no days": Row([term(starts=9, ends=9)], MRR, 0),
    "back within the period, MRR": Row([term(ends=20), term(starts=10, amount=130)], "revenue.expansion", 30),
    "back in the next period": Row([term(ends=40), term(starts=10)], "revenue.reactivation", 100),
    "gone and back is not churned": Row([term(ends=20), term(starts=10)], "revenue.churned", 0),
    "one answer, its interval": Row([answer(3, 9, "nps")], "satisfaction.nps_from_one", None, "no answers"),
    "one answer, satisfied": Row([answer(3, 4)], "satisfaction.csat", 1),
    "annual plan renewed early": Row([term(starts=395, ends=10), term(starts=30)], "retention.renewal", 1),
    "annual plan renewed late": Row([term(starts=375, ends=29), term(starts=0)], "retention.renewal", 1),
    "a refund alone": Row([term(), refund(5, 40)], "value.expansion_revenue", -40),
    "a currency without a rate, all that needs it": Row(
        [term(currency="GBP")], "revenue.nrr", None, f"no rate of GBP on {day(900)}"
    ),
    "a currency without a rate, what needs none": Row([term(currency="GBP")], CHURN, 0),
    "a term that ends with the day before": Row([term(ends=30)], CHURN, None, "no customers at the start"),
    "a term that ends on the first day of the period": Row([term(ends=29)], CHURN, 1),
    "a term that ends on the day after the period": Row([term(ends=-1)], CHURN, 0),
}


@pytest.mark.parametrize("name", ROWS)
def test_a_degenerate_case(acme, name):
    row = ROWS[name]
    told(acme, {"one": row.facts})
    found = ask(acme, row.key)
    assert (found.value, found.reason) == (row.value, row.reason)


def test_a_refund_is_taken_off(acme):
    goods = [
        ("purchases", {"id": identity("p"), "purchased_on": day(n), "amount": a}) for n, a in ((9, 300), (5, -100))
    ]
    told(acme, {"buys": [term(), *goods], "left": [term(ends=9)]})
    # 200 of one purchase, ÷ one loss of twelve months, whatever the customers a month are.
    assert ask(acme, "value.clv").value == pytest.approx(D(200))


def test_a_leap_day(acme):
    told(acme, {"one": [term(starts=700)]})
    tell(acme, "subscriptions", {"account": "one", "id": "leap", "starts_on": date(2024, 2, 29), "amount": 7})
    february = {"on": date(2024, 2, 10), "known": DAY}
    assert values(acme, "revenue.expansion", MRR, **february) == [7, 107]
    assert values(acme, "revenue.mrr_at_start", on=date(2024, 3, 5)) == [107]
    # Twelve months before the end of February 2025 is that of February 29.
    assert ask(acme, "revenue.nrr", on=date(2025, 2, 28)).whole == 107


def test_an_account_that_is_deleted_is_no_loss(acme):
    told(acme, {"stays": [term()], "deleted": [term(), answer(3, 0, "nps")]})
    Account.objects.of(acme).get(external_id="deleted").delete()
    assert values(acme, CHURN, MRR, "revenue.churned", NPS) == [0, 100, 0, None]


def test_an_account_that_is_merged_into_another_is_no_loss(acme):
    """Its terms are told again, as the other's; then it goes."""
    kind, item = term(amount=40)
    told(acme, {"stays": [term()], "merged": [(kind, item)]})
    keys = (CHURN, MRR, "revenue.churned", "revenue.arpa")
    assert values(acme, *keys) == [0, 140, 0, 70]
    tell(acme, kind, {"account": "stays", **item})
    Account.objects.of(acme).get(external_id="merged").delete()
    assert values(acme, *keys, known=day(-1)) == [0, 140, 0, 140]


def test_a_period_that_runs(acme):
    """On the 10th of June: numbers so far, against as many days of May."""
    told(acme, {"one": [term(), ticket(25), ticket(22), ticket(2)], "left": [term(ends=24)], "leaves": [term(ends=9)]})
    tenth = {"known": day(20)}
    assert values(acme, "support.tickets", CHURN, MRR, **tenth) == [2, D(1) / 3, 200]
    assert ask(acme, "support.tickets_a_day", **tenth).value == D("0.2")
    running = question(acme, **tenth).period
    assert running.is_running
    assert (running.before().start, running.before().last) == (date(2025, 5, 1), date(2025, 5, 10))


def test_the_day_on_which_clocks_change(acme, alice):
    """Madrid, March 30, 2025: 23 hours. What happens in its first and last hour is of that day, of March and of its
    owner; what comes a second later is of the next."""
    changed = datetime(2025, 3, 29, 23, tzinfo=UTC)
    opened = {
        "eve": changed - timedelta(seconds=1),
        "first": changed,
        "last": changed + timedelta(hours=23, seconds=-1),
        "next": changed + timedelta(hours=23),
    }
    told(acme, {"one": [term(), *(("tickets", {"id": name, "opened_at": at}) for name, at in opened.items())]})
    found = question(acme, "week", on=date(2025, 3, 30))
    records = KPIS["support.tickets"].records(found)
    assert {record.fact: record.day.day for record in records} == {"eve": 29, "first": 30, "last": 30}
    waits = question(acme, "week", on=date(2025, 3, 30), known=date(2025, 3, 30))
    hours = {r.fact: r.part for r in KPIS["support.first_response_mean"].records(waits)}
    # A day of 23 hours.
    assert hours["first"] == 23
    autumn = datetime(2024, 10, 26, 22, tzinfo=UTC)
    told(acme, {"two": [term(), ("tickets", {"id": "long", "opened_at": autumn})]})
    waits = question(acme, "week", on=date(2024, 10, 27), known=date(2024, 10, 27))
    assert [r.part for r in KPIS["support.first_response_mean"].records(waits)] == [25]


def test_the_owner_changes_in_mid_period(acme, alice, bob):
    """Alice until the 15th, Bob from then on: what was paid at the start is handed over, a ticket stays with whom it
    was opened, a loss is Bob's."""
    told(acme, {"one": [term(ends=3), ticket(25), ticket(5)]})
    one = Account.objects.of(acme).get(external_id="one")
    one.change(ago(100), owner=alice)
    one.change(ago(15), owner=bob)
    keys = "revenue.mrr_at_start", "revenue.handed_over", "revenue.churned", MRR, "support.tickets", CHURN
    assert values(acme, *keys, scope=csm(alice)) == [100, -100, 0, 0, 1, None]
    assert values(acme, *keys, scope=csm(bob)) == [0, 100, -100, 0, 1, 1]
    assert values(acme, *keys) == [100, 0, -100, 0, 2, 1]
