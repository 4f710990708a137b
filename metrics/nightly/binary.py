"""Rows in the binary format of PostgreSQL's COPY, from whole columns and back: no number becomes text in between."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from metrics.formulas.scoring import Bools

# Signature, flags, no extension; and what stands at the end.
START, END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
NOTHING = -1
TYPES = {
    "bool": "u1",
    "int2": ">i2",
    "int4": ">i4",
    "int8": ">i8",
    "float8": ">f8",
    "date": ">i4",
    "timestamptz": ">i8",
}
# Number of the element's type, and how it is written.
ARRAYS = {"float8[]": (701, ">f8"), "int4[]": (23, ">i4")}
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Column:
    """Values of a column: one for each row, or one for all; of an array's, a row of numbers for each row. `there`:
    in which rows there is a value."""

    name: str
    kind: str
    values: Any
    there: Bools | None = None


def days(day: date) -> int:
    """A date as COPY writes it."""
    return (day - EPOCH.date()).days


def microseconds(moment: datetime) -> int:
    """A moment as COPY writes it."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def copy_in(table: str, columns: list[Column], size: int) -> None:
    """COPY `size` rows into a table."""
    names = ", ".join(f'"{column.name}"' for column in columns)
    with connection.cursor() as cursor, connection.wrap_database_errors:  # Django does not wrap those of COPY
        data = io.BytesIO(START + _rows(columns, size) + END)
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN (FORMAT binary)", data)


def copy_out(query: str, params: list[Any], kinds: dict[str, tuple[str, int]]) -> NDArray[Any]:
    """The rows of a query without nulls, as a structured array; `kinds`: name → (kind, length of an array)."""
    layout = _layout([(name, kind, length) for name, (kind, length) in kinds.items()])
    found = io.BytesIO()
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(f"COPY ({cursor.mogrify(query, params).decode()}) TO STDOUT (FORMAT binary)", found)
    return np.frombuffer(found.getvalue()[len(START) : -len(END)], layout)


def _layout(fields: list[tuple[str, str, int]]) -> np.dtype[Any]:
    """A row: how many fields, then each with its length in bytes before it."""
    layout: list[tuple[str, Any]] = [("fields", ">i2")]
    for name, kind, length in fields:
        layout += [(f"{name} bytes", ">i4"), (name, _array(kind, length) if kind in ARRAYS else TYPES[kind])]
    return np.dtype(layout)


def _array(kind: str, length: int) -> np.dtype[Any]:
    head: list[tuple[str, Any]] = [("dimensions", ">i4"), ("nulls", ">i4"), ("type", ">i4")]
    if not length:
        return np.dtype(head)
    element = np.dtype([("bytes", ">i4"), ("value", ARRAYS[kind][1])])
    return np.dtype([*head, ("length", ">i4"), ("first", ">i4"), ("items", element, (length,))])


def _rows(columns: list[Column], size: int) -> bytes:
    layout = _layout(
        [(each.name, each.kind, np.shape(each.values)[-1] if each.kind in ARRAYS else 0) for each in columns]
    )
    rows = np.zeros(size, layout)
    rows["fields"] = len(columns)
    kept = np.ones((size, layout.itemsize), dtype=bool)
    for column in columns:
        width = layout[column.name].itemsize
        rows[f"{column.name} bytes"] = width
        if column.kind in ARRAYS:
            _fill_array(rows[column.name], column)
        else:
            rows[column.name] = column.values
        if column.there is not None:
            rows[f"{column.name} bytes"][~column.there] = NOTHING
            start = layout.fields[column.name][1]  # type: ignore[index]
            kept[~column.there, start : start + width] = False
    plain = rows.view(np.uint8).reshape(size, layout.itemsize)
    return plain.tobytes() if kept.all() else plain[kept].tobytes()


def _fill_array(rows: NDArray[Any], column: Column) -> None:
    rows["type"] = ARRAYS[column.kind][0]
    if "items" in (rows.dtype.names or ()):
        items = rows["items"]
        rows["dimensions"], rows["length"], rows["first"] = 1, items.shape[1], 1
        items["bytes"], items["value"] = items.dtype["value"].itemsize, column.values
