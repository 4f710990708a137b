"""What an import made and changed of accounts, taken back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection

from accounts import bulk, removal, setting_back
from accounts.models import (
    Account,
    AccountChange,
    AccountHistory,
    AccountImport,
    AccountTag,
    DirtyDay,
    Event,
    Import,
    Membership,
    Note,
    Tag,
    Workspace,
)
from accounts.removal import plan
from accounts.retention import clear
from accounts.retraction import retract, undo, undo_asked
from metrics.models import AccountDay
from metrics.nightly.freshen import freshen
from metrics.nightly.rollups import refill_all
from tests.accounts.items import LOGIN, told
from tests.cast import NOW, account, night, record, snapshot, source_of, tell
from tests.concurrency import another_connection

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


def file_of(workspace: Workspace, kind: str = "accounts") -> Import:
    return Import.unscoped.create(
        workspace=workspace, source=source_of(workspace, "Files"), kind=kind, file_name="x.csv"
    )


def brought(workspace: Workspace, *items: dict[str, Any], kind: str = "accounts", **more: Any) -> Import:
    """An import of these items, all of which are answered."""
    made = file_of(workspace, kind)
    record(workspace, kind, *items, imported=made, source=made.source, creates_accounts=True, **more)
    return made


def names(workspace: Workspace) -> list[str]:
    return list(Account.objects.of(workspace).order_by("external_id").values_list("external_id", flat=True))


def events(*accounts: str, **more: Any) -> list[dict[str, Any]]:
    return [LOGIN | {"account": name, "message_id": f"m-{name}"} | more for name in accounts]


def test_accounts_of_which_only_a_file_told_go(acme, evil):
    account(evil, "a", segment="SMB")
    account(acme, "there")
    wrong = brought(acme, {"id": "a", "segment": "SMB"}, {"id": "b", "parent": "c"}, {"id": "c"}, {"id": "there"})
    assert plan(wrong) == {"accounts": 3, "stay": {}, "set_back": 0}
    assert undo(wrong, LATER) == {"facts": 0, "set_back": 0, "accounts": 3, "stay": {}}
    assert (names(acme), names(evil)) == (["there"], ["a"])
    assert not AccountHistory.objects.of(acme).exists()
    assert not AccountImport.objects.of(acme).exists()
    assert AccountHistory.objects.of(evil).count() == 1
    assert undo(wrong, LATER) == {"facts": 0, "set_back": 0, "accounts": 3, "stay": {}}
    again = brought(acme, {"id": "a"}, {"id": "there"})
    assert names(acme) == ["a", "there"]
    assert undo(again, LATER)["accounts"] == 1


def test_accounts_that_events_of_a_file_named_first_go_with_them(acme):
    account(acme, "there")
    wrong = brought(acme, *events("a", "b", "there"), kind="events")
    refill_all(acme)
    assert AccountDay.objects.of(acme).count() == 3
    assert plan(wrong) == {"accounts": 2, "stay": {}, "set_back": 0}
    assert undo(wrong, LATER) == {"facts": 3, "set_back": 0, "accounts": 2, "stay": {}}
    assert names(acme) == ["there"]
    # The days of those that went are counted anew like any others.
    assert DirtyDay.objects.of(acme).count() == 3
    assert freshen(acme, LATER) == 3
    assert not AccountDay.objects.of(acme).exists()
    assert not DirtyDay.objects.of(acme).exists()
    brought(acme, *events("a"), kind="events")
    assert names(acme) == ["a", "there"]


def test_what_something_else_tells_of_stays(acme, alice):
    made = [{"id": name} for name in ("api", "event", "fact", "file", "tag", "note", "below", "above", "top", "goes")]
    made += [{"id": "child", "parent": "top"}]
    wrong = brought(acme, *made)
    assert told(acme, "accounts", {"id": "api"}) == ["already_known"]
    tell(acme, "events", *events("event"))
    tell(acme, "pulses", {"id": "p", "account": "fact", "given_at": NOW, "value": 3}, at=NOW)
    brought(acme, {"id": "file"})
    AccountTag.unscoped.create(
        workspace=acme, account=account_of(acme, "tag"), tag=Tag.unscoped.create(workspace=acme, name="Beta")
    )
    Note.unscoped.create(
        workspace=acme, account=account_of(acme, "note"), author=alice, body="So", created_at=NOW, ticket=uuid4()
    )
    account(acme, "new", parent="above")
    Account.objects.of(acme).filter(external_id="below").update(parent=account_of(acme, "note"))
    Account.objects.of(acme).filter(external_id="note").update(parent=account_of(acme, "top"))
    stay = {"told": 4, "decided": 2, "parent": 2}
    assert plan(wrong) == {"accounts": 3, "stay": stay, "set_back": 0}
    assert undo(wrong, LATER) == {"facts": 0, "set_back": 0, "accounts": 3, "stay": stay}
    assert names(acme) == ["above", "api", "event", "fact", "file", "new", "note", "tag", "top"]


def account_of(workspace: Workspace, name: str) -> Account:
    return Account.objects.of(workspace).get(external_id=name)


def test_an_event_that_was_retracted_holds_its_account(acme):
    """It was believed for a while, and its id stays taken."""
    wrong = brought(acme, {"id": "a"})
    tell(acme, "events", *events("a"))
    retract(acme, source_of(acme), ["m-a"], NOW)
    assert undo(wrong, LATER)["stay"] == {"told": 1}


def test_events_that_are_no_longer_kept_hold_their_account(acme):
    wrong = brought(acme, {"id": "a"}, {"id": "b"})
    tell(acme, "events", *events("a"))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_event WHERE workspace_id = %s", [acme.pk])
    acme.events_gone_before = date(2025, 6, 30)
    acme.save()
    wrong.workspace = acme
    assert plan(wrong) == {"accounts": 1, "stay": {"told": 1}, "set_back": 0}
    assert undo(wrong, LATER)["accounts"] == 1
    assert names(acme) == ["a"]


def test_whoever_members_have_changed_stays(acme, alice):
    wrong = brought(acme, {"id": "a"}, {"id": "b"})
    bulk.change(alice, "segment", "SMB", "", [account_of(acme, "a").pk], uuid4(), NOW)
    assert undo(wrong, LATER) == {"facts": 0, "set_back": 0, "accounts": 1, "stay": {"told": 1}}
    assert account_of(acme, "a").segment == "SMB"


def test_an_account_of_two_files_goes_with_the_last_of_them(acme):
    first = brought(acme, {"id": "a"}, {"id": "b"})
    second = brought(acme, {"id": "a"})
    third = brought(acme, *events("b"), kind="events")
    assert undo(first, LATER) == {"facts": 0, "set_back": 0, "accounts": 0, "stay": {"told": 2}}
    assert undo(third, LATER) == {"facts": 1, "set_back": 0, "accounts": 1, "stay": {}}
    assert names(acme) == ["a"]
    assert undo(second, LATER)["accounts"] == 1
    first, second = brought(acme, {"id": "a"}), brought(acme, {"id": "a"})
    assert undo(second, LATER) == {"facts": 0, "set_back": 0, "accounts": 0, "stay": {}}
    assert undo(first, LATER)["accounts"] == 1


def test_an_account_that_was_scored_on_a_finished_day_stays(acme):
    term = {"id": "s", "account": "a", "starts_on": date(2025, 6, 1), "amount": 9}
    wrong = brought(acme, term, kind="subscriptions", history=True)
    night(acme, date(2025, 6, 30))
    assert snapshot(acme, "a", date(2025, 6, 30))
    assert plan(wrong) == {"accounts": 0, "stay": {"scored": 1}, "set_back": 0}
    assert undo(wrong, LATER) == {"facts": 1, "set_back": 0, "accounts": 0, "stay": {"scored": 1}}
    assert snapshot(acme, "a", date(2025, 6, 30))


# -- what a file changed ------------------------------------------------------------------------------------

BEFORE = {"name": "Sable", "owner": "alice@acme.example", "team": "North", "segment": "SMB", "started_on": "2024-05-01"}
WRONG = {"name": "SMB", "owner": "carol@acme.example", "team": None, "segment": "Sable", "started_on": None}


def row(workspace: Workspace, name: str) -> tuple[Any, ...]:
    one = account_of(workspace, name)
    owner, team = one.owner and one.owner.user.email, one.team and one.team.name
    return one.name, owner, team, one.segment, one.started_on and str(one.started_on)


def test_what_a_file_changed_is_set_back(acme, evil):
    account(acme, "b")
    account(acme, "a", properties={"plan": "pro"}, stage="Adoption", parent="b", **BEFORE)
    account(evil, "a", name="SMB")
    wrong = brought(acme, {"id": "a", **WRONG, "properties": {}, "stage": None, "parent": None}, {"id": "b"})
    assert row(acme, "a") == tuple(WRONG[name] or ("" if name == "segment" else None) for name in WRONG)
    assert plan(wrong) == {"accounts": 0, "stay": {}, "set_back": 1}
    assert undo(wrong, LATER) == {"facts": 0, "set_back": 1, "accounts": 0, "stay": {}}
    assert row(acme, "a") == tuple(BEFORE.values())
    one = account_of(acme, "a")
    assert (one.properties, one.stage.name, one.parent.external_id) == ({"plan": "pro"}, "Adoption", "b")
    segments = AccountHistory.objects.of(acme).filter(account=one, field="segment").order_by("since")
    begun = acme.start_of(date(2024, 5, 1))
    assert list(segments.values_list("value", "since", "until")) == [
        *(("SMB", begun, NOW), ("Sable", NOW, LATER), ("SMB", LATER, None))
    ]
    assert not AccountChange.objects.of(acme).exists()
    assert account_of(evil, "a").name == "SMB"


def test_a_field_that_says_something_else_since_is_left(acme):
    account(acme, "a", **BEFORE)
    wrong = brought(acme, {"id": "a", **WRONG})
    account(acme, "a", segment="Mid", name="Sable Ltd")
    assert undo(wrong, LATER)["set_back"] == 1
    assert row(acme, "a") == ("Sable Ltd", "alice@acme.example", "North", "Mid", "2024-05-01")


def test_what_two_files_changed_is_set_back_in_any_order(acme):
    for order in ((0, 1), (1, 0)):
        account(acme, "a", name="Sable")
        files = [brought(acme, {"id": "a", "name": name}) for name in ("One", "Two")]
        undo(files[order[0]], LATER)
        assert account_of(acme, "a").name == ("Two" if order == (0, 1) else "One")
        undo(files[order[1]], LATER)
        assert account_of(acme, "a").name == "Sable"


def test_an_owner_who_has_left_and_a_parent_that_is_below_are_not_set_back(acme):
    account(acme, "top")
    account(acme, "a", owner="alice@acme.example", parent="top", name="Sable")
    wrong = brought(acme, {"id": "a", "owner": None, "parent": None, "name": "Wrong"})
    Membership.objects.of(acme).filter(user__email="alice@acme.example").update(ended_at=NOW)
    account(acme, "top", parent="a")
    assert undo(wrong, LATER)["set_back"] == 1
    one = account_of(acme, "a")
    assert (one.name, one.owner, one.parent) == ("Sable", None, None)


# -- killed, twice, many ------------------------------------------------------------------------------------


def test_who_comes_after_one_that_was_killed_goes_on(acme, monkeypatch):
    wrong = brought(acme, *events("a", "b", "c"), kind="events")
    monkeypatch.setattr(removal, "AT_A_TIME", 1)
    kill, count = removal.remove_some, iter(range(9))

    def dying(imported: Import) -> int | None:
        if next(count) == 1:
            raise KeyboardInterrupt
        return kill(imported)

    monkeypatch.setattr("accounts.retraction.remove_some", dying)
    with pytest.raises(KeyboardInterrupt):
        undo(wrong, LATER)
    wrong.refresh_from_db()
    assert (wrong.state, wrong.undone, len(names(acme))) == ("undoing", {"facts": 3, "set_back": 0, "accounts": 1}, 2)
    assert undo(wrong, LATER) == {"facts": 3, "set_back": 0, "accounts": 3, "stay": {}}
    assert names(acme) == []


def test_accounts_are_set_back_a_part_at_a_time(acme, monkeypatch):
    """Meanwhile others may tell of accounts, and who comes after one that was killed goes on."""
    for name in ("a", "b", "c"):
        account(acme, name, name="Right")
    wrong = brought(acme, *({"id": name, "name": "Wrong"} for name in ("a", "b", "c")))
    monkeypatch.setattr(setting_back, "AT_A_TIME", 1)
    part, count = setting_back.set_back, iter(range(9))

    def dying(imported: Import, moment: datetime) -> int | None:
        if next(count) == 1:
            raise KeyboardInterrupt
        return part(imported, moment)

    monkeypatch.setattr("accounts.retraction.set_back", dying)
    with pytest.raises(KeyboardInterrupt):
        undo(wrong, LATER)
    said = Account.objects.of(acme).order_by("external_id").values_list("name", flat=True)
    assert list(said) == ["Right", "Wrong", "Wrong"]
    account(acme, "b", name="Since")
    assert undo(wrong, LATER)["set_back"] == 2
    assert list(said.all()) == ["Right", "Since", "Right"]
    assert not AccountChange.objects.of(acme).exists()


@pytest.mark.parametrize("rows", [10, 200])
def test_many_accounts_take_as_many_queries_as_few(acme, rows, django_assert_max_num_queries):
    items, wrong = [{"id": f"a{n}", "segment": "SMB"} for n in range(rows)], file_of(acme)
    with django_assert_max_num_queries(15):
        record(acme, "accounts", *items, imported=wrong)
    account(acme, "there")
    changed = brought(acme, *(item | {"segment": "Mid"} for item in items))
    with django_assert_max_num_queries(50):
        assert undo(changed, LATER)["set_back"] == rows
    with django_assert_max_num_queries(50):
        assert undo(wrong, LATER)["accounts"] == rows


def test_each_table_that_points_at_an_account_is_known(acme):
    """A new one holds accounts, unless it is named as what goes with them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
            " WHERE a.attname ~ 'account.*_id$' AND relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace"
        )
        tables = {name for (name,) in cursor.fetchall()}
    along = {apps.get_model(name)._meta.db_table for name in (*removal.DERIVED, *removal.REFILLED)}
    held = " ".join(part for parts in removal._holds().values() for part in parts)
    # What another import made goes along as well, and holds.
    along -= {"accounts_accountimport"}
    assert {table for table in tables if f" {table} t" not in held} == along | {"accounts_eventkey"}


@pytest.mark.django_db(transaction=True)
def test_accounts_go_while_nobody_writes_events_and_not_before(acme):
    """Or an event that was accepted would be left without its account."""
    wrong = brought(acme, {"id": "a"})
    Import.objects.of(acme).update(state=Import.State.UNDOING)
    with another_connection() as other:
        other.execute("LOCK TABLE ONLY accounts_event IN ROW EXCLUSIVE MODE")
        undo_asked(wrong.pk, LATER)
        assert (names(acme), Import.objects.of(acme).get().state) == (["a"], Import.State.UNDOING)
    undo_asked(wrong.pk, LATER)
    assert (names(acme), Import.objects.of(acme).get().state) == ([], Import.State.UNDONE)


@pytest.mark.django_db(transaction=True)
def test_events_that_are_deleted_while_an_undo_goes_on_hold_their_account(acme):
    wrong = brought(acme, {"id": "a"}, {"id": "b"})
    tell(acme, "events", *events("a"))
    freshen(acme, NOW)
    Import.objects.of(acme).update(state=Import.State.UNDOING)
    with another_connection() as other:
        other.execute("LOCK TABLE ONLY accounts_event IN ROW EXCLUSIVE MODE")
        undo_asked(wrong.pk, LATER)
    acme.events_kept_months = 1
    acme.save()
    clear(acme, NOW + timedelta(days=100))
    assert not Event.objects.of(acme).exists()
    undo_asked(wrong.pk, LATER)
    assert (names(acme), Import.objects.of(acme).get().undone["stay"]) == (["a"], {"told": 1})


def test_events_that_are_deleted_just_before_accounts_go_hold_their_account(acme, monkeypatch):
    wrong = brought(acme, {"id": "a"}, {"id": "b"})
    tell(acme, "events", *events("a"))
    freshen(acme, NOW)
    Workspace.objects.filter(pk=acme.pk).update(events_kept_months=1)
    keep, moments = removal.keep_forgotten, iter([NOW + timedelta(days=100)])

    def then_clear(imported: Import) -> None:
        keep(imported)
        for moment in moments:
            clear(Workspace.objects.get(pk=acme.pk), moment)

    monkeypatch.setattr(removal, "keep_forgotten", then_clear)
    assert undo(wrong, LATER)["stay"] == {"told": 1}
    assert names(acme) == ["a"]
