"""Rows of a file → items of a kind, column by column, as a mapping says."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts import decode
from accounts.batch import Result, refusal
from accounts.importers.cells import Memo, reader
from accounts.importers.files import REASON, Chunk, unquoted
from accounts.importers.lookups import Found, look_up
from accounts.importers.mapping import Column, Condition, Exclude, Mapping, used_columns
from accounts.kinds import KINDS
from accounts.models import Workspace

MAX_ID = 200


@dataclass
class Selected:
    """The rows of a chunk that a mapping takes on: their lines, their cells by column, as they were (`raw`, by line,
    with those that are broken), and what ids led to."""

    numbers: list[int]
    cells: dict[str, list[str]]
    left_out: int
    broken: list[tuple[int, Result]]
    raw: dict[int, list[str]]
    found: dict[str, dict[str, Found]]


@dataclass
class Mapped:
    """What the rows of a chunk came to: an item or a refusal for each, the values of each field, and the warnings of
    each row."""

    numbers: list[int]
    decoded: list[decode.Decoded]
    values: dict[str, list[Any]]
    warnings: list[tuple[str, ...]]
    left_out: int
    broken: list[tuple[int, Result]]
    raw: dict[int, list[str]]

    def rows(self, places: Sequence[int]) -> list[dict[str, Any]]:
        """Field → value of some of the rows."""
        return _objects({name: [each[n] for n in places] for name, each in self.values.items()}, len(places))


class Mapper:
    """A mapping made ready for a file's header. `select` asks the database, `map` does not."""

    def __init__(self, mapping: Mapping, header: list[str], workspace: Workspace) -> None:
        self.mapping, self.workspace = mapping, workspace
        self.kind = KINDS[mapping.kind]
        self.fields = mapping.fields()
        self.is_mended = REASON in header
        self.places = {name: header.index(name) for name in used_columns(mapping)}
        self.readers = {f: reader(self.kind.struct, f, column, workspace) for f, column in self.fields.items()}
        self.moments = {name: _Moments(workspace) for name in self.fields}

    def select(self, chunk: Chunk) -> Selected:
        """Leave out what the mapping leaves out, and look up the ids that the rest names."""
        cells = {name: [row[place].strip() for row in chunk.cells] for name, place in self.places.items()}
        if self.is_mended:
            cells = {name: unquoted(texts) for name, texts in cells.items()}
        numbers = chunk.numbers
        if self.mapping.where:
            keep = matches(self.mapping.where, cells, len(numbers))
            numbers = _kept(numbers, keep)
            cells = {name: _kept(texts, keep) for name, texts in cells.items()}
        left_out = len(chunk.numbers) - len(numbers)
        raw = dict(zip(chunk.numbers, chunk.cells, strict=True)) | chunk.pieces
        return Selected(numbers, cells, left_out, chunk.broken, raw, self._found(cells))

    def _found(self, cells: dict[str, list[str]]) -> dict[str, dict[str, Found]]:
        keys: dict[str, set[str]] = {}
        for column in self.fields.values():
            if column.lookup:
                keys.setdefault(column.lookup, set()).update(self._texts(column, cells))
        found = {name: look_up(self.workspace, name, wanted) for name, wanted in keys.items()}
        account = self.fields.get("account")
        if account and any((warn.before or warn.after).startswith("account.") for warn in self.mapping.warn):
            ids = self._texts(account, cells)
            if account.lookup:
                ids = [found[account.lookup][key].account for key in ids if key]
            found["account"] = found.get("account", {}) | look_up(self.workspace, "account", set(ids))
        return found

    def _texts(self, column: Column, cells: dict[str, list[str]]) -> list[str]:
        texts = cells[column.column]
        if column.where:
            keep = matches(column.where, cells, len(texts))
            texts = [text if kept else "" for text, kept in zip(texts, keep, strict=True)]
        return texts

    def map(self, rows: Selected) -> Mapped:
        """Items, refusals and warnings of the selected rows."""
        values, refused = self._values(rows)
        self._add_id(values, rows, refused)
        self._add_lag(values)
        decoded = decode.rows(_objects(values, len(rows.numbers)), self.kind.struct)
        for n, (first, *more) in refused.items():
            decoded[n] = replace(first, also=tuple(more))
        warnings = self._warnings(values, rows)
        return Mapped(rows.numbers, decoded, values, warnings, rows.left_out, rows.broken, rows.raw)

    def _values(self, rows: Selected) -> tuple[dict[str, list[Any]], defaultdict[int, list[Result]]]:
        """Field → its values, and the rows of which a lookup led nowhere."""
        count = len(rows.numbers)
        refused: defaultdict[int, list[Result]] = defaultdict(list)
        values: dict[str, list[Any]] = {field: [text] * count for field, text in self.mapping.constants.items()}
        for field, column in self.fields.items():
            texts: list[Any] = self._texts(column, rows.cells)
            if column.lookup:
                texts = self._looked_up(field, texts, rows.found[column.lookup], refused)
            if column.values:
                known = {key: None if value == "null" else value for key, value in column.values.items()}
                texts = [known.get(text, text) for text in texts]
            read = self.readers[field]
            values[field] = [read[text] for text in texts] if read is not None else texts
        return values, refused

    def _looked_up(
        self, field: str, keys: list[str], found: dict[str, Found], refused: defaultdict[int, list[Result]]
    ) -> list[str]:
        for n, key in enumerate(keys):
            if key and found[key].reason:
                refused[n].insert(0, refusal(field, key, found[key].reason))
        return [found[key].account or key if key else "" for key in keys]

    def _add_id(self, values: dict[str, list[Any]], rows: Selected, refused: defaultdict[int, list[Result]]) -> None:
        field, columns = self.mapping.id_field, self.mapping.id_columns()
        if columns:
            make = _joined if isinstance(self.mapping.id, list) else _hashed
            parts = zip(*(rows.cells[name] for name in columns), strict=True)
            values[field] = [make(each) for each in parts]
        if self.kind.of_workspace:
            return
        for n, text in enumerate(values[field]):
            if not text:
                refused[n].append(refusal(field, "", _("is required")))

    def _add_lag(self, values: dict[str, list[Any]]) -> None:
        lag = self.mapping.lag
        if lag is not None:
            field = self.kind.moment or "occurred_at"
            values["known_at"] = [self._later(value, lag) for value in values[field]]

    def _later(self, value: Any, lag: timedelta) -> Any:
        if isinstance(value, datetime):
            return value + lag
        return self.workspace.start_of(value) + lag if isinstance(value, date) else ""

    def _warnings(self, values: dict[str, list[Any]], rows: Selected) -> list[tuple[str, ...]]:
        warnings: list[tuple[str, ...]] = [()] * len(rows.numbers)
        for warn in self.mapping.warn:
            name = (warn.before or warn.after).partition(".")[0]
            borders = self._borders(name, values, rows)
            days = self.moments[warn.field]
            for n, (value, border) in enumerate(zip(values[warn.field], borders, strict=True)):
                if border and isinstance(value, date):
                    day = days[value]
                    if day < border if warn.before else day > border:
                        warnings[n] += (warn.reason,)
        return warnings

    def _borders(self, name: str, values: dict[str, list[Any]], rows: Selected) -> Iterable[date | None]:
        """The day that each row's looked-up record names."""
        found = rows.found[name]
        column = next((each for each in self.fields.values() if each.lookup == name), None)
        keys = self._texts(column, rows.cells) if column else values["account"]
        return [found[key].day if key in found else None for key in keys]


class _Moments(Memo):
    """Moment or day → local day."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(lambda value: _local_day(workspace, value))


def _local_day(workspace: Workspace, value: Any) -> date:
    return workspace.day_of(value) if isinstance(value, datetime) else value


def matches(where: Condition, cells: dict[str, list[str]], count: int) -> list[bool]:
    """For each row, whether all conditions hold."""
    keep = [True] * count
    for name, wanted in where.items():
        plain = wanted.values if isinstance(wanted, Exclude) else wanted
        allowed, turned = {plain} if isinstance(plain, str) else set(plain), isinstance(wanted, Exclude)
        keep = [kept and (text in allowed) != turned for kept, text in zip(keep, cells[name], strict=True)]
    return keep


def _kept(values: list[Any], keep: list[bool]) -> list[Any]:
    return [value for value, kept in zip(values, keep, strict=True) if kept]


def _joined(parts: tuple[str, ...]) -> str:
    """The parts with a bar between them; a hash where that would be too long or could mean two things."""
    text = "|".join(parts)
    return text if len(text) <= MAX_ID and text.count("|") < len(parts) else _hashed(parts)


def _hashed(parts: tuple[str, ...]) -> str:
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()


def _objects(values: dict[str, list[Any]], count: int) -> list[dict[str, Any]]:
    """One dictionary for each row; an empty cell says nothing."""
    values = dict(values)
    inner = {name: values.pop(name) for name in list(values) if name.startswith("properties.")}
    if inner:
        names = [name.partition(".")[2] for name in inner]
        rows = zip(*inner.values(), strict=True)
        values["properties"] = [{k: v for k, v in zip(names, row, strict=True) if v != ""} or "" for row in rows]
    names = list(values)
    if not names:
        return [{} for _row in range(count)]
    return [{k: v for k, v in zip(names, row) if v != ""} for row in zip(*values.values(), strict=True)]  # noqa: B905
