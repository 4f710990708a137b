"""Movements of MRR and the rates made of them, by hand; and that the movements always add up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.formulas.revenue import (
    Movements,
    arpa,
    gross_mrr_churn,
    gross_retention,
    movement,
    movements,
    mrr_of,
    net_mrr_churn,
    net_retention,
    quick_ratio,
)

D = Decimal
KINDS = ("new", "expansion", "contraction", "churned", "reactivation", "currency")


@pytest.mark.parametrize(
    ("start", "end", "paid_before", "rerated", "expected"),
    [
        (0, 0, False, 0, {}),
        (100, 100, True, 0, {}),
        (0, 80, False, 0, {"new": 80}),
        (0, 80, True, 0, {"reactivation": 80}),
        (100, 150, True, 0, {"expansion": 50}),
        (100, 40, True, 0, {"contraction": -60}),
        (100, 0, True, 0, {"churned": -100}),
        # A new term at another rate: the rate's part is the currency's, the rest is what the customer did.
        (100, 110, True, 10, {"currency": 10}),
        (100, 120, True, -5, {"currency": -5, "expansion": 25}),
        (100, 100, True, 8, {"currency": 8, "contraction": -8}),
        # Who comes or goes does so with the whole amount.
        (0, 80, False, 3, {"new": 80}),
        (100, 0, True, -3, {"churned": -100}),
    ],
)
def test_the_movement_of_one_account(start, end, paid_before, rerated, expected):
    found = movement(D(start), D(end), paid_before, D(rerated))
    assert {kind: getattr(found, kind) for kind in KINDS if getattr(found, kind)} == expected
    assert (found.start, found.end) == (start, end)


def test_no_account_no_movement():
    assert movements({}, {}) == Movements()


amounts = st.dictionaries(st.integers(0, 20), st.decimals("0", "99999", places=2), max_size=20)


@given(amounts, amounts, st.sets(st.integers(0, 20)))
def test_the_movements_add_up(start, end, paid_before):
    found = movements(start, end, paid_before)
    assert found.start == sum(start.values())
    assert found.start + sum(getattr(found, kind) for kind in KINDS) == found.end == sum(end.values())
    assert found.churned <= 0 <= found.new
    assert found.contraction <= 0 <= found.expansion


@pytest.mark.parametrize(
    ("start", "churned", "contraction", "expansion", "reactivation", "gross", "net"),
    [
        (0, 0, 0, 5, 0, None, None),
        (100, 0, 0, 0, 0, "0", "0"),
        (100, 10, 10, 10, 0, "0.2", "0.1"),
        (100, 10, 0, 30, 5, "0.1", "-0.25"),
        (100, 100, 0, 0, 0, "1", "1"),
    ],
)
def test_churn_of_mrr(start, churned, contraction, expansion, reactivation, gross, net):
    assert gross_mrr_churn(start, churned, contraction) == (gross and D(gross))
    assert net_mrr_churn(start, churned, contraction, expansion, reactivation) == (net and D(net))


@pytest.mark.parametrize(
    ("start", "end", "net", "gross"),
    [
        ({}, {"new": D(9)}, None, None),
        ({"a": D(100)}, {"a": D(100)}, "1", "1"),
        ({"a": D(100)}, {}, "0", "0"),
        ({"a": D(100), "b": D(100)}, {"a": D(160), "b": D(20)}, "0.9", "0.6"),
        ({"a": D(100)}, {"a": D(100), "new": D(900)}, "1", "1"),
    ],
)
def test_retention_of_mrr(start, end, net, gross):
    kept = sum((end.get(account, 0) for account in start), D(0))
    assert net_retention(sum(start.values(), D(0)), kept) == (net and D(net))
    assert gross_retention(start, end) == (gross and D(gross))


def test_averages():
    assert (arpa(D(750_000), 1000), arpa(D(0), 0), arpa(D(0), 4)) == (750, None, 0)
    assert (mrr_of(1000, 750), mrr_of(0, 750)) == (750_000, 0)


@pytest.mark.parametrize(
    ("new", "expansion", "churned", "contraction", "reactivation", "expected"),
    [(20, 8, 5, 3, 0, "3.5"), (0, 0, 5, 0, 0, "0"), (5, 0, 0, 0, 0, None), (1, 0, 4, 0, 1, "0.5")],
)
def test_quick_ratio(new, expansion, churned, contraction, reactivation, expected):
    assert quick_ratio(new, expansion, churned, contraction, reactivation) == (expected and D(expected))
