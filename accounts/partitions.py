"""The monthly partitions of the event table. The default partition is there for safety and stays empty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction

TABLE = "accounts_event"
LOCK = 7_201
# Whether a `month` has no partition, asked by its name.
MISSING = f"to_regclass('{TABLE}_' || replace(month, '-', '_')) IS NULL"

HOLD = f"LOCK TABLE ONLY {TABLE} IN ROW EXCLUSIVE MODE"


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
    """Those of these months that have no partition, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT month FROM unnest(%s) month WHERE {MISSING} ORDER BY 1",  # noqa: S608
            [sorted(set(months))],
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


def hold() -> None:
    """Until the end of the transaction nobody makes a partition: who makes one waits for us before we wait for them."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD)


def ensure_ahead(moment: datetime, months: int = 3) -> None:
    """Make the partitions of this month and the next ones."""
    ensure(month_of(moment + timedelta(days=30 * n)) for n in range(months + 1))


def give_back(before: datetime) -> list[str]:
    """Return the disk of the months before a moment that hold no event any more. Returns these months.

    The partition stays: without it a late event of another workspace would fall into the default one.
    """
    return [month for month in sorted(existing()) if month < month_of(before) and _emptied(month)]


def _emptied(month: str) -> bool:
    partition = f"{TABLE}_{month.replace('-', '_')}"
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SELECT EXISTS (SELECT FROM {partition})")  # noqa: S608
            if cursor.fetchone()[0]:
                return False
            cursor.execute(f"SET LOCAL lock_timeout = '1s'; LOCK TABLE {partition} IN ACCESS EXCLUSIVE MODE")
            cursor.execute(f"SELECT EXISTS (SELECT FROM {partition})")  # noqa: S608
            if cursor.fetchone()[0]:
                return False
            cursor.execute(f"TRUNCATE {partition}")
    except OperationalError:  # somebody is reading it; the next clearing comes tomorrow
        return False
    return True
