"""A small spreadsheet: works out the formulas of a workbook, cell by cell, by what every spreadsheet makes of them.

It knows nothing of scores. Functions take their arguments unevaluated, since IF leaves one branch alone.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Any

from openpyxl import load_workbook
from openpyxl.formula import Tokenizer
from openpyxl.utils import range_boundaries

SIGNS = {"=": "==", "<>": "!=", "^": "**"}


class Spreadsheet:
    """The cells of a workbook, each worked out once."""

    def __init__(self, file: Any) -> None:
        self.book, self.known = load_workbook(file), {}

    def cell(self, sheet: str, row: int, column: int) -> Any:
        key = (sheet, row, column)
        if key not in self.known:
            found = self.book[sheet].cell(row, column)
            is_formula = found.data_type == "f"
            self.known[key] = self._formula(found.value, sheet) if is_formula else found.value
        return self.known[key]

    def of(self, reference: str, here: str) -> Any:
        """A cell, or the cells of a range in a list."""
        sheet, _mark, cells = reference.replace("$", "").rpartition("!")
        left, top, right, bottom = range_boundaries(cells)
        found = [
            self.cell(sheet.strip("'") or here, row, column)
            for row in range(top, bottom + 1)
            for column in range(left, right + 1)
        ]
        return Cells(found) if ":" in cells else found[0]

    def _formula(self, formula: str, here: str) -> Any:
        parts = []
        for token in Tokenizer(formula).items:
            if token.type == "OPERAND":
                is_cell = token.subtype == "RANGE"
                text = token.value[1:-1] if token.subtype == "TEXT" else token.value
                parts.append(
                    f"of({token.value!r}, here)" if is_cell else repr(text) if token.subtype == "TEXT" else text
                )
            elif token.type == "FUNC":
                name = token.value[:-1].replace(".", "_")
                empty = token.subtype == "CLOSE"
                parts.append(")" if empty else f"{name}(lambda: ")
            elif token.type == "SEP":
                parts.append(", lambda: ")
            else:
                parts.append(SIGNS.get(token.value, token.value))
        return eval("".join(parts), FUNCTIONS | {"of": self.of, "here": here})  # noqa: S307  our own formulas


class Cells(list):
    """A range; `a*b` goes cell by cell."""

    def __mul__(self, other: Any) -> Cells:
        return Cells([(a or 0) * (b or 0) for a, b in zip(self, other, strict=True)])


def is_number(value: Any) -> Any:
    if isinstance(value, Cells):
        return Cells([is_number(each) for each in value])
    return isinstance(value, int | float) and not isinstance(value, bool)


def flat(arguments: tuple[Any, ...]) -> list[Any]:
    told = [each() for each in arguments]
    found = [each for some in told for each in (some if isinstance(some, Cells) else [some])]
    return [each for each in found if is_number(each) or isinstance(each, bool)]


def match(value: float, cells: list[Any], way: int) -> int:
    """How many come before, and with, the last that is not beyond the value."""
    ordered = [each if way > 0 else -each for each in cells if each is not None]
    place = bisect_right(ordered, value if way > 0 else -value)
    if not place:
        raise LookupError("#N/A")
    return place


def if_error(first: Any, other: Any) -> Any:
    try:
        return first()
    except (LookupError, ZeroDivisionError):
        return other()


FUNCTIONS: dict[str, Any] = {
    "IF": lambda test, then, other: then() if test() else other(),
    "AND": lambda *each: all(one() for one in each),
    "MIN": lambda *each: min(flat(each)),
    "MAX": lambda *each: max(flat(each)),
    "SUM": lambda *each: sum(flat(each)),
    "SUMPRODUCT": lambda cells: sum(cells()),
    "SUMIF": lambda keys, key, cells: sum(n for k, n in zip(keys(), cells(), strict=True) if k == key()),
    "ROUND": lambda value, digits: round(value(), int(digits())),
    "ISNUMBER": lambda value: is_number(value()),
    "IFERROR": if_error,
    "MATCH": lambda value, cells, way: match(value(), cells(), way()),
}
