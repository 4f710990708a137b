"""Texts → moments, days and numbers, in the workspace's time zone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.facts import EventItem, InvoiceItem
from accounts.importers import cells
from accounts.importers.cells import reader
from accounts.importers.mapping import Column
from accounts.models import Workspace

MADRID = Workspace(time_zone="Europe/Madrid")


def read(struct, field, text, **column):
    return reader(struct, field, Column(column="x", **column), MADRID)[text]


@pytest.mark.parametrize(
    ("text", "form", "moment"),
    [
        ("2025-07-01T10:00:00Z", "", datetime(2025, 7, 1, 10, tzinfo=UTC)),
        ("2025-07-01 10:00", "", datetime(2025, 7, 1, 8, tzinfo=UTC)),
        ("2025-07-01", "", datetime(2025, 6, 30, 22, tzinfo=UTC)),
        ("2025-01-01", "", datetime(2024, 12, 31, 23, tzinfo=UTC)),
        ("1.7.2025 9:05", "%d.%m.%Y %H:%M", datetime(2025, 7, 1, 7, 5, tzinfo=UTC)),
        ("1.7.2025", "%d.%m.%Y", datetime(2025, 6, 30, 22, tzinfo=UTC)),
        ("soon", "", "soon"),
        ("2025-07-01", "%d.%m.%Y", "2025-07-01"),
        ("", "", ""),
    ],
)
def test_moments(text, form, moment):
    assert read(EventItem, "occurred_at", text, format=form) == moment


@pytest.mark.parametrize(
    ("text", "form", "day"),
    [
        ("2025-07-01", "", date(2025, 7, 1)),
        ("2025-06-30T22:30:00Z", "", date(2025, 7, 1)),
        ("2025-07-01 23:59", "", date(2025, 7, 1)),
        ("01/07/2025", "%d/%m/%Y", date(2025, 7, 1)),
        ("31/31/2025", "%d/%m/%Y", "31/31/2025"),
    ],
)
def test_days(text, form, day):
    assert read(InvoiceItem, "due_on", text, format=form) == day


@pytest.mark.parametrize(
    ("text", "column", "number"),
    [
        ("1.234,56", {"format": "1.234,56"}, Decimal("1234.56")),
        ("1,234.56", {"format": "1,234.56"}, Decimal("1234.56")),
        ("1999", {"scale": "0.01"}, Decimal("19.99")),
        ("1.234,56", {"format": "1.234,56", "scale": "1000"}, Decimal("1234560")),
        ("many", {"scale": "0.01"}, "many"),
    ],
)
def test_numbers(text, column, number):
    assert read(InvoiceItem, "amount", text, **column) == number


def test_what_is_text_anyway_is_not_read():
    assert reader(InvoiceItem, "number", Column(column="x"), MADRID) is None


def test_the_memory_of_texts_is_bounded(monkeypatch):
    monkeypatch.setattr(cells, "MEMORY", 3)
    memo = reader(InvoiceItem, "due_on", Column(column="x"), MADRID)
    assert [memo[f"2025-07-{day:02}"].day for day in range(1, 31)] == list(range(1, 31))
    assert len(memo) <= 4
