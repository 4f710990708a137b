"""Events: look which were seen before, COPY the others; look again where somebody was quicker."""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence
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
from accounts.dirty import MARK
from accounts.ingest.accounts import resolve_accounts
from accounts.ingest.asking import ask
from accounts.ingest.text import NULL, column, moments, numbers
from accounts.models import EventName, Workspace
from accounts.models.event import is_use_by_default
from accounts.models.ids import whole
from accounts.prepared import Prepared

EVENT_COLUMNS = (
    "account_id, name, person, feature, count, quantity, seconds, users, properties,"
    " message_id, occurred_at, known_at, workspace_id, source_id, imported_id"
)
KEY_COLUMNS = "message_id, digest, occurred_at, account_id, workspace_id, source_id"
# Bytes of COPY that are sent to PostgreSQL at a time.
AT_ONCE = 64 * 1024
# Seconds; a day has many events in a quarter of an hour.
QUARTER = 900
# Both ends, as not every day begins with a quarter: Newfoundland turned its clocks back at 00:01 until 2010.
QUARTERS = f"""
SELECT account_id, to_timestamp(quarter * {QUARTER} + seconds) AS occurred_at
FROM unnest($4, $5) AS d(account_id, quarter), (VALUES (0), ({QUARTER - 1})) AS ends(seconds)"""  # noqa: S608
MARK_QUARTERS = Prepared(
    "mark_quarters",
    MARK.format(workspace="$1", zone="$2", moment="$3", select=QUARTERS),
    *("bigint", "text", "timestamptz", "bigint[]", "bigint[]"),
)
try:  # OpenSSL's takes three times as long to begin
    from _md5 import md5
except ImportError:
    from hashlib import md5
JSON = msgspec.json.Encoder(order="sorted", enc_hook=str)


@dataclass(frozen=True, slots=True)
class Told:
    """The events of a batch that are not refused: their places, items, message ids, times, quarters of an hour."""

    places: list[int]
    items: list[Any]
    messages: list[str]
    times: list[datetime]
    quarters: list[int]

    @classmethod
    def of(cls, batch: Batch) -> Told:
        places = [n for n, result in enumerate(batch.results) if result is None]
        items = [batch.items[n] for n in places]
        times = [item.occurred_at or batch.received_at for item in items]
        messages = [item.message_id or str(uuid.uuid4()) for item in items]
        return cls(places, items, messages, times, [int(moment.timestamp()) // QUARTER for moment in times])

    def without_refused(self, batch: Batch) -> Told:
        """Those of them that were not refused since."""
        kept = [n for n, place in enumerate(self.places) if batch.results[place] is None]
        if len(kept) == len(self.places):
            return self
        columns = (self.places, self.items, self.messages, self.times, self.quarters)
        return Told(*([each[n] for n in kept] for each in columns))  # type: ignore[arg-type]

    @property
    def accounts(self) -> set[str]:
        return {item.account for item in self.items}

    @property
    def names(self) -> set[str]:
        return {item.name for item in self.items}

    @property
    def months(self) -> set[str]:
        return {partitions.month_of(datetime.fromtimestamp(each * QUARTER, UTC)) for each in set(self.quarters)}


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


def record_events(batch: Batch) -> dict[str, int]:
    """Store those of a batch's events that are not refused and were never seen; answer for each. Returns the ids of
    their accounts."""
    refuse_forgotten(batch)
    told = Told.of(batch)
    if not told.places:
        return {}
    known = ask(batch, told.accounts, told.messages, told.names, told.months)
    ids = resolve_accounts(batch, known.account)
    told = told.without_refused(batch)
    if not told.places:
        return ids
    if known.missing and not batch.dry:  # a new partition would lock everybody out until the rollback
        partitions.ensure(known.missing & told.months)
    partitions.hold()
    remember_names(batch.workspace, known.unheard & told.names, batch.received_at)
    contents = _contents(told.items, ids)
    digests = [md5(each.encode(), usedforsecurity=False).hexdigest() for each in contents]
    rows = _rows(batch, told, ids, contents, digests)
    seen = _store(batch, rows, known.seen)
    if not seen and len(rows.first) == len(told.places):
        for n in told.places:
            batch.results[n] = ACCEPTED
    else:
        _answer(batch, told, digests, rows.first, seen)
    return ids


def _rows(batch: Batch, told: Told, ids: dict[str, int], contents: list[str], digests: list[str]) -> Rows:
    first = dict(zip(reversed(told.messages), reversed(range(len(told.messages))), strict=True))
    occurred, known = _clocks(batch, told)
    accounts = [ids[item.account] for item in told.items]
    written = list(column(told.messages))
    return Rows(
        first,
        list(map("\t".join, zip(written, digests, occurred, map(str, accounts), strict=True))),
        list(map("\t".join, zip(contents, written, occurred, known, strict=True))),
        list(zip(accounts, told.quarters, strict=True)),
    )


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


def _clocks(batch: Batch, told: Told) -> tuple[list[str], list[str]]:
    """When each happened and when it was known, as text."""
    occurred = moments(told.times)
    otherwise = told.times if batch.history else [batch.received_at] * len(told.items)
    known = [item.known_at or other for item, other in zip(told.items, otherwise, strict=True)]
    return occurred, moments(known)


def _store(batch: Batch, rows: Rows, seen: dict[str, str]) -> dict[str, str]:
    """Store what was never seen, and mark its days dirty. Returns message id → digest of what was seen before."""
    # All in the same order, so that of two batches with the same ids one waits for the other, and not both.
    while new := [rows.first[message] for message in sorted(rows.first.keys() - seen.keys() if seen else rows.first)]:
        try:
            with transaction.atomic():
                _copy(batch, rows, new)
        except IntegrityError as error:  # somebody stored one of them since we looked
            before, seen = seen, ask(batch, messages=rows.first).seen
            if not isinstance(error.__cause__, UniqueViolation) or seen.keys() == before.keys():
                raise
            continue
        accounts, quarters = zip(*{rows.quarters[n] for n in new}, strict=True)
        workspace = batch.workspace
        MARK_QUARTERS.run(workspace.pk, workspace.time_zone, batch.received_at, whole(accounts), whole(quarters))
        break
    return seen


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
            cursor.copy_expert(f"COPY {table} ({columns}) FROM STDIN", io.BytesIO(text.encode()), AT_ONCE)


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
