"""Taking back: an event that was no event, an import that was a mistake."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Value
from django.db.models.functions import Greatest, Now
from django.utils.translation import gettext as _

from accounts.batch import ACCEPTED, KNOWN, Result, refusal
from accounts.ingest import DAYS, mark_dirty
from accounts.ingest.facts import lock_facts
from accounts.ingest.rereading import contacts_change
from accounts.kinds import KINDS
from accounts.models import AccountImport, AuditEntry, Contact, Event, Import, Source, Upload, Workspace
from accounts.models.fact import Fact, Told
from accounts.removal import leave, remove_some
from accounts.setting_back import set_back
from accounts.wake import wake

log = logging.getLogger(__name__)


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
        return refusal("retract", message, _("no event of this source has this message id"))
    return ACCEPTED if fresh else KNOWN


def _table(model: Any) -> str:
    return str(model._meta.db_table)


def take_back(fact: Told, moment: datetime) -> bool:
    """No longer believe a fact and what was told along with it, from `moment` on. Whether it was until then."""
    [kind] = [kind for kind in KINDS.values() if kind.model is type(fact)]
    people = contacts_change(fact.workspace, moment) if kind.model is Contact else nullcontext()
    with transaction.atomic(), people:
        for model in kind.models:
            lock_facts(fact.workspace, model)
        count = disbelieve(fact.workspace, kind.model, {"external_id": fact.external_id}, moment)
        for part in kind.parts:
            disbelieve(fact.workspace, part.model, {part.whole: fact.external_id}, moment)
    return count > 0


def disbelieve(workspace: Workspace, model: Any, which: dict[str, Any], moment: datetime) -> int:
    """Retract what is current of a model; its days become dirty. Returns how many rows."""
    rows = model.objects.of(workspace).current().filter(**which)
    days = list(rows.values_list("account_id", "occurred_at")) if issubclass(model, Fact) else []
    count = rows.update(retracted_at=Greatest("known_at", Value(moment)), updated_at=Now())
    if days:
        accounts, moments = zip(*days, strict=True)
        mark_dirty(workspace, DAYS, [list(accounts), list(moments)], moment)
    return int(count)


def undo(imported: Import, moment: datetime) -> dict[str, Any]:
    """Delete the facts of an import and their keys, believe again what they had corrected, mark their days dirty; set
    back what it changed of accounts, and remove those it made of which nothing else is told. Returns `Import.undone`.

    In several transactions: who comes after one that was killed, or beside it, goes on. Raises OperationalError where
    others write all the time: come again later.
    """
    going_on = _step(imported, lambda: _take_facts(imported, moment))
    while going_on:
        going_on = _step(imported, lambda: _take_accounts(imported, moment))
    imported.refresh_from_db(fields=["state", "undone"])
    return imported.undone  # type: ignore[no-any-return]


def _step(imported: Import, do: Callable[[], bool]) -> bool:
    """A part of taking it back. Whether there are others: not where it is undone, or somebody else is at it."""
    with transaction.atomic():
        mine = Import.objects.of(imported.workspace_id).filter(pk=imported.pk).exclude(state=Import.State.UNDONE)
        mine = mine.select_for_update(skip_locked=True, of=("self",)).first()
        if mine is None:
            return False
        imported.undone = mine.undone
        going_on = do()
        imported.state = Import.State.UNDOING if going_on else Import.State.UNDONE
        imported.save(update_fields=["state", "undone"])
    return going_on


def _take_facts(imported: Import, moment: datetime) -> bool:
    """All at once, so that nobody reads half of it."""
    if "facts" in imported.undone:  # by who was here before
        return True
    workspace, count = imported.workspace, 0
    models = [Event] if imported.kind == "events" else sorted(KINDS[imported.kind].models, key=_table)
    with contacts_change(workspace, moment), connection.cursor() as cursor:
        own = [workspace.pk, imported.pk]
        for model in models:
            table = _table(model)
            if model is Event or issubclass(model, Fact):
                mark_dirty(workspace, OF_IMPORT.format(table=table), own, moment)
            before: list[Any] = []
            if model is Event:
                cursor.execute(UNDO_KEYS, own)
            else:
                lock_facts(workspace, model)
                cursor.execute(BEFORE.format(table=table), own)
                before = cursor.fetchall()
            cursor.execute(f"DELETE FROM {table} WHERE workspace_id = %s AND imported_id = %s", own)  # noqa: S608
            count += cursor.rowcount
            if before:
                cursor.execute(BELIEVE.format(table=table), [*map(list, zip(*before, strict=True)), workspace.pk])
    AccountImport.objects.of(workspace).filter(imported=imported).delete()
    _add(imported, "facts", count)
    return True


def _take_accounts(imported: Import, moment: datetime) -> bool:
    """Some accounts that it changed, then some that it made and nothing holds; at the end, why the others stay."""
    back = set_back(imported, moment)
    _add(imported, "set_back", back or 0)
    if back is not None:
        return True
    count = remove_some(imported)
    _add(imported, "accounts", count or 0)
    if count is None:
        imported.undone["stay"] = leave(imported)
    return count is not None


def _add(imported: Import, what: str, count: int) -> None:
    imported.undone[what] = imported.undone.get(what, 0) + count


def ask_undo(imported: Import) -> bool:
    """Let a worker take back an import that has ended. False where that was asked for already, or makes no sense."""
    ended = (Import.State.DONE, Import.State.FAILED)
    with transaction.atomic():
        mine = Import.objects.of(imported.workspace_id).select_for_update().get(pk=imported.pk)
        if mine.state not in ended or mine.kind not in KINDS or is_going_on(mine):
            return False
        AuditEntry.of(mine, AuditEntry.Action.UPDATE, {"state": [mine.state, Import.State.UNDONE]}).save()
        mine.state = Import.State.UNDOING
        mine.save(update_fields=["state"])
        wake(UNDO_TASK, mine.pk)
    return True


def is_going_on(imported: Import) -> bool:
    """Whether a worker will go on with it, though it looks as if it had ended."""
    uploads = Upload.objects.of(imported.workspace_id).filter(imported=imported)
    return bool(uploads.unfinished().exists())


def undo_asked(import_id: int, moment: datetime) -> None:
    """Take back an import for which that was asked; once, however many workers hear of it."""
    waiting = Import.unscoped.filter(pk=import_id, state=Import.State.UNDOING)
    imported = waiting.select_related("workspace", "source").first()
    try:
        if imported:
            undo(imported, moment)
    except OperationalError:
        log.warning("import %s: others are writing; the tick sends it again", import_id, exc_info=True)


UNDO_TASK = "accounts.undo_import"
OF_IMPORT = "SELECT account_id, occurred_at FROM {table} WHERE workspace_id = %s AND imported_id = %s"
UNDO_KEYS = """
DELETE FROM accounts_eventkey k USING accounts_event e
WHERE e.workspace_id = %s AND e.imported_id = %s AND k.workspace_id = e.workspace_id
  AND k.source_id = e.source_id AND k.message_id = e.message_id"""
# The versions that an import corrected, and until when they are right without it: to the version after, or still.
BEFORE = """
SELECT before, retracted_at FROM (
  SELECT imported_id, known_at, retracted_at, lag(id) OVER versions AS before,
    lag(retracted_at) OVER versions AS corrected_at, lag(known_at) OVER versions AS first_known_at
  FROM {table} WHERE workspace_id = %s WINDOW versions AS (PARTITION BY external_id ORDER BY id)) undone
WHERE imported_id = %s AND corrected_at = greatest(known_at, first_known_at)"""
BELIEVE = """
UPDATE {table} t SET retracted_at = believed.until, updated_at = statement_timestamp()
FROM unnest(%s::bigint[], %s::timestamptz[]) AS believed(id, until) WHERE t.id = believed.id AND t.workspace_id = %s"""
