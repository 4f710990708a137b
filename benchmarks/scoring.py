"""Scoring and writing snapshots: phase two of a night, from stored readings, with a day before that it builds on."""

from __future__ import annotations

import argparse
from datetime import date, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Workspace
from benchmarks.cpu import Meter, metered
from benchmarks.figures import Report, megabytes
from metrics.models import Run, ScoreSnapshot, Shard
from metrics.nightly import run as night
from metrics.nightly.publish import digest
from metrics.scorecards import cards, create_workspace

DAY = date(2026, 6, 30)
# CPU-seconds for so many snapshots.
AIM, AIM_ACCOUNTS = 2.0, 100_000
RIVAL_TAKES = 10_000


def run(report: Report, options: argparse.Namespace) -> None:
    """Two nights of made-up readings; the second is metered, and once more through the ORM."""
    count = options.accounts
    report.title("scoring", f"{count:,} accounts, shards of {settings.SHARD_ACCOUNTS}, one process")
    workspace = _workspace(count)
    _score(_night(workspace, DAY - timedelta(days=1)))
    today = _night(workspace, DAY)
    scoring, publishing = _score(today)
    aim = AIM * count / AIM_ACCOUNTS
    report.figure("scoring and writing, CPU-seconds", f"{scoring.cpu:.2f}", f"≤ {aim:g}", scoring.cpu <= aim)
    report.figure("of these in Python, in PostgreSQL", f"{scoring.ours:.2f} + {scoring.database:.2f}")
    report.figure("publishing (digest, standings), CPU-seconds", f"{publishing.ours:.2f} + {publishing.database:.2f}")
    report.figure("most memory of both", megabytes(scoring.peak))
    size = min(count, RIVAL_TAKES)
    rival, same = _through_the_orm(today, size)
    report.figure(
        "against reading and bulk_create of the same rows", f"{rival.cpu / size / (scoring.cpu / count):.1f} ×"
    )
    report.equal("the snapshots of both", same)


def _workspace(count: int) -> Workspace:
    """A fresh workspace with so many accounts, and nothing left of earlier runs of this benchmark."""
    workspace = Workspace.objects.filter(slug="bench-scoring").first()
    workspace = workspace or create_workspace("bench-scoring", "Scoring")
    with connection.cursor() as cursor:
        for table in ("standing", "scoresnapshot", "reading", "rank", "shard", "run"):
            cursor.execute(f"DELETE FROM metrics_{table} WHERE workspace_id = %s", [workspace.pk])
        cursor.execute("DELETE FROM accounts_account WHERE workspace_id = %s", [workspace.pk])
        cursor.execute(
            "INSERT INTO accounts_account (workspace_id, external_id, name, segment, industry, country, domain,"
            " properties, created_at, updated_at)"
            " SELECT %s, 'a' || n, 'Account ' || n, '', '', '', '', '{}', now(), now() FROM generate_series(1, %s) n",
            [workspace.pk, count],
        )
        cursor.execute("VACUUM ANALYZE accounts_account, metrics_scoresnapshot, metrics_reading, metrics_standing")
    return workspace


def _night(workspace: Workspace, day: date) -> Run:
    """A run whose readings are all in: values between worst and best of each measure, one in ten missing."""
    card = cards(workspace)[0]
    moment = timezone.now()
    run = Run(workspace=workspace, day=day, known_day=day, opened_at=moment, moved_at=moment)
    run.measures = run.tracked = card.measures
    run.state = Run.State.SCORES
    night._cut(run)
    Shard.objects.of(workspace).filter(run=run).update(state=Shard.State.READ)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO metrics_reading (workspace_id, run_id, account_id, version_id, mrr_units, values)"
            " SELECT %(workspace)s, %(run)s, a.id, %(version)s, 1000000 + a.id %% 900000, ARRAY("
            "   SELECT CASE WHEN h < 0.1 THEN 'NaN' ELSE h * 40 END FROM ("
            "     SELECT (hashint8extended(a.id, m * 1000 + %(seed)s) & 65535) / 65536.0::float8 AS h, m"
            "     FROM generate_series(1, %(size)s) m) v ORDER BY m)"
            " FROM accounts_account a WHERE a.workspace_id = %(workspace)s",
            {
                "workspace": workspace.pk,
                "run": run.pk,
                "version": card.version.pk,
                "size": len(run.measures),
                "seed": day.day,
            },
        )
        cursor.execute("ANALYZE metrics_reading")
    night._fix_ranks(run)
    return run


def _score(run: Run) -> tuple[Meter, Meter]:
    with metered() as scoring:
        while night.work(run):
            pass
    with metered() as publishing:
        night.advance(run.pk)
    return scoring, publishing


def _through_the_orm(run: Run, count: int) -> tuple[Meter, bool]:
    """Read the first snapshots, and write them as those of another attempt."""
    mine = ScoreSnapshot.objects.of(run.workspace).filter(day=run.day, attempt=run.attempt)
    beyond = list(mine.order_by("account_id").values_list("account_id", flat=True)[count : count + 1])
    if beyond:
        mine.filter(account_id__gte=beyond[0]).delete()
    with metered() as meter:
        rows = list(mine)
        for row in rows:
            row.attempt = run.attempt + 1
        ScoreSnapshot.unscoped.bulk_create(rows, batch_size=settings.SHARD_ACCOUNTS)
    before = digest(run)
    run.attempt += 1
    return meter, len(rows) == count and digest(run) == before
