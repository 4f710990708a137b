"""Numbers, days and words as a reader sees them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import translation

from dashboards.templatetags import figures

TODAY = date(2026, 11, 22)
NOW = datetime(2026, 11, 22, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (28, "28"), (28.4, "28"), (28.5, "28"), (29.5, "30"), (39.4, "39"), (39.5, "39.5"), (39.6, "39.6"),
        (39.96, "39.9"), (40, "40"), (69.9999, "69.9"), (70, "70"), (70.4, "70"), (100, "100"), (0, "0"), (None, "–"),
    ],
)  # fmt: skip
def test_a_score_never_rounds_over_a_border(value: float | None, shown: str) -> None:
    assert figures.score(value) == shown


def test_parts_to_one_decimal_add_up() -> None:
    parts = [Decimal(text) for text in ("-6.6667", "-4.2222", "1.1111", "0.05")]
    total = sum(parts).quantize(Decimal("0.1"))
    printed = figures.tenths(parts, total)
    assert sum(printed) == total == Decimal("-9.7")
    assert all(abs(shown - part) <= Decimal("0.1") for shown, part in zip(printed, parts, strict=True))


@pytest.mark.parametrize(
    ("value", "currency", "shown"),
    [
        (Decimal("14200.0000"), "USD", "$14,200"), (Decimal("4900.5"), "USD", "$4,900.50"),
        (Decimal("-80"), "EUR", "−€80"), (Decimal("1234.5"), "JPY", "¥1,234"), (None, "USD", "–"),
    ],
)  # fmt: skip
def test_money(value: Decimal | None, currency: str, shown: str) -> None:
    assert figures.money(value, currency) == shown


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [
        (0.914, 0, "91%"), (0.914, 1, "91.4%"), (0.5, 2, "50%"), (0.0002, 2, "0.02%"), (-0.002, 0, "0%"), (0, 0, "0%"),
        (-0.57, 0, "−57%"), (None, 0, "–"),
    ],
)  # fmt: skip
def test_percent(value: float | None, digits: int, shown: str) -> None:
    assert figures.percent(value, digits) == shown


@pytest.mark.parametrize(("value", "shown"), [(4, "+4"), (-2, "−2"), (0, "0"), (-0.3, "0"), (None, "–")])
def test_signed(value: float | None, shown: str) -> None:
    assert figures.signed(value) == shown


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.15, "ratio", "15%"), (2.71, "per seat", "2.7 a seat"), (22.0, "days", "22 d"), (6, "score", "6"),
        (1, "flag", "yes"), (1200, "EUR", "€1,200"), (float("nan"), "days", "–"), (None, "count", "–"),
        (2.5, "times", "2.5×"), (14.04, "minutes", "14 min"), (2.61, "hours", "2.6 h"), (-3.5, "days", "−3.5 d"),
        (4900.4, "money", "4,900"), (0.333, "balance", "+0.33"), (-0.2, "balance", "−0.20"), (0, "balance", "0.00"),
    ],
)  # fmt: skip
def test_a_value_in_its_unit(value: float | None, unit: str, shown: str) -> None:
    assert figures.in_unit(value, unit) == shown


def test_nothing_has_no_sign() -> None:
    shown = [
        figures.integer(-0.3),
        figures.decimal(-0.04),
        figures.fixed(-0.04),
        figures.percent(-0.004),
        figures.signed(-0.4),
    ]
    assert shown == ["0", "0", "0.0", "0%", "0"]


def test_days_say_their_year_where_it_is_not_plain() -> None:
    assert figures.day(date(2026, 12, 4), TODAY) == "Dec 4"
    assert figures.day(date(2024, 9, 20), TODAY) == "Sep 20, 2024"
    assert figures.day_brief(date(2028, 3, 1), TODAY) == "Mar 2028"
    assert figures.day(None, TODAY) == "–"


@pytest.mark.parametrize(("days", "shown"), [(0, "today"), (1, "yesterday"), (43, "43 d ago"), (-12, "in 12 d")])
def test_days_ago(days: int, shown: str) -> None:
    assert figures.days_ago(TODAY - timedelta(days=days), TODAY) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"), [(2, "2 s ago"), (240, "4 min ago"), (10_800, "3 h ago"), (9 * 86_400, "9 d ago")]
)
def test_ago(seconds: int, shown: str) -> None:
    assert figures.ago(NOW - timedelta(seconds=seconds), NOW) == shown
    assert figures.ago(None, NOW) == "never"


@pytest.mark.parametrize(("seconds", "shown"), [(0.43, "0.4 s"), (12, "12 s"), (185, "3 min 5 s"), (7440, "2 h 4 min")])
def test_duration(seconds: float, shown: str) -> None:
    assert figures.duration(timedelta(seconds=seconds)) == shown


def test_numbers_follow_the_readers_language() -> None:
    with translation.override("de"):
        assert figures.integer(1204) == "1.204"
        assert figures.money(Decimal(14200), "EUR") == "14.200\xa0€"
