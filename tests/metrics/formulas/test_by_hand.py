"""Bands by hand: to which side of the score they were set, and whether 90 days told them right."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from metrics.formulas.by_hand import Side, Verdict, is_decided, side, tally, verdict
from metrics.formulas.scoring import GREEN, GREY, RED, YELLOW

LIFTED, LOWERED, SAME = Side
RIGHT, WRONG, WAITING, NEITHER = Verdict


@pytest.mark.parametrize(
    ("band", "computed", "expected"),
    [
        (GREEN, RED, LIFTED),
        (YELLOW, RED, LIFTED),
        (RED, GREEN, LOWERED),
        (YELLOW, GREEN, LOWERED),
        (RED, RED, SAME),
        (GREEN, GREY, LIFTED),
        (RED, GREY, LOWERED),
        (YELLOW, GREY, SAME),
    ],
)
def test_side(band, computed, expected):
    assert side(band, computed) is expected


@pytest.mark.parametrize(
    ("band", "computed", "decided", "lost", "lowest", "expected"),
    [
        (GREEN, RED, True, False, RED, RIGHT),
        (GREEN, RED, True, True, GREEN, WRONG),
        (YELLOW, RED, True, False, None, RIGHT),
        (RED, GREEN, True, True, GREEN, RIGHT),
        (RED, GREEN, True, False, RED, RIGHT),
        (RED, GREEN, True, False, YELLOW, WRONG),
        (YELLOW, GREEN, True, False, RED, RIGHT),
        (YELLOW, GREEN, True, False, GREEN, WRONG),
        (RED, GREEN, True, False, None, WRONG),
        (RED, GREEN, False, True, RED, WAITING),
        (GREEN, RED, False, False, RED, WAITING),
        (RED, RED, True, True, RED, NEITHER),
        (RED, RED, False, True, RED, NEITHER),
    ],
)
def test_verdict(band, computed, decided, lost, lowest, expected):
    assert verdict(band, computed, decided, lost, lowest) is expected


def test_it_is_decided_when_ninety_days_are_known():
    day = date(2025, 1, 1)
    assert [is_decided(day, day + timedelta(days=n)) for n in (0, 89, 90, 91)] == [False, False, True, True]


def test_a_tally_keeps_the_undecided_apart():
    found = tally([RIGHT, RIGHT, RIGHT, WRONG, WAITING, NEITHER, NEITHER])
    assert (found.right, found.wrong, found.waiting, found.neither, found.decided) == (3, 1, 1, 2, 4)
    assert found.share == Decimal("0.75")
    assert found.interval == pytest.approx((0.3006, 0.9544), abs=1e-4)
    assert found.is_thin
    assert not tally([RIGHT] * 20).is_thin
    empty = tally([WAITING])
    assert (empty.share, empty.interval, empty.is_thin) == (None, None, False)
