"""Where KPIs usually go wrong, a row each: facts, the KPI, its value for June 2025."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from accounts.models import Account
from tests.cast import tell
from tests.metrics.cases import DAY, answer, day, identity, term, told
from tests.metrics.kpis.asking import ask, values

pytestmark = pytest.mark.django_db
D = Decimal
CHURN, NPS, MRR = "retention.customer_churn_rate", "satisfaction.nps", "revenue.mrr"


class Row(NamedTuple):
    facts: list[Any]
    key: str
    value: Any
    reason: str = ""


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
