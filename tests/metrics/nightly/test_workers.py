"""The night by several processes at once, and by some that die."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from typing import Any

import pytest
from django.db import connection, connections

from metrics.management.commands.recompute import drain_together
from metrics.models import Run, ScoreSnapshot, Shard, Standing
from metrics.nightly.freshen import freshen
from metrics.nightly.run import STEPS, advance, drain, open_run, work
from tests.cast import night, tell
from tests.concurrency import PATIENCE, another_connection, somebody_waits, until
from tests.metrics import crowd
from tests.metrics.cases import DAY, ago, day, told, use
from tests.metrics.steering import owing, steer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def crowded(acme, settings):
    settings.SHARD_ACCOUNTS = 7
    crowd.fill(acme, crowd.make(30, seed=3))
    return acme


def start(target: Any, *args: Any) -> multiprocessing.process.BaseProcess:
    connections.close_all()
    process = multiprocessing.get_context("fork").Process(target=_alone, args=(target, *args), daemon=True)
    process.start()
    return process


def _alone(target: Any, *args: Any) -> None:
    connections.close_all()
    target(*args)


def rows(workspace) -> list[str]:
    columns = [f.attname for f in ScoreSnapshot._meta.concrete_fields if f.attname not in {"attempt", "computed_at"}]
    shots = ScoreSnapshot.objects.of(workspace).published().filter(day=DAY).order_by("account_id")
    return [str(row) for row in shots.values_list(*columns)]


def test_one_worker_and_four_give_the_same_bytes(crowded):
    alone = night(crowded, DAY)
    before = rows(crowded)
    for _ in range(2):
        together = drain_together(open_run(crowded, DAY, again=True).pk, 4)
        assert (together.state, together.digest) == ("published", alone.digest)
        assert rows(crowded) == before
        assert set(Shard.objects.of(crowded).values_list("state", "failures")) == {("scored", 0)}


BLOCKED_BY = {"readings": "metrics_reading", "scores": "metrics_scoresnapshot", "published": "metrics_standing"}


def test_a_worker_killed_in_the_middle(crowded):
    """SIGKILL while it holds a shard, in either phase, and while it publishes: the next one ends the run, once."""
    whole, before = night(crowded, DAY), rows(crowded)
    for phase, table in BLOCKED_BY.items():
        run = open_run(crowded, DAY, again=True)
        go_to(run, phase)
        with another_connection() as cursor:
            cursor.execute(f"LOCK TABLE {table} IN SHARE MODE")
            worker = start(drain, run.pk)
            until(somebody_waits)
            os.kill(worker.pid, signal.SIGKILL)
            worker.join(PATIENCE)
            assert worker.exitcode == -signal.SIGKILL
        run = drain(run.pk)
        assert (run.state, run.digest, run.published_attempt) == ("published", whole.digest, run.attempt), phase
        assert rows(crowded) == before, phase
        assert set(Shard.objects.of(crowded).values_list("state", "failures")) == {("scored", 0)}
        assert set(ScoreSnapshot.objects.of(crowded).values_list("attempt", flat=True)) == {run.attempt}
        once = Run.objects.of(crowded).values().get()
        drain(run.pk)
        assert Run.objects.of(crowded).values().get() == once


def go_to(run: Run, phase: str) -> None:
    """Work until the phase; to the edge of publication: all is scored."""
    while phase != "readings" and run.state == "readings":
        assert work(run) or advance(run.pk)
        run.refresh_from_db()
    while phase == "published" and work(run):
        pass


def test_a_night_becomes_visible_at_once(crowded):
    """Until the publication commits, everybody else sees the attempt before it, whole."""
    first, before = night(crowded, DAY), rows(crowded)
    # A history told later makes some scores other ones.
    for n in range(0, 30, 3):
        invoice = {"id": f"v{n}", "account": f"a{n:03}", "issued_on": day(50), "due_on": day(40), "amount": 900}
        tell(crowded, "invoices", invoice, history=True)
    run = open_run(crowded, DAY, again=True)
    go_to(run, "published")
    assert rows(crowded) == before
    with another_connection() as cursor:
        cursor.execute("LOCK TABLE metrics_standing IN SHARE MODE")
        worker = start(drain, run.pk)
        until(somebody_waits)
        assert rows(crowded) == before
        assert Run.objects.of(crowded).get().published_attempt == 1
        assert set(Standing.objects.of(crowded).values_list("version_id", "day")) == {(cards(crowded), DAY)}
    worker.join(PATIENCE)
    run.refresh_from_db()
    assert (run.state, run.published_attempt) == ("published", 2)
    assert run.digest != first.digest
    assert rows(crowded) != before
    assert len(rows(crowded)) == len(before)


def cards(workspace) -> int:
    return ScoreSnapshot.objects.of(workspace).first().version_id


def test_a_run_is_opened_once_by_several(crowded):
    workers = [start(open_run, crowded, DAY) for _ in range(4)]
    for worker in workers:
        worker.join(PATIENCE)
    assert [worker.exitcode for worker in workers] == [0] * 4
    (run,) = Run.objects.of(crowded)
    assert Shard.objects.of(crowded).count() == 5
    assert drain(run.pk).state == "published"


def test_only_one_freshens_a_workspace_at_a_time(acme):
    steer(acme)
    told(acme, {"one": owing(101)})
    night(acme, day(1))
    tell(acme, "events", {"account": "one", **use(0)[1]}, at=ago(0, 9))
    with another_connection() as cursor:
        cursor.execute("LOCK TABLE metrics_standing IN SHARE MODE")
        first = start(freshen, acme, ago(0, 10))
        until(somebody_waits)
        with connection.cursor() as mine:
            mine.execute("SET lock_timeout = '10s'")
        assert freshen(acme, ago(0, 10)) == 0
        assert Standing.objects.of(acme).get().day == day(1)
    first.join(PATIENCE)
    connection.close()
    assert Standing.objects.of(acme).get().day == DAY


def test_drain_waits_for_a_shard_that_another_holds(crowded):
    """Whoever finds nothing to claim waits, and goes on when the other has let go."""
    run = open_run(crowded, DAY)
    go_to(run, "scores")
    with another_connection() as cursor:
        cursor.execute("SELECT id FROM metrics_shard WHERE run_id = %s AND number = 2 FOR UPDATE", [run.pk])
        worker = start(drain, run.pk)
        until(lambda: Shard.objects.of(crowded).filter(state="scored").count() == 4)
        time.sleep(0.2)
        assert worker.is_alive()
        assert Run.objects.of(crowded).get().state in STEPS
    worker.join(PATIENCE)
    assert Run.objects.of(crowded).get().state == "published"
