"""The functions in the database are those of the code, and look into indexes alone."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from hashlib import md5
from itertools import pairwise
from uuid import uuid4

import pytest
from django.db import connection

from accounts.api import auth
from accounts.functions import FUNCTIONS, SETTINGS, Function
from accounts.models import Account, EventKey, EventName, Link, Source, Workspace
from accounts.names import WHOSE

assert auth.VERSIONS in FUNCTIONS
# Another text is another name, and a migration.
TEXTS = {
    "account_ids": "93562ec3cdb6cd4cbe75e7cd6eda2fed",
    "events_known": "2e543f76a4f6b5420f26ccb98d781075",
    "key_versions": "81d8adfc53741d2971be925cebf9f0c6",
    "mark_minutes": "5738a09956bb35255235bef16d08ae27",
    "whose_names": "442fa6458c4a3aee659759b8c7ad32eb",
}


def test_no_text_changes_under_its_name() -> None:
    """A database has them from the migration that installed them: a new text would never come there."""
    found = {each.name: md5(each.definition.encode(), usedforsecurity=False).hexdigest() for each in FUNCTIONS}
    assert found == TEXTS


@pytest.mark.django_db
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_the_database_has_them_as_they_are_here(function: Function) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosrc, pg_get_function_identity_arguments(oid), pg_get_function_result(oid),"
            " proconfig, provolatile FROM pg_proc WHERE proname = %s",
            [function.name],
        )
        [(body, types, returns, settings, volatility)] = cursor.fetchall()
    assert body == function.body
    assert types == ", ".join(each.replace("timestamptz", "timestamp with time zone") for each in function.types)
    told = f"TABLE({function.returns})" if function.returns else "void"
    assert returns == told.replace("timestamptz", "timestamp with time zone")
    assert [f"SET {each}".replace("=", " = ") for each in settings] == list(SETTINGS)
    assert volatility == ("s" if function.returns else "v")


@pytest.mark.django_db
@pytest.mark.parametrize("workspaces", [0, 300], ids=["empty", "many"])
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_each_is_planned_to_look_up_what_it_is_asked(function: Function, workspaces: int) -> None:
    """Also while all is empty, and where most workspaces are so small that reading all of one would be cheaper."""
    with connection.cursor() as cursor:
        tables = sorted(set(re.findall("accounts_[a-z]+", function.sql)))
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")
        _fill(workspaces)
        cursor.execute(f"ANALYZE {', '.join(tables)}")
        cursor.execute("; ".join(SETTINGS).replace("SET", "SET LOCAL"))
        cursor.execute(f"PREPARE it ({', '.join(function.types)}) AS {function.sql}")
        cursor.execute(f"EXPLAIN (COSTS OFF) EXECUTE it ({', '.join(['NULL'] * len(function.types))})")
        plan = [line.strip() for (line,) in cursor.fetchall()]
        cursor.execute("DEALLOCATE it")
    assert not [line for line in plan if "Seq Scan" in line or line.startswith("Join Filter")]
    looks = [plan[n + 1] for n, line in enumerate(plan) if " Scan using " in line]
    assert len(looks) == len(re.findall("FROM accounts_", function.sql))
    assert all(each.startswith("Index Cond") and each != "Index Cond: (workspace_id = $1)" for each in looks)
    assert not [line for line, below in pairwise(plan) if "_in_workspace" in line and "workspace_id" not in below]


def _fill(workspaces: int) -> None:
    """Workspaces of three accounts, messages, names and links each."""
    now, n = datetime(2026, 3, 1, tzinfo=UTC), range(3)
    made = Workspace.objects.bulk_create(Workspace(name=str(at), slug=str(at)) for at in range(workspaces))
    sources = Source.unscoped.bulk_create(Source(workspace=each, name="s", kind="api") for each in made)
    accounts = Account.unscoped.bulk_create(Account(workspace=w, external_id=str(i), name="") for w in made for i in n)
    EventName.unscoped.bulk_create(EventName(workspace=w, name=str(i), first_seen_at=now) for w in made for i in n)
    Link.unscoped.bulk_create(Link(workspace=w, name=str(i), since_at=now) for w in made for i in n)
    EventKey.unscoped.bulk_create(
        EventKey(workspace=s.workspace, source=s, message_id=str(i), digest=uuid4(), occurred_at=now, account=a)
        for s, a in zip(sources, accounts[::3], strict=True)
        for i in n
    )


def test_a_plan_that_was_made_while_the_table_was_empty_does_not_read_all_of_it(acme: Workspace) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_link")
        assert WHOSE.run(acme.pk, "{user:ann}") == []
        cursor.execute(
            "INSERT INTO accounts_link (workspace_id, name, joined_to, since_at)"
            " SELECT %s, 'user:' || n, 'user:ann', now() FROM generate_series(1, 20000) n",
            [acme.pk],
        )
        before = _read(cursor)
        assert [row[0] for row in WHOSE.run(acme.pk, "{user:7}")] == ["user:7"]
        assert _read(cursor) == before


def _read(cursor: object) -> int:
    """Rows of links that this transaction read from end to end."""
    cursor.execute("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'accounts_link'")  # type: ignore[attr-defined]
    return int(cursor.fetchone()[0])  # type: ignore[attr-defined]
