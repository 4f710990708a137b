"""The only writer of facts. `record` takes a batch and answers for every item; what it accepts is on disk."""

from __future__ import annotations

import hashlib
import io
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from accounts import partitions
from accounts.batch import ACCEPTED, KNOWN, UPDATED, Batch, Result, Status, refusal, shown
from accounts.bounds import fault
from accounts.kinds import KINDS, Kind, Row, own_columns
from accounts.models import Account, EventName, Workspace
from accounts.models.event import is_use_by_default
from accounts.upsert import upsert_accounts


def record(batch: Batch) -> list[Result]:
    """Store what is new of a batch, in one transaction, and answer for each item in order.

    A bad item is refused by itself; everything else of the batch is kept. Raises KeyError for an unknown kind.
    """
    kind = KINDS[batch.kind]
    for n, item in enumerate(batch.items):
        batch.results[n] = fault(item, batch.received_at)
    with transaction.atomic():
        if batch.kind == "accounts":
            upsert_accounts(batch)
        elif batch.kind == "events":
            _record_events(batch, _resolve_accounts(batch))
        else:
            _record_facts(batch, kind, _resolve_accounts(batch))
    return [result or ACCEPTED for result in batch.results]


# -- accounts -----------------------------------------------------------------------------------------------


def _resolve_accounts(batch: Batch) -> dict[str, int]:
    """External id → id, for all accounts that the batch names; unknown ones are created or refused."""
    named = {item.account for n, item in enumerate(batch.items) if batch.results[n] is None}
    ids = account_ids(batch.workspace, named)
    unknown = named - ids.keys()
    if unknown and batch.creates_accounts:
        create_accounts(batch, sorted(unknown))
        ids = account_ids(batch.workspace, named)
    elif unknown:
        for n, item in enumerate(batch.items):
            if batch.results[n] is None and item.account in unknown:
                reason = f"no account has external id “{shown(item.account)}”"
                batch.results[n] = refusal("account", item.account, reason)
    return ids


def account_ids(workspace: Workspace, external_ids: Iterable[str]) -> dict[str, int]:
    rows = Account.objects.of(workspace).filter(external_id__in=list(external_ids))
    return dict(rows.values_list("external_id", "pk"))


def create_accounts(batch: Batch, external_ids: list[str]) -> None:
    """Accounts that an event named first: called as their id until somebody names them."""
    fresh = [Account(workspace=batch.workspace, external_id=name, name=name) for name in external_ids]
    Account.unscoped.bulk_create(fresh, ignore_conflicts=True)


def mark_dirty(workspace: Workspace, select: str, params: list[Any], moment: datetime) -> None:
    """Mark days dirty; `select` yields (account_id, occurred_at). DO UPDATE waits for a refill under way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_dirtyday (workspace_id, account_id, day, marked_at)"
            " SELECT DISTINCT %s::bigint, d.account_id, (d.occurred_at AT TIME ZONE %s)::date, %s::timestamptz"
            f" FROM ({select}) d ORDER BY 2, 3"
            " ON CONFLICT (workspace_id, account_id, day) DO UPDATE SET marked_at = excluded.marked_at",
            [workspace.pk, workspace.time_zone, moment, *params],
        )


# -- events -------------------------------------------------------------------------------------------------

EVENT_COLUMNS = (
    "ordinal, message_id, digest, occurred_at, known_at,"
    " account_id, name, person, feature, count, quantity, seconds, users, properties"
)
STAGE_EVENTS = """
CREATE TEMP TABLE IF NOT EXISTS incoming_event (
  ordinal int, message_id text COLLATE "C", digest uuid, occurred_at timestamptz, known_at timestamptz,
  account_id bigint, name text, person text, feature text, count int, quantity numeric, seconds int, users int,
  properties jsonb) ON COMMIT DELETE ROWS; TRUNCATE incoming_event"""
STORE_EVENTS = """
WITH fresh AS (
  INSERT INTO accounts_eventkey (workspace_id, source_id, message_id, digest, occurred_at, account_id)
  SELECT %(workspace)s, %(source)s, message_id, digest, occurred_at, account_id
  FROM incoming_event ORDER BY message_id
  ON CONFLICT DO NOTHING RETURNING message_id
)
INSERT INTO accounts_event (workspace_id, source_id, imported_id, message_id, occurred_at, known_at,
  account_id, name, person, feature, count, quantity, seconds, users, properties)
SELECT %(workspace)s, %(source)s, %(imported)s, message_id, occurred_at, known_at,
  account_id, name, person, feature, count, quantity, seconds, users, properties
FROM incoming_event JOIN fresh USING (message_id) ORDER BY account_id, occurred_at
RETURNING message_id"""


def _record_events(batch: Batch, ids: dict[str, int]) -> None:
    first: dict[str, tuple[int, str]] = {}
    repeats: list[tuple[int, str, str]] = []
    lines, months, names = [], set(), set()
    for n, item in enumerate(batch.items):
        if batch.results[n] is not None:
            continue
        occurred = item.occurred_at or batch.received_at
        message = item.message_id or str(uuid.uuid4())
        content = _event_content(ids[item.account], item)
        digest = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
        if message in first:
            repeats.append((n, message, digest))
            continue
        first[message] = (n, digest)
        known = item.known_at or (occurred if batch.history else batch.received_at)
        lines.append(f"{n}\t{escape(message)}\t{digest}\t{occurred.isoformat()}\t{known.isoformat()}\t{content}\n")
        months.add((occurred.year, occurred.month) if occurred.tzinfo is UTC else _utc_month(occurred))
        names.add(item.name)
    if not lines:
        return
    partitions.ensure(f"{year}-{month:02}" for year, month in months)
    remember_names(batch.workspace, names, batch.received_at)
    stored = _store_events(batch, lines)
    _answer_events(batch, first, stored, repeats)


def _utc_month(moment: datetime) -> tuple[int, int]:
    there = moment.astimezone(UTC)
    return there.year, there.month


def _event_content(account_id: int, item: Any) -> str:
    """What the item says besides its id and times, in COPY's text format: the digest is made of it."""
    properties = json.dumps(item.properties, sort_keys=True, default=str) if item.properties else None
    return "\t".join(
        (
            str(account_id),
            escape(item.name),
            escape(item.contact or None),
            escape(item.feature or None),
            str(item.count),
            r"\N" if item.quantity is None else f"{item.quantity:f}",
            r"\N" if item.seconds is None else str(item.seconds),
            r"\N" if item.users is None else str(item.users),
            escape(properties),
        )
    )


def _store_events(batch: Batch, lines: list[str]) -> set[str]:
    """COPY, keep what was not seen before, mark its days dirty. Returns the message ids that were new."""
    with connection.cursor() as cursor:
        cursor.execute(STAGE_EVENTS)
        cursor.copy_expert(f"COPY incoming_event ({EVENT_COLUMNS}) FROM STDIN", io.StringIO("".join(lines)))
        cursor.execute(
            STORE_EVENTS,
            {
                "workspace": batch.workspace.pk,
                "source": batch.source.pk,
                "imported": batch.imported.pk if batch.imported else None,
            },
        )
        stored = {row[0] for row in cursor.fetchall()}
    if len(stored) == len(lines):
        select, params = "SELECT account_id, occurred_at FROM incoming_event", []
    else:
        select = "SELECT account_id, occurred_at FROM incoming_event WHERE message_id = ANY(%s)"
        params = [list(stored)]
    if stored:
        mark_dirty(batch.workspace, select, params, batch.received_at)
    return stored


def _answer_events(
    batch: Batch, first: dict[str, tuple[int, str]], stored: set[str], repeats: list[tuple[int, str, str]]
) -> None:
    seen = {message: digest for message, (_, digest) in first.items()}
    if len(stored) < len(first):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT message_id, replace(digest::text, '-', '') FROM accounts_eventkey"
                " WHERE workspace_id = %s AND source_id = %s AND message_id = ANY(%s)",
                [batch.workspace.pk, batch.source.pk, [m for m in first if m not in stored]],
            )
            seen.update(cursor.fetchall())
    for message, (n, digest) in first.items():
        batch.results[n] = ACCEPTED if message in stored else _repeat(message, digest == seen[message])
    for n, message, digest in repeats:
        batch.results[n] = _repeat(message, digest == seen[message])


def _repeat(message: str, same: bool) -> Result:
    if same:
        return KNOWN
    reason = "this id came before with other content"
    return Result(Status.CONFLICT, "message_id", shown(message), reason)


def remember_names(workspace: Workspace, names: set[str], moment: datetime) -> None:
    """Put names that were not seen before into the catalogue."""
    seen = set(EventName.objects.of(workspace).filter(name__in=names).values_list("name", flat=True))
    EventName.unscoped.bulk_create(
        (
            EventName(workspace=workspace, name=name, is_use=is_use_by_default(name), first_seen_at=moment)
            for name in sorted(names - seen)
        ),
        ignore_conflicts=True,
    )


_SPECIAL = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def escape(value: object) -> str:
    """A value in COPY's text format."""
    if value is None:
        return r"\N"
    if value is True or value is False:
        return "t" if value else "f"
    return str(value).translate(_SPECIAL)


# -- facts with versions ------------------------------------------------------------------------------------


def _record_facts(batch: Batch, kind: Kind, ids: dict[str, int]) -> None:
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
    for model, numbered in rows.items():
        for n, result in _record_rows(batch, model, numbered, ids):
            answers.setdefault(n, []).append(result)
    order = [Status.CONFLICT, Status.UPDATED, Status.ACCEPTED, Status.KNOWN]
    for n, results in answers.items():
        batch.results[n] = min(results, key=lambda result: order.index(result.status))


def _record_rows(
    batch: Batch, model: Any, numbered: list[tuple[int, Row]], ids: dict[str, int]
) -> list[tuple[int, Result]]:
    """Compare with the versions believed now, retract those that changed, add what is new."""
    table, columns = model._meta.db_table, own_columns(model)
    first: dict[str, str] = {}
    lines, answers = [], []
    for n, row in numbered:
        account_id = ids[batch.items[n].account]
        content = "\t".join((str(account_id), *(escape(row.values[name]) for name in columns)))
        digest = hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()
        if row.external_id in first:
            answers.append((n, _repeat_fact(row.external_id, first[row.external_id] == digest)))
            continue
        first[row.external_id] = digest
        explicit = row.known_at or (row.occurred_at if batch.history else batch.received_at)
        changed = row.known_at or batch.received_at
        head = (
            n,
            escape(row.external_id),
            digest,
            row.occurred_at.isoformat(),
            explicit.isoformat(),
            changed.isoformat(),
        )
        lines.append("\t".join(map(str, head)) + "\t" + content + "\n")
    compared = _store_rows(batch, table, columns, lines)
    return answers + [(n, _compared(external_id, verdict)) for n, external_id, verdict in compared]


def _compared(external_id: str, verdict: str) -> Result:
    if verdict == "conflict":
        return _repeat_fact(external_id, same=False)
    return {"new": ACCEPTED, "same": KNOWN, "changed": UPDATED}[verdict]


def _repeat_fact(external_id: str, same: bool) -> Result:
    if same:
        return KNOWN
    return Result(Status.CONFLICT, "id", shown(external_id), "this id came before in the same input with other content")


def _store_rows(batch: Batch, table: str, columns: list[str], lines: list[str]) -> list[tuple[int, str, str]]:
    own = ", ".join(f'"{column}"' for column in columns)
    names = {"table": table, "stage": f"incoming_{table}", "own": own}
    params = {
        "workspace": batch.workspace.pk,
        "source": batch.source.pk,
        "imported": batch.imported.pk if batch.imported else None,
    }
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [batch.workspace.pk % 2**31, table])
        cursor.execute(STAGE_ROWS.format(**names))
        cursor.copy_expert(
            COPY_ROWS.format(**names),
            io.StringIO("".join(lines)),
        )
        cursor.execute(COMPARE_ROWS.format(**names), params)
        cursor.execute(RETRACT_ROWS.format(**names), params)
        cursor.execute(INSERT_ROWS.format(**names), params)
        cursor.execute("SELECT ordinal, external_id, verdict FROM {stage}".format(**names))  # noqa: S608
        compared = cursor.fetchall()
    mark_dirty(
        batch.workspace,
        "SELECT account_id, occurred_at FROM {stage} WHERE verdict IN ('new', 'changed')".format(**names),  # noqa: S608
        [],
        batch.received_at,
    )
    return compared


STAGE_ROWS = """
CREATE TEMP TABLE IF NOT EXISTS {stage} (LIKE {table}) ON COMMIT DELETE ROWS;
ALTER TABLE {stage} ADD COLUMN IF NOT EXISTS ordinal int, ADD COLUMN IF NOT EXISTS changed_at timestamptz,
  ADD COLUMN IF NOT EXISTS verdict text DEFAULT 'new';
ALTER TABLE {stage} ALTER id DROP NOT NULL, ALTER workspace_id DROP NOT NULL, ALTER source_id DROP NOT NULL;
TRUNCATE {stage}"""
COPY_ROWS = (
    "COPY {stage} (ordinal, external_id, digest, occurred_at, known_at, changed_at, account_id, {own}) FROM STDIN"
)
COMPARE_ROWS = """
UPDATE {stage} i SET verdict = CASE WHEN t.digest = i.digest THEN 'same'
    WHEN t.imported_id = %(imported)s THEN 'conflict' ELSE 'changed' END
FROM {table} t
WHERE t.workspace_id = %(workspace)s AND t.external_id = i.external_id AND t.retracted_at IS NULL"""
RETRACT_ROWS = """
UPDATE {table} t SET retracted_at = greatest(t.known_at, i.changed_at)
FROM {stage} i
WHERE i.verdict = 'changed' AND t.workspace_id = %(workspace)s AND t.external_id = i.external_id
  AND t.retracted_at IS NULL"""
INSERT_ROWS = """
INSERT INTO {table}
  (workspace_id, source_id, imported_id, external_id, digest, occurred_at, known_at, account_id, {own})
SELECT %(workspace)s, %(source)s, %(imported)s, external_id, digest, occurred_at,
  CASE verdict WHEN 'new' THEN known_at ELSE changed_at END, account_id, {own}
FROM {stage} WHERE verdict IN ('new', 'changed') ORDER BY ordinal"""
