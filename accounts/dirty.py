"""The days of accounts about which something new was heard: marked by who writes, emptied by metrics."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import Workspace

# Days given as two arrays.
DAYS = "SELECT * FROM unnest(%s::bigint[], %s::timestamptz[]) AS d(account_id, occurred_at)"
# DO UPDATE locks a day that is marked already, so that a refill waits for us and we for it; WHERE false leaves it as
# it is, with the moment of its first mark.
MARK = """
INSERT INTO accounts_dirtyday (workspace_id, account_id, day, marked_at)
SELECT DISTINCT {workspace}::bigint, d.account_id, (d.occurred_at AT TIME ZONE {zone})::date, {moment}::timestamptz
FROM ({select}) d ORDER BY 2, 3
ON CONFLICT (workspace_id, account_id, day) DO UPDATE SET marked_at = excluded.marked_at WHERE false"""


def mark_dirty(workspace: Workspace, select: str, params: list[Any], moment: datetime) -> None:
    """Mark days dirty; `select` yields (account_id, occurred_at)."""
    with connection.cursor() as cursor:
        sql = MARK.format(workspace="%s", zone="%s", moment="%s", select=select)
        cursor.execute(sql, [workspace.pk, workspace.time_zone, moment, *params])
