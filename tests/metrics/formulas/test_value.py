"""What customers are worth and cost, and support's shares, by hand; none, one, zero."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metrics.formulas.support import first_contact_resolution, per_hundred
from metrics.formulas.value import clv, clv_subscription, lifetime, retention_cost, retention_cost_of_mrr


def test_a_lifetime():
    assert (lifetime(Decimal("0.05")), lifetime(Decimal(0)), lifetime(None)) == (20, None, None)


def test_lifetime_value():
    assert (clv(50, 3, 24), clv(50, 3, None), clv(0, 0, 24)) == (3600, None, 0)


@pytest.mark.parametrize(
    ("arpa", "margin", "churn", "expected"),
    [
        (100, "0.8", "0.05", 1600),
        (100, None, "0.05", None),
        (None, "0.8", "0.05", None),
        (100, "0.8", None, None),
        (100, "0.8", "0", None),
        (100, "0", "0.05", 0),
        (100, "0.8", "1", 80),
    ],
)
def test_lifetime_value_of_subscriptions(arpa, margin, churn, expected):
    assert clv_subscription(arpa, margin and Decimal(margin), churn and Decimal(churn)) == expected


def test_costs():
    assert (retention_cost(50_000, 250), retention_cost(50_000, 0), retention_cost(0, 3)) == (200, None, 0)
    assert (retention_cost_of_mrr(50, 200), retention_cost_of_mrr(50, 0)) == (Decimal("0.25"), None)


def test_shares_of_tickets():
    assert (first_contact_resolution(71, 100), first_contact_resolution(0, 0)) == (Decimal("0.71"), None)
    assert (per_hundred(3, 200), per_hundred(3, 0), per_hundred(0, 200)) == (Decimal("1.5"), None, 0)
