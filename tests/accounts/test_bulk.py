"""Many accounts at once: done to those that one writes, remembered, and undone where nobody has changed it since."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import bulk
from accounts.models import (
    Account,
    AccountHistory,
    AccountTag,
    AuditEntry,
    BulkChange,
    DirtyDay,
    Membership,
    Mention,
    Note,
    Pulse,
    Stage,
    Tag,
)
from tests.cast import NOW, Cast, account
from tests.kept import kept

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
ACTIONS = list(BulkChange.Action.values)


@kept
def world(cast: Cast) -> dict[str, Account]:
    """Two of Alice, one of Carol and South, one of nobody."""
    mine = {"owner": "alice@acme.example", "team": "North", "stage": "Growth", "segment": "SMB"}
    found = {name: account(cast.acme, name, **mine) for name in ("one", "two")}
    found["hers"] = account(cast.acme, "hers", owner="carol@acme.example", team="South")
    found["free"] = account(cast.acme, "free", stage="Adoption")
    return found


def value_of(cast: Cast, action: str) -> str:
    """Something to give; the tag of an untag is on "one" and "two"."""
    if action in ("tag", "untag"):
        tag = Tag.unscoped.get_or_create(workspace=cast.acme, name="Beta")[0]
        if action == "untag":
            rows = Account.objects.of(cast.acme).filter(external_id__in=("one", "two"))
            AccountTag.unscoped.bulk_create(AccountTag(workspace=cast.acme, account=row, tag=tag) for row in rows)
        return str(tag.pk)
    stage = Stage.objects.of(cast.acme).get(name="Advocate")
    return {"owner": str(cast.bob.pk), "stage": str(stage.pk), "segment": "Key", "pulse": "2", "note": "Hi @bob"}[
        action
    ]


def do(member: Membership, action: str, value: str, *accounts: Account, **more: Any) -> BulkChange:
    told = {"said": "so", "ticket": uuid4(), "moment": NOW + timedelta(minutes=1)} | more
    return bulk.change(member, action, value, accounts=[each.pk for each in accounts], **told)


def state(cast: Cast) -> Any:
    """All that an action may change."""
    acme = cast.acme
    return (
        list(Account.objects.of(acme).order_by("pk").values_list("external_id", "owner", "stage", "segment")),
        set(AccountTag.objects.of(acme).values_list("account__external_id", "tag__name")),
        set(Pulse.objects.of(acme).current().values_list("account__external_id", "value", "comment")),
        set(Note.objects.of(acme).current().values_list("account__external_id", "body")),
    )


@pytest.mark.parametrize("action", ACTIONS)
def test_done_once_and_undone_once(cast: Cast, world: dict[str, Account], action: str) -> None:
    value, before, ticket = value_of(cast, action), state(cast), uuid4()
    before = state(cast)
    made = [do(cast.alice, action, value, *world.values(), ticket=ticket) for _twice in range(2)]
    assert made[0] == made[1]
    assert made[0].refused == [world["hers"].pk]
    done = {"untag": ["one", "two"]}.get(action, ["one", "two", "free"])
    assert made[0].accounts == [world[name].pk for name in done]
    after = state(cast)
    assert after != before
    for _twice in range(2):
        undone = bulk.undo(made[0], cast.alice, LATER)
    assert (undone.left, undone.undone_by) == ([], cast.alice)
    assert state(cast) == before
    told = AuditEntry.objects.of(cast.acme).filter(kind="bulkchange")
    assert [entry.changes["accounts"] for entry in told.order_by("pk")] == [[None, len(done)], [len(done), None]]


def test_what_each_action_leaves(cast: Cast, world: dict[str, Account]) -> None:
    for action in ("owner", "stage", "segment", "tag", "pulse", "note"):
        do(cast.carol, action, value_of(cast, action), world["one"], world["free"])
    one = Account.objects.of(cast.acme).get(external_id="one")
    assert (one.owner, one.stage.name, one.segment) == (cast.bob, "Advocate", "Key")
    assert list(AccountTag.objects.of(cast.acme).values_list("account__external_id", "tag__name")) == [
        ("one", "Beta"),
        ("free", "Beta"),
    ]
    pulse = Pulse.objects.of(cast.acme).current().get(account=one)
    assert (pulse.value, pulse.comment, pulse.member) == (2, "so", "carol@acme.example")
    assert Mention.objects.of(cast.acme).filter(member=cast.bob).count() == 2
    assert set(DirtyDay.objects.of(cast.acme).values_list("account__external_id", flat=True)) == {"one", "free"}
    entries = AuditEntry.objects.of(cast.acme).filter(kind="account", thing="one").order_by("pk")
    assert [entry.changes for entry in entries if set(entry.changes) & {"owner", "stage", "tags"}] == [
        {"owner": ["Alice", "Bob"]},
        {"stage": ["Growth", "Advocate"]},
        {"tags": [None, "so"]},
    ]


def test_who_left_before_the_form_came_gets_nothing(cast: Cast, world: dict[str, Account]) -> None:
    Membership.objects.of(cast.acme).filter(pk=cast.bob.pk).update(ended_at=NOW)
    for gone in (cast.bob, cast.victor, cast.mallory):
        with pytest.raises(bulk.GoneError):
            do(cast.carol, "owner", str(gone.pk), world["one"])
    assert not BulkChange.objects.of(cast.acme).exists()


def test_history_has_value_from_and_to_also_undone_on_the_same_day(cast: Cast, world: dict[str, Account]) -> None:
    moment = NOW + timedelta(minutes=1)
    made = do(cast.alice, "owner", str(cast.bob.pk), world["one"], world["free"])
    bulk.undo(made, cast.alice, LATER)
    rows = AccountHistory.objects.of(cast.acme).filter(field="owner").order_by("since")
    alice, bob = str(cast.alice.pk), str(cast.bob.pk)

    def told(name: str) -> list[Any]:
        return list(rows.filter(account=world[name]).values_list("value", "since", "until"))

    assert told("one") == [(alice, NOW, moment), (bob, moment, LATER), (alice, LATER, None)]
    assert told("free") == [(bob, moment, LATER), ("", LATER, None)]


@pytest.mark.parametrize("action", ACTIONS)
def test_undoing_leaves_what_somebody_has_changed_since(cast: Cast, world: dict[str, Account], action: str) -> None:
    made = do(cast.carol, action, value_of(cast, action), world["one"], world["two"])
    one = Account.objects.of(cast.acme).get(external_id="one")
    now = NOW + timedelta(minutes=5)
    if action in ("owner", "stage", "segment"):
        one.change(now, **{action: {"segment": "Other"}.get(action)})
    elif action in ("tag", "untag"):
        rows = AccountTag.objects.of(cast.acme).filter(account=one)
        rows.delete() if action == "tag" else AccountTag.unscoped.create(
            workspace=cast.acme, account=one, tag=Tag.objects.of(cast.acme).get()
        )
    elif action == "pulse":
        Pulse.objects.of(cast.acme).filter(account=one).update(value=5)
    else:
        Note.objects.of(cast.acme).filter(account=one).update(body="Mine")
    mine = [part for part in state(cast)]
    assert bulk.undo(made, cast.carol, LATER).left == [one.pk]
    kept = [part for part in state(cast)]
    assert [x for x in kept[0] if x[0] == "one"] == [x for x in mine[0] if x[0] == "one"]
    for before, after in zip(mine[1:], kept[1:], strict=True):
        assert {x for x in before if x[0] == "one"} == {x for x in after if x[0] == "one"}


def test_what_has_it_already_is_counted_and_not_touched(cast: Cast, world: dict[str, Account]) -> None:
    made = do(cast.carol, "segment", "SMB", world["one"], world["two"], world["free"])
    assert (made.accounts, made.unchanged) == ([world["free"].pk], 2)
    assert bulk.undo(made, cast.carol, LATER).left == []
    assert Account.objects.of(cast.acme).get(external_id="one").segment == "SMB"


@pytest.mark.parametrize(
    ("who", "refused"),
    [
        ("alice", ["hers", "others"]),
        ("bob", ["hers"]),
        ("carol", []),
        ("victor", ["one", "two", "hers", "free", "others"]),
    ],
)
def test_roles(cast: Cast, world: dict[str, Account], who: str, refused: list[str]) -> None:
    world["others"] = account(cast.acme, "others", owner="bob@acme.example", team="North")
    made = do(getattr(cast, who), "segment", "Key", *world.values())
    assert made.refused == [world[name].pk for name in refused]
    assert set(Account.objects.of(cast.acme).filter(segment="Key").values_list("external_id", flat=True)) == set(
        world
    ) - set(refused)


def test_who_did_it_may_undo_it_for_a_day(cast: Cast, world: dict[str, Account]) -> None:
    """Alice gives her accounts to Bob: now they are his to change."""
    for late, left in ((timedelta(hours=23), []), (timedelta(hours=25), None)):
        made = do(cast.alice, "owner", str(cast.bob.pk), world["one"], moment=NOW + timedelta(days=3) - late)
        found = bulk.undo(made, cast.alice, NOW + timedelta(days=3))
        assert (found.left if found.undone_at else None) == left
    assert bulk.undo(made, cast.victor, NOW + timedelta(days=3)).undone_at is None
    assert bulk.undo(made, cast.bob, NOW + timedelta(days=3)).left == []


def test_an_owner_who_has_left_gets_nothing_back(cast: Cast, world: dict[str, Account]) -> None:
    made = do(cast.carol, "owner", str(cast.bob.pk), world["one"], world["hers"])
    Membership.objects.of(cast.acme).filter(pk=cast.alice.pk).update(ended_at=LATER)
    assert bulk.undo(made, cast.carol, LATER).left == [world["one"].pk]


def test_an_account_of_another_workspace_is_not_there(cast: Cast, world: dict[str, Account]) -> None:
    theirs = account(cast.evil, "theirs", segment="X")
    with pytest.raises(bulk.UnknownAccountError):
        do(cast.carol, "segment", "Key", world["one"], theirs)
    assert not BulkChange.objects.of(cast.acme).exists()
    assert not Account.unscoped.filter(segment="Key").exists()


@pytest.mark.parametrize("action", ACTIONS)
def test_the_queries_do_not_grow_with_the_accounts(cast: Cast, action: str) -> None:
    def counted(first: int, size: int) -> tuple[int, int]:
        rows = [Account(workspace=cast.acme, external_id=f"{first + n}", name=f"{n}") for n in range(size)]
        Account.unscoped.bulk_create(rows)
        if action == "untag":
            tag = Tag.objects.of(cast.acme).get(pk=int(value))
            AccountTag.unscoped.bulk_create(AccountTag(workspace=cast.acme, account=row, tag=tag) for row in rows)
        with CaptureQueriesContext(connection) as doing:
            made = do(cast.carol, action, value, *rows)
        assert len(made.accounts) == size
        with CaptureQueriesContext(connection) as undoing:
            assert not bulk.undo(made, cast.carol, LATER).left
        return len(doing), len(undoing)

    value = value_of(cast, action)
    counted(0, 1)
    assert counted(10, 3) == counted(1000, 500)
