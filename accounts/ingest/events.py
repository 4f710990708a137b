"""Events: COPY them, and where some were seen before, look which, and COPY the others."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import repeat
from operator import attrgetter
from typing import Any

import msgspec
from django.db import connection
from django.utils.translation import gettext as _
from psycopg2.errors import UniqueViolation

from accounts import partitions
from accounts.batch import ACCEPTED, KNOWN, Batch, Result, Status, columns_of, refusal, shown
from accounts.dirty import MARK
from accounts.functions import Function
from accounts.ingest.accounts import resolve_accounts
from accounts.ingest.asking import ask
from accounts.ingest.text import NULL, array, column, moments, numbers
from accounts.models import EventName, Workspace
from accounts.models.event import is_use_by_default
from accounts.models.ids import whole

EVENT_COLUMNS = (
    "account_id, name, person, feature, count, quantity, seconds, users, properties,"
    " message_id, occurred_at, known_at, workspace_id, source_id, imported_id"
)
KEY_COLUMNS = "message_id, digest, occurred_at, account_id, workspace_id, source_id"
# Bytes of COPY that are sent to PostgreSQL at a time.
AT_ONCE = 64 * 1024
# An account has many events in a minute, as in `2026-11-23T08:15`; no day since 2000 began within one.
MINUTE, MONTH = slice(len("2026-11-23T08:15")), slice(len("2026-11"))
MINUTES = "SELECT account_id, (minute || 'Z')::timestamptz AS occurred_at FROM unnest($4, $5) AS d(account_id, minute)"
MARK_MINUTES = Function(
    "mark_minutes",
    ("bigint", "text", "timestamptz", "bigint[]", "text[]"),
    MARK.format(workspace="$1", zone="$2", moment="$3", select=MINUTES),
)
try:  # OpenSSL's takes three times as long to begin
    from _md5 import md5
except ImportError:
    md5 = partial(hashlib.md5, usedforsecurity=False)
JSON = msgspec.json.Encoder(order="sorted", enc_hook=str)
# Sources whose last batch held something that was seen before. Only for them is that looked up first: elsewhere nearly
# everything is new, and what is not makes COPY fail, which costs more than to look but happens seldom.
REPEATING: set[int] = set()


@dataclass(frozen=True, slots=True)
class Told:
    """The events of a batch that are not refused: their places, fields, message ids, times, and these as text (UTC)."""

    places: list[int]
    columns: dict[str, Sequence[Any]]
    messages: Sequence[str]
    times: Sequence[datetime]
    occurred: list[str]

    @classmethod
    def of(cls, batch: Batch) -> Told:
        places = [n for n, result in enumerate(batch.results) if result is None]
        every = len(places) == len(batch.items)
        columns = batch.columns if every else columns_of([batch.items[n] for n in places])
        messages, times = columns["message_id"], columns["occurred_at"]
        messages = messages if all(messages) else [each or str(uuid.uuid4()) for each in messages]
        times = times if all(times) else [each or batch.received_at for each in times]
        if set(map(attrgetter("tzinfo"), times)) != {UTC}:
            times = [each.astimezone(UTC) for each in times]
        return cls(places, columns, messages, times, moments(times))

    @property
    def months(self) -> set[str]:
        return {each[MONTH] for each in self.occurred}


@dataclass(frozen=True, slots=True)
class Rows:
    """A batch's events as lines of COPY: the place where each message id comes first; keys, events,
    accounts with their minutes by place."""

    first: dict[str, int]
    keys: list[str]
    events: list[str]
    minutes: list[tuple[int, str]]


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


def record_events(batch: Batch) -> dict[str, int]:
    """Store those of a batch's events that are not refused and were never seen; answer for each. Returns the ids of
    their accounts."""
    refuse_forgotten(batch)
    if None not in batch.results:
        return {}
    told = Told.of(batch)
    messages = told.messages if batch.source.pk in REPEATING else ()
    accounts = set(told.columns["account"]) - batch.ids.keys()
    known = ask(batch, accounts, messages, set(told.columns["name"]), told.months)
    ids = resolve_accounts(batch, known.account | batch.ids)
    if None not in batch.results:
        return ids
    if batch.results.count(None) < len(told.places):
        told = Told.of(batch)
    if known.missing and not batch.dry:  # a new partition would lock everybody out until the rollback
        partitions.ensure(known.missing & told.months)
    if unheard := known.unheard & set(told.columns["name"]):
        partitions.hold()  # before the names: who makes a partition may wait for one of them
        remember_names(batch.workspace, unheard, batch.received_at)
    contents = _contents(told.columns, ids)
    # At once, as none has the end of a line in it.
    digests = [md5(each).hexdigest() for each in "\n".join(contents).encode().split(b"\n")]
    rows = _rows(batch, told, ids, contents, digests)
    seen = _store(batch, rows, known.seen)
    (REPEATING.add if seen else REPEATING.discard)(batch.source.pk)
    if not seen and len(rows.first) == len(told.places):
        for n in told.places:
            batch.results[n] = ACCEPTED
    else:
        _answer(batch, told, digests, rows.first, seen)
    return ids


def _rows(batch: Batch, told: Told, ids: dict[str, int], contents: list[str], digests: list[str]) -> Rows:
    first = dict(zip(reversed(told.messages), reversed(range(len(told.messages))), strict=True))
    occurred, accounts = told.occurred, [ids[each] for each in told.columns["account"]]
    written = list(column(told.messages))
    return Rows(
        first,
        list(map("\t".join, zip(written, digests, occurred, map(str, accounts), strict=True))),
        list(map("\t".join, zip(contents, written, occurred, _known(batch, told, occurred), strict=True))),
        list(zip(accounts, [each[MINUTE] for each in occurred], strict=True)),
    )


def _contents(columns: dict[str, Sequence[Any]], ids: dict[str, int]) -> list[str]:
    """What each item says besides its id and times, in COPY's text format: its digest is made of it."""
    accounts = {name: str(pk) for name, pk in ids.items()}
    texts = [column(columns[name]) for name in ("name", "contact", "feature")]
    figures = [numbers(columns[name]) for name in ("count", "quantity", "seconds", "users")]
    properties = column(_documents(columns["properties"]))
    parts = zip([accounts[each] for each in columns["account"]], *texts, *figures, properties, strict=True)
    return list(map("\t".join, parts))


def _documents(properties: Sequence[dict[str, Any] | None]) -> list[str | None]:
    lines = JSON.encode_lines(properties).decode().split("\n")
    return [line if said else None for said, line in zip(properties, lines, strict=False)]


def _known(batch: Batch, told: Told, occurred: list[str]) -> Iterable[str]:
    """When each was known, as text."""
    said = told.columns["known_at"]
    if any(said):
        otherwise = told.times if batch.history else repeat(batch.received_at, len(said))
        return moments([each or other for each, other in zip(said, otherwise, strict=True)])
    return occurred if batch.history else repeat(moments([batch.received_at])[0], len(said))


def _store(batch: Batch, rows: Rows, seen: dict[str, str]) -> dict[str, str]:
    """Store what was never seen, and mark its days dirty. Returns message id → digest of what was seen before."""
    stuck = False
    # All in the same order, so that of two batches with the same ids one waits for the other, and not both.
    while new := [rows.first[message] for message in sorted(rows.first.keys() - seen.keys() if seen else rows.first)]:
        with connection.cursor() as cursor, connection.wrap_database_errors:  # Django does not wrap those of COPY
            try:
                _copy(cursor, batch, rows, new)
            except UniqueViolation:  # somebody stored one of them, long ago or since we looked
                cursor.execute("ROLLBACK TO SAVEPOINT events; RELEASE SAVEPOINT events")
                before, seen = seen, ask(batch, messages=rows.first).seen
                same = seen.keys() == before.keys()  # twice, unless an undone import just took it back
                if stuck and same:
                    raise
                stuck = same
                continue
            _release_and_mark(cursor, batch, {rows.minutes[n] for n in new})
        break
    return seen


def _copy(cursor: Any, batch: Batch, rows: Rows, new: list[int]) -> None:
    """Keys first: where one is taken, no event has been written yet. Statements go together where they can: each that
    goes alone costs as much as some ten events."""
    own = f"\t{batch.workspace.pk}\t{batch.source.pk}"
    imported = f"\t{batch.imported.pk if batch.imported else NULL}"
    for before, table, columns, lines, end in (
        (f"{partitions.HOLD}; SAVEPOINT events; ", "accounts_eventkey", KEY_COLUMNS, rows.keys, f"{own}\n"),
        ("", "accounts_event", EVENT_COLUMNS, rows.events, f"{own}{imported}\n"),
    ):
        text = end.join([lines[n] for n in new]) + end
        cursor.copy_expert(f"{before}COPY {table} ({columns}) FROM STDIN", io.BytesIO(text.encode()), AT_ONCE)


def _release_and_mark(cursor: Any, batch: Batch, minutes: set[tuple[int, str]]) -> None:
    accounts, texts = zip(*minutes, strict=True)
    workspace = batch.workspace
    values = workspace.pk, workspace.time_zone, batch.received_at, whole(accounts), array(texts)
    cursor.execute(f"RELEASE SAVEPOINT events; {MARK_MINUTES.call}", values)


def _answer(batch: Batch, told: Told, digests: list[str], first: dict[str, int], seen: dict[str, str]) -> None:
    """New, or seen before: with the same content, or with other."""
    for n, (place, message) in enumerate(zip(told.places, told.messages, strict=True)):
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


def remember_names(workspace: Workspace, unheard: set[str], moment: datetime) -> None:
    """Keep the names that were never heard, for the event catalogue."""
    if unheard:
        rows = [
            EventName(workspace=workspace, name=name, is_use=is_use_by_default(name), first_seen_at=moment)
            for name in sorted(unheard)
        ]
        EventName.unscoped.bulk_create(rows, ignore_conflicts=True)
