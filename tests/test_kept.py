"""A kept world is found by each test as it was made."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from accounts.models import Account, Workspace
from tests.cast import account
from tests.kept import kept

MADE: list[int] = []


@pytest.fixture
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(1999, 1, 1, tzinfo=UTC))


@kept
def lonely(acme: Workspace) -> Account:
    assert timezone.now().year > 1999
    MADE.append(acme.pk)
    acme.name = "Changed by the maker alone"
    return account(acme, "lonely")


@pytest.mark.usefixtures("long_ago")
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
