"""What the database knows of a batch of events before it is stored, asked all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection

from accounts import partitions
from accounts.batch import Batch
from accounts.ingest.text import array

# Not prepared: a plan that was made while the tables were empty would read all of them when they are not.
ASK = f"""
SELECT 'account', external_id::text, id::text FROM accounts_account
WHERE workspace_id = %(workspace)s AND external_id = ANY(%(accounts)s::text[])
UNION ALL
SELECT 'seen', message_id, replace(digest::text, '-', '') FROM accounts_eventkey
WHERE workspace_id = %(workspace)s AND source_id = %(source)s AND message_id = ANY(%(messages)s::text[])
UNION ALL
SELECT 'unheard', said, '' FROM unnest(%(names)s::text[]) said
WHERE NOT EXISTS (SELECT FROM accounts_eventname e WHERE e.workspace_id = %(workspace)s AND e.name = said)
UNION ALL
SELECT 'missing', month, '' FROM unnest(%(months)s::text[]) month WHERE {partitions.MISSING}"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Known:
    """Accounts (external id → id), ids of messages that were seen (→ digest), names never heard, months without a
    partition."""

    account: dict[str, int] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    unheard: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)


def ask(
    batch: Batch,
    accounts: Iterable[str] = (),
    messages: Iterable[str] = (),
    names: Iterable[str] = (),
    months: Iterable[str] = (),
) -> Known:
    """What is known of accounts, message ids, names and months."""
    found = Known()
    asked = {"accounts": accounts, "messages": messages, "names": names, "months": months}
    values: dict[str, object] = {name: array(list(each)) for name, each in asked.items()}
    with connection.cursor() as cursor:
        cursor.execute(ASK, values | {"workspace": batch.workspace.pk, "source": batch.source.pk})
        rows = cursor.fetchall()
    for what, said, of in rows:
        if what == "account":
            found.account[said] = int(of)
        elif what == "seen":
            found.seen[said] = of
        else:
            (found.unheard if what == "unheard" else found.missing).add(said)
    return found
