"""What came, by source: the newest of it, and how much; events and facts of every kind alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db import connection

from accounts.kinds import KINDS, own_columns
from accounts.models import Source, Workspace

# The events of a span are sorted only where the span after it had too few: each is some times as long.
SPANS = [timedelta(seconds=10), timedelta(minutes=10), timedelta(hours=24)]


class Arrival(NamedTuple):
    """One event or fact that was stored: when it was heard, what it is, whose, and whether it was taken back."""

    at: datetime
    kind: str
    name: str
    account: int | None
    person: str
    source: int
    is_retracted: bool
    message: str


class Came(NamedTuple):
    """How much a source told under a name on a day."""

    source: int
    day: date
    kind: str
    name: str
    count: int


def newest(workspace: Workspace, until: datetime, count: int, source: Source | None = None) -> list[Arrival]:
    """The newest of the last 24 hours that no file brought, newest first. One statement."""
    moments = {f"t{n}": until - span for n, span in enumerate([timedelta(), *SPANS])}
    asked = moments | {"workspace": workspace.pk, "source": source.pk if source else 0, "count": count}
    with connection.cursor() as cursor:
        cursor.execute(_newest_sql(source is not None), asked)
        rows = [Arrival(*row) for row in cursor.fetchall()]
    return sorted(rows, key=lambda row: row.at, reverse=True)[:count]


def counted(workspace: Workspace, since: datetime, until: datetime, source: Source | None = None) -> list[Came]:
    """How much came since a moment, exclusive, by source, local day and name. One statement."""
    asked = {"workspace": workspace.pk, "since": since, "until": until, "zone": workspace.time_zone}
    with connection.cursor() as cursor:
        cursor.execute(_counted_sql(source is not None), asked | {"source": source.pk if source else 0})
        return [Came(*row) for row in cursor.fetchall()]


def _facts() -> Sequence[tuple[str, Any]]:
    return [(name, kind) for name, kind in KINDS.items() if kind.model]


@cache
def _newest_sql(one: bool) -> str:
    of_one = "AND source_id = %(source)s" if one else ""
    spans = " UNION ALL ".join(
        _NEWEST.format(
            name="name", kind="events", account="account_id", person="person", id="message_id",
            table="accounts_event", since=f"t{n + 1}", until=f"t{n}", one=of_one,
        )
        for n in range(len(SPANS))
    )  # fmt: skip
    facts = (
        _NEWEST.format(
            name=f"'{name}'", kind=name, account="NULL::bigint" if kind.of_workspace else "account_id",
            person="person" if "person" in own_columns(kind.model) else "NULL", id="external_id",
            table=kind.model._meta.db_table, since=f"t{len(SPANS)}", until="t0", one=of_one,
        )
        for name, kind in _facts()
    )  # fmt: skip
    return f"SELECT * FROM ({spans} LIMIT %(count)s) events UNION ALL {' UNION ALL '.join(facts)}"  # noqa: S608


@cache
def _counted_sql(one: bool) -> str:
    of_one = "AND source_id = %(source)s" if one else ""
    tables = [("events", "name", "accounts_event")]
    tables += [(name, f"'{name}'", kind.model._meta.db_table) for name, kind in _facts()]
    return " UNION ALL ".join(
        _COUNTED.format(kind=kind, name=name, table=table, one=of_one) for kind, name, table in tables
    )


_NEWEST = """
(SELECT known_at, '{kind}', {name}, {account}, coalesce({person}, ''), source_id, retracted_at IS NOT NULL, {id}
 FROM {table} WHERE workspace_id = %(workspace)s AND known_at > %({since})s AND known_at <= %({until})s
 AND imported_id IS NULL {one} ORDER BY known_at DESC LIMIT %(count)s)"""
_COUNTED = """
SELECT source_id, (known_at AT TIME ZONE %(zone)s)::date AS day, '{kind}', {name} AS said, count(*) FROM {table}
WHERE workspace_id = %(workspace)s AND known_at > %(since)s AND known_at <= %(until)s {one}
GROUP BY 1, 2, 4"""
