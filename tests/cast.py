"""The cast: the people and workspaces of every test, and the ways to tell facts and run nights.

Alice is a CSM of Acme's team North, Bob its manager, Carol Acme's admin, Victor reads only; Mallory is the admin of
Evil, a stranger. All sign in with PASSWORD. Facts go in through `ingest.record`, as everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import msgspec
import pytest
from django.contrib.auth.hashers import make_password

from accounts import ingest
from accounts.batch import Batch, Result, Status
from accounts.kinds import KINDS
from accounts.models import Account, Membership, Role, Source, Team, User, Workspace
from metrics.models import Run, ScoreSnapshot
from metrics.nightly.run import drain, open_run
from metrics.scorecards import create_workspace
from tests.kept import kept

PASSWORD = "a long pass phrase"
NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Cast:
    """Two workspaces and who is in them."""

    acme: Workspace
    north: Team
    south: Team
    alice: Membership
    bob: Membership
    carol: Membership
    victor: Membership
    evil: Workspace
    mallory: Membership


@cache
def _password_hash() -> str:
    return make_password(PASSWORD)


def join(workspace: Workspace, name: str, role: Role, team: Team | None = None) -> Membership:
    """Make a person, <name>@<workspace>.example, and a member of a workspace."""
    email = f"{name.lower()}@{workspace.slug}.example"
    user = User.objects.create(email=email, name=name, password=_password_hash())
    return Membership.unscoped.create(workspace=workspace, user=user, role=role, team=team)


@kept
def cast() -> Cast:
    """Make both workspaces, each with the default stages and scorecard, and everybody in them."""
    acme = create_workspace("acme", "Acme", time_zone="Europe/Madrid", currency="EUR")
    evil = create_workspace("evil", "Evil")
    north = Team.unscoped.create(workspace=acme, name="North")
    return Cast(
        acme=acme,
        north=north,
        south=Team.unscoped.create(workspace=acme, name="South"),
        alice=join(acme, "Alice", Role.CSM, north),
        bob=join(acme, "Bob", Role.MANAGER, north),
        carol=join(acme, "Carol", Role.ADMIN),
        victor=join(acme, "Victor", Role.VIEWER),
        evil=evil,
        mallory=join(evil, "Mallory", Role.ADMIN),
    )


@pytest.fixture
def acme(cast: Cast) -> Workspace:
    return cast.acme


@pytest.fixture
def evil(cast: Cast) -> Workspace:
    return cast.evil


@pytest.fixture
def alice(cast: Cast) -> Membership:
    return cast.alice


@pytest.fixture
def bob(cast: Cast) -> Membership:
    return cast.bob


@pytest.fixture
def carol(cast: Cast) -> Membership:
    return cast.carol


@pytest.fixture
def victor(cast: Cast) -> Membership:
    return cast.victor


@pytest.fixture
def mallory(cast: Cast) -> Membership:
    return cast.mallory


# -- facts --------------------------------------------------------------------------------------------------


def source_of(workspace: Workspace, name: str = "Tests") -> Source:
    return Source.unscoped.get_or_create(workspace=workspace, name=name, defaults={"kind": Source.Kind.REST})[0]


def batch_of(workspace: Workspace, kind: str, *items: dict[str, Any], at: datetime = NOW, **more: Any) -> Batch:
    """Items as dicts → a batch; `more` are fields of Batch."""
    more.setdefault("source", source_of(workspace))
    structs = msgspec.convert(list(items), list[KINDS[kind].struct])  # type: ignore[misc]
    return Batch(workspace, kind=kind, items=structs, received_at=at, **more)


def record(workspace: Workspace, kind: str, *items: dict[str, Any], at: datetime = NOW, **more: Any) -> list[Result]:
    """Hand items to ingest, heard at `at`. Returns what it answers."""
    return ingest.record(batch_of(workspace, kind, *items, at=at, **more))


def tell(workspace: Workspace, kind: str, *items: dict[str, Any], at: datetime | None = None, **more: Any) -> None:
    """Record items, all of which must be taken. Without `at` they were known when they happened."""
    more.setdefault("history", at is None)
    results = record(workspace, kind, *items, at=at or NOW, **more)
    refused = [result for result in results if result.status not in {Status.ACCEPTED, Status.UPDATED}]
    assert not refused, refused[0]


def account(workspace: Workspace, external_id: str, **fields: Any) -> Account:
    """Make or change an account through ingest: name, owner (an e-mail), team, segment, stage, started_on…"""
    record(workspace, "accounts", {"id": external_id, **fields})
    return Account.objects.of(workspace).get(external_id=external_id)


# -- nights -------------------------------------------------------------------------------------------------


def night(workspace: Workspace, day: date) -> Run:
    """Run a day's night to its end, in this process."""
    return drain(open_run(workspace, day).pk)


def snapshot(workspace: Workspace, external_id: str, day: date) -> ScoreSnapshot | None:
    """The published snapshot of an account, by its external id."""
    of_day = ScoreSnapshot.objects.of(workspace).published().filter(day=day)
    return of_day.filter(account__external_id=external_id).first()
