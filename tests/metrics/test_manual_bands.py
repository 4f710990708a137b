"""Bands set by hand: the standing follows at once, what ends them, and what became of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import Account, AuditEntry, DirtyDay
from metrics.formulas.by_hand import Side, Verdict
from metrics.formulas.scoring import GREEN, RED, YELLOW
from metrics.manual_bands import end_band, outcomes, set_band
from metrics.models import ManualBand, Run, Standing
from metrics.nightly.freshen import freshen
from tests.cast import night, snapshot, tell
from tests.metrics.cases import DAY, ago, day, identity, term, told
from tests.metrics.steering import STEERED, owing, steer

pytestmark = pytest.mark.django_db


def find(workspace, name="one"):
    return Account.objects.of(workspace).select_related("workspace").get(external_id=name)


def standing(workspace, name="one"):
    return Standing.objects.of(workspace).get(account__external_id=name)


def test_the_standing_moves_at_once_both_ways_and_past_days_stay(acme, alice):
    steer(acme)
    told(acme, {"one": owing(10), "other": owing(10)})
    night(acme, day(1))
    before = snapshot(acme, "one", day(1)).band
    set_band(find(acme), alice, ago(0), band=RED, reason="They told me.", ends_on=DAY + timedelta(days=30))
    now = standing(acme)
    assert (now.band, now.held_band, now.manual, now.band_since, now.day) == (RED, GREEN, True, DAY, DAY)
    assert standing(acme, "other").band == GREEN
    freshen(acme, ago(0, 13))
    assert standing(acme).band == RED
    assert end_band(find(acme), ago(0, 14))
    assert (standing(acme).band, standing(acme).manual) == (GREEN, False)
    assert not end_band(find(acme), ago(0, 15))
    assert (snapshot(acme, "one", day(1)).band, before) == (GREEN, GREEN)
    night(acme, DAY)
    assert snapshot(acme, "one", DAY).manual is False


def test_the_same_again_is_one_and_another_takes_its_place(acme, alice):
    steer(acme)
    told(acme, {"one": owing(10)})
    night(acme, day(3))
    end = DAY + timedelta(days=30)
    rows = [set_band(find(acme), alice, ago(2), band=RED, reason="So.", ends_on=end) for _twice in range(2)]
    assert rows[0] == rows[1]
    set_band(find(acme), alice, ago(0), band=YELLOW, reason="Better.", ends_on=end)
    assert [(row.band, row.ended_on) for row in ManualBand.objects.of(acme).order_by("pk")] == [
        (RED, DAY),
        (YELLOW, None),
    ]
    assert standing(acme).band == YELLOW
    assert AuditEntry.objects.of(acme).filter(kind="manualband").count() == 3
    assert DirtyDay.objects.of(acme).filter(day=DAY).exists()


def test_who_leaves_and_comes_back_comes_back_without_it(acme, alice):
    steer(acme)
    leaves = owing(10)
    leaves[0] = term(ends=2)
    told(acme, {"one": leaves, "other": owing(10)})
    night(acme, day(4))
    set_band(find(acme), alice, ago(3), band=RED, reason="So.", ends_on=DAY + timedelta(days=30))
    for n in (3, 2, 1):
        night(acme, day(n))
    kind, item = term(starts=0)
    tell(acme, kind, {"account": "one", **item, "id": identity("term")})
    night(acme, DAY)
    assert [snapshot(acme, "one", day(n)) and snapshot(acme, "one", day(n)).band for n in (3, 2, 0)] == [
        RED,
        None,
        GREEN,
    ]


def test_a_night_that_is_missing_ends_nothing(acme, alice):
    steer(acme)
    told(acme, {"one": owing(10)})
    night(acme, day(4))
    set_band(find(acme), alice, ago(3), band=RED, reason="So.", ends_on=DAY + timedelta(days=30))
    night(acme, day(3))
    Run.objects.of(acme).filter(day=day(3)).delete()
    night(acme, day(2))
    assert snapshot(acme, "one", day(2)).band == RED


# -- what became of them ------------------------------------------------------------------------------------


def override(workspace, name, band, set_on, ends=60):
    return ManualBand.unscoped.create(
        workspace=workspace, account=find(workspace, name), band=band, reason="So.",
        starts_on=day(set_on), ends_on=day(ends),
    )  # fmt: skip


def test_what_ninety_days_brought(acme, evil):
    """Set 93 days ago; an invoice that was due 220 days ago makes 36.5 points on that day, 2 days later 35.5."""
    steer(acme, caps=[(RED, [[STEERED, ">=", 200]])])
    left = owing(220)
    left[0] = term(ends=50)
    notice = ("churns", {"id": "c", "notice_on": day(20)})
    told(
        acme,
        {
            "stays": owing(220), "left": left, "noticed": [*owing(220), notice],
            "sinks": owing(150), "fine": owing(100), "same": owing(100),
        },
    )  # fmt: skip
    bands = {"stays": GREEN, "left": GREEN, "noticed": YELLOW, "sinks": RED, "fine": RED, "same": GREEN}
    rows = {name: override(acme, name, band, 93) for name, band in bands.items()}
    late = override(acme, "fine", YELLOW, 80)
    long = override(acme, "stays", GREEN, 89, ends=-30)
    for n in (94, 93, 89, 30, 21, 20, 5, 0):
        night(acme, day(n))
    found = outcomes(acme, [row.pk for row in (*rows.values(), late, long)])
    assert {name: (found[row.pk].side(row), found[row.pk].verdict(row, DAY)) for name, row in rows.items()} == {
        "stays": (Side.LIFTED, Verdict.RIGHT),
        "left": (Side.LIFTED, Verdict.WRONG),
        "noticed": (Side.LIFTED, Verdict.WRONG),
        "sinks": (Side.LOWERED, Verdict.RIGHT),
        "fine": (Side.LOWERED, Verdict.WRONG),
        "same": (Side.SAME, Verdict.NEITHER),
    }
    assert found[late.pk].verdict(late, DAY) is Verdict.WAITING
    assert found[rows["stays"].pk].verdict(rows["stays"], day(4)) is Verdict.WAITING
    assert {row.account.external_id: found[row.pk].dropped_on for row in (rows["stays"], long)} == {"stays": day(20)}
    assert outcomes(evil, [row.pk for row in rows.values()]) == {}
