"""A kept world is found by each test as it was made."""

from __future__ import annotations

import pytest

from accounts.models import Account, Workspace
from tests.cast import account
from tests.kept import kept

pytestmark = pytest.mark.django_db
MADE: list[int] = []


@kept
def lonely(acme: Workspace) -> Account:
    MADE.append(acme.pk)
    acme.name = "Changed by the maker alone"
    return account(acme, "lonely")


@pytest.mark.parametrize("turn", [1, 2])
def test_it_is_made_once_and_what_a_test_writes_is_gone(lonely: Account, acme: Workspace, turn: int) -> None:
    assert [each.external_id for each in Account.objects.of(acme)] == ["lonely"]
    assert lonely.name != "Changed by a test"
    lonely.name = "Changed by a test"
    lonely.save()
    account(acme, f"another {turn}")
    assert len(MADE) == 1


def test_without_it_there_is_nothing_of_it(acme: Workspace) -> None:
    assert acme.name == "Acme"
    assert not Account.objects.of(acme).exists()
