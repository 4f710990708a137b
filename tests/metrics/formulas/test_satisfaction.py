"""Answers, by hand: the borders of the scales, none, one, all neutral."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metrics.formulas.satisfaction import (
    Nps,
    csat,
    easy,
    effort_mean,
    effort_share,
    positive,
    reversed_answer,
)


@pytest.mark.parametrize(
    ("scores", "lowest", "kinds", "value"),
    [
        ([], 0, (0, 0, 0), None),
        ([9], 0, (1, 0, 0), 100),
        ([6], 0, (0, 0, 1), -100),
        ([7, 8], 0, (0, 2, 0), 0),
        ([0, 6, 7, 8, 9, 10], 0, (2, 2, 2), 0),
        ([10, 9, 7, 1], 1, (2, 1, 1), 25),
    ],
)
def test_nps(scores, lowest, kinds, value):
    found = Nps.of(scores, lowest)
    assert (found.promoters, found.passives, found.detractors) == kinds
    assert found.value == value


def test_the_interval_of_nps():
    # 60, 25 and 15: mean 0.45, variance 0.75 − 0.2025 = 0.5475, 1.96 · √(0.5475 ÷ 100) = 0.14502.
    assert Nps(60, 25, 15).interval == pytest.approx((30.4975, 59.5025), abs=1e-3)
    assert Nps(0, 0, 0).interval is None
    assert Nps(0, 5, 0).interval == (0, 0)
    low, high = Nps(1, 0, 1).interval
    assert (low, high) == (-100, 100)


def test_positive_answers():
    assert [positive([score], 10) for score in (1, 5, 6, 10)] == [0, 0, 1, 1]
    assert [positive([score], 5) for score in (3, 4, 5)] == [0, 1, 1]
    assert positive([2, 3, 4], 4, positive_from=3) == 2
    with pytest.raises(KeyError):
        positive([1], 4)
    assert (csat(0, 0), csat(0, 3), csat(3, 3), csat(40, 50)) == (None, 0, 1, Decimal("0.8"))


def test_effort():
    assert [easy([score], 7) for score in (4, 5, 7)] == [0, 1, 1]
    assert [easy([score], 5) for score in (3, 4, 5)] == [0, 1, 1]
    assert [reversed_answer(score, 1, 7) for score in (1, 4, 7)] == [7, 4, 1]
    assert (effort_share(0, 0), effort_share(8, 10)) == (None, Decimal("0.8"))
    assert (effort_mean([]), effort_mean([6]), effort_mean([6, 5, 4])) == (None, 6, 5)
