"""Bands over nights: hysteresis, new versions, recomputing, caps, manual bands, and who is scored by what."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import Account, DirtyDay, Invoice, Stage
from metrics.formulas.scoring import GREEN, GREY, RED, YELLOW
from metrics.models import ManualBand, Run, Scorecard, ScoreSnapshot, Standing
from metrics.nightly.run import advance, drain, open_run, recompute, work
from tests.cast import night, snapshot, tell
from tests.metrics.cases import DAY, ago, day, invoice, paid, rows, term, told, use
from tests.metrics.steering import LINES, STEERED, owing, steer

pytestmark = pytest.mark.django_db


def bands(workspace, name, *days):
    """Bands of an account on days before DAY, with its days across the border."""
    shots = {
        shot.day: shot for shot in ScoreSnapshot.objects.of(workspace).published().filter(account__external_id=name)
    }
    return [(shots[day(n)].band, shots[day(n)].across) if day(n) in shots else None for n in days]


def invoice_of(workspace, name):
    return Invoice.objects.of(workspace).get(account__external_id=name).external_id


# -- bands over days ----------------------------------------------------------------------------------------


def test_hysteresis_over_nights(acme):
    """60 days past due is 70 points. Down to 68.5 on the third day across; then paid."""
    steer(acme)
    told(acme, {"slow": owing(65), "fast": [*owing(65), invoice("old", 164, known_at=ago(4, 0))]})
    tell(acme, "payments", {"account": "slow", **paid(invoice_of(acme, "slow"), 1)[1]})
    for n in range(6, -1, -1):
        night(acme, day(n))
    assert bands(acme, "slow", 6, 5, 4, 3, 2, 1, 0) == [
        (GREEN, 0),
        (GREEN, 0),
        (GREEN, -1),
        (GREEN, -2),
        (YELLOW, 0),
        (GREEN, 0),
        (GREEN, 0),
    ]
    # 160 days past due is 20 points: at once.
    assert bands(acme, "fast", 6, 5, 4, 3) == [(GREEN, 0), (GREEN, 0), (RED, 0), (RED, 0)]
    shot = snapshot(acme, "slow", day(4))
    assert (shot.score_units, shot.computed_band, shot.held_band) == (695_000, YELLOW, GREEN)


def test_a_new_version_holds_no_band(acme):
    steer(acme)
    told(acme, {"one": owing(62)})
    for n in (2, 1):
        night(acme, day(n))
    assert bands(acme, "one", 2, 1) == [(GREEN, 0), (GREEN, -1)]
    steer(acme)
    night(acme, DAY)
    assert bands(acme, "one", 0) == [(YELLOW, 0)]


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_a_version_published_during_a_night_waits_for_the_next(acme, steps):
    """Before the shard has read, before the ranks are fixed, before it is scored."""
    old = steer(acme)
    told(acme, {"one": owing(62)})
    run = open_run(acme, day(1))
    for n in range(steps):
        assert work(run) if n == 0 else advance(run.pk)
        run.refresh_from_db()
    lines = [*LINES, ("commercial.late_payment_share", 5, 1, 0.5, 0), ("usage.usage_volume", 5, None, None, None)]
    new = steer(acme, lines=lines, at=timezone.now())
    assert drain(run.pk).state == "published"
    assert snapshot(acme, "one", day(1)).version == old
    assert night(acme, DAY).state == "published"
    assert snapshot(acme, "one", DAY).version == new


def test_a_missing_day_holds_no_band(acme):
    steer(acme)
    told(acme, {"one": owing(61)})
    night(acme, day(2))
    night(acme, DAY)
    assert bands(acme, "one", 2, 0) == [(GREEN, 0), (YELLOW, 0)]


def test_recompute_goes_past_its_end_until_bands_agree(acme):
    """Score 70 on day 5, then half a point less each day. A history told later makes day 5 yellow."""
    steer(acme)
    told(acme, {"one": owing(65), "other": owing(10)})
    days = [7, 6, 5, 4, 3, 2, 1, 0]
    digests = {n: night(acme, day(n)).digest for n in days}
    down = [(GREEN, 0), (GREEN, 0), (GREEN, 0), (GREEN, -1), (GREEN, -2), (YELLOW, 0), (YELLOW, 0), (YELLOW, 0)]
    assert bands(acme, "one", *days) == down
    told_later = [invoice("late", 95, known_at=ago(5, 0)), paid("late", 4)]
    for kind, item in told_later:
        tell(acme, kind, {"account": "one", **item})
    seen = []
    assert recompute(acme, day(5), day(5), progress=lambda run: seen.append(run.day)) == 4
    assert seen == [day(5), day(4), day(3), day(2)]
    assert bands(acme, "one", *days) == [*down[:2], *[(YELLOW, 0)] * 6]
    runs = {run.day: run for run in Run.objects.of(acme)}
    assert {n for n in days if runs[day(n)].attempt == 2} == {5, 4, 3, 2}
    assert {n for n in days if runs[day(n)].digest != digests[n]} == {5, 4, 3}
    after = {n: rows(acme, day(n)) for n in days}
    assert recompute(acme, day(7), DAY) == 8
    assert {n: rows(acme, day(n)) for n in days} == after


def test_recompute_stops_where_nothing_was_published(acme):
    steer(acme)
    told(acme, {"one": owing(10)})
    assert recompute(acme, day(3), day(2)) == 2
    assert recompute(acme, day(3), day(3)) == 1
    assert Run.objects.of(acme).count() == 2


def test_recompute_as_known_on_another_day(acme):
    steer(acme)
    told(acme, {"one": owing(40)})
    tell(acme, "payments", {"account": "one", **paid(invoice_of(acme, "one"), 20, known_at=ago(2))[1]})
    night(acme, day(5))
    assert snapshot(acme, "one", day(5)).score_units == 825_000
    recompute(acme, day(5), day(5), known=DAY)
    shot = snapshot(acme, "one", day(5))
    assert (shot.score_units, shot.known_day) == (1_000_000, DAY)
    recompute(acme, day(5), day(5))
    assert snapshot(acme, "one", day(5)).score_units == 825_000


# -- caps and manual bands ----------------------------------------------------------------------------------


def override(workspace, name, band, starts, ends, **more):
    return ManualBand.unscoped.create(
        workspace=workspace,
        account=Account.objects.of(workspace).get(external_id=name),
        band=band,
        reason="They told me.",
        starts_on=day(starts),
        ends_on=day(ends),
        **more,
    )


def test_a_manual_band_wins_both_ways_until_its_end(acme):
    steer(acme)
    told(acme, {"good": owing(10), "bad": owing(180), "plain": owing(100)})
    override(acme, "good", RED, 4, 1)
    override(acme, "bad", GREEN, 4, 1, ended_on=day(2))
    for n in range(5, -1, -1):
        night(acme, day(n))
    assert [band for band, _ in bands(acme, "good", 5, 4, 3, 2, 1, 0)] == [GREEN, RED, RED, RED, GREEN, GREEN]
    assert [band for band, _ in bands(acme, "bad", 5, 4, 3, 2, 1, 0)] == [RED, GREEN, GREEN, RED, RED, RED]
    assert {band for band, _ in bands(acme, "plain", 5, 4, 3, 2, 1, 0)} == {YELLOW}
    shot = snapshot(acme, "good", day(3))
    assert (shot.manual, shot.held_band, shot.score_units) == (True, GREEN, 965_000)


def test_a_new_cap_drops_a_manual_band_for_good(acme):
    """The cap holds from 100 days past due on, that is from day 2."""
    steer(acme, caps=[(RED, [[STEERED, ">=", 100]]), (YELLOW, [[STEERED, ">=", 5]])])
    told(acme, {"one": owing(102)})
    override(acme, "one", GREEN, 4, -30)
    tell(acme, "payments", {"account": "one", **paid(invoice_of(acme, "one"), 0)[1]})
    for n in range(5, -1, -1):
        night(acme, day(n))
    assert [band for band, _ in bands(acme, "one", 5, 4, 3, 2, 1, 0)] == [YELLOW, GREEN, GREEN, RED, RED, GREEN]
    shots = {n: snapshot(acme, "one", day(n)) for n in (4, 3, 2, 1, 0)}
    assert {n: shot.caps for n, shot in shots.items()} == {4: 2, 3: 2, 2: 3, 1: 3, 0: 0}
    assert {n for n, shot in shots.items() if shot.manual} == {4, 3}
    assert shots[0].computed_band == GREEN


def test_the_newest_of_two_manual_bands(acme):
    steer(acme)
    told(acme, {"one": owing(10)})
    override(acme, "one", RED, 4, -10)
    for n in (4, 3):
        night(acme, day(n))
    override(acme, "one", YELLOW, 2, -10)
    for n in (2, 1):
        night(acme, day(n))
    assert [band for band, _ in bands(acme, "one", 4, 3, 2, 1)] == [RED, RED, YELLOW, YELLOW]


def test_a_cap_colours_grey(acme):
    """Without a score: only a notice is known."""
    told(acme, {"one": [term(starts=10), ("churns", {"id": "c", "notice_on": day(3)})]}, started=10)
    for n in (4, 3):
        night(acme, day(n))
    assert [band for band, _ in bands(acme, "one", 4, 3)] == [GREY, RED]
    assert snapshot(acme, "one", day(3)).score_units is None


# -- who is scored, by what ---------------------------------------------------------------------------------


def test_after_churn_the_last_score_stays(acme):
    steer(acme)
    leaves = owing(10)
    leaves[0] = term(ends=1)
    told(acme, {"leaves": leaves, "stays": owing(10)})
    for n in (2, 1, 0):
        night(acme, day(n))
    assert bands(acme, "leaves", 2, 1, 0) == [(GREEN, 0), None, None]
    standings = {standing.account.external_id: standing for standing in Standing.objects.of(acme)}
    assert (standings["leaves"].day, standings["leaves"].is_scored, standings["leaves"].score_units) == (
        day(2),
        False,
        960_000,
    )
    assert (standings["stays"].day, standings["stays"].is_scored) == (DAY, True)


def test_a_manual_band_ends_with_the_customer(acme):
    steer(acme)
    leaves = owing(10)
    leaves[0] = term(ends=1)
    told(acme, {"leaves": leaves})
    override(acme, "leaves", RED, 3, -30)
    for n in (3, 2, 1):
        night(acme, day(n))
    assert [band and band[0] for band in bands(acme, "leaves", 3, 2, 1)] == [RED, RED, None]


def test_the_scorecard_fits_segment_and_stage_as_of_the_day(acme):
    large = steer(acme, "Large", segments=["Large"])
    growing = steer(acme, "Growing", position=2, stages=["Growth", "Renewal"])
    told(acme, {"one": owing(10), "two": owing(10)})
    one, two = Account.objects.of(acme).order_by("external_id")
    stages = {stage.name: stage for stage in Stage.objects.of(acme)}
    one.change(ago(9), segment="Small")
    one.change(ago(3), segment="Large")
    two.change(ago(2), stage=stages["Adoption"])
    two.change(ago(1), stage=stages["Growth"])
    for n in (4, 3, 2, 1):
        night(acme, day(n))
    used = {
        name: [snapshot(acme, name, day(n)).version.scorecard.name for n in (4, 3, 2, 1)] for name in ("one", "two")
    }
    assert used == {"one": ["Default", "Large", "Large", "Large"], "two": ["Default"] * 3 + ["Growing"]}
    assert snapshot(acme, "one", day(1)).version == large
    assert snapshot(acme, "two", day(1)).version == growing


def test_no_scorecard_fits(acme):
    steer(acme, "Large", segments=["Large"])
    Scorecard.objects.of(acme).filter(name="Default").update(segments=["Huge"])
    told(acme, {"one": owing(10)})
    assert night(acme, DAY).state == "published"
    assert rows(acme) == []


def test_dirty_days_are_refilled_before_the_night_reads(acme):
    told(acme, {"one": [term(), use(1, "ann"), use(0, "bea")]})
    assert DirtyDay.objects.of(acme).exists()
    run = night(acme, DAY)
    assert not DirtyDay.objects.of(acme).exists()
    values = dict(zip(run.measures, snapshot(acme, "one", DAY).values, strict=False))
    assert values["usage.active_seats"] == 0.2
