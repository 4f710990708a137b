"""The functions in the database are those of the code, and look into indexes alone."""

from __future__ import annotations

import re

import pytest
from django.db import connection

from accounts.api.auth import VERSIONS
from accounts.functions import FUNCTIONS, Function
from accounts.ingest.accounts import IDS
from accounts.ingest.asking import ASK
from accounts.ingest.events import MARK_QUARTERS
from accounts.models import Workspace
from accounts.names import WHOSE

ALL = [ASK, IDS, MARK_QUARTERS, VERSIONS, WHOSE]


def test_there_are_no_others() -> None:
    assert sorted(each.name for each in FUNCTIONS) == sorted(each.name for each in ALL)


@pytest.mark.django_db
@pytest.mark.parametrize("function", ALL, ids=lambda each: each.name)
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
    assert set(settings) == {"enable_seqscan=off", "plan_cache_mode=force_generic_plan"}
    assert volatility == ("s" if function.returns else "v")


@pytest.mark.parametrize("function", ALL, ids=lambda each: each.name)
def test_each_is_planned_to_look_up_what_it_is_asked_also_while_all_is_empty(
    acme: Workspace, function: Function
) -> None:
    with connection.cursor() as cursor:
        for table in re.findall("accounts_[a-z]+", function.sql):
            cursor.execute(f"ANALYZE {table}")
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan")
        cursor.execute(f"PREPARE it ({', '.join(function.types)}) AS {function.sql}")
        cursor.execute(f"EXPLAIN (COSTS OFF) EXECUTE it ({', '.join(['NULL'] * len(function.types))})")
        plan = [line.strip() for (line,) in cursor.fetchall()]
        cursor.execute("DEALLOCATE it")
    assert not [line for line in plan if "Seq Scan" in line or line.startswith("Join Filter")]
    looks = [plan[n + 1] for n, line in enumerate(plan) if " Scan using " in line]
    assert len(looks) == len(re.findall("FROM accounts_", function.sql))
    assert all(each.startswith("Index Cond") and each != "Index Cond: (workspace_id = $1)" for each in looks)


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
