"""The first rows of a file as they will be: values after mapping, and what is wrong where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from accounts.batch import Batch, Result, refusal
from accounts.importers.faults import all_wrong
from accounts.importers.files import Chunk
from accounts.importers.mapper import Mapped, Mapper
from accounts.importers.mapping import Mapping
from accounts.models import Source, Upload
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
    batch = Batch(upload.workspace, Source(), mapper.mapping.kind, (), now, creates_accounts=upload.creates_accounts)
    first = [each if isinstance(each, Result) else None for each in mapped.decoded]
    rows = mapped.rows(range(len(first)))
    for row in rows:
        row.pop("parent", None)  # it may stand further down in the file
    wrong = all_wrong(batch, rows, first)
    return [found or each for found, each in zip(wrong, mapped.decoded, strict=True)]


def _row(line: int, each: Any, fields: list[str], raw: dict[str, str]) -> PreviewRow:
    """What is refused shows the texts as they are."""
    if not isinstance(each, Result):
        return PreviewRow(line, tuple(PreviewCell(_text(_value(each, field))) for field in fields), "", True)
    wrong = {result.field: result.reason for result in each.all}
    cells = tuple(PreviewCell(raw.get(field, "")[:MOST_CHARACTERS], wrong.get(field, "")) for field in fields)
    others = {field: reason for field, reason in wrong.items() if field not in fields}
    reasons = [f"{label_of(field)}: {reason}" if field else reason for field, reason in others.items()]
    return PreviewRow(line, cells, "; ".join(reasons), False)


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
