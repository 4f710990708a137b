"""Events: look which were seen before, COPY the others; look again where somebody was quicker."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

import msgspec
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from psycopg2.errors import UniqueViolation

from accounts import partitions
from accounts.batch import ACCEPTED, KNOWN, Batch, Result, Status, refusal, shown
from accounts.dirty import mark_dirty
from accounts.ingest.text import NULL, array, column, moments, numbers
from accounts.models import EventName, Workspace
from accounts.models.event import is_use_by_default

EVENT_COLUMNS = (
    "account_id, name, person, feature, count, quantity, seconds, users, properties,"
    " message_id, occurred_at, known_at, workspace_id, source_id, imported_id"
)
KEY_COLUMNS = "message_id, digest, occurred_at, account_id, workspace_id, source_id"
# Seconds; a day has many events in a quarter of an hour.
QUARTER = 900
# Both ends, as not every day begins with a quarter: Newfoundland turned its clocks back at 00:01 until 2010.
QUARTERS = f"""
SELECT account_id, to_timestamp(quarter * {QUARTER} + seconds) AS occurred_at
FROM unnest(%s::bigint[], %s::bigint[]) AS d(account_id, quarter), (VALUES (0), ({QUARTER - 1})) AS ends(seconds)"""  # noqa: S608
JSON = msgspec.json.Encoder(order="sorted", enc_hook=str)
UNHEARD = """
SELECT said FROM unnest(%s) said
WHERE NOT EXISTS (SELECT FROM accounts_eventname e WHERE e.workspace_id = %s AND e.name = said)"""
SEEN = """
SELECT message_id, replace(digest::text, '-', '') FROM accounts_eventkey
WHERE workspace_id = %s AND source_id = %s AND message_id = ANY(%s::text[])"""


@dataclass(frozen=True, slots=True)
class Rows:
    """A batch's events as lines of COPY: the place where each message id comes first; keys, events,
    accounts with their quarters of an hour by place."""

    first: dict[str, int]
    keys: list[str]
    events: list[str]
    quarters: list[tuple[int, int]]


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
    if not places:
        return
    items = [batch.items[n] for n in places]
    times = [item.occurred_at or batch.received_at for item in items]
    quarters = [int(moment.timestamp()) // QUARTER for moment in times]
    if not batch.dry:  # a new partition would lock everybody out until the rollback
        partitions.ensure({_month(each) for each in set(quarters)})
    partitions.hold()
    remember_names(batch.workspace, {item.name for item in items}, batch.received_at)
    messages = [item.message_id or str(uuid.uuid4()) for item in items]
    contents = _contents(items, ids)
    digests = [hashlib.md5(each.encode(), usedforsecurity=False).hexdigest() for each in contents]
    first: dict[str, int] = {}
    for n, message in enumerate(messages):
        first.setdefault(message, n)
    occurred, known = _clocks(batch, items, times)
    accounts = [ids[item.account] for item in items]
    written = list(column(messages))
    rows = Rows(
        first,
        list(map("\t".join, zip(written, digests, occurred, map(str, accounts), strict=True))),
        list(map("\t".join, zip(contents, written, occurred, known, strict=True))),
        list(zip(accounts, quarters, strict=True)),
    )
    seen = _store(batch, rows)
    if not seen and len(first) == len(messages):
        for n in places:
            batch.results[n] = ACCEPTED
    else:
        _answer(batch, places, messages, digests, first, seen)


def _month(quarter: int) -> str:
    return partitions.month_of(datetime.fromtimestamp(quarter * QUARTER, UTC))


def _contents(items: Sequence[Any], ids: dict[str, int]) -> list[str]:
    """What each item says besides its id and times, in COPY's text format: its digest is made of it."""
    accounts = {name: str(pk) for name, pk in ids.items()}
    texts = [column(list(map(attrgetter(name), items))) for name in ("name", "contact", "feature")]
    figures = [numbers(list(map(attrgetter(name), items))) for name in ("count", "quantity", "seconds", "users")]
    properties = column(_documents([item.properties for item in items]))
    parts = zip([accounts[item.account] for item in items], *texts, *figures, properties, strict=True)
    return list(map("\t".join, parts))


def _documents(properties: Sequence[dict[str, Any] | None]) -> list[str | None]:
    lines = JSON.encode_lines(properties).decode().split("\n")
    return [line if said else None for said, line in zip(properties, lines, strict=False)]


def _clocks(batch: Batch, items: Sequence[Any], times: Sequence[datetime]) -> tuple[list[str], list[str]]:
    """When each happened and when it was known, as text."""
    occurred = moments(times)
    otherwise = times if batch.history else [batch.received_at] * len(items)
    known = [item.known_at or other for item, other in zip(items, otherwise, strict=True)]
    return occurred, moments(known)


def _store(batch: Batch, rows: Rows) -> dict[str, str]:
    """Store what was never seen, and mark its days dirty. Returns message id → digest of what was seen before."""
    seen = _seen(batch, rows.first)
    # All in the same order, so that of two batches with the same ids one waits for the other, and not both.
    while new := [rows.first[message] for message in sorted(rows.first.keys() - seen.keys())]:
        try:
            with transaction.atomic():
                _copy(batch, rows, new)
        except IntegrityError as error:  # somebody stored one of them since we looked
            before, seen = seen, _seen(batch, rows.first)
            if not isinstance(error.__cause__, UniqueViolation) or seen.keys() == before.keys():
                raise
            continue
        accounts, quarters = zip(*{rows.quarters[n] for n in new}, strict=True)
        mark_dirty(batch.workspace, QUARTERS, [list(accounts), list(quarters)], batch.received_at)
        break
    return seen


def _seen(batch: Batch, messages: Iterable[str]) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(SEEN, [batch.workspace.pk, batch.source.pk, array(list(messages))])
        return dict(cursor.fetchall())


def _copy(batch: Batch, rows: Rows, new: list[int]) -> None:
    """Keys first: where one is taken, no event has been written yet."""
    own = f"\t{batch.workspace.pk}\t{batch.source.pk}"
    imported = f"\t{batch.imported.pk if batch.imported else NULL}"
    with connection.cursor() as cursor, connection.wrap_database_errors:  # Django does not wrap those of COPY
        for table, columns, lines, end in (
            ("accounts_eventkey", KEY_COLUMNS, rows.keys, f"{own}\n"),
            ("accounts_event", EVENT_COLUMNS, rows.events, f"{own}{imported}\n"),
        ):
            text = end.join([lines[n] for n in new]) + end
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.StringIO(text))


def _answer(
    batch: Batch,
    places: list[int],
    messages: list[str],
    digests: list[str],
    first: dict[str, int],
    seen: dict[str, str],
) -> None:
    """New, or seen before: with the same content, or with other."""
    for n, (place, message) in enumerate(zip(places, messages, strict=True)):
        if first[message] == n and message not in seen:
            batch.results[place] = ACCEPTED
        else:
            before = seen.get(message) or digests[first[message]]
            batch.results[place] = _repeat(message, same=digests[n] == before)


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
