"""Queries that are written once: every answer is that of its own arguments, as Django would have made it."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Count, QuerySet
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Workspace
from accounts.models.ids import Ids
from accounts.models.written import written_once
from tests.cast import account

pytestmark = pytest.mark.django_db


@written_once
def named(workspace: int, name: str) -> QuerySet[Account]:
    return Account.objects.of(workspace).select_related("owner__user", "stage").filter(name=name)


@written_once
def among(workspace: int, ids: Ids) -> QuerySet[Account]:
    return Account.objects.of(workspace).filter(pk__among=ids).order_by("-name").values("name", "segment")


@written_once
def sizes(workspace: int) -> QuerySet[Account]:
    return Account.objects.of(workspace).values("workspace").annotate(n=Count("*")).values_list("n", flat=True)


def test_each_answer_is_of_its_own_arguments(cast):
    made = {name: account(cast.acme, name, owner=cast.alice.user.email) for name in ("a", "b", "it's 100% “c”")}
    account(cast.evil, "a")
    for name, row in made.items():
        with CaptureQueriesContext(connection) as asked:
            (found,) = named(cast.acme.pk, name)
            assert (found, found.name, found.owner.user.email) == (row, name, cast.alice.user.email)
        assert len(asked) == 1
        plain = Account.objects.of(cast.acme).get(pk=row.pk)
        assert {key: getattr(found, key) for key in vars(plain) if key != "_state"} == {
            key: value for key, value in vars(plain).items() if key != "_state"
        }
    assert named(cast.evil.pk, "b") == []
    two = [made["a"].pk, made["b"].pk]
    assert [row["name"] for row in among(cast.acme.pk, Ids(two).text)] == ["b", "a"]
    assert sizes(cast.acme.pk) == [Account.objects.of(cast.acme).count()]


def test_nobody_s_rows_are_none(acme: Workspace):
    Account.objects.of(acme).delete()
    assert sizes(acme.pk) == []
