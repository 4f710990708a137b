"""Taking back: an event that was no event, an import that was a mistake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models.functions import Greatest

from accounts.batch import ACCEPTED, KNOWN, Result, refusal
from accounts.ingest import DAYS, mark_dirty
from accounts.ingest.rereading import contacts_change
from accounts.kinds import KINDS
from accounts.models import Event, Import, Source, Workspace
from accounts.models.fact import Fact


def retract(workspace: Workspace, source: Source, message_ids: Sequence[str], moment: datetime) -> list[Result]:
    """No longer believe events, from `moment` on. Their ids stay taken."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounts_event e SET retracted_at = coalesce(e.retracted_at, %s) FROM accounts_eventkey k"
            " WHERE k.workspace_id = %s AND k.source_id = %s AND k.message_id = ANY(%s)"
            " AND e.workspace_id = k.workspace_id AND e.source_id = k.source_id AND e.message_id = k.message_id"
            " AND e.account_id = k.account_id AND e.occurred_at = k.occurred_at"
            " RETURNING e.message_id, e.account_id, e.occurred_at, e.retracted_at = %s",
            [moment, workspace.pk, source.pk, list(message_ids), moment],
        )
        rows = cursor.fetchall()
        fresh = [row for row in rows if row[3]]
        if fresh:
            mark_dirty(workspace, DAYS, [[row[1] for row in fresh], [row[2] for row in fresh]], moment)
    found = {row[0]: row[3] for row in rows}
    return [_retracted(message, found.get(message)) for message in message_ids]


def _retracted(message: str, fresh: bool | None) -> Result:
    if fresh is None:
        return refusal("retract", message, "no event of this source has this message id")
    return ACCEPTED if fresh else KNOWN


def take_back(fact: Fact, moment: datetime) -> bool:
    """No longer believe a fact, from `moment` on. Whether it was believed until then."""
    rows = type(fact).objects.of(fact.workspace_id).current().filter(external_id=fact.external_id)
    with transaction.atomic():
        days = list(rows.select_for_update().values_list("account_id", "occurred_at"))
        rows.update(retracted_at=Greatest("known_at", moment))
        if days:
            accounts, moments = zip(*days, strict=True)
            mark_dirty(fact.workspace, DAYS, [list(accounts), list(moments)], moment)
    return bool(days)


def undo(imported: Import, moment: datetime) -> int:
    """Delete the facts of an import and their keys, believe again what they had corrected, mark their days
    dirty. Accounts stay. Returns how many facts went."""
    workspace, count = imported.workspace, 0
    tables = sorted({row_model._meta.db_table for kind in KINDS.values() for row_model in kind.models})
    with transaction.atomic(), contacts_change(workspace, moment), connection.cursor() as cursor:
        own = [workspace.pk, imported.pk]
        for table in [Event._meta.db_table, *tables]:
            where = f"SELECT account_id, occurred_at FROM {table} WHERE workspace_id = %s AND imported_id = %s"  # noqa: S608
            mark_dirty(workspace, where, own, moment)
            cursor.execute(UNDO_KEYS if table == Event._meta.db_table else BRIDGE.format(table=table), own)
            cursor.execute(f"DELETE FROM {table} WHERE workspace_id = %s AND imported_id = %s", own)  # noqa: S608
            count += cursor.rowcount
            if table != Event._meta.db_table:
                cursor.execute(BELIEVE_AGAIN.format(table=table), [workspace.pk, workspace.pk])
        imported.state = Import.State.UNDONE
        imported.save(update_fields=["state"])
    return count


UNDO_KEYS = """
DELETE FROM accounts_eventkey k USING accounts_event e
WHERE e.workspace_id = %s AND e.imported_id = %s AND k.workspace_id = e.workspace_id
  AND k.source_id = e.source_id AND k.message_id = e.message_id"""
# Between the version before and the one after an undone one, the one before was right.
BRIDGE = """
UPDATE {table} t SET retracted_at = undone.retracted_at FROM (
  SELECT imported_id, retracted_at, lag(id) OVER (PARTITION BY external_id ORDER BY id) AS before
  FROM {table} WHERE workspace_id = %s) undone
WHERE undone.imported_id = %s AND undone.retracted_at IS NOT NULL AND t.id = undone.before"""
BELIEVE_AGAIN = """
UPDATE {table} t SET retracted_at = NULL FROM (
  SELECT DISTINCT ON (external_id) id FROM {table} v WHERE v.workspace_id = %s AND NOT EXISTS (
    SELECT 1 FROM {table} c WHERE c.workspace_id = v.workspace_id AND c.external_id = v.external_id
      AND c.retracted_at IS NULL)
  ORDER BY external_id, known_at DESC, id DESC) newest
WHERE t.workspace_id = %s AND t.id = newest.id"""
