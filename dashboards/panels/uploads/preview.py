"""The first rows of a file as they will be: values after mapping, and what is wrong where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from accounts.batch import Result, refusal
from accounts.bounds import faults
from accounts.importers.files import Chunk
from accounts.importers.lookups import look_up
from accounts.importers.mapper import Mapped, Mapper
from accounts.importers.mapping import Mapping
from accounts.models import Upload
from dashboards.panels.uploads.labels import label_of
from dashboards.templatetags.figures import day, moment

ROWS = 20
MOST_CHARACTERS = 120


@dataclass(frozen=True)
class PreviewCell:
    """A value, and why it cannot be taken."""

    text: str
    reason: str = ""


@dataclass(frozen=True)
class PreviewRow:
    """A row of the file as it will be; `reason` is what is wrong with no field in particular."""

    line: int
    cells: tuple[PreviewCell, ...]
    reason: str
    is_good: bool


@dataclass(frozen=True)
class Preview:
    """The first rows, under the fields they fill."""

    fields: tuple[str, ...]
    rows: tuple[PreviewRow, ...]
    left_out: int
    bad: int


def preview_of(upload: Upload, mapping: Mapping, now: datetime) -> Preview:
    """At most 20 rows. One query for each lookup, and one for the accounts they name."""
    chunk = _chunk(upload)
    mapper = Mapper(mapping, upload.header, upload.workspace)
    selected = mapper.select(chunk)
    mapped = mapper.map(selected)
    decoded = _judged(upload, mapper, mapped, now)
    hashed = mapping.id_columns() and not isinstance(mapping.id, list)
    made = [mapping.id_field] if mapping.id_columns() and not hashed else []
    fields = list(dict.fromkeys([*made, *mapping.fields(), *mapping.constants]))
    raw = {field: selected.cells[column.column] for field, column in mapping.fields().items()}
    rows = [
        _row(line, each, fields, {field: texts[n] for field, texts in raw.items()} | mapping.constants)
        for n, (line, each) in enumerate(zip(mapped.numbers, decoded, strict=True))
    ]
    rows += [PreviewRow(line, (), result.reason, False) for line, result in mapped.broken]
    rows.sort(key=lambda row: row.line)
    labels = tuple(label_of(field) for field in fields)
    return Preview(labels, tuple(rows), mapped.left_out, sum(not row.is_good for row in rows))


def _chunk(upload: Upload) -> Chunk:
    chunk = Chunk()
    for line, cells, reason in upload.sample[:ROWS]:
        if reason:
            chunk.broken.append((line, refusal("", "", reason)))
        else:
            chunk.numbers.append(line)
            chunk.cells.append(cells)
    return chunk


def _judged(upload: Upload, mapper: Mapper, mapped: Mapped, now: datetime) -> list[Any]:
    """Items, and refusals in place of those that would be refused."""
    decoded: list[Any] = list(mapped.decoded)
    good = [n for n, each in enumerate(decoded) if not isinstance(each, Result)]
    found = faults([decoded[n] for n in good], now)
    wrong = {good[n]: result for n, result in found.items()}
    for n in good:
        if n not in wrong and (fault := mapper.kind.fault(decoded[n])):
            wrong[n] = refusal(*fault)
    if not upload.creates_accounts and mapper.mapping.kind != "accounts":
        wrong = _strangers(upload, {n: decoded[n] for n in good}) | wrong
    return [wrong.get(n, each) for n, each in enumerate(decoded)]


def _strangers(upload: Upload, items: dict[int, Any]) -> dict[int, Result]:
    """Items of accounts that are not there."""
    named = {n: item.account for n, item in items.items() if hasattr(item, "account")}
    known = look_up(upload.workspace, "account", named.values()) if named else {}
    reason = _("there is no account with this id")
    return {n: refusal("account", account, reason) for n, account in named.items() if known[account].reason}


def _row(line: int, each: Any, fields: list[str], raw: dict[str, str]) -> PreviewRow:
    """What is refused shows the texts as they are."""
    if not isinstance(each, Result):
        return PreviewRow(line, tuple(PreviewCell(_text(_value(each, field))) for field in fields), "", True)
    named = each.field if each.field in fields else ""
    cells = tuple(
        PreviewCell(raw.get(field, "")[:MOST_CHARACTERS], each.reason if field == named else "") for field in fields
    )
    place = f"{label_of(each.field)}: " if each.field and not named else ""
    return PreviewRow(line, cells, "" if named else place + each.reason, False)


def _value(item: Any, field: str) -> Any:
    name, _dot, inner = field.partition(".")
    value = getattr(item, name)
    return (value or {}).get(inner, "") if inner and value is not msgspec.UNSET else value


def _text(value: Any) -> str:
    if value is None or value is msgspec.UNSET:
        return ""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return (", ".join(value) if isinstance(value, list) else str(value))[:MOST_CHARACTERS]
