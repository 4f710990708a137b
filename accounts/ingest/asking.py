"""What the database knows of a batch of events before it is stored, asked all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Set
from dataclasses import dataclass, field
from time import monotonic

from django.db import transaction

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

# Months that have a partition, as Remembered calls them.
MONTHS = "months"
KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Known:
    """Accounts (external id → id), ids of messages that were seen (→ digest), names never heard, months without a
    partition."""

    account: dict[str, int] = field(default_factory=dict)
    seen: dict[str, str] = field(default_factory=dict)
    unheard: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)


class Remembered:
    """The names that workspaces have heard (by their id), and MONTHS: neither ever goes, so they are asked for once a
    minute, and not each time. A database that was put back to an older state is noticed then; a month that is believed
    to have a partition and has none would fill the default one."""

    def __init__(self) -> None:
        self.kept: dict[int | str, set[str]] = defaultdict(set)
        self.until = 0.0

    def without(self, whose: int | str, asked: Set[str]) -> Set[str]:
        """Those of which nothing is remembered."""
        if monotonic() > self.until:
            self.kept.clear()
            self.until = monotonic() + KEPT_SECONDS
        return asked - self.kept[whose]

    def add(self, whose: int | str, found: Set[str]) -> None:
        """Remember them once the transaction that found them is committed: it may have made them."""
        if found:
            transaction.on_commit(lambda: self.kept[whose].update(found))


REMEMBERED = Remembered()


def ask(
    batch: Batch,
    accounts: Collection[str] = (),
    messages: Collection[str] = (),
    names: Set[str] = frozenset(),
    months: Set[str] = frozenset(),
) -> Known:
    """What is known of accounts, message ids, names and months."""
    found, workspace = Known(), batch.workspace.pk
    names, months = REMEMBERED.without(workspace, names), REMEMBERED.without(MONTHS, months)
    if not (accounts or messages or names or months):
        return found
    asked = (array(list(each)) for each in (accounts, messages, names, months))
    for what, said, value in ASK.run(workspace, batch.source.pk, *asked):
        if what == "account":
            found.account[said] = int(value)
        elif what == "seen":
            found.seen[said] = value
        else:
            (found.unheard if what == "unheard" else found.missing).add(said)
    REMEMBERED.add(workspace, names - found.unheard)
    REMEMBERED.add(MONTHS, months - found.missing)
    return found
