"""Dirty days become rollups: the days are taken, emptied and filled from their events, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from accounts.ingest.rereading import internal_people
from accounts.models import DirtyDay, Workspace
from accounts.models.event import CATALOGUE
from metrics.sql import statement

ACCOUNTS_AT_A_TIME = 200
# So many new days change what the planner should know, and sooner than it would find out by itself.
MANY_DAYS = 10_000


# An earlier first day is left alone, so that nobody waits for its row.
UNCOUNTED = """
INSERT INTO metrics_uncounted AS u (workspace_id, heard_on, since) SELECT %(workspace)s, %(today)s, %(first)s
WHERE NOT EXISTS (
  SELECT FROM metrics_uncounted WHERE workspace_id = %(workspace)s AND heard_on = %(today)s AND since <= %(first)s)
ON CONFLICT (workspace_id, heard_on) DO UPDATE SET since = least(u.since, excluded.since)"""


def dirty_accounts(workspace: Workspace, limit: int | None = None, upto: date = date.max) -> list[int]:
    """Ids of the accounts with dirty days, up to a day; who has waited longest comes first."""
    days = DirtyDay.objects.of(workspace).filter(day__lte=upto).values("account_id").annotate(since=Min("marked_at"))
    return list(days.order_by("since", "account_id").values_list("account_id", flat=True)[:limit])


def refill_all(workspace: Workspace, upto: date = date.max) -> int:
    """Refill every dirty day of a workspace up to a day, some accounts at a time. Returns the number of days."""
    accounts = sorted(dirty_accounts(workspace, upto=upto))
    parts = [accounts[n : n + ACCOUNTS_AT_A_TIME] for n in range(0, len(accounts), ACCOUNTS_AT_A_TIME)]
    count = sum(refill(workspace, part, upto) for part in parts)
    if count > MANY_DAYS:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE accounts_event, metrics_accountday, metrics_contactday")
    return count


def refill(workspace: Workspace, accounts: Sequence[int], upto: date = date.max) -> int:
    """Refill the dirty days (up to a day) of some accounts. Returns the number of days.

    Days whose events are deleted (`accounts.retention`) keep what was counted when they were there.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE IF NOT EXISTS taken (account_id bigint, day date) ON COMMIT DELETE ROWS")
        cursor.execute("TRUNCATE taken")
        cursor.execute(
            "WITH gone AS (DELETE FROM accounts_dirtyday WHERE workspace_id = %s AND account_id = ANY(%s)"
            " AND day <= %s RETURNING account_id, day), kept AS (INSERT INTO taken SELECT * FROM gone WHERE day >= %s)"
            " SELECT min(day) FROM gone",
            [workspace.pk, list(accounts), upto, _first_kept(workspace)],
        )
        [heard] = cursor.fetchone()
        cursor.execute("SELECT count(*), min(day), max(day) FROM taken")
        count, first, last = cursor.fetchone()
        if count:
            cursor.execute("ANALYZE taken")
            _fill(workspace, first, last)
        if heard:
            today = workspace.day_of(timezone.now())
            cursor.execute(UNCOUNTED, {"workspace": workspace.pk, "today": today, "first": heard})
    return int(count)


def _first_kept(workspace: Workspace) -> date:
    """The first day whose events are there, as it is stored now."""
    gone = Workspace.objects.filter(pk=workspace.pk).values_list("events_gone_before", flat=True).get()
    return gone or date.min


def _fill(workspace: Workspace, first: date, last: date) -> None:
    """Empty and fill the days in `taken`, which lie between `first` and `last`.

    By the rules as they are now that the days are taken: who changes one marks its days again.
    """
    workspace = Workspace.objects.get(pk=workspace.pk)
    params = {
        "workspace": workspace.pk,
        "zone": workspace.time_zone,
        "since": workspace.start_of(first),
        "until": workspace.start_of(last + timedelta(days=1)),
        "internal": internal_people(workspace),
        "own_domains": workspace.own_domains,
        "no_use": [name for name, is_use in CATALOGUE.items() if not is_use],
    }
    with connection.cursor() as cursor:
        for table in ("metrics_accountday", "metrics_contactday"):
            cursor.execute(
                f"DELETE FROM {table} d USING taken t WHERE d.workspace_id = %s"  # noqa: S608
                " AND d.account_id = t.account_id AND d.day = t.day",
                [workspace.pk],
            )
        cursor.execute(statement("refill_account_days"), params)
        cursor.execute(statement("refill_contact_days"), params)
