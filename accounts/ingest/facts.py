"""Facts with versions: a correction retracts the version believed so far and adds the next one."""

from __future__ import annotations

import hashlib
import io
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from accounts.batch import ACCEPTED, KNOWN, UPDATED, Batch, Result, Status, refusal, shown
from accounts.dirty import DAYS, mark_dirty
from accounts.ingest.rereading import contacts_change, one_at_a_time
from accounts.ingest.text import escape
from accounts.kinds import Kind, Row, own_columns
from accounts.models import Contact, Workspace
from accounts.models.fact import Fact

Day = tuple[int, datetime]


def record_facts(batch: Batch, kind: Kind, ids: dict[str, int]) -> None:
    """Each item makes one row, or several (a ticket and its moments); the item's answer is the best of theirs."""
    rows: dict[type, list[tuple[int, Row]]] = {}
    for n, item in enumerate(batch.items):
        if batch.results[n] is None:
            reason = kind.fault(item)
            if reason:
                batch.results[n] = refusal(*reason)
                continue
            for row in kind.rows(item, batch.workspace):
                rows.setdefault(row.model, []).append((n, row))
    answers: dict[int, list[Result]] = {}
    before: list[Day] = []
    for model, numbered in rows.items():
        with contacts_change(batch.workspace, batch.received_at) if model is Contact else nullcontext():
            for n, result in _record_rows(batch, model, numbered, ids, before):
                answers.setdefault(n, []).append(result)
    _mark(batch, [model for model in rows if issubclass(model, Fact)], before)
    order = [Status.CONFLICT, Status.UPDATED, Status.ACCEPTED, Status.KNOWN]
    for n, results in answers.items():
        batch.results[n] = min(results, key=lambda result: order.index(result.status))


def _record_rows(
    batch: Batch, model: Any, numbered: list[tuple[int, Row]], ids: dict[str, int], before: list[Day]
) -> list[tuple[int, Result]]:
    """Compare with the versions believed now, retract those that changed, add what is new; the days of those that
    were retracted come to `before`."""
    columns, of_accounts = own_columns(model), issubclass(model, Fact)
    first: dict[str, tuple[str, datetime | None]] = {}
    lines, answers = [], []
    for n, row in numbered:
        cells = [escape(row.values[name]) for name in columns]
        content = "\t".join([str(ids[batch.items[n].account]), *cells] if of_accounts else cells)
        digest = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
        if row.external_id in first:
            same = first[row.external_id] == (digest, row.occurred_at)
            answers.append((n, _repeat_fact(row.external_id, same)))
            continue
        first[row.external_id] = digest, row.occurred_at
        occurred = row.occurred_at or batch.received_at
        explicit = row.known_at or (occurred if batch.history or not of_accounts else batch.received_at)
        changed = row.known_at or batch.received_at
        head = (
            n,
            escape(row.external_id),
            digest,
            occurred.isoformat(),
            explicit.isoformat(),
            changed.isoformat(),
        )
        lines.append("\t".join(map(str, head)) + "\t" + content + "\n")
    compared = _store_rows(batch, model, columns, lines, before)
    return answers + [(n, _compared(external_id, verdict)) for n, external_id, verdict in compared]


def _compared(external_id: str, verdict: str) -> Result:
    if verdict == "conflict":
        return _repeat_fact(external_id, same=False)
    return {"new": ACCEPTED, "same": KNOWN, "changed": UPDATED}[verdict]


def _repeat_fact(external_id: str, same: bool) -> Result:
    if same:
        return KNOWN
    return Result(
        Status.CONFLICT, "id", shown(external_id), _("this id came before in the same input with other content")
    )


def lock_facts(workspace: Workspace, model: Any) -> None:
    """Until the end of the transaction nobody else changes the workspace's facts of this model.

    So the next one's `updated_at` is later than all that can be seen, and who pulls by it misses nothing.
    """
    if model is Contact:
        one_at_a_time(workspace)
    with connection.cursor() as cursor:
        name = [workspace.pk % 2**31, model._meta.db_table]
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", name)


def _store_rows(
    batch: Batch, model: Any, columns: list[str], lines: list[str], before: list[Day]
) -> list[tuple[int, str, str]]:
    table, of_accounts = model._meta.db_table, issubclass(model, Fact)
    own = ", ".join(f'"{column}"' for column in (["account_id", *columns] if of_accounts else columns))
    names = {"table": table, "stage": _stage(model), "own": own}
    params = {
        "workspace": batch.workspace.pk,
        "source": batch.source.pk,
        "imported": batch.imported.pk if batch.imported else None,
    }
    lock_facts(batch.workspace, model)
    with connection.cursor() as cursor:
        cursor.execute(STAGE_ROWS.format(**names))
        with connection.wrap_database_errors:  # Django does not wrap those of COPY
            cursor.copy_expert(COPY_ROWS.format(**names), io.StringIO("".join(lines)))
        cursor.execute(COMPARE_ROWS.format(**names), params)
        returning = " RETURNING t.account_id, t.occurred_at" if of_accounts else ""
        cursor.execute(RETRACT_ROWS.format(**names) + returning, params)
        if of_accounts:
            before += cursor.fetchall()
        cursor.execute(INSERT_ROWS.format(**names), params)
        cursor.execute("SELECT ordinal, external_id, verdict FROM {stage}".format(**names))  # noqa: S608
        return cursor.fetchall()  # type: ignore[no-any-return]


def _stage(model: Any) -> str:
    return f"incoming_{model._meta.db_table}"


def _mark(batch: Batch, models: list[Any], before: list[Day]) -> None:
    """All days at once: who marks twice does not mark in order."""
    if models:
        news = [NEWS.format(stage=_stage(model)) for model in models]
        days = [[account for account, _ in before], [moment for _, moment in before]]
        mark_dirty(batch.workspace, " UNION ALL ".join([*news, DAYS]), days, batch.received_at)


STAGE_ROWS = """
CREATE TEMP TABLE IF NOT EXISTS {stage} (LIKE {table}) ON COMMIT DELETE ROWS;
ALTER TABLE {stage} ADD COLUMN IF NOT EXISTS ordinal int, ADD COLUMN IF NOT EXISTS changed_at timestamptz,
  ADD COLUMN IF NOT EXISTS verdict text DEFAULT 'new';
ALTER TABLE {stage} ALTER id DROP NOT NULL, ALTER workspace_id DROP NOT NULL, ALTER source_id DROP NOT NULL,
  ALTER updated_at DROP NOT NULL;
TRUNCATE {stage}"""
COPY_ROWS = "COPY {stage} (ordinal, external_id, digest, occurred_at, known_at, changed_at, {own}) FROM STDIN"
# When it happened is content as well, unless nobody said it: then it is when it was heard.
COMPARE_ROWS = """
UPDATE {stage} i SET id = t.id, verdict = CASE
    WHEN t.digest = i.digest AND (t.occurred_at = i.occurred_at OR i.occurred_at = i.changed_at) THEN 'same'
    WHEN t.imported_id = %(imported)s THEN 'conflict' ELSE 'changed' END
FROM {table} t
WHERE t.workspace_id = %(workspace)s AND t.external_id = i.external_id AND t.retracted_at IS NULL"""
RETRACT_ROWS = """
UPDATE {table} t SET retracted_at = greatest(t.known_at, i.changed_at)
FROM {stage} i
WHERE i.verdict = 'changed' AND t.workspace_id = %(workspace)s AND t.id = i.id"""
NEWS = "SELECT account_id, occurred_at FROM {stage} WHERE verdict IN ('new', 'changed')"
INSERT_ROWS = """
INSERT INTO {table}
  (workspace_id, source_id, imported_id, external_id, digest, occurred_at, known_at, {own})
SELECT %(workspace)s, %(source)s, %(imported)s, external_id, digest, occurred_at,
  CASE verdict WHEN 'new' THEN known_at ELSE changed_at END, {own}
FROM {stage} WHERE verdict IN ('new', 'changed') ORDER BY ordinal"""
