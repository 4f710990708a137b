"""Tables as files: read back by something that is not ours."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import Http404
from openpyxl import load_workbook

from dashboards.export import FORMULA, Field, Sheet, send

FIELDS = (Field("CSM"), Field("=SUM(A1)"), Field("Churn", "ratio"), Field("MRR", "EUR"), Field("Renews"))
ROW = ("=HYPERLINK(1)", 7, Decimal("0.0250"), Decimal("-1200.50"), date(2025, 6, 1))
EMPTY = ("", 0, None, None, None)


def sheet(*rows: Any) -> Sheet:
    return Sheet("csms", FIELDS, rows)


def content(form: str, *rows: Any) -> bytes:
    return send(sheet(*rows), form).content


def from_csv(*rows: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content("csv", *rows).decode())))


def from_xlsx(*rows: Any) -> list[list[Any]]:
    page = load_workbook(io.BytesIO(content("xlsx", *rows))).active
    return [[(cell.data_type, cell.value) for cell in row] for row in page]


def test_csv():
    assert from_csv(ROW, EMPTY) == [
        ["CSM", "'=SUM(A1)", "Churn", "MRR", "Renews"],
        ["'=HYPERLINK(1)", "7", "0.025", "-1200.5", "2025-06-01"],
        ["", "0", "", "", ""],
    ]


def test_xlsx_numbers_are_numbers_dates_dates_and_words_words():
    head, row, empty = from_xlsx(ROW, EMPTY)
    assert head[1] == ("s", "=SUM(A1)")
    assert row == [("s", "=HYPERLINK(1)"), ("n", 7), ("n", 0.025), ("n", -1200.5), ("d", datetime(2025, 6, 1))]
    assert [value for _kind, value in empty[1:]] == [0, None, None, None]


@pytest.mark.parametrize("sign", FORMULA, ids=[f"U+{ord(sign):04X}" for sign in FORMULA])
def test_no_word_is_a_formula(sign):
    word = f"{sign}cmd|' /C calc'!A0"
    assert from_csv((word, *EMPTY[1:]))[1][0] == f"'{word}"
    kind, value = from_xlsx((word, *EMPTY[1:]))[1][0]
    assert (kind, value.replace("\r", "\n")) == ("s", word.replace("\r", "\n"))


def test_what_a_library_takes_for_something_else():
    assert from_xlsx(("#N/A", *EMPTY[1:]))[1][0] == ("s", "#N/A")
    assert from_xlsx(("2025-01-01", *EMPTY[1:]))[1][0] == ("s", "2025-01-01")
    assert from_xlsx(("a\x00b\x0bc", *EMPTY[1:]))[1][0] == ("s", "abc")


def test_large_and_small_numbers():
    amounts = [Decimal("123456789012345.67"), Decimal("0.000001"), Decimal("1E+3"), Decimal("-0"), 60.0, 0.1]
    assert [row[3] for row in from_csv(*[("x", 0, None, amount, None) for amount in amounts])[1:]] == [
        "123456789012345.67", "0.000001", "1000", "0", "60", "0.1",
    ]  # fmt: skip


def test_how_it_is_sent():
    for form in ("csv", "xlsx"):
        response = send(sheet(ROW), form)
        assert response["Content-Disposition"] == f'attachment; filename="csms.{form}"'
        assert response["Cache-Control"] == "private, no-store"
    with pytest.raises(Http404):
        send(sheet(ROW), "xls")
