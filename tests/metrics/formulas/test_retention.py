"""Who stays and who leaves, by hand; none, one, all."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metrics.formulas.retention import (
    churn_rate,
    churn_rate_all_losses,
    median_lifetime,
    monthly_churn,
    renewal_rate,
    repurchase_rate,
    trial_conversion,
)


@pytest.mark.parametrize("rate", [churn_rate, churn_rate_all_losses, trial_conversion], ids=lambda rate: rate.__name__)
@pytest.mark.parametrize(("n", "hits", "expected"), [(0, 0, None), (4, 0, "0"), (4, 1, "0.25"), (4, 4, "1")])
def test_of_so_many(rate, n, hits, expected):
    assert rate(n, hits) == (expected and Decimal(expected))


@pytest.mark.parametrize("rate", [renewal_rate, repurchase_rate, monthly_churn], ids=lambda rate: rate.__name__)
@pytest.mark.parametrize(("hits", "n", "expected"), [(0, 0, None), (0, 4, "0"), (1, 4, "0.25"), (4, 4, "1")])
def test_so_many_of(rate, hits, n, expected):
    assert rate(hits, n) == (expected and Decimal(expected))


def test_all_losses_can_pass_one_hundred_percent():
    assert churn_rate_all_losses(10, 21) == Decimal("2.1")


def lifetimes(*groups):
    """(months, how many, left or not) as the two columns."""
    rows = [(months, left) for months, n, left in groups for _ in range(n)]
    return [months for months, _ in rows], [left for _, left in rows]


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([], None),
        # 19 losses are too few, 20 are enough.
        ([(3, 19, True)], None),
        ([(3, 20, True)], 3),
        # 60 at risk: after month 3 10/60 have left, after month 6 30/60 have: half.
        ([(3, 10, True), (6, 20, True), (9, 30, False)], 6),
        # The censored leave the risk set: 10 of 40 lost, 0.75; 10 censored; 10 of 20 lost, 0.375.
        ([(3, 10, True), (4, 10, False), (6, 10, True), (9, 10, False)], 6),
        # More than half stay.
        ([(3, 20, True), (9, 30, False)], None),
        # Lost and censored in one month: the lost were at risk together with the censored. 20 of 40.
        ([(5, 20, True), (5, 20, False)], 5),
    ],
)
def test_median_lifetime(groups, expected):
    assert median_lifetime(*lifetimes(*groups)) == expected
