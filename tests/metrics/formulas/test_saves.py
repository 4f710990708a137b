"""Saved: red, and then green for 30 days. Bands as letters, a day each; a dot is a day of which nothing is known."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from metrics.formulas.saves import saved

BANDS = {"r": "red", "y": "yellow", "g": "green", "-": "grey"}
FIRST = date(2025, 1, 1)


def days(bands: str) -> list[int]:
    """The days, from 0, on which it was saved."""
    told = [(FIRST + timedelta(days=n), BANDS[band]) for n, band in enumerate(bands) if band != "."]
    return [(day - FIRST).days for day in saved(told)]


@pytest.mark.parametrize(
    ("bands", "expected"),
    [
        ("", []),
        ("g" * 60, []),
        ("y" + "g" * 60, []),
        ("r" + "g" * 30, []),
        ("r" + "g" * 31, [31]),
        ("r" + "g" * 60, [31]),
        ("ryyy" + "g" * 31, [34]),
        ("r--" + "g" * 31, [33]),
        ("r" + "g" * 20 + "y" + "g" * 30, []),
        ("r" + "g" * 20 + "y" + "g" * 31, [52]),
        ("r" + "g" * 20 + "-" + "g" * 31, [52]),
        ("r" + "g" * 31 + "y" + "g" * 31, [31]),
        ("r" + "g" * 31 + "r" + "g" * 31, [31, 63]),
        ("r" + "g" * 10 + "." * 5 + "g" * 16, [31]),
        ("r" + "g" * 29 + "..." + "g", [33]),
    ],
    ids=str,
)
def test_saved(bands, expected):
    assert days(bands) == expected
