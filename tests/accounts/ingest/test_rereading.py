"""A change of a reading rule marks the days that it concerns, those and no others."""

from __future__ import annotations

import pytest
from django.db import transaction

from accounts.ingest.rereading import RuleError, change_name, change_own_domains
from accounts.models import Account, DirtyDay, EventName, Import, Workspace
from accounts.retraction import retract, undo
from tests.cast import NOW, account, source_of, tell
from tests.concurrency import beside, somebody_waits, until
from tests.kept import kept
from tests.metrics.cases import ago, day, told, use

pytestmark = pytest.mark.django_db


def clean(workspace: Workspace) -> None:
    """As after a refill."""
    DirtyDay.objects.of(workspace).delete()


def dirty(workspace: Workspace) -> set[tuple[str, object]]:
    """(account, day) of all that waits."""
    return set(DirtyDay.objects.of(workspace).values_list("account__external_id", "day"))


def named(workspace: Workspace, name: str) -> EventName:
    return EventName.objects.of(workspace).get(name=name)


@kept
def story(acme: Workspace, evil: Workspace) -> Workspace:
    """Two accounts; `signin` on days 1, 3 and 40 of one (twice on day 1) and on day 3 of two."""
    events = [use(1, name="signin"), use(1, "ann", name="signin"), use(3, name="signin"), use(40, name="signin")]
    told(acme, {"one": [*events, use(2)], "two": [use(3, name="signin"), use(1, name="export"), use(1)]})
    told(evil, {"one": [use(1, name="signin")]})
    clean(acme)
    clean(evil)
    return acme


SIGNIN = {("one", day(1)), ("one", day(3)), ("one", day(40)), ("two", day(3))}


def test_an_alias_marks_the_days_of_its_name_and_says_how_many(story, evil):
    assert change_name(story, "signin", "login", True, NOW) == 4
    assert dirty(story) == SIGNIN
    assert not dirty(evil)
    assert (named(story, "signin").alias_of, named(evil, "signin").alias_of) == ("login", "")
    assert set(DirtyDay.objects.of(story).values_list("marked_at", flat=True)) == {NOW}


def test_the_same_again_changes_nothing(story):
    change_name(story, "signin", "login", True, NOW)
    clean(story)
    assert change_name(story, "signin", "login", True, NOW) == 0
    assert not dirty(story)


def test_an_alias_taken_back_marks_the_same_days_and_the_own_flag_is_still_there(story):
    change_name(story, "signin", "", False, NOW)
    change_name(story, "signin", "login", True, NOW)
    clean(story)
    assert change_name(story, "signin", "", named(story, "signin").is_use, NOW) == 4
    assert dirty(story) == SIGNIN
    assert (named(story, "signin").alias_of, named(story, "signin").is_use) == ("", False)


def test_days_that_wait_already_are_counted_and_stay_one(story):
    tell(story, "events", {"account": "two", **use(3)[1]}, at=ago(0))
    assert change_name(story, "signin", "login", True, NOW) == 4
    assert dirty(story) == SIGNIN


def test_what_is_use_marks_its_days_and_those_of_what_stands_for_it(story):
    assert change_name(story, "export", "", False, NOW) == 1
    assert dirty(story) == {("two", day(1))}
    change_name(story, "signin", "login", True, NOW)
    clean(story)
    assert change_name(story, "login", "", False, NOW) == 6
    assert dirty(story) == SIGNIN | {("one", day(2)), ("two", day(1))}


@pytest.mark.parametrize(
    ("name", "target", "reason"),
    [
        ("signin", "export", "no name of the catalogue"),
        ("signin", "signin", "no name of the catalogue"),
        ("signin", "Login", "no name of the catalogue"),
        ("login", "page", "stands for itself"),
        ("login", "login", "stands for itself"),
    ],
)
def test_neither_chains_nor_circles(story, name, target, reason):
    with pytest.raises(RuleError, match=reason):
        change_name(story, name, target, True, NOW)
    assert not dirty(story)
    assert named(story, name).alias_of == ""


def test_a_name_never_seen_or_seen_elsewhere(story, evil):
    tell(evil, "events", {"account": "one", **use(1, name="theirs")[1]})
    for name in ("nothing", "theirs"):
        with pytest.raises(EventName.DoesNotExist):
            change_name(story, name, "login", True, NOW)


def test_own_domains_mark_the_days_of_who_came_and_who_went(acme):
    told(
        acme,
        {
            "one": [use(1, "ann@acme.example"), use(2, "bea@one.example"), use(3, "eve@agency.example"), use(4)],
            "two": [use(2, "ann@acme.example"), use(5, "acme.example")],
        },
    )
    clean(acme)
    assert change_own_domains(acme, ["acme.example"], NOW) == 2
    assert dirty(acme) == {("one", day(1)), ("two", day(2))}
    clean(acme)
    assert change_own_domains(acme, ["agency.example", "acme.example"], NOW) == 1
    assert dirty(acme) == {("one", day(3))}
    assert change_own_domains(acme, ["acme.example", "agency.example"], NOW) == 0
    clean(acme)
    assert change_own_domains(acme, [], NOW) == 3
    assert Workspace.objects.get(pk=acme.pk).own_domains == []


INSIDE = {"account": "one", "id": "c1", "name": "Ira", "email": "ira@free.example", "since_on": "2024-01-01"}


def test_a_contact_who_is_one_of_ours_marks_the_days_of_that_person(acme):
    told(acme, {"one": [use(1, "ira@free.example"), use(2, "c1"), use(3, "bea")], "two": [use(4, "c1")]})
    ira = {("one", day(1)), ("one", day(2)), ("two", day(4))}
    told_on = ("one", acme.day_of(acme.start_of(INSIDE_DAY)))
    clean(acme)
    tell(acme, "contacts", INSIDE, at=ago(1))
    assert dirty(acme) == {told_on}, "one of theirs: nothing to read again"
    for internal in (True, False):
        clean(acme)
        tell(acme, "contacts", INSIDE | {"is_internal": internal}, at=ago(0))
        assert dirty(acme) == ira | {told_on}
    clean(acme)
    tell(acme, "contacts", INSIDE | {"name": "Ira A."}, at=ago(0))
    assert dirty(acme) == {told_on}


INSIDE_DAY = day(0).replace(year=2024, month=1, day=1)


def test_an_import_of_contacts_that_is_undone(acme):
    told(acme, {"one": [use(1, "ira@free.example"), use(2, "bea")]})
    imported = Import.unscoped.create(workspace=acme, source=source_of(acme), kind="contacts", file_name="c.csv")
    tell(acme, "contacts", INSIDE | {"is_internal": True}, imported=imported)
    clean(acme)
    undo(imported, NOW)
    assert ("one", day(1)) in dirty(acme)
    assert ("one", day(2)) not in dirty(acme)


def test_an_event_that_was_taken_back_is_read_again_for_the_days_before(acme):
    account(acme, "one")
    tell(acme, "events", {"account": "one", **use(5, name="signin", message_id="a")[1]})
    retract(acme, source_of(acme), ["a"], ago(2))
    clean(acme)
    assert change_name(acme, "signin", "login", True, NOW) == 1


@pytest.mark.django_db(transaction=True)
def test_a_rule_waits_for_the_one_it_leans_on(acme):
    """`login` stops being use while `signin` becomes an alias of it: the days of `signin` are marked either way."""
    told(acme, {"one": [use(1, name="signin"), use(2)]})
    clean(acme)
    with beside(change_name, acme, "login", "", False, NOW) as other:
        with transaction.atomic():
            change_name(acme, "signin", "login", True, NOW)
            other.start()
            until(somebody_waits)
        assert other.result() == 2
    assert dirty(acme) == {("one", day(1)), ("one", day(2))}
    assert Account.objects.of(acme).count() == 1
