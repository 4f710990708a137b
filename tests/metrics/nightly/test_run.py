"""The night, step by step, in one process: opened once, worked on, published, computed anew."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Account, DirtyDay, Invoice, Stage, SurveyResponse
from metrics.formulas.scoring import GREEN, GREY, RED, YELLOW
from metrics.models import ManualBand, Rank, Reading, Run, Scorecard, ScoreSnapshot, Shard, Standing
from metrics.nightly.publish import digest
from metrics.nightly.run import advance, drain, open_run, recompute, work
from tests.cast import account, night, snapshot, source_of, tell
from tests.metrics import crowd
from tests.metrics.cases import DAY, ago, day, invoice, paid, term, told, use
from tests.metrics.steering import LINES, STEERED, owing, steer

pytestmark = pytest.mark.django_db
COMPARED = [
    field.attname for field in ScoreSnapshot._meta.concrete_fields if field.attname not in {"computed_at", "attempt"}
]


def rows(workspace, on=DAY):
    """The published snapshots of a day, as text: NaN is not equal to itself."""
    of_day = ScoreSnapshot.objects.of(workspace).published().filter(day=on)
    return [str(row) for row in of_day.order_by("account_id").values_list(*COMPARED)]


def bands(workspace, name, *days):
    """Bands of an account on days before DAY, with its days across the border."""
    shots = {
        shot.day: shot for shot in ScoreSnapshot.objects.of(workspace).published().filter(account__external_id=name)
    }
    return [(shots[day(n)].band, shots[day(n)].across) if day(n) in shots else None for n in days]


def invoice_of(workspace, name):
    return Invoice.objects.of(workspace).get(account__external_id=name).external_id


@pytest.fixture
def crowded(acme):
    crowd.fill(acme, crowd.make(48, seed=3))
    return acme


def test_a_run_is_opened_once(crowded, settings):
    settings.SHARD_ACCOUNTS = 7
    first = open_run(crowded, DAY)
    numbers = list(Shard.objects.of(crowded).values_list("number", "first_account", "last_account"))
    ids = list(Account.objects.of(crowded).order_by("pk").values_list("pk", flat=True))
    assert numbers == [(n, ids[7 * n], ids[min(7 * n + 6, 47)]) for n in range(7)]
    assert (first.state, first.attempt, first.accounts, first.known_day) == ("readings", 1, 48, DAY)
    assert open_run(crowded, DAY).pk == first.pk
    assert list(Shard.objects.of(crowded).values_list("number", "first_account", "last_account")) == numbers
    assert Run.objects.of(crowded).count() == 1


def test_a_run_goes_through_its_phases(crowded, settings):
    settings.SHARD_ACCOUNTS = 24
    run = open_run(crowded, DAY)
    assert not advance(run.pk)
    assert work(run)
    assert not advance(run.pk)
    assert work(run)
    assert not work(run)
    assert advance(run.pk)
    run.refresh_from_db()
    assert run.state == "scores"
    readings = Reading.objects.of(crowded).count()
    assert readings > 20
    (rank,) = Rank.objects.of(crowded)
    assert rank.values == sorted(rank.values)
    assert len(rank.values) >= 20
    assert work(run)
    assert not advance(run.pk)
    assert not ScoreSnapshot.objects.of(crowded).published().exists()
    assert work(run)
    assert advance(run.pk)
    run.refresh_from_db()
    assert (run.state, run.published_attempt, len(run.digest)) == ("published", 1, 64)
    assert ScoreSnapshot.objects.of(crowded).published().count() == readings
    assert not Reading.objects.of(crowded).exists()
    assert set(Shard.objects.of(crowded).values_list("state", flat=True)) == {"scored"}


def test_a_finished_run_does_not_move(crowded):
    first = night(crowded, DAY)
    before, standings = rows(crowded), list(Standing.objects.of(crowded).order_by("account_id").values())
    assert len(before) > 20
    for again in (night(crowded, DAY), drain(first.pk)):
        assert (again.published_at, again.digest, again.attempt) == (first.published_at, first.digest, 1)
    assert not advance(first.pk)
    assert rows(crowded) == before
    assert str(list(Standing.objects.of(crowded).order_by("account_id").values())) == str(standings)


def test_the_digest_does_not_depend_on_the_shards(crowded, settings):
    digests, found = set(), set()
    for size in (500, 7):
        settings.SHARD_ACCOUNTS = size
        run = drain(open_run(crowded, DAY, again=True).pk)
        assert Shard.objects.of(crowded).count() == -(-48 // size)
        digests.add(run.digest)
        found.add(tuple(rows(crowded)))
    assert (len(digests), len(found)) == (1, 1)
    assert run.attempt == 2
    assert run.restated_at is not None


def test_the_digest_tells_of_every_change(crowded):
    before = night(crowded, DAY)
    shot = ScoreSnapshot.objects.of(crowded).published().exclude(score_units=None).first()
    for change in (
        "contributions = contributions[2:] || 7",
        "band = (band + 1) %% 4",
        "coverage = coverage + 1",
        "manual = true",
    ):
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE metrics_scoresnapshot SET {change} WHERE account_id = %s AND day = %s", [shot.account_id, DAY]
            )
        changed = digest(before)
        assert changed != before.digest
        before.digest = changed


def test_a_workspace_without_accounts_or_facts(acme, evil):
    run = night(acme, DAY)
    assert (run.state, run.accounts) == ("published", 0)
    account(evil, "alone")
    run = night(evil, DAY)
    assert (run.state, run.accounts) == ("published", 1)
    assert run.tracked == []
    assert not ScoreSnapshot.objects.of(evil).exists()


def test_two_days_may_be_under_way_at_once(crowded):
    """The ranks of each are its own, whichever is published first."""
    digests = {n: night(crowded, day(n)).digest for n in (2, 1, 0)}
    runs = {n: open_run(crowded, day(n), again=True) for n in (1, 0)}
    for run in runs.values():
        assert work(run)
        assert advance(run.pk)
    assert drain(open_run(crowded, day(2), again=True).pk).digest == digests[2]
    assert drain(runs[1].pk).digest == digests[1]
    assert drain(runs[0].pk).digest == digests[0]
    assert list(Rank.objects.of(crowded).values_list("run", flat=True)) == [runs[0].pk]


def test_workspaces_do_not_touch_each_other(acme, evil):
    told(acme, {"one": [term(), use(1, "ann")]})
    told(evil, {"one": [term(), use(1, "ann"), use(2, "bea")]})
    mine = night(acme, DAY)
    before = rows(acme)
    night(evil, DAY)
    assert (rows(acme), len(rows(evil)), len(before)) == (before, 1, 1)
    assert drain(mine.pk).digest == mine.digest


# -- a shard that fails -------------------------------------------------------------------------------------


def break_account(workspace, name):
    """An answer on a scale without length; ingest refuses it, so it comes in by the back door."""
    return SurveyResponse.unscoped.create(
        workspace=workspace,
        account=Account.objects.of(workspace).get(external_id=name),
        source=source_of(workspace),
        external_id="broken",
        occurred_at=ago(1),
        known_at=ago(1),
        digest="0" * 32,
        kind="csat",
        about="ticket",
        score=5,
        scale_min=5,
        scale_max=5,
    )


def test_a_shard_that_fails_three_times_is_dead_and_yesterday_stays(crowded, settings):
    settings.SHARD_ACCOUNTS = 24
    names = sorted(Account.objects.of(crowded).values_list("external_id", flat=True))
    night(crowded, day(1))
    yesterday, standings = rows(crowded, day(1)), Standing.objects.of(crowded).filter(day=day(1)).count()
    broken = break_account(crowded, next(name for name in names[:24] if snapshot(crowded, name, day(1))))
    run = night(crowded, DAY)
    assert (run.state, run.published_attempt, run.published_at, run.digest) == ("partial", None, None, "")
    dead, other = Shard.objects.of(crowded).filter(run=run).order_by("number")
    assert (dead.state, dead.failures) == ("dead", 3)
    assert "division by zero" in dead.error
    assert (other.state, other.failures) == ("read", 0)
    assert rows(crowded) == []
    assert rows(crowded, day(1)) == yesterday
    assert Standing.objects.of(crowded).filter(day=day(1), is_scored=True).count() == standings
    broken.delete()
    assert drain(run.pk).state == "partial"
    again = drain(open_run(crowded, DAY, again=True).pk)
    assert (again.state, again.published_attempt) == ("published", 2)
    assert Standing.objects.of(crowded).filter(day=DAY, is_scored=True).count() == len(rows(crowded))


def test_a_day_that_fails_when_computed_anew_keeps_what_was_published(crowded):
    night(crowded, DAY)
    before = rows(crowded)
    broken = break_account(crowded, snapshot_name(crowded))
    run = drain(open_run(crowded, DAY, again=True).pk)
    assert (run.state, run.published_attempt, run.attempt) == ("partial", 1, 2)
    assert rows(crowded) == before
    broken.delete()
    assert drain(open_run(crowded, DAY, again=True).pk).state == "published"
    assert rows(crowded) == before


def snapshot_name(workspace):
    return ScoreSnapshot.objects.of(workspace).published().first().account.external_id


def test_a_failure_that_passes_is_counted_and_forgiven(crowded):
    broken = break_account(crowded, "a000")
    Account.objects.of(crowded).filter(external_id="a000").update(started_on=date(2024, 1, 1))
    tell(crowded, "subscriptions", {"account": "a000", **term()[1]})
    run = open_run(crowded, DAY)
    work(run)
    (shard,) = Shard.objects.of(crowded)
    assert (shard.state, shard.failures) == ("waiting", 1)
    broken.delete()
    run = drain(run.pk)
    assert run.state == "published"


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
