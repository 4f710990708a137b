"""Tables as files, CSV and XLSX, all of them written here: numbers as numbers, dates as dates, words as words."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import IO, Any

from django.http import Http404, HttpResponse

Cell = str | int | float | Decimal | date | None
# A spreadsheet takes a cell of a CSV that begins so for a formula; some take the wide signs of Asian keyboards as well.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
NO_FILE_NAME = re.compile(r"[^A-Za-z0-9_-]")
# What XML cannot hold.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
SHARE = "0.0%"


@dataclass(frozen=True)
class Field:
    """A column: its head, and the unit of its numbers as `metrics.registry.Unit` has it or a currency's code."""

    label: str
    unit: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table. `name`: what its file is called, in letters that every file may have. Shares are shares of 1."""

    name: str
    fields: tuple[Field, ...]
    rows: Iterable[Sequence[Cell]]

    @property
    def lines(self) -> list[list[tuple[Cell, str]]]:
        """The rows with the unit beside each cell, as a page shows them."""
        return [[(cell, field.unit) for cell, field in zip(row, self.fields, strict=True)] for row in self.rows]


def send(sheet: Sheet, form: str) -> HttpResponse:
    """The table as a download. Raises Http404 for a form that is none."""
    if form not in FORMS:
        raise Http404
    content_type, write = FORMS[form]
    file = io.BytesIO()
    write(sheet, file)
    return attachment(sheet.name, form, file.getvalue(), content_type)


def attachment(name: str, form: str, content: str | bytes, content_type: str) -> HttpResponse:
    """A download that nobody else keeps; the name is brought into letters that every file may have."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{file_name(name)}.{form}"'
    response["Cache-Control"] = "private, no-store"
    return response


def file_name(name: str) -> str:
    """In letters that every file may have."""
    return NO_FILE_NAME.sub("-", name)


def write_csv(sheet: Sheet, file: IO[Any]) -> None:
    """UTF-8 with a head; a word that a spreadsheet would take for a formula begins with an apostrophe."""
    text = io.TextIOWrapper(file, "utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow([_plain(field.label) for field in sheet.fields])
    writer.writerows([_plain(cell) for cell in row] for row in sheet.rows)
    text.detach()


def _plain(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(FORMULA) else cell
    if isinstance(cell, Decimal | float):
        return f"{Decimal(str(cell)).normalize() + 0:f}"
    return "" if cell is None else str(cell)


def write_xlsx(sheet: Sheet, file: IO[Any]) -> None:
    """One sheet with a head that stays; no cell is a formula."""
    # A quarter of a second that only those pay who ask for such a file.
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    page = book.create_sheet(file_name(sheet.name)[:31])
    page.freeze_panes = "A2"

    def made(cell: Cell, unit: str = "") -> Any:
        if isinstance(cell, str):
            return text_cell(page, cell)
        found = WriteOnlyCell(page, cell)
        if unit == "ratio":
            found.number_format = SHARE
        return found

    units = [field.unit for field in sheet.fields]
    page.append([made(field.label) for field in sheet.fields])
    for row in sheet.rows:
        page.append([made(cell, unit) for cell, unit in zip(row, units, strict=True)])
    book.save(file)


def text_cell(page: Any, words: str) -> Any:
    """Words, never a formula, for a sheet that is written row by row."""
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(page, CONTROL.sub("", words))
    # The library takes "=…" and "#N/A" for a formula and an error.
    cell.data_type = "s"
    cell.quotePrefix = words.startswith(FORMULA)
    return cell


Write = Callable[[Sheet, IO[Any]], None]
FORMS: dict[str, tuple[str, Write]] = {
    "csv": ("text/csv; charset=utf-8", write_csv),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
}
