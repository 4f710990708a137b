"""The night, as a recipe: open a run, cut it into shards, read, fix the ranks, score, publish.

Everything is rows. Workers claim shards by locking them; who dies lets go; whoever comes next goes on. Each step
may be called any number of times by any number of workers.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import date, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from accounts.models import Account, Workspace
from metrics.measures.value import onboarding_steps
from metrics.models import Rank, Reading, Run, ScoreSnapshot, Shard
from metrics.nightly import rollups
from metrics.nightly.publish import publish, redraw_standings
from metrics.nightly.readings import feature_list, tracked
from metrics.nightly.shards import fixed_borders, read_shard, score_shard
from metrics.registry import AsOf
from metrics.scorecards import cards, hold_cards

log = logging.getLogger(__name__)

FAILURES = 3
PAUSE = 0.05
PATIENCE = 60.0
STEPS = {Run.State.READINGS: (Shard.State.WAITING, Shard.State.READ, read_shard)}
STEPS[Run.State.SCORES] = (Shard.State.READ, Shard.State.SCORED, score_shard)


def open_run(workspace: Workspace, day: date, known: date | None = None, again: bool = False) -> Run:
    """The run of a day, cut into shards. One that exists is returned as it is; `again` begins a new attempt.

    `known`: as known at the end of which day; that day itself unless said otherwise.
    """
    if again or not Run.objects.of(workspace).filter(day=day).exists():
        rollups.refill_all(workspace, upto=day)
    with transaction.atomic():
        hold_cards(workspace)
        moment = timezone.now()
        fresh = {"known_day": known or day, "opened_at": moment, "moved_at": moment}
        run, created = Run.unscoped.select_for_update().get_or_create(workspace=workspace, day=day, defaults=fresh)
        if not created and not again:
            return run
        if not created:
            _begin_again(run, known or day)
        _prepare(run)
        _cut(run)
    return run


def _begin_again(run: Run, known: date) -> None:
    # By day, standings go on with the ranks and borders that were fixed before, until they are fixed again.
    for model in (Shard, Reading):
        model.objects.of(run.workspace).filter(run=run).delete()
    ScoreSnapshot.objects.of(run.workspace).filter(day=run.day).exclude(attempt=run.published_attempt or 0).delete()
    run.attempt += 1
    run.known_day, run.opened_at, run.moved_at = known, timezone.now(), timezone.now()
    run.state, run.digest = Run.State.READINGS, ""


def _prepare(run: Run) -> None:
    """What all shards share: which measures, which of them are tracked, the feature list, the onboarding steps."""
    keys = list(dict.fromkeys(key for card in cards(run.workspace, run.opened_at) for key in card.measures))
    as_of = AsOf(run.workspace, run.day, run.known_day, ())
    run.measures, run.tracked = keys, tracked(as_of, keys)
    run.features = feature_list(run.workspace, run.day, run.known_day)
    run.steps = onboarding_steps(run.workspace, run.day, run.known_day)


def _cut(run: Run) -> None:
    ids = list(Account.objects.of(run.workspace).order_by("pk").values_list("pk", flat=True))
    size = settings.SHARD_ACCOUNTS
    parts = [ids[n : n + size] for n in range(0, len(ids), size)]
    run.accounts = len(ids)
    run.save()
    Shard.unscoped.bulk_create(
        Shard(workspace=run.workspace, run=run, number=n, first_account=part[0], last_account=part[-1])
        for n, part in enumerate(parts)
    )


def drain(run_id: int) -> Run:
    """Work on a run until it is finished, or nothing in it moves for a minute. Returns it as it then is.

    Survives a database that restarts in between; raises OperationalError where it stays away.
    """
    waited, failed = 0.0, 0
    while True:
        try:
            run = Run.unscoped.select_related("workspace").get(pk=run_id)
            if run.state not in STEPS:
                return run
            if work(run) or advance(run.pk):
                waited = 0.0
                continue
        except (OperationalError, InterfaceError) as error:
            if waited > PATIENCE:
                raise
            log.warning("run %s: the database went away (%s)", run_id, error)
            _reconnect()
        except Exception:
            failed += 1
            log.exception("run %s cannot go on", run_id)
            if failed >= FAILURES:
                return _give_up(run_id)
        if waited > PATIENCE:
            return run
        time.sleep(PAUSE)
        waited += PAUSE


def _give_up(run_id: int) -> Run:
    """What fails three times with no shard to blame, such as publishing, leaves the run incomplete."""
    Run.unscoped.filter(pk=run_id, state__in=STEPS).update(state=Run.State.PARTIAL, moved_at=timezone.now())
    return Run.unscoped.select_related("workspace").get(pk=run_id)


def _reconnect() -> None:
    if not connection.in_atomic_block:
        connection.close()
    time.sleep(0.5)


def work(run: Run) -> bool:
    """Claim one shard of the present phase and do it. False where there is none to claim."""
    todo, done, step = STEPS[run.state]
    shard = None
    try:
        with transaction.atomic():
            waiting = Shard.objects.of(run.workspace).filter(run=run, state=todo).order_by("number")
            shard = waiting.select_for_update(skip_locked=True).first()
            if shard is None:
                return False
            started = time.perf_counter()
            step(run, shard)
            shard.state, shard.seconds = done, shard.seconds + time.perf_counter() - started
            shard.save(update_fields=["state", "seconds"])
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("run %s failed", run.pk)
        if shard is None:
            raise
        _count_failure(shard, error)
    Run.unscoped.filter(pk=run.pk).update(moved_at=timezone.now())
    return True


def _count_failure(shard: Shard, error: Exception) -> None:
    with transaction.atomic():
        shard = Shard.unscoped.select_for_update().get(pk=shard.pk)
        shard.failures += 1
        shard.error = f"{type(error).__name__}: {error}"[:2000]
        if shard.failures >= FAILURES:
            shard.state = Shard.State.DEAD
        shard.save(update_fields=["failures", "error", "state"])


def advance(run_id: int) -> bool:
    """When the last shard of a phase is in: fix the ranks, or publish. False while any is missing."""
    with transaction.atomic():
        run = Run.unscoped.select_for_update(of=("self",)).select_related("workspace").get(pk=run_id)
        if run.state not in STEPS:
            return False
        todo, done, _ = STEPS[run.state]
        states = set(Shard.objects.of(run.workspace).filter(run=run).values_list("state", flat=True))
        if todo in states:
            return False
        if Shard.State.DEAD in states:
            run.state = Run.State.PARTIAL
        elif run.state == Run.State.READINGS:
            # From here on the ranks are those of this attempt.
            run.state = Run.State.SCORES
            _fix_ranks(run)
        else:
            publish(run)
        run.moved_at = timezone.now()
        run.save()
    return True


def _fix_ranks(run: Run) -> None:
    """All values of each line by rank, sorted, per scorecard version; then the borders of bands by rank."""
    chosen = cards(run.workspace, run.opened_at)
    # What was published since takes over again.
    run.steered_at = None
    Rank.objects.of(run.workspace).filter(run=run).delete()
    ranked = [(card, line) for card in chosen for line in card.lines if line.by_rank]
    for card, line in ranked:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO metrics_rank (workspace_id, run_id, version_id, position, values)"
                " SELECT %(ws)s, %(run)s, %(version)s, %(position)s,"
                " coalesce(array_agg(v ORDER BY v) FILTER (WHERE v <> 'NaN'), '{}')"
                " FROM (SELECT values[%(place)s] AS v FROM metrics_reading WHERE workspace_id = %(ws)s"
                " AND run_id = %(run)s AND version_id = %(version)s) r",
                {
                    "ws": run.workspace_id,
                    "run": run.pk,
                    "version": card.version.pk,
                    "position": line.position,
                    "place": run.measures.index(line.measure) + 1,
                },
            )
    run.borders = fixed_borders(run, [card for card in chosen if card.version.bands_by_rank])


# -- again --------------------------------------------------------------------------------------------------


def recompute(
    workspace: Workspace,
    first: date,
    last: date,
    progress: Callable[[Run], None] = lambda run: None,
    work_on: Callable[[int], Run] = drain,
    known: date | None = None,
) -> int:
    """Score the days from first to last anew, in order, and past the end until bands agree again (metrics.md 4.5).

    Each day as known on that day, unless `known` says otherwise. Returns how many days were computed.
    """
    day, count = first, 0
    while day <= last or _bands_differ(workspace, day - timedelta(days=1)):
        if day > last and not Run.objects.of(workspace).published().filter(day=day).exists():
            break
        run = work_on(open_run(workspace, day, known, again=True).pk)
        progress(run)
        day, count = day + timedelta(days=1), count + 1
    if Run.objects.of(workspace).published().filter(day__gte=day).exists():
        redraw_standings(workspace)
    return count


def _bands_differ(workspace: Workspace, day: date) -> bool:
    """Whether the attempt just published left other bands than the one before it, so that the next day is open."""
    run = Run.objects.of(workspace).filter(day=day).first()
    return bool(run and run.bands_changed)
