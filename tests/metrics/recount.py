"""A measure's value once more, from nothing but the records that are shown behind it: plain Python, part by part.

One part is no count of records, so that nothing shows it: the days that are planned for the first stage.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import mean, median
from typing import Any

from metrics.evidence import Evidence, Use, value_of

Rows = list[Any]


def recount(evidence: Evidence) -> float | None:
    """What the records give."""
    found = {name: _part(evidence, name) for name in evidence.measure.parts}
    return value_of(evidence.measure, evidence.inputs | found, evidence.age, evidence.as_of)


def _part(evidence: Evidence, name: str) -> Any:
    if name == "planned":
        return evidence.numbers[name]
    rows = [row.fact for row in evidence.rows if name in row.parts]
    key = f"{evidence.measure.key} {name}"
    return PARTS.get(key, PARTS.get(name, how_many))(rows)


def how_many(rows: Rows) -> int:
    return sum(row.count if isinstance(row, Use) else 1 for row in rows)


def of(column: str, how: Callable[[list[Any]], Any] = sum) -> Callable[[Rows], Any]:
    """Of the numbers that there are; nothing without any."""

    def counted(rows: Rows) -> Any:
        numbers = [getattr(row, column) for row in rows if getattr(row, column) is not None]
        return how(numbers) if numbers else None

    return counted


def different(column: str) -> Callable[[Rows], int]:
    return lambda rows: len({getattr(row, column) for row in rows})


def latest(order: str, column: str) -> Callable[[Rows], Any]:
    def newest(rows: Rows) -> Any:
        return getattr(max(rows, key=lambda row: (getattr(row, order), row.pk)), column) if rows else None

    return newest


def renewed(rows: Rows) -> Any:
    return max((row.ends_on, row.renewed) for row in rows)[1] if rows else None


PARTS: dict[str, Callable[[Rows], Any]] = {
    **{name: of("worth") for name in ("mrr", "mrr_before", "first_mrr", "bought", "offered")},
    **{name: of("scaled", mean) for name in ("latest", "opinion", "satisfaction")},
    **{f"commercial.payment_drift {name}": of("days_late", mean) for name in ("late", "late_before")},
    **{name: latest("day", "worth") for name in ("gained", "cost", "headcount", "customers", "revenue")},
    **{name: latest("day", "worth") for name in ("headcount_before", "customers_before", "revenue_before")},
    **{name: of("users", max) for name in ("counted", "most_counted")},
    "users": different("person"),
    "most": of("people", max),
    "person_days": of("days"),
    "days": different("day"),
    "features": different("feature"),
    "done": different("feature"),
    "seconds": of("seconds"),
    "last_day": of("day", max),
    "adopted": of("is_adopted"),
    "seats": of("seats"),
    "settled": of("days_late", mean),
    "renewed": renewed,
    "buying_days": different("purchased_on"),
    "last_purchase": of("purchased_on", max),
    "oldest_unpaid": of("due_on", min),
    "oldest": of("occurred_at", min),
    "last_touch": of("occurred_at", max),
    "left": of("left_on", max),
    "pulse": latest("occurred_at", "value"),
    "waited": of("hours_waited", median),
    "attained": of("attained", mean),
}
