"""Quotients, intervals and medians, by hand; none, one and zero."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.formulas.rates import mean, median, quantile, ratio, wilson


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, None),
        (5, 0, None),
        (0, 5, "0"),
        (1, 4, "0.25"),
        (1, 3, "0.3333333333333333333333333333"),
        (2, 3, "0.6666666666666666666666666667"),
        (Decimal("-10.50"), Decimal("100.00"), "-0.105"),
        (7, 2, "3.5"),
    ],
)
def test_quotients(part, whole, expected):
    assert ratio(part, whole) == (None if expected is None else Decimal(expected))


def test_a_quotient_has_the_same_digits_in_every_context():
    with localcontext(prec=3):
        assert ratio(1, 3) == Decimal("0.3333333333333333333333333333")
        assert quantile([1, Decimal("1.0000000001")], Decimal("0.5")) == Decimal("1.00000000005")


# Of the tables in Brown, Cai, DasGupta (2001) and by hand: 8 of 10 → (0.8 + 0.19207) ± … over 1.38415.
@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(8, 10, 0.490162, 0.943318), (0, 10, 0.0, 0.277533), (10, 10, 0.722467, 1.0), (1, 1, 0.206549, 1.0)],
)
def test_intervals_of_shares(hits, n, low, high):
    assert wilson(hits, n) == pytest.approx((low, high), abs=1e-6)


def test_no_cases_no_interval():
    assert wilson(0, 0) is None


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(case):
    hits, n = case
    low, high = wilson(hits, n)
    assert 0 <= low <= hits / n <= high <= 1


@pytest.mark.parametrize(
    ("values", "p50", "p90", "average"),
    [
        ([], None, None, None),
        ([7], "7", "7", "7"),
        ([1, 2], "1.5", "1.9", "1.5"),
        ([4, 1, 3], "3", "3.8", "2.666666666666666666666666667"),
        ([1, 2, 3, 4], "2.5", "3.7", "2.5"),
        ([0, 0, 0], "0", "0", "0"),
        ([Decimal("0.1"), Decimal("0.2")], "0.15", "0.19", "0.15"),
    ],
)
def test_medians(values, p50, p90, average):
    found = median(values), quantile(values, Decimal("0.9")), mean(values)
    assert found == tuple(None if each is None else Decimal(each) for each in (p50, p90, average))
