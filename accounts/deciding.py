"""What follows from a decision about the workspace: which days are counted anew."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from accounts.ingest.rereading import change_own_domains
from accounts.models import Workspace

# Each day that has events, in each of the zones; days whose events are gone keep what was counted.
MARK_ALL = """
INSERT INTO accounts_dirtyday (workspace_id, account_id, day, marked_at)
SELECT DISTINCT e.workspace_id, e.account_id, (e.occurred_at AT TIME ZONE z.zone)::date AS day, %(moment)s::timestamptz
FROM accounts_event e CROSS JOIN unnest(%(zones)s::text[]) AS z(zone)
WHERE e.workspace_id = %(workspace)s AND e.occurred_at >= %(since)s
ORDER BY 2, 3
ON CONFLICT (workspace_id, account_id, day) DO UPDATE SET marked_at = excluded.marked_at"""


@transaction.atomic
def decide(asked: Workspace, fields: Sequence[str], moment: datetime) -> int:
    """Store these fields of a workspace. Returns how many days of use are counted anew because of them."""
    before = Workspace.objects.select_for_update(no_key=True).get(pk=asked.pk)
    asked.save(update_fields=[field for field in fields if field != "own_domains"])
    days = 0
    if "time_zone" in fields and before.time_zone != asked.time_zone:
        days += recount(asked, {before.time_zone, asked.time_zone}, moment)
    if "own_domains" in fields:
        days += change_own_domains(before, asked.own_domains, moment)
    return days


def recount(workspace: Workspace, zones: set[str], moment: datetime) -> int:
    """Mark every day with events dirty, as these time zones cut them. Returns the number of days of accounts."""
    gone = workspace.events_gone_before
    since = workspace.start_of(gone) if gone else datetime.min.replace(year=2000, tzinfo=moment.tzinfo)
    values = {"workspace": workspace.pk, "zones": sorted(zones), "since": since, "moment": moment}
    with connection.cursor() as cursor:
        cursor.execute(MARK_ALL, values)
        return cursor.rowcount
