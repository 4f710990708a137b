"""The monthly partitions of the event table. The default partition is there for safety and stays empty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection

TABLE = "accounts_event"
LOCK = 7_201


def month_of(moment: datetime) -> str:
    """The UTC month of a moment, as in `2026-11`."""
    return f"{moment:%Y-%m}"


def existing() -> set[str]:
    """The months that have a partition."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
            " WHERE i.inhparent = %s::regclass",
            [TABLE],
        )
        names = [row[0].removeprefix(f"{TABLE}_") for row in cursor.fetchall()]
    return {name.replace("_", "-") for name in names if name != "default"}


def missing(months: Iterable[str]) -> list[str]:
    """Those of these months that have no partition, in order; asked by name, for that is asked with every batch."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month FROM unnest(%s) month WHERE to_regclass(%s || replace(month, '-', '_')) IS NULL ORDER BY 1",
            [sorted(set(months)), f"{TABLE}_"],
        )
        return [row[0] for row in cursor.fetchall()]


def ensure(months: Iterable[str]) -> None:
    """Make the partitions of months (`2026-11`) that do not exist."""
    for month in missing(months):
        first = datetime.strptime(f"{month}-01", "%Y-%m-%d")  # noqa: DTZ007
        last = (first + timedelta(days=32)).replace(day=1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            cursor.execute(
                f"CREATE TABLE IF NOT EXISTS {TABLE}_{month.replace('-', '_')} PARTITION OF {TABLE}"
                f" FOR VALUES FROM ('{first:%Y-%m-%d}+00') TO ('{last:%Y-%m-%d}+00')"
            )


def ensure_ahead(moment: datetime, months: int = 3) -> None:
    """Make the partitions of this month and the next ones."""
    ensure(month_of(moment + timedelta(days=30 * n)) for n in range(months + 1))
