"""Events that are pushed, and workspaces that take them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from django.db import connection, transaction

from accounts import partitions
from accounts.models import Account, ApiKey, Source, Workspace
from benchmarks.cpu import Meter, metered
from metrics.scorecards import create_workspace

BATCH = 500
CLIENTS = 4
ACCOUNTS = 2_000
# So many events in a row are one person's.
SESSION = 5
NAMES = ("login", "page", "feature", "export", "report")
COPIED = (
    "account_id, name, person, feature, message_id, occurred_at, count, seconds, properties,"
    " workspace_id, source_id, known_at"
)
KEYED = "workspace_id, source_id, digest, message_id, occurred_at, account_id"
NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)


def batches(first: int, last: int, size: int = BATCH) -> Iterator[list[dict[str, object]]]:
    """The events from one number to another, so many at a time."""
    for n in range(first, last, size):
        yield [item_of(each) for each in range(n, min(n + size, last))]


def item_of(n: int) -> dict[str, object]:
    """Event n; a stream of the last days, spread over accounts and people."""
    account = f"a{n // SESSION * 7919 % ACCOUNTS}"
    return {
        "account": account,
        "name": NAMES[n % len(NAMES)],
        "contact": f"person{n // SESSION % 17}@{account}.example",
        "feature": f"feature-{n % 23}",
        "message_id": f"01J{n:023}",
        "occurred_at": (NOON - timedelta(seconds=n % 200_000)).isoformat(),
        "count": 1,
        "seconds": n % 600,
        "properties": {"browser": "Firefox", "page": f"/reports/{n % 1000}", "plan": "Team"},
    }


def fresh_workspace(slug: str) -> Workspace:
    """A fresh workspace with its accounts; one that an earlier run left is emptied first."""
    workspace = Workspace.objects.filter(slug=slug).first() or create_workspace(slug, slug)
    partitions.ensure_ahead(NOON - timedelta(days=31))
    with connection.cursor() as cursor:
        for table in ("event", "eventkey", "dirtyday", "link", "waiting"):
            cursor.execute(f"DELETE FROM accounts_{table} WHERE workspace_id = %s", [workspace.pk])
        names = [f"a{n}" for n in range(ACCOUNTS)]
        Account.unscoped.bulk_create(
            (Account(workspace=workspace, external_id=name, name=name) for name in names), ignore_conflicts=True
        )
        cursor.execute("VACUUM ANALYZE accounts_account, accounts_event, accounts_eventkey, accounts_dirtyday")
    return workspace


def issue_key(workspace: Workspace) -> str:
    """A key that pushes into a workspace."""
    return ApiKey.issue(workspace, source_of(workspace), "Bench", [ApiKey.Scope.EVENTS])[1]


def source_of(workspace: Workspace) -> Source:
    """The source of what is pushed."""
    return Source.unscoped.get_or_create(workspace=workspace, name="Bench", defaults={"kind": Source.Kind.REST})[0]


def copy(pairs: Iterable[tuple[str, str]], *, keys: bool = True) -> Meter:
    """COPY lines of events and of their keys into the tables, a transaction for each pair."""
    with metered() as meter, connection.cursor() as cursor:
        for events, lines in pairs:
            with transaction.atomic():
                if keys:
                    cursor.copy_expert(f"COPY accounts_eventkey ({KEYED}) FROM STDIN", io.StringIO(lines))
                cursor.copy_expert(f"COPY accounts_event ({COPIED}) FROM STDIN", io.StringIO(events))
    return meter
