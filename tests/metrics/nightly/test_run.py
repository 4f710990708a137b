"""The night, step by step, in one process: opened once, worked on, published, computed anew."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from accounts.models import Account, SurveyResponse
from metrics.lineup import close
from metrics.models import Rank, Reading, Run, ScoreSnapshot, Shard, Standing
from metrics.nightly.publish import digest
from metrics.nightly.run import advance, drain, open_run, work
from tests.cast import account, night, snapshot, source_of, tell
from tests.kept import kept
from tests.metrics import crowd
from tests.metrics.cases import DAY, ago, day, rows, term, told, use
from tests.metrics.steering import owing, steer

pytestmark = pytest.mark.django_db


@kept
def crowded(acme):
    crowd.fill(acme, crowd.make(48, seed=13))
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
    assert Rank.objects.of(crowded).values("run").distinct().count() == 3


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


def test_a_night_that_cannot_be_published_is_given_up(crowded):
    """The database refuses standings; nothing is tried without end, and the next attempt finds its way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT ON metrics_standing EXECUTE FUNCTION refuse()"
        )
        run = night(crowded, DAY)
        assert (run.state, run.published_attempt) == ("partial", None)
        assert rows(crowded) == []
        cursor.execute("DROP TRIGGER refuse ON metrics_standing; DROP FUNCTION refuse()")
    again = drain(open_run(crowded, DAY, again=True).pk)
    assert (again.state, again.published_attempt) == ("published", 2)


def test_a_scorecard_closed_during_the_night_scores_all_its_accounts(acme, settings):
    settings.SHARD_ACCOUNTS = 1
    version = steer(acme)
    told(acme, {"one": owing(10), "two": owing(20)})
    run = open_run(acme, DAY)
    assert work(run)
    # Who closes it pressed the button before the night began.
    close(version.scorecard, run.opened_at)
    assert version.scorecard.closed_at > run.opened_at
    assert drain(run.pk).state == "published"
    assert {shot.version for shot in ScoreSnapshot.objects.of(acme).published()} == {version}
    assert Rank.objects.of(acme).filter(run=run).count() == 1
    assert version not in {shot.version for shot in ScoreSnapshot.objects.of(acme).filter(run=night(acme, day(-1)))}
