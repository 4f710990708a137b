"""Rows that were refused, looked at again: all that is wrong with each, so that who mends it mends it once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from accounts.batch import KEPT, SHORT, Batch, Result, refusal, shown
from accounts.bounds import every_fault
from accounts.decode import readable, tolerant
from accounts.importers.guess import required
from accounts.ingest.accounts import account_ids, no_account
from accounts.ingest.events import refuse_forgotten
from accounts.kinds import KINDS
from accounts.upsert import unknown_names

# A row of a file: its fields, as far as they say something.
Row = dict[str, Any]
# Field → why it cannot be taken.
Wrong = dict[str, Result]
TOLERANT = {name: tolerant(kind.struct) for name, kind in KINDS.items()}
NEEDED = {name: required(name) for name in KINDS}


def all_wrong(batch: Batch, rows: Sequence[Row], first: Sequence[Result | None]) -> list[Result | None]:
    """For each row what was found wrong at first and all else that is wrong, or nothing where nothing is.

    The database is asked for all rows together. The items of the batch itself are not looked at.
    """
    seen = [_by_itself(batch, row) for row in rows]
    wrong = [each for _item, each in seen]
    for n, result in _beside_others(replace(batch, items=[item for item, _wrong in seen]), wrong):
        wrong[n].setdefault(result.field, result)
    return [_together(*each) for each in zip(rows, wrong, first, strict=True)]


def _by_itself(batch: Batch, row: Row) -> tuple[Any, Wrong]:
    """What can be read of a row, and what is wrong with it whatever else there is."""
    item, unreadable = readable(row, TOLERANT[batch.kind])
    wrong = {result.field: result for result in unreadable}
    wrong |= {name: refusal(name, "", _("is required")) for name in NEEDED[batch.kind] if name not in row}
    for result in every_fault(item, batch.received_at):
        wrong[result.field] = result
        setattr(item, result.field, None)
    # Of fields that are compared the first that is wrong is told: `wrong` grows meanwhile.
    for fault in KINDS[batch.kind].faults(item, wrong):
        wrong[fault[0]] = refusal(*fault)
    return item, wrong


def _beside_others(batch: Batch, wrong: Sequence[Wrong]) -> Iterator[tuple[int, Result]]:
    """What is wrong with items for what is there or is not: the place of each, and why."""
    if batch.kind == "accounts":
        for n, faults in enumerate(unknown_names(batch.workspace, batch.items)):
            yield from ((n, refusal(*fault)) for fault in faults)
        return
    if batch.kind == "events":
        refuse_forgotten(batch)
        yield from ((n, result) for n, result in enumerate(batch.results) if result)
    if not KINDS[batch.kind].of_workspace and not batch.creates_accounts:
        named = {n: item.account for n, item in enumerate(batch.items) if "account" not in wrong[n]}
        known = account_ids(batch.workspace, set(named.values()))
        yield from ((n, no_account(name)) for n, name in named.items() if name not in known)


def _together(row: Row, wrong: Wrong, first: Result | None) -> Result | None:
    """What was found at first holds, since it may know more: that a lookup led nowhere, say."""
    found = wrong | {result.field: result for result in (first.all if first else ())}
    results = [_whole(result, row) for result in found.values()]
    return replace(results[0], also=tuple(results[1:])) if len(results) > 1 else next(iter(results), None)


def _whole(result: Result, row: Row) -> Result:
    """With more of a value that was cut."""
    if len(result.value) < SHORT:
        return replace(result, also=()) if result.also else result
    told = shown(row.get(result.field, ""), KEPT)
    return replace(result, value=told if told.startswith(result.value) else result.value, also=())
