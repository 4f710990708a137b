"""What an import changed of accounts that were there, set back to what they had."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime
from typing import Any

from django.db import connection
from msgspec import UNSET

from accounts.batch import UPDATED, Batch
from accounts.facts import AccountItem
from accounts.models import Account, Import, Workspace
from accounts.places import lock_accounts
from accounts.upsert import names_of, upsert_accounts

AT_A_TIME = 1_000


def count_changed(imported: Import) -> int:
    """How many accounts still say something that the import changed."""
    with connection.cursor() as cursor:
        cursor.execute(STILL_CHANGED, _of(imported))
        return int(cursor.fetchone()[0])


def set_back(imported: Import, moment: datetime) -> int | None:
    """Give some accounts that were there before the import what they had, in those fields that still say what it said.
    Returns how many accounts it changed, None where there are none left.

    Left are fields whose owner, team, stage or parent is gone, and parents that would stand below the account.
    """
    lock_accounts(imported.workspace)
    some = _of(imported) | {"most": AT_A_TIME}
    with connection.cursor() as cursor:
        cursor.execute(SOME, some)
        some["accounts"] = [pk for (pk,) in cursor.fetchall()]
        if not some["accounts"]:
            return None
        count = _tell(imported, _items(imported, some), moment)
        cursor.execute(FROM_BEFORE, some)
        cursor.execute(DONE, some)
    return count


def _of(imported: Import) -> dict[str, Any]:
    return {"workspace": imported.workspace_id, "imported": imported.pk}


def _items(imported: Import, some: dict[str, Any]) -> list[AccountItem]:
    """What some accounts had, in the words of who tells of accounts."""
    with connection.cursor() as cursor:
        cursor.execute(STILL, some)
        rows = cursor.fetchall()
    words = _words(imported.workspace, {row[2] for row in rows if row[1] == "parent_id"})
    told: dict[str, dict[str, Any]] = defaultdict(dict)
    for account, column, before in rows:
        field, value = column.removesuffix("_id"), json.loads(before)
        if value is not None and field in words:
            value = words[field].get(value, UNSET)
        told[account][field] = date.fromisoformat(value) if field == "started_on" and value else value
    return [AccountItem(id=account, **fields) for account, fields in told.items()]


def _words(workspace: Workspace, parents: set[str]) -> dict[str, dict[int, str]]:
    """Field → id → what people call it."""
    words = {field: {pk: word for word, pk in names.items()} for field, names in names_of(workspace).items()}
    ids = [int(each) for each in parents if each != "null"]
    above = Account.objects.of(workspace).filter(pk__in=ids).values_list("pk", "external_id")
    return words | {"parent": dict(above)}


def _tell(imported: Import, items: list[AccountItem], moment: datetime) -> int:
    """Tell what accounts had; a field that cannot be told is left out of the next try. Returns how many changed."""
    count = 0
    while items:
        batch = Batch(imported.workspace, imported.source, "accounts", items, moment, imported=imported)
        upsert_accounts(batch)
        count += batch.results.count(UPDATED)
        refused = [(item, result.field) for item, result in zip(items, batch.results, strict=True) if result.reason]
        for item, field in refused:
            setattr(item, field, UNSET)
        items = [item for item, _field in refused]
    return count


CHANGES = """
FROM accounts_accountchange c JOIN accounts_account a ON a.workspace_id = c.workspace_id AND a.id = c.account_id
WHERE c.workspace_id = %(workspace)s AND c.imported_id = %(imported)s
  AND to_jsonb(a) -> c.field::text = coalesce(c.after, 'null')"""
STILL_CHANGED = f"SELECT count(DISTINCT c.account_id) {CHANGES}"
SOME = """
SELECT DISTINCT account_id FROM accounts_accountchange WHERE workspace_id = %(workspace)s AND imported_id = %(imported)s
ORDER BY 1 LIMIT %(most)s"""
STILL = f"""
SELECT a.external_id, c.field, coalesce(c.before, 'null')::text {CHANGES}
  AND c.account_id = ANY(%(accounts)s) ORDER BY c.account_id"""
DONE = """
DELETE FROM accounts_accountchange
WHERE workspace_id = %(workspace)s AND imported_id = %(imported)s AND account_id = ANY(%(accounts)s)"""
# What a later import found there was never so: it found what was there before this one.
FROM_BEFORE = """
UPDATE accounts_accountchange later SET before = c.before FROM accounts_accountchange c
WHERE c.workspace_id = %(workspace)s AND c.imported_id = %(imported)s AND c.account_id = ANY(%(accounts)s)
  AND later.workspace_id = c.workspace_id
  AND later.account_id = c.account_id AND later.field = c.field AND later.before IS NOT DISTINCT FROM c.after
  AND later.imported_id = (SELECT min(n.imported_id) FROM accounts_accountchange n
    WHERE n.workspace_id = c.workspace_id AND n.account_id = c.account_id AND n.field = c.field
      AND n.imported_id > c.imported_id)"""
