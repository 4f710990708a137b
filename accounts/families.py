"""Accounts above accounts: nobody stands above itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import connection

from accounts.models import Workspace

# From some accounts all the way up; each account once, so that a circle, were there one, ends.
UP = """
WITH RECURSIVE up AS (
  SELECT id, external_id, parent_id FROM accounts_account
  WHERE workspace_id = %(workspace)s AND external_id = ANY(%(of)s)
  UNION
  SELECT a.id, a.external_id, a.parent_id FROM accounts_account a JOIN up ON a.id = up.parent_id
  WHERE a.workspace_id = %(workspace)s
)
SELECT up.external_id, p.external_id FROM up JOIN accounts_account p
  ON p.workspace_id = %(workspace)s AND p.id = up.parent_id"""


def parents_above(workspace: Workspace, accounts: Iterable[str]) -> dict[str, str]:
    """Account → its parent, by external id, for these accounts and all above them."""
    with connection.cursor() as cursor:
        cursor.execute(UP, {"workspace": workspace.pk, "of": list(accounts)})
        return dict(cursor.fetchall())


# All below one account, however deep; a circle ends here as well.
DOWN = """
WITH RECURSIVE down AS (
  SELECT id FROM accounts_account WHERE workspace_id = %(workspace)s AND parent_id = %(account)s
  UNION
  SELECT a.id FROM accounts_account a JOIN down ON a.parent_id = down.id WHERE a.workspace_id = %(workspace)s
)
SELECT id FROM down WHERE id <> %(account)s"""


def below(workspace: Workspace, account: int) -> list[int]:
    """The accounts below one: its children, theirs, and so on."""
    with connection.cursor() as cursor:
        cursor.execute(DOWN, {"workspace": workspace.pk, "account": account})
        return [row[0] for row in cursor.fetchall()]


def in_circles(parents: Mapping[str, str]) -> set[str]:
    """The accounts that, by these parents, stand above themselves."""
    found: set[str] = set()
    seen: set[str] = set()
    for begin in parents:
        path: list[str] = []
        at: str | None = begin
        while at is not None and at not in seen:
            seen.add(at)
            path.append(at)
            at = parents.get(at)
        if at in path:
            found.update(path[path.index(at) :])
    return found
