"""The only writer of facts. `record` takes a batch and answers for every item; what it accepts is on disk."""

from __future__ import annotations

from django.db import transaction

from accounts.batch import ACCEPTED, Batch, Result
from accounts.bounds import faults_by_column
from accounts.dirty import DAYS, mark_dirty
from accounts.ingest.accounts import resolve_accounts
from accounts.ingest.events import record_events
from accounts.ingest.facts import record_facts
from accounts.ingest.imports import remember_accounts, remember_import
from accounts.kinds import KINDS
from accounts.upsert import upsert_accounts

__all__ = ["DAYS", "mark_dirty", "record"]


def record(batch: Batch) -> list[Result]:
    """Store what is new of a batch, in one transaction, and answer for each item in order.

    A bad item is refused by itself; everything else of the batch is kept. Raises KeyError for an unknown kind.
    """
    for n, result in faults_by_column(batch.columns, batch.received_at, KINDS[batch.kind].struct).items():
        batch.results[n] = result
    with transaction.atomic(savepoint=False):
        if batch.kind == "accounts":
            remember_accounts(batch, upsert_accounts(batch))
        else:
            remember_import(batch, _record(batch))
    return [result or ACCEPTED for result in batch.results]


def _record(batch: Batch) -> dict[str, int]:
    """Store events or facts; returns the ids of their accounts."""
    if batch.kind == "events":
        return record_events(batch)
    ids = resolve_accounts(batch)
    record_facts(batch, KINDS[batch.kind], ids)
    return ids
