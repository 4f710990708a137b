"""How long things are kept. A clearing may be run by any number of workers, again at any time, and be killed anywhere.

Counted days (rollups), snapshots, facts with versions and the keys of messages stay for ever.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from accounts import partitions
from accounts.importers import uploads
from accounts.models import DirtyDay, Workspace

ROWS_AT_A_TIME = 20_000
# How long a fact waits for its account: whoever visits and never signs in is nobody's customer.
WAITS = timedelta(days=90)
# Providers send again for days, people for weeks: so long a message of theirs is known by its id.
HEARD = timedelta(days=90)
# And how long one that was known already is shown on the page Sources.
REPEATS = timedelta(days=7)
EVENT_KEY = "workspace_id, account_id, occurred_at, id"


def clear(workspace: Workspace, moment: datetime) -> bool:
    """Delete what is older than its period. False where days wait to be counted first: come again later."""
    if not _clear_events(workspace, moment):
        return False
    today = workspace.day_of(moment)
    uploads.clear(workspace, moment)
    _clear_refused(workspace, moment)
    _delete("accounts_waiting", "id", workspace, "received_at", moment - WAITS)
    _delete("accounts_heard", "id", workspace, "heard_at", moment - HEARD, "AND state IS NULL")
    if workspace.audit_kept_months is not None:
        first = months_before(today, workspace.audit_kept_months)
        _delete("accounts_auditentry", "id", workspace, "at", workspace.start_of(first))
    Workspace.objects.filter(pk=workspace.pk).update(cleared_on=today)
    return True


def _clear_refused(workspace: Workspace, moment: datetime) -> None:
    """What a file brought stays with the report of the file; repeats are of use for some days."""
    kept = timedelta(days=workspace.refused_kept_days)
    _delete("accounts_refused", "id", workspace, "at", moment - kept, "AND imported_id IS NULL")
    _delete("accounts_refused", "id", workspace, "at", moment - REPEATS, "AND result = 'already_known'")


def months_before(day: date, months: int) -> date:
    """The first day of the month that lies so many months back."""
    count = day.year * 12 + day.month - 1 - months
    return date(count // 12, count % 12 + 1, 1)


def _clear_events(workspace: Workspace, moment: datetime) -> bool:
    """From the moment at which the border is stored, the days before it are not counted again."""
    border = workspace.events_gone_before
    if workspace.events_kept_months is not None:
        wanted = months_before(workspace.day_of(moment), workspace.events_kept_months)
        if border is None or wanted > border:
            if DirtyDay.objects.of(workspace).filter(day__lt=wanted).exists():
                return False
            Workspace.objects.filter(pk=workspace.pk).update(events_gone_before=wanted)
            workspace.events_gone_before = border = wanted
    if border is not None and _delete(
        "accounts_event", EVENT_KEY, workspace, "occurred_at", workspace.start_of(border)
    ):
        partitions.give_back(workspace.start_of(border))
    return True


def _delete(table: str, key: str, workspace: Workspace, column: str, before: datetime, more: str = "") -> int:
    """Delete a workspace's rows older than a moment, some at a time, each time for good. Returns how many."""
    total, count = 0, ROWS_AT_A_TIME
    while count == ROWS_AT_A_TIME:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table}"  # noqa: S608
                f" WHERE workspace_id = %s AND {column} < %s {more} LIMIT %s FOR UPDATE SKIP LOCKED)",
                [workspace.pk, before, ROWS_AT_A_TIME],
            )
            count = cursor.rowcount
        total += count
    return total
