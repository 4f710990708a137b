"""What the database knows of a batch of events before it is stored, asked all at once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from accounts import partitions
from accounts.batch import Batch
from accounts.functions import Function
from accounts.ingest.text import array

ASK = Function(
    "events_known",
    ("bigint", "bigint", "text[]", "text[]", "text[]", "text[]"),
    f"""
SELECT 'account', said, a.id::text FROM unnest($3) said,
  LATERAL (SELECT id FROM accounts_account WHERE workspace_id = $1 AND external_id BETWEEN said AND said
    ORDER BY external_id) a
UNION ALL
SELECT 'seen', message_id, replace(digest::text, '-', '') FROM accounts_eventkey
WHERE workspace_id = $1 AND source_id = $2 AND message_id = ANY($4)
UNION ALL
SELECT 'unheard', said, '' FROM unnest($5) said
WHERE NOT EXISTS (SELECT FROM accounts_eventname e WHERE e.workspace_id = $1 AND e.name = said OFFSET 0)
UNION ALL
SELECT 'missing', month, '' FROM unnest($6) month WHERE {partitions.MISSING}""",  # noqa: S608
    returns="what text, said text, value text",
)


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
    asked = (array(list(each)) for each in (accounts, messages, names, months))
    for what, said, value in ASK.run(batch.workspace.pk, batch.source.pk, *asked):
        if what == "account":
            found.account[said] = int(value)
        elif what == "seen":
            found.seen[said] = value
        else:
            (found.unheard if what == "unheard" else found.missing).add(said)
    return found
