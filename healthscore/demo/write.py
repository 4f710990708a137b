"""Days of the demo become facts in the database, through the one way in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import chain, islice

from django.db import connection, transaction
from django.utils import timezone
from msgspec import Struct

from accounts import ingest, partitions
from accounts.batch import Batch, Status
from accounts.facts import TicketItem
from accounts.kinds import KINDS
from accounts.models import DirtyDay, Event, EventKey, Source, Workspace
from healthscore.demo.calendar import moment
from healthscore.demo.facts import Fact, Plan

BATCH = 20_000
# Days that are written together: all or none.
CHUNK = 92
# The very first ones are few, so that there is something to plan by.
FIRST = 7
Announce = Callable[[str], None]
TAKEN = {Status.ACCEPTED, Status.UPDATED, Status.KNOWN}


class RefusedError(RuntimeError):
    """Ingest refused a fact of the demo, which is a mistake of the generator."""


def write(source: Source, plan: Plan, first: int, last: int, announce: Announce) -> Counter[str]:
    """Write the days [first, last], some at a time. Returns the number of items by kind.

    Days are written whole or not at all, and `source.last_seen_at` says up to where. Raises RefusedError.
    """
    written: Counter[str] = Counter()
    make_partitions(first, last)
    for begin, end in _spans(plan, first, last):
        with transaction.atomic():
            for kind, items, heard in _batches(plan, begin, end):
                _record(source, kind, items, heard)
                written[kind] += len(items)
            source.last_seen_at = source.workspace.end_of(date.fromordinal(end))
            source.save(update_fields=["last_seen_at"])
        if begin == plan.origin:
            _analyze()
        announce(f"{source.workspace.name}: facts up to {date.fromordinal(end):%B %-d, %Y}")
    return written


def make_partitions(first: int, last: int) -> None:
    """Make the months that the events of these days lie in, so that no long transaction has to."""
    partitions.ensure({f"{date.fromordinal(day):%Y-%m}" for day in range(first - 1, last + 2)})


def _spans(plan: Plan, first: int, last: int) -> Iterator[tuple[int, int]]:
    begin = first
    while begin <= last:
        end = min(last, begin + (FIRST if begin == plan.origin else CHUNK) - 1)
        yield begin, end
        begin = end + 1


def _analyze() -> None:
    """Let the database look at tables that were empty a moment ago: without, its plans are slow for minutes."""
    with connection.cursor() as cursor:
        for model in {model for kind in KINDS.values() for model in kind.models} | {Event, EventKey, DirtyDay}:
            cursor.execute(f"ANALYZE {model._meta.db_table}")


def next_day(source: Source) -> int | None:
    """Returns the first day that is not written yet; None before the first."""
    workspace: Workspace = source.workspace
    return workspace.day_of(source.last_seen_at).toordinal() if source.last_seen_at else None


def _record(source: Source, kind: str, items: list[Struct], heard: datetime) -> None:
    batch = Batch(source.workspace, source, kind, items, heard, history=True)
    for item, result in zip(items, ingest.record(batch), strict=True):
        if result.status not in TAKEN:
            raise RefusedError(f"{kind}: {result.field} {result.value} {result.reason}: {item}")


def _batches(plan: Plan, first: int, last: int) -> Iterator[tuple[str, list[Struct], datetime]]:
    """Yields (kind, items, when they were heard): accounts day by day, then the other kinds, events last."""
    zone, now = plan.company.zone, timezone.now()
    for day, items in _by_day(plan.changes(first, last)):
        yield "accounts", items, moment(zone, day, 6)
    facts = sorted(plan.facts(first, last), key=lambda fact: fact[0])
    kinds: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        kinds[fact[1]].append(fact)
    events = [item for _, _, item in kinds.pop("events", [])]
    for kind, told in kinds.items():
        for wave in _waves(told):
            for items in _cut(wave):
                yield kind, items, now
    use = (item for day in range(first, last + 1) for item in plan.usage(day))
    for items in _cut(chain(events, use)):
        yield "events", items, now


def _by_day(changes: Iterable[tuple[int, Struct]]) -> list[tuple[int, list[Struct]]]:
    days: dict[int, list[Struct]] = defaultdict(list)
    for day, item in changes:
        days[day].append(item)
    return sorted(days.items())


def _waves(told: list[Fact]) -> list[list[Struct]]:
    """The first version of every fact, then the second of those that have one, and so on.

    A ticket's moments bear their own time: its last state says all, and before it the last one of before it was
    reopened.
    """
    versions: dict[str, dict[object, Struct]] = defaultdict(dict)
    for number, (_, _, item) in enumerate(told):
        state = item.reopened_at is not None if isinstance(item, TicketItem) else number
        versions[item.id][state] = item  # type: ignore[attr-defined]
    rows = [list(states.values()) for states in versions.values()]
    return [[row[turn] for row in rows if turn < len(row)] for turn in range(max(map(len, rows)))]


def _cut(items: Iterable[Struct]) -> Iterator[list[Struct]]:
    rest = iter(items)
    while part := list(islice(rest, BATCH)):
        yield part
