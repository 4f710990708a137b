"""Which accounts an import told of: what it brought of each, and what it changed of those that were there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping

from django.db import connection

from accounts.batch import BAD, Batch, Result, Status
from accounts.models import Account, AccountChange, Import, Workspace
from accounts.models.ids import Ids
from accounts.upsert import Upserted

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
    _remember(batch.imported, Counter(ids[item.account] for item, result in results if _was_brought(result)))


def _was_brought(result: Result | None) -> bool:
    return result is None or result.status in BROUGHT


def remember_accounts(batch: Batch, upserted: Upserted) -> None:
    """Keep of which accounts an import told, and what it changed of them; of any other source, that it told of some
    that an import made."""
    results = zip(batch.items, batch.results, strict=True)
    told = [upserted.accounts[item.id] for item, result in results if result is None or result.status not in BAD]
    if batch.imported is None:
        hear_of(batch.workspace, [account.pk for account in told if account.imported_id and not account.told_since])
        return
    _remember(batch.imported, dict.fromkeys((account.pk for account in told), 0))
    AccountChange.unscoped.bulk_create(
        [
            AccountChange(
                workspace=batch.workspace, account_id=pk, imported=batch.imported, field=column, before=old, after=new
            )
            for pk, columns in upserted.changes.items()
            for column, (old, new) in columns.items()
        ],
        batch_size=5_000,
        update_conflicts=True,
        unique_fields=["workspace", "account", "field", "imported"],
        update_fields=["after"],
    )


def hear_of(workspace: Workspace, accounts: Collection[int]) -> None:
    """From now on these accounts stay, whatever becomes of the imports that made them."""
    if accounts:
        made = Account.objects.of(workspace).filter(pk__among=Ids(accounts), imported__isnull=False)
        made.update(told_since=True)


def _remember(imported: Import, facts: Mapping[int, int]) -> None:
    if facts:
        with connection.cursor() as cursor:
            cursor.execute(REMEMBER, [imported.workspace_id, imported.pk, list(facts), list(facts.values())])
