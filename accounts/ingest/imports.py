"""Which accounts an import brought facts of."""

from __future__ import annotations

from collections import Counter

from django.db import connection

from accounts.batch import Batch, Status

BROUGHT = {Status.ACCEPTED, Status.UPDATED}
REMEMBER = """
INSERT INTO accounts_accountimport (workspace_id, imported_id, account_id, facts)
SELECT %s, %s, * FROM unnest(%s::bigint[], %s::bigint[])
ON CONFLICT (workspace_id, account_id, imported_id)
DO UPDATE SET facts = accounts_accountimport.facts + excluded.facts"""


def remember_import(batch: Batch, ids: dict[str, int]) -> None:
    """Count, account by account, what a batch of an import brought."""
    if batch.imported is None or not ids:
        return
    results = zip(batch.items, batch.results, strict=True)
    facts = Counter(ids[item.account] for item, result in results if result is None or result.status in BROUGHT)
    if facts:
        with connection.cursor() as cursor:
            values = [batch.workspace.pk, batch.imported.pk, list(facts), list(facts.values())]
            cursor.execute(REMEMBER, values)
