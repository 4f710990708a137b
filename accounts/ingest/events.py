"""Events: COPY into a staging table, then one statement keeps what was never seen before."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from accounts import partitions
from accounts.batch import ACCEPTED, KNOWN, Batch, Result, Status, refusal, shown
from accounts.ingest.accounts import mark_dirty
from accounts.ingest.text import column, numbers
from accounts.models import EventName, Workspace
from accounts.models.event import is_use_by_default

COLUMNS = (
    "message_id, digest, occurred_at, known_at,"
    " account_id, name, person, feature, count, quantity, seconds, users, properties"
)
STAGE = """
CREATE TEMP TABLE IF NOT EXISTS incoming_event (
  message_id text COLLATE "C", digest uuid, occurred_at timestamptz, known_at timestamptz, account_id bigint,
  name text, person text, feature text, count int, quantity numeric, seconds int, users int, properties jsonb
) ON COMMIT DELETE ROWS; DELETE FROM incoming_event"""
JSON = msgspec.json.Encoder(order="sorted", enc_hook=str)
# The message ids that were new; nothing where all of them were.
STORE = """
WITH fresh AS (
  INSERT INTO accounts_eventkey (workspace_id, source_id, message_id, digest, occurred_at, account_id)
  SELECT %(workspace)s, %(source)s, message_id, digest, occurred_at, account_id
  FROM incoming_event ORDER BY message_id
  ON CONFLICT DO NOTHING RETURNING message_id
), stored AS (
  INSERT INTO accounts_event (workspace_id, source_id, imported_id, message_id, occurred_at, known_at,
    account_id, name, person, feature, count, quantity, seconds, users, properties)
  SELECT %(workspace)s, %(source)s, %(imported)s, message_id, occurred_at, known_at,
    account_id, name, person, feature, count, quantity, seconds, users, properties
  FROM incoming_event JOIN fresh USING (message_id) ORDER BY account_id, occurred_at
  RETURNING message_id
)
SELECT CASE WHEN count(*) < %(sent)s THEN coalesce(array_agg(message_id), '{}') END FROM stored"""
UNHEARD = """
SELECT said FROM unnest(%s) said
WHERE NOT EXISTS (SELECT FROM accounts_eventname e WHERE e.workspace_id = %s AND e.name = said)"""
SEEN = """
SELECT message_id, replace(digest::text, '-', '') FROM accounts_eventkey
WHERE workspace_id = %s AND source_id = %s AND message_id = ANY(%s)"""


def refuse_forgotten(batch: Batch) -> None:
    """Refuse events of days whose events the workspace has deleted: they could not be counted."""
    first = batch.workspace.events_gone_before
    if first is None:
        return
    since = batch.workspace.start_of(first)
    for n, item in enumerate(batch.items):
        if batch.results[n] is None and item.occurred_at is not None and item.occurred_at < since:
            reason = _("the workspace keeps no events of days before %s") % first
            batch.results[n] = refusal("occurred_at", item.occurred_at, reason)


def record_events(batch: Batch, ids: dict[str, int]) -> None:
    """Store those of a batch's events that are not refused yet and were never seen; answer for each."""
    places = [n for n, result in enumerate(batch.results) if result is None]
    items = [batch.items[n] for n in places]
    messages = [item.message_id or str(uuid.uuid4()) for item in items]
    contents = _contents(items, ids)
    digests = [hashlib.md5(each.encode(), usedforsecurity=False).hexdigest() for each in contents]
    first: dict[str, int] = {}
    for n, message in enumerate(messages):
        first.setdefault(message, n)
    if not first:
        return
    times = [item.occurred_at or batch.received_at for item in items]
    if not batch.dry:  # a new partition would lock everybody out until the rollback
        partitions.ensure(_months(times))
    remember_names(batch.workspace, {item.name for item in items}, batch.received_at)
    lines = zip(column(messages), digests, *_clocks(batch, items, times), contents, strict=True)
    if len(first) < len(messages):
        lines = (line for n, line in enumerate(lines) if first[messages[n]] == n)  # type: ignore[assignment]
    fresh = _store(batch, "".join(["\t".join(line) + "\n" for line in lines]), len(first))
    if fresh is None and len(first) == len(messages):
        for n in places:
            batch.results[n] = ACCEPTED
    else:
        _answer(batch, places, messages, digests, first, fresh)


def _months(times: Sequence[datetime]) -> set[str]:
    utc = (moment if moment.tzinfo is UTC else moment.astimezone(UTC) for moment in set(times))
    return {f"{year}-{month:02}" for year, month in {(moment.year, moment.month) for moment in utc}}


def _contents(items: Sequence[Any], ids: dict[str, int]) -> list[str]:
    """What each item says besides its id and times, in COPY's text format: its digest is made of it."""
    accounts = {name: str(pk) for name, pk in ids.items()}
    properties = [JSON.encode(each.properties).decode() if each.properties else None for each in items]
    texts = [column(list(map(attrgetter(name), items))) for name in ("name", "contact", "feature")]
    figures = [numbers(list(map(attrgetter(name), items))) for name in ("count", "quantity", "seconds", "users")]
    parts = zip([accounts[item.account] for item in items], *texts, *figures, column(properties), strict=True)
    return list(map("\t".join, parts))


def _clocks(batch: Batch, items: Sequence[Any], times: Sequence[datetime]) -> tuple[list[str], list[str]]:
    """When each happened and when it was known, as text."""
    received = batch.received_at.isoformat()
    written = {moment: moment.isoformat() for moment in set(times)}
    occurred = [written[moment] for moment in times]
    otherwise = occurred if batch.history else [received] * len(items)
    known = [
        item.known_at.isoformat() if item.known_at else other for item, other in zip(items, otherwise, strict=True)
    ]
    return occurred, known


def _store(batch: Batch, lines: str, sent: int) -> set[str] | None:
    """COPY, keep what was not seen before, mark its days dirty. Returns the new message ids, or nothing for all."""
    values = {
        "workspace": batch.workspace.pk,
        "source": batch.source.pk,
        "imported": batch.imported.pk if batch.imported else None,
        "sent": sent,
    }
    with connection.cursor() as cursor:
        cursor.execute(STAGE)
        cursor.copy_expert(f"COPY incoming_event ({COLUMNS}) FROM STDIN", io.StringIO(lines))
        cursor.execute(STORE, values)
        fresh = cursor.fetchone()[0]
    select, params = "SELECT account_id, occurred_at FROM incoming_event", []
    if fresh is not None:
        select, params = f"{select} WHERE message_id = ANY(%s)", [fresh]
    if fresh is None or fresh:
        mark_dirty(batch.workspace, select, params, batch.received_at)
    return None if fresh is None else set(fresh)


def _answer(
    batch: Batch,
    places: list[int],
    messages: list[str],
    digests: list[str],
    first: dict[str, int],
    fresh: set[str] | None,
) -> None:
    """New, or seen before: with the same content, or with other."""
    seen = {message: digests[n] for message, n in first.items()}
    if fresh is not None:
        with connection.cursor() as cursor:
            old = [message for message in first if message not in fresh]
            cursor.execute(SEEN, [batch.workspace.pk, batch.source.pk, old])
            seen.update(cursor.fetchall())
    for n, (place, message) in enumerate(zip(places, messages, strict=True)):
        if first[message] == n and (fresh is None or message in fresh):
            batch.results[place] = ACCEPTED
        else:
            batch.results[place] = _repeat(message, same=digests[n] == seen[message])


def _repeat(message: str, *, same: bool) -> Result:
    if same:
        return KNOWN
    reason = _("this id came before with other content")
    return Result(Status.CONFLICT, "message_id", shown(message), reason)


def remember_names(workspace: Workspace, names: set[str], moment: datetime) -> None:
    """Put names that were not seen before into the catalogue."""
    with connection.cursor() as cursor:
        cursor.execute(UNHEARD, [sorted(names), workspace.pk])
        unheard = [row[0] for row in cursor.fetchall()]
    if not unheard:
        return
    EventName.unscoped.bulk_create(
        [
            EventName(workspace=workspace, name=name, is_use=is_use_by_default(name), first_seen_at=moment)
            for name in unheard
        ],
        ignore_conflicts=True,
    )
