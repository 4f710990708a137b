"""By day: accounts about which something new was heard get a new standing within minutes. Snapshots do not move."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
from django.db import connection, transaction

from accounts.models import Workspace
from metrics.customers import scored
from metrics.models import Reading, Run, Standing
from metrics.nightly import rollups
from metrics.nightly.publish import write_standings
from metrics.nightly.readings import feature_list, read, tracked
from metrics.nightly.shards import SNAPSHOT_COLUMNS, choose, copy_rows, in_order, score_readings, units
from metrics.registry import AsOf
from metrics.scorecards import cards

ACCOUNTS_AT_A_TIME = 500
LOCK = 7_203


def freshen(workspace: Workspace, moment: datetime) -> int:
    """Refill dirty days and move the standings of their accounts to `moment`'s day. Returns how many accounts.

    Scorecards, ranks and the feature list are those of the last published night. One at a time per workspace.
    """
    run = _basis(workspace, moment)
    done = 0
    while accounts := rollups.dirty_accounts(workspace, ACCOUNTS_AT_A_TIME):
        with transaction.atomic():
            if not _alone(workspace):
                return done
            rollups.refill(workspace, accounts)
            if not run.measures:
                run = _basis(workspace, moment)
            _move(workspace, run, accounts, moment)
        done += len(accounts)
    return done


def _alone(workspace: Workspace) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK, workspace.pk % 2**31])
        return bool(cursor.fetchone()[0])


def _basis(workspace: Workspace, moment: datetime) -> Run:
    """The last published run, as the order of measures and the ranks; before the first night, one made up."""
    today = workspace.day_of(moment)
    last = Run.objects.of(workspace).published().select_related("workspace").order_by("-day").first()
    if last is None:
        keys = list(dict.fromkeys(key for card in cards(workspace) for key in card.measures))
        last = Run(workspace=workspace, day=today, known_day=today, measures=keys, attempt=0)
        last.features = feature_list(workspace, today, today)
    known = AsOf(workspace, today, today, ())
    last.tracked = tracked(known, last.measures)
    return last


def _move(workspace: Workspace, run: Run, accounts: list[int], moment: datetime) -> None:
    today = workspace.day_of(moment)
    everyone = AsOf(workspace, today, today, tuple(sorted(accounts)), tuple(run.features))
    customers = scored(everyone)
    as_of = AsOf(workspace, today, today, tuple(c.account_id for c in customers), tuple(run.features))
    values = read(as_of, run.measures, np.array([c.age for c in customers], dtype=float))
    chosen = choose(cards(workspace, run.opened_at), customers)
    readings = [
        Reading(account_id=c.account_id, version_id=version, mrr_units=units(c.mrr), values=row)
        for c, version, row in zip(customers, chosen, in_order(run, values, len(customers)), strict=True)
        if version is not None
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS moved (LIKE metrics_scoresnapshot) ON COMMIT DELETE ROWS;"
            "ALTER TABLE moved ALTER run_id DROP NOT NULL; TRUNCATE moved"
        )
    # Between midnight and the end of the night, yesterday has no snapshots yet.
    eve = min(run.day, today - timedelta(days=1))
    copy_rows("moved", SNAPSHOT_COLUMNS, score_readings(run, readings, today, today, eve))
    write_standings(run, "moved", None, rebuild=True, day=today)
    left = set(accounts) - {reading.account_id for reading in readings}
    Standing.objects.of(workspace).filter(account_id__in=left).update(is_scored=False)
