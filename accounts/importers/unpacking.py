"""The process that unpacks a workbook: `python unpacking.py FILE SHEET ROWS SECONDS` → a line of JSON for each row.

It knows nothing of Django, bounds its own memory and time, and says in its last line what went wrong.
"""

from __future__ import annotations

import json
import math
import resource
import signal
import sys
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

MEMORY = 1_500_000_000
UNPACKED, SHARED_STRINGS, RATIO, SMALL, PARTS = 2_000_000_000, 200_000_000, 250, 10_000_000, 2_000
COLUMNS, CELLS = 16_384, 100_000_000
# Characters of a row: who reads what we say holds one in memory.
LONGEST = 1_000_000
MIDNIGHT = time()


class RefusedError(Exception):
    """Why a workbook is not read, in a few words."""


def fault(parts: Iterable[tuple[str, int, int]]) -> str:
    """What is wrong with the parts of a zip (name, size, packed size) before one is unpacked, or nothing."""
    total = 0
    for n, (name, size, packed) in enumerate(parts):
        total += size
        if size > SMALL and size > RATIO * max(packed, 1):
            return f"{name[:80]} grows {size // max(packed, 1)} times when it is unpacked"
        if name.endswith("sharedStrings.xml") and size > SHARED_STRINGS:
            return f"its texts take {size:,} bytes, more than {SHARED_STRINGS:,}: save it as CSV"
        if total > UNPACKED or n > PARTS:
            return f"unpacked it takes more than {UNPACKED:,} bytes, or {PARTS:,} parts: save it as CSV"
    return ""


def text(value: Any) -> str:
    """The value of a cell as a CSV file would have it: days and times as ISO 8601, numbers in full."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if math.isfinite(value) and value == int(value) and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == MIDNIGHT else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return str(value).encode(errors="replace").decode().replace("\0", "")


def has_formulas(path: str) -> bool:
    """Whether any sheet has one; reads all of it, and keeps none."""
    with zipfile.ZipFile(path) as packed:
        for name in packed.namelist():
            if name.startswith("xl/worksheets/"):
                with packed.open(name) as part:
                    last = b""
                    while piece := part.read(1 << 20):
                        if b"<f>" in last + piece or b"<f " in last + piece or b"<f/" in last + piece:
                            return True
                        last = piece[-2:]
    return False


def rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Rows with something in them: their number in the sheet and their cells, up to the last that is not empty."""
    cells = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        cells += len(row)
        if len(row) > COLUMNS or cells > CELLS:
            raise RefusedError(f"it has more than {COLUMNS:,} columns or {CELLS:,} cells: save it as CSV")
        texts = [text(value) for value in row]
        while texts and not texts[-1]:
            texts.pop()
        if texts:
            yield number, texts


def is_long(texts: list[str]) -> bool:
    """Whether a row is longer than any is."""
    return sum(map(len, texts)) > LONGEST


def unsaved(path: str, title: str) -> Iterator[tuple[int, int]]:
    """Row and place of each formula of a sheet."""
    for number, row in enumerate(opened(path, values=False)[title].iter_rows(values_only=True), 1):
        for place, value in enumerate(row):
            if isinstance(value, str) and value.startswith("=") or type(value).__name__ == "ArrayFormula":
                yield number, place


def without_value(
    path: str, title: str, found: Iterable[tuple[int, list[str]]]
) -> Iterator[tuple[int, list[str], int]]:
    """Rows, each with the place of a formula beside which no value is stored, or -1."""
    formulas = unsaved(path, title) if has_formulas(path) else iter(())
    at = next(formulas, None)
    for number, texts in found:
        empty = -1
        while at is not None and at[0] <= number:
            if at[0] == number and (at[1] >= len(texts) or not texts[at[1]]):
                empty = at[1]
            at = next(formulas, None)
        yield number, texts, empty


def opened(path: str, *, values: bool) -> Any:
    """As an open file, since what it is called does not matter."""
    from openpyxl import load_workbook

    return load_workbook(Path(path).open("rb"), read_only=True, data_only=values, keep_links=False, keep_vba=False)


def main(path: str, wanted: str, most: int) -> Iterator[dict[str, Any]]:
    """The sheets and the header, rows, an end."""
    book = opened(path, values=True)
    sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible" or sheet.title == wanted]
    names = [sheet.title[:100] for sheet in sheets]
    for sheet in sheets:
        if wanted and sheet.title[:100] != wanted:
            continue
        # What a sheet says of its own size may be wrong.
        last = sheet.max_row
        sheet.reset_dimensions()
        found = rows(sheet)
        first = next(found, None)
        if first is not None:
            if is_long(first[1]):
                raise RefusedError(f"its first row is longer than {LONGEST:,} characters")
            yield {"sheets": names, "sheet": sheet.title[:100], "header": first[1]}
            for n, (number, texts, empty) in enumerate(without_value(path, sheet.title, found), 1):
                if most and n > most:
                    break
                share = min(number / (last or number), 1)
                told = {"cells": [], "unsaved": -1} if is_long(texts) else {"cells": texts, "unsaved": empty}
                yield {"row": number, "share": share} | told
            yield {"row": 0}
            return
    raise RefusedError("there is nothing in it" if not wanted else f"there is nothing in the sheet “{wanted}”")


def say(said: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.alarm(int(sys.argv[4]))
    try:
        for each in main(sys.argv[1], sys.argv[2], int(sys.argv[3])):
            say(each)
    except RefusedError as error:
        say({"error": str(error)})
    except MemoryError:
        raise SystemExit(1) from None
    except Exception as error:
        say({"error": f"is no workbook that can be read ({type(error).__name__}): save it as CSV"})
