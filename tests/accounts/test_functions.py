"""The functions in the database are those of the code, and read no table from end to end."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.functions import FUNCTIONS, Function
from accounts.models import Workspace
from accounts.names import WHOSE


def test_there_are_some() -> None:
    assert {"events_known", "key_versions", "mark_quarters", "whose_names"} <= {each.name for each in FUNCTIONS}


@pytest.mark.django_db
@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_the_database_has_them_as_they_are_here(function: Function) -> None:
    """Who changes one writes a migration that installs it."""
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
