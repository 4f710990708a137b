"""What people enter of the whole workspace: rates and costs are facts as all others, and the audit log says by whom."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts import ingest, retraction
from accounts.batch import Batch, Result
from accounts.ingest.text import plain
from accounts.kinds import KINDS
from accounts.models import AuditEntry, Import, Source, Workspace

# What of a kind the log tells.
NOTED = {"rates": ("rate",), "costs": ("amount", "currency")}


@transaction.atomic
def enter(workspace: Workspace, name: str, item: Any, moment: datetime) -> Result:
    """Record a fact, or correct the one of the same id. The same again changes nothing."""
    kind = KINDS[name]
    versions = kind.model.objects.of(workspace).current().filter(external_id=kind.id_of(item))
    before = versions.first()
    [result] = ingest.record(Batch(workspace, Source.by_hand(workspace, moment), name, [item], moment))
    after = versions.first()
    if not result.reason and before != after:
        _note(name, before, after)
    return result


@transaction.atomic
def take_back(name: str, row: Any, moment: datetime) -> None:
    """No longer believe a fact; twice is once."""
    if retraction.take_back(row, moment):
        _note(name, row, None)


def note_file(imported: Import) -> None:
    """Say who brought a file."""
    changes = {field: [None, getattr(imported, field)] for field in ("read", "accepted", "rejected")}
    AuditEntry.of(imported, AuditEntry.Action.CREATE, changes).save()


def _note(name: str, before: Any, after: Any) -> None:
    actions = AuditEntry.Action
    action = actions.CREATE if before is None else actions.DELETE if after is None else actions.UPDATE
    told = {field: [_value(before, field), _value(after, field)] for field in NOTED[name]}
    changes = {field: both for field, both in told.items() if both[0] != both[1]}
    AuditEntry.of(after or before, action, changes).save()


def _value(row: Any, field: str) -> str | None:
    value = getattr(row, field, None)
    return plain(value) if isinstance(value, Decimal) else value
