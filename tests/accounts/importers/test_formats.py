"""Texts → the formats in which they are days or numbers, and whether that is clear."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.importers.formats import day_formats, is_unclear, number, number_formats

DAYS = [
    (["2026-01-31"], [""], False),
    (["2026-01-31 10:00", "2026-02-01T09:30:00Z"], [""], False),
    (["20260131"], [""], False),
    (["31/01/2026"], ["%d/%m/%Y"], False),
    (["03/04/2026"], ["%d/%m/%Y", "%m/%d/%Y"], True),
    (["03/04/2026", "13/04/2026"], ["%d/%m/%Y"], False),
    (["03/04/2026", "04/13/2026"], ["%m/%d/%Y"], False),
    (["04/04/2026"], ["%d/%m/%Y", "%m/%d/%Y"], False),
    (["3.4.2026 9:05"], ["%d.%m.%Y %H:%M"], False),
    (["03/04/26"], ["%d/%m/%y", "%m/%d/%y"], True),
    (["31 Jan 2026"], ["%d %b %Y"], False),
    (["January 31, 2026"], ["%B %d, %Y"], False),
    (["1/31/2026 2:30 PM"], ["%m/%d/%Y %I:%M %p"], False),
    (["31/01/2026"] * 3 + ["soon", "2026-01-31"], ["%d/%m/%Y"], False),
    (["soon", "later"], [], False),
    ([], [], False),
]


@pytest.mark.parametrize(("texts", "forms", "unclear"), DAYS, ids=[f"{n}" for n in range(len(DAYS))])
def test_days(texts, forms, unclear):
    assert day_formats(texts) == forms
    assert is_unclear(forms, texts) == unclear


NUMBERS = [
    (["12", "-5"], [""], False, 12),
    (["12.5"], [""], False, "12.5"),
    (["1.234"], ["", "1,234.56", "1.234,56", "1'234.56"], True, "1.234"),
    (["1.234", "12.5"], [""], False, "1.234"),
    (["1.234", "1.234,50"], ["1.234,56"], False, 1234),
    (["1,234.50"], ["1,234.56"], False, "1234.50"),
    (["1,234"], ["1,234.56", "1.234,56", "1 234,56"], True, 1234),
    (["1.234.567"], ["1.234,56"], False, 1234567),
    (["1 234,50 €"], ["1 234,56"], False, "1234.50"),
    (["€ 100"], ["1,234.56"], False, 100),
    (["-$1,234.50"], ["1,234.56"], False, "-1234.50"),
    (["Rp 1.500.000"], ["1.234,56"], False, 1500000),
    (["1'234.50"], ["1'234.56"], False, "1234.50"),
    (["CHF 1’234.50"], ["1'234.56"], False, "1234.50"),
    (["acme"], [], False, None),
]


@pytest.mark.parametrize(("texts", "forms", "unclear", "first"), NUMBERS, ids=[each[0][0] for each in NUMBERS])
def test_numbers(texts, forms, unclear, first):
    assert number_formats(texts) == forms
    assert is_unclear(forms, texts) == unclear
    assert (number(texts[0], forms[0]) if forms else None) == (None if first is None else Decimal(first))


@pytest.mark.parametrize(
    ("text", "form", "value"),
    [
        ("1.234", "1234.56", "1.234"),
        ("1.234", "1.234", "1234"),
        ("1234,5", "1234,56", "1234.5"),
        ("222", "1234,56", "222"),
    ],
    ids=["plain", "a mark of thousands", "a comma", "no digit of the example is a mark"],
)
def test_an_example_shows_its_marks(text, form, value):
    assert number(text, form) == Decimal(value)
