"""Facts in the words in which they are told: what is pulled can be told again as it is, and is then already known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from accounts.ingest.text import plain
from accounts.kinds import Kind
from accounts.models import Workspace

# What is ours to say. It may be sent back, and is not looked at.
READ_ONLY = ("known_at", "retracted_at", "updated_at")
OURS = {*READ_ONLY, "created_at"}


def in_words(workspace: Workspace | int, kind: Kind, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """Rows of a kind's model, with their account, as the fields of its Struct and those of READ_ONLY."""
    moments = _moments(workspace, kind, [row.external_id for row in rows])
    return [_fields(kind, row) | moments.get(row.external_id, {}) | _ours(row) for row in rows]


def present(workspace: Workspace | int, kind: Kind, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Id → the fact believed now, in words. Accounts know by themselves what they were."""
    if kind.model is None:
        return {}
    rows = kind.model.objects.of(workspace).current().filter(external_id__in={each for each in ids if "\0" not in each})
    found = list(rows if kind.of_workspace else rows.select_related("account"))
    return {each["id"]: each for each in in_words(workspace, kind, found)}


def _fields(kind: Kind, row: Any) -> dict[str, Any]:
    item = kind.item(row, None if kind.of_workspace else row.account)
    values = ((name, getattr(item, name)) for name in item.__struct_fields__)
    return {name: plain(value) if isinstance(value, Decimal) else value for name, value in values}


def _ours(row: Any) -> dict[str, datetime | None]:
    return {name: getattr(row, name) for name in READ_ONLY}


def _moments(workspace: Workspace | int, kind: Kind, ids: list[str]) -> dict[str, dict[str, datetime]]:
    """Id → field → the last moment of those that an item tells with it; one query for each part."""
    found: dict[str, dict[str, datetime]] = {}
    for part in kind.parts:
        fields = {word: field for field, word in part.fields.items()}
        rows = part.model.objects.of(workspace).current().filter(**{f"{part.whole}__in": ids}, kind__in=fields)
        for whole, word, moment in rows.order_by("occurred_at").values_list(part.whole, "kind", "occurred_at"):
            found.setdefault(whole, {})[fields[word]] = moment
    return found
