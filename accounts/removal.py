"""The accounts that an import made, when it is taken back: those of which nothing else is told go, the others stay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection

from accounts.models import Account, AccountImport, Event, EventKey, Import, Link
from accounts.models.event import StreamedModel
from accounts.models.fact import Fact
from accounts.places import lock_accounts
from accounts.setting_back import count_changed

AT_A_TIME = 1_000
# What is worked out of what is told of an account, and goes with it; what of it is refilled when its dirty days are.
DERIVED = ("accounts.AccountHistory", "accounts.AccountChange", "accounts.AccountImport", "metrics.Standing")
REFILLED = ("accounts.DirtyDay", "metrics.AccountDay", "metrics.ContactDay")
# Has rows during a night only, and no index by account.
BRIEF = "metrics.Reading"


def plan(imported: Import) -> dict[str, Any]:
    """What taking it back will do as things are: how many accounts go, how many stay for which reason, and how many
    are set back."""
    forgotten = f" OR {FORGOTTEN}" if imported.workspace.events_gone_before else ""
    with connection.cursor() as cursor:
        cursor.execute(PLAN.format(judged=_judged(imported, CHILD_OF_OTHERS, forgotten)), _of(imported))
        found = dict(cursor.fetchall())
    return {"accounts": found.pop("", 0), "stay": found, "set_back": count_changed(imported)}


def keep_forgotten(imported: Import) -> None:
    """Let accounts stay of which events told that are no longer kept. All keys of the workspace are read for that, so
    it is done once, and again where events of more days were deleted since."""
    if _more_was_forgotten(imported):
        with connection.cursor() as cursor:
            cursor.execute(KEEP_FORGOTTEN, _of(imported))
        imported.undone["forgotten_before"] = str(imported.workspace.events_gone_before)


def _more_was_forgotten(imported: Import) -> bool:
    workspace = imported.workspace
    workspace.refresh_from_db(fields=["events_gone_before"])
    border = workspace.events_gone_before
    return border is not None and imported.undone.get("forgotten_before") != str(border)


def remove_some(imported: Import) -> int | None:
    """Delete some of the accounts that it made and nothing holds; first those that stand above none. Returns how
    many, None where there are none left. Raises OperationalError where somebody writes all the time.

    For a moment nobody else writes rows that name an account without a key of the database.
    """
    lock_accounts(imported.workspace)
    keep_forgotten(imported)
    found = _free(imported, f"LIMIT {AT_A_TIME}")
    if not found:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '500ms'")
        cursor.execute(f"LOCK TABLE ONLY {', ONLY '.join(_unguarded())} IN SHARE ROW EXCLUSIVE MODE")
        # Who tells of one of them from here on waits, and fails where it is gone.
        cursor.execute(
            "SELECT FROM accounts_account WHERE workspace_id = %s AND id = ANY(%s) ORDER BY id FOR UPDATE",
            [imported.workspace_id, found],
        )
        if _more_was_forgotten(imported):  # since we looked, and too much to look at here; none is deleted from now on
            return 0
        gone = _free(imported, "AND id = ANY(%(of)s)", found)
        for name in DERIVED:
            table = apps.get_model(name)._meta.db_table
            cursor.execute(
                f"DELETE FROM {table} WHERE workspace_id = %s AND account_id = ANY(%s)",  # noqa: S608
                [imported.workspace_id, gone],
            )
        cursor.execute(
            "DELETE FROM accounts_account WHERE workspace_id = %s AND id = ANY(%s)", [imported.workspace_id, gone]
        )
    return len(gone)


def leave(imported: Import) -> dict[str, int]:
    """Count, by reason, the accounts that stay. They are another import's from now on, where one told of them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT why, count(*) FROM ({_judged(imported, CHILD)}) j GROUP BY 1", _of(imported))  # noqa: S608
        found = dict(cursor.fetchall())
        cursor.execute(HAND_OVER, _of(imported))
    return found


def _free(imported: Import, which: str, of: list[int] | None = None) -> list[int]:
    """Accounts that it made and nothing holds."""
    with connection.cursor() as cursor:
        statement = f"SELECT id FROM ({_judged(imported, CHILD)}) j WHERE why IS NULL {which}"  # noqa: S608
        cursor.execute(statement, _of(imported) | {"of": of})
        return [pk for (pk,) in cursor.fetchall()]


def _of(imported: Import) -> dict[str, Any]:
    first = imported.workspace.events_gone_before
    gone = imported.workspace.start_of(first) if first else None
    return {"workspace": imported.workspace_id, "imported": imported.pk, "gone": gone}


def _judged(imported: Import, child: str, told: str = "") -> str:
    """The accounts that it made, each with why it stays, or NULL; `told`: what else holds one."""
    reasons = {why: " OR ".join(found) for why, found in _holds().items()}
    reasons["told"] += told
    return JUDGED.format(**reasons, child=child)


@cache
def _holds() -> dict[str, list[str]]:
    """Reason → whether a table has a row for it. What no list names holds an account as well."""
    found = defaultdict(list)
    for model, column in _keys():
        if model._meta.label in (*DERIVED, *REFILLED) or model in (Account, EventKey):
            continue
        own = " AND t.imported_id IS DISTINCT FROM %(imported)s" if issubclass(model, (Fact, Event)) else ""
        holds = AMONG if model._meta.label == BRIEF else EXISTS
        found[_reason(model)].append(holds.format(table=model._meta.db_table, column=column, more=own))
    others = EXISTS.format(
        table=AccountImport._meta.db_table, column="account_id", more=" AND t.imported_id <> %(imported)s"
    )
    return {"told": [others, *found.pop("told")], **found}


def _reason(model: Any) -> str:
    if issubclass(model, (Fact, Event, Link)):
        return "told"
    return "decided" if model._meta.app_label == "accounts" else "scored"


def _keys() -> Iterator[tuple[Any, str]]:
    """The models that point at an account, each with the column."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is Account:
                yield model, field.column


def _unguarded() -> list[str]:
    return sorted(model._meta.db_table for model, _column in _keys() if issubclass(model, StreamedModel))


# OFFSET 0 keeps it a look into an index for each account.
EXISTS = "EXISTS (SELECT FROM {table} t WHERE t.workspace_id = a.workspace_id AND t.{column} = a.id{more} OFFSET 0)"
AMONG = "a.id IN (SELECT t.{column} FROM {table} t WHERE t.workspace_id = %(workspace)s)"
CHILD = EXISTS.format(table="accounts_account", column="parent_id", more="")
CHILD_OF_OTHERS = EXISTS.format(
    table="accounts_account", column="parent_id", more=" AND t.imported_id IS DISTINCT FROM %(imported)s"
)
# Events that are no longer kept have left their keys.
FORGOTTEN = """a.id IN (SELECT k.account_id FROM accounts_eventkey k
  WHERE k.workspace_id = %(workspace)s AND k.occurred_at < %(gone)s)"""
KEEP_FORGOTTEN = f"""
UPDATE accounts_account a SET told_since = true
WHERE a.workspace_id = %(workspace)s AND a.imported_id = %(imported)s AND {FORGOTTEN}"""  # noqa: S608
JUDGED = """
SELECT a.id, a.parent_id, CASE WHEN a.told_since OR {told} THEN 'told' WHEN {decided} THEN 'decided'
  WHEN {scored} THEN 'scored' WHEN {child} THEN 'parent' END AS why
FROM accounts_account a WHERE a.workspace_id = %(workspace)s AND a.imported_id = %(imported)s"""
# Who stays keeps those above.
PLAN = """
WITH RECURSIVE judged AS MATERIALIZED ({judged}), stay (id, parent_id, why) AS (
  SELECT * FROM judged WHERE why IS NOT NULL
  UNION
  SELECT p.id, p.parent_id, coalesce(p.why, 'parent') FROM stay s JOIN judged p ON p.id = s.parent_id)
SELECT coalesce(s.why, ''), count(*) FROM judged j LEFT JOIN stay s ON s.id = j.id GROUP BY 1"""
HAND_OVER = """
UPDATE accounts_account a SET imported_id = other.imported_id
FROM (SELECT account_id, min(imported_id) AS imported_id FROM accounts_accountimport
  WHERE workspace_id = %(workspace)s AND imported_id <> %(imported)s GROUP BY 1) other
WHERE a.workspace_id = %(workspace)s AND a.imported_id = %(imported)s AND a.id = other.account_id"""
