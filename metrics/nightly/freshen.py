"""By day: accounts about which something new was heard get a new standing within minutes. Snapshots do not move."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from accounts.models import Workspace
from accounts.models.ids import Ids
from metrics.models import Run, Standing
from metrics.nightly import rollups
from metrics.nightly.basis import as_steered, basis, steering, still_steering
from metrics.nightly.between import gather
from metrics.nightly.publish import write_standings
from metrics.nightly.shards import write_scores
from metrics.scorecards import Card

ACCOUNTS_AT_A_TIME = 500
LOCK = 7_203


def freshen(workspace: Workspace, moment: datetime) -> int:
    """Refill dirty days and move the standings of their accounts to `moment`'s day. Returns how many accounts.

    Ranks and the feature list are those of the last published night; scorecards those of now. One at a time per
    workspace.
    """
    run = basis(workspace, moment)
    done = 0
    while accounts := rollups.dirty_accounts(workspace, ACCOUNTS_AT_A_TIME):
        with transaction.atomic():
            if not _alone(workspace):
                return done
            rollups.refill(workspace, accounts)
            if not run.pk:
                run = basis(workspace, moment)
            # Asked after the marks are gone: a version that brought some of them is seen. They come back with the rest.
            chosen = still_steering(run) if run.pk else steering(run)
            if chosen is None:
                transaction.set_rollback(True)
            else:
                _move(workspace, run, chosen, accounts, moment)
        if chosen is None:
            run = basis(workspace, moment)
        else:
            done += len(accounts)
    return done


def move(workspace: Workspace, accounts: list[int], moment: datetime) -> None:
    """Move the standings of a few accounts at once, after what somebody decided. Dirty days of theirs stay dirty; so
    a version that has not taken over yet is left to `freshen`."""
    with transaction.atomic():
        run = as_steered(workspace, moment)
        _move(workspace, run, steering(run), accounts, moment)


def _alone(workspace: Workspace) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, workspace.pk % 2**31])
        return bool(cursor.fetchone()[0])


def _move(workspace: Workspace, run: Run, chosen: list[Card], accounts: list[int], moment: datetime) -> None:
    today = workspace.day_of(moment)
    readings = gather(run, tuple(sorted(accounts)), today, today, chosen)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS moved (LIKE metrics_scoresnapshot) ON COMMIT DELETE ROWS;"
            "ALTER TABLE moved ALTER run_id DROP NOT NULL; TRUNCATE moved"
        )
    # Between midnight and the end of the night, yesterday has no snapshots yet.
    eve = min(run.day, today - timedelta(days=1))
    write_scores("moved", run, readings, today, today, eve)
    write_standings(run, "moved", None, rebuild=True, day=today)
    left = set(accounts) - set(readings.accounts.tolist())
    Standing.objects.of(workspace).filter(account_id__among=Ids(left)).update(is_scored=False)
