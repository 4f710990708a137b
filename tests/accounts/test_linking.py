"""Facts find their account by a name: at once, or as soon as the name belongs to one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from accounts.batch import Result, refusal
from accounts.facts import EventItem
from accounts.linking import Belongs, Joined, Message, Said, take
from accounts.models import Account, Contact, Event, Link, Refused, Source, Waiting, Workspace
from tests.cast import NOW, account, source_of
from tests.concurrency import beside, somebody_waits, until

THEN = datetime(2025, 6, 1, 10, tzinfo=UTC)
ANN, NOBODY = "user:ann", "anonymous:x1"


@pytest.fixture
def source(acme: Workspace) -> Source:
    for name in ("one", "two"):
        account(acme, name)
    return source_of(acme, "Product")


def did(message_id: str, name: str = ANN, at: datetime = THEN, **more: Any) -> Message:
    person = name.partition(":")[2]
    item = EventItem(account="", name="login", message_id=message_id, occurred_at=at, contact=person)
    for field, value in more.items():
        setattr(item, field, value)
    return [Said("events", item, name)]


def is_called(whose: str = ANN, **fields: Any) -> Message:
    return [Said("contacts", {"id": whose.partition(":")[2], **fields}, whose)]


def told(source: Source, *messages: Message | Result, at: datetime = NOW, creates: bool = False) -> list[str]:
    return [str(each.status) for each in take(source, messages, at, creates_accounts=creates)]


def events(source: Source) -> list[tuple[Any, ...]]:
    rows = Event.objects.of(source.workspace_id).order_by("message_id")
    return list(rows.values_list("message_id", "account__external_id", "person"))


def waiting(source: Source) -> list[tuple[str, str]]:
    return list(Waiting.objects.of(source.workspace_id).order_by("pk").values_list("name", "message"))


def test_a_fact_finds_its_account_by_name_or_says_it(source: Source) -> None:
    assert told(source, [Belongs(ANN, "one")], did("1"), did("2", account="two")) == ["accepted"] * 3
    assert told(source, did("3"), did("1"), [Belongs(ANN, "one")]) == ["accepted", "already_known", "already_known"]
    assert events(source) == [("1", "one", "ann"), ("2", "two", "ann"), ("3", "one", "ann")]
    assert waiting(source) == []


def test_what_came_before_the_link_waits_and_is_known_from_the_link_on(source: Source) -> None:
    assert told(source, did("1"), did("2", "user:bob"), did("1"), at=NOW) == ["accepted", "accepted", "already_known"]
    assert events(source) == []
    later = NOW + timedelta(days=3)
    assert told(source, did("1"), [Belongs(ANN, "one")], at=later) == ["already_known", "accepted"]
    assert events(source) == [("1", "one", "ann")]
    row = Event.objects.of(source.workspace_id).get()
    assert (row.occurred_at, row.known_at) == (THEN, later)
    assert waiting(source) == [("user:bob", "2")]
    assert told(source, did("1"), at=later) == ["already_known"]


def test_within_a_batch_the_order_counts(source: Source) -> None:
    told(source, did("1"), [Belongs(ANN, "one")], did("2"), [Belongs(ANN, "two")], did("3"))
    assert [row[1] for row in events(source)] == ["one", "one", "two"]
    assert Link.objects.of(source.workspace_id).get().account.external_id == "two"


def test_who_moves_takes_later_events_along_and_a_repeat_stays(source: Source) -> None:
    told(source, [Belongs(ANN, "one")], did("1"))
    told(source, [Belongs(ANN, "two")], did("2"))
    assert told(source, did("1"), did("2"), did("1", feature="other")) == ["already_known", "already_known", "conflict"]
    assert [row[1] for row in events(source)] == ["one", "two"]


def test_a_waiting_event_is_known_by_its_content_whatever_the_time(source: Source) -> None:
    told(source, did("1"))
    later = THEN + timedelta(seconds=5)
    assert told(source, did("1", at=later), did("1", feature="other")) == ["already_known", "conflict"]
    assert Waiting.objects.of(source.workspace_id).get().item["occurred_at"] == "2025-06-01T10:00:00Z"


def test_events_without_id_or_time_wait_as_they_came(source: Source) -> None:
    bare = EventItem(account="", name="login")
    assert told(source, [Said("events", bare, ANN)], [Said("events", bare, ANN)]) == ["accepted"] * 2
    told(source, [Belongs(ANN, "one")], at=NOW + timedelta(days=1))
    rows = Event.objects.of(source.workspace_id).values_list("occurred_at", "known_at")
    assert list(rows) == [(NOW, NOW + timedelta(days=1))] * 2


def test_a_message_is_as_good_as_the_worst_of_its_parts(source: Source) -> None:
    late = did("1", at=NOW + timedelta(days=9))
    assert told(source, [Belongs(ANN, "one"), *late]) == ["rejected"]
    assert told(source, [Belongs(ANN, "one"), *did("1")], [Belongs(ANN, "one"), *late]) == ["accepted", "rejected"]


def test_an_account_whose_id_is_too_long_is_refused_and_not_made(source: Source) -> None:
    [result] = take(source, [[Belongs(ANN, "x" * 201), *did("1", account="x" * 201)]], NOW, creates_accounts=True)
    assert (result.status, result.reason) == ("rejected", "must have at most 200 characters")
    assert told(source, [Belongs("user:" + "y" * 200, "one")]) == ["accepted"]


def test_who_was_nobody_is_somebody(source: Source) -> None:
    told(source, did("1", NOBODY))
    assert told(source, [Joined(NOBODY, ANN)], [Joined(NOBODY, ANN)]) == ["accepted", "already_known"]
    assert waiting(source) == [(ANN, "1")]
    told(source, did("2", NOBODY), [Belongs(ANN, "one")], did("3", NOBODY))
    assert events(source) == [(n, "one", "ann") for n in "123"]
    assert told(source, did("1", NOBODY)) == ["already_known"]


def test_who_is_joined_brings_an_account_and_what_waits(source: Source) -> None:
    told(source, did("1"), [Belongs(NOBODY, "one")], did("2", NOBODY))
    told(source, [Joined(NOBODY, ANN)])
    assert events(source) == [("1", "one", "ann"), ("2", "one", "x1")]
    # A device that somebody else signs in on is theirs from then on, and does not make the two one.
    told(source, [Belongs("user:bob", "two")], [Joined(NOBODY, "user:bob")], did("3", NOBODY), did("4"))
    assert events(source)[2:] == [("3", "two", "bob"), ("4", "one", "ann")]


def test_names_that_were_joined_follow_when_that_one_is_joined(source: Source) -> None:
    told(source, [Joined(NOBODY, "user:old")], did("1", NOBODY))
    told(source, [Joined("user:old", ANN)], [Joined(ANN, "user:old")])
    assert waiting(source) == [(ANN, "1")]
    told(source, [Belongs("user:old", "one")])
    told(source, did("2", NOBODY))
    assert events(source) == [("1", "one", "ann"), ("2", "one", "ann")]


def test_an_unknown_account_is_refused_or_made(source: Source) -> None:
    new = [Said("accounts", {"id": "new", "name": "New", "properties": {"a": 1}}), Belongs(ANN, "new")]
    answers = take(source, [new, did("1"), did("2", account="no")], NOW, creates_accounts=False)
    assert [str(each.status) for each in answers] == ["rejected", "accepted", "rejected"]
    assert (answers[0].field, answers[0].value, "no account" in answers[0].reason) == ("account", "new", True)
    assert told(source, new, [Belongs("user:bob", "made")], creates=True) == ["accepted", "accepted"]
    assert told(source, [Said("accounts", {"id": "new", "properties": {"b": 2}})]) == ["updated"]
    made = Account.objects.of(source.workspace_id).get(external_id="new")
    assert (made.name, made.properties) == ("New", {"a": 1, "b": 2})
    assert events(source) == [("1", "new", "ann")]


def test_an_object_goes_over_what_is_believed(source: Source) -> None:
    told(source, is_called(name="Ann", email="ann@one.example"), is_called(email="a@one.example"))
    told(source, is_called(part="champion"))
    told(source, [Belongs(ANN, "one")], is_called(name="Ann B."), is_called(name="Ann C."))
    assert told(source, is_called(name="Ann C.")) == ["already_known"]
    row = Contact.objects.of(source.workspace_id).current().get()
    assert (row.account.external_id, row.name, row.email, row.part) == ("one", "Ann C.", "a@one.example", "champion")


def test_what_is_bad_is_told_before_it_waits(source: Source) -> None:
    bad = [
        did("1", "user:a\0b"),
        did("2", feature="a\0b"),
        did("3", at=datetime(1999, 1, 1, tzinfo=UTC)),
        did("4", "user:" + "x" * 300),
        is_called(part="boss"),
        [Belongs(ANN, "one\0")],
        [Said("accounts", {"id": "one\0", "properties": {"a": 1}})],
        [Said("accounts", {"id": 5})],
        refusal("type", "x", "is none"),
    ]
    assert told(source, *bad, did("5")) == ["rejected"] * 9 + ["accepted"]
    assert waiting(source) == [(ANN, "5")]


def test_what_cannot_be_recorded_later_is_kept_among_the_refused(source: Source) -> None:
    told(source, did("1"))
    Workspace.objects.filter(pk=source.workspace_id).update(events_gone_before="2025-06-15")
    source.refresh_from_db()
    told(source, [Belongs(ANN, "one")])
    assert (events(source), waiting(source)) == ([], [])
    assert Refused.objects.of(source.workspace_id).get().field == "occurred_at"


def test_it_takes_as_many_statements_for_many_as_for_few(source: Source, django_assert_max_num_queries: Any) -> None:
    told(source, [Belongs(ANN, "one")], did("0"))
    with django_assert_max_num_queries(16):
        told(source, *(did(str(n)) for n in range(1, 300)))
    with django_assert_max_num_queries(45):
        told(source, *(did(str(n), f"user:{n}") for n in range(300, 600)))
    with django_assert_max_num_queries(45):
        told(source, *([Belongs(f"user:{n}", "two"), *is_called(f"user:{n}")] for n in range(300, 600)))
    assert len(events(source)) == 600


def test_a_name_of_another_workspace_is_another_name(source: Source, evil: Workspace) -> None:
    account(evil, "one")
    told(source, [Belongs(ANN, "one")])
    assert told(source_of(evil), did("1")) == ["accepted"]
    assert waiting(source_of(evil)) == [(ANN, "1")]


def test_the_worst_of_its_parts_is_told_of_a_message_also_where_each_kind_is_told_once(source: Source) -> None:
    person = {"id": "ann", "account": "one"}
    assert told(source, [Said("contacts", person)]) == ["accepted"]
    call = {"id": "t1", "account": "one", "happened_at": THEN, "channel": "call"}
    assert told(source, [Said("contacts", person), Said("touches", call)]) == ["accepted"]
    assert told(source, [Said("contacts", person), Said("touches", call | {"channel": "smoke"})]) == ["rejected"]


@pytest.mark.django_db(transaction=True)
def test_a_fact_does_not_wait_for_a_link_that_is_made_beside_it(acme: Workspace, source: Source) -> None:
    with beside(told, source, did("1")) as telling, transaction.atomic():
        told(source, [Belongs(ANN, "one")])
        telling.start()
        until(somebody_waits)
    assert telling.result() == ["accepted"]
    with beside(told, source, [Belongs("user:bob", "two")]) as linking, transaction.atomic():
        told(source, did("2", "user:bob"))
        linking.start()
        until(somebody_waits)
    linking.result()
    assert [row[:2] for row in events(source)] == [("1", "one"), ("2", "two")]
    assert waiting(source) == []


@pytest.mark.django_db(transaction=True)
def test_who_waited_for_others_who_tell_accounts_heard_what_they_said(acme: Workspace, source: Source) -> None:
    told(source, [Belongs(ANN, "one")])
    one = [Said("accounts", {"id": "one", "name": "One"})]
    with beside(told, source, one, did("1")) as telling, transaction.atomic():
        told(source, one, [Belongs(ANN, "two")])
        telling.start()
        until(somebody_waits)
    telling.result()
    assert events(source) == [("1", "two", "ann")]


def test_a_word_that_comes_late_moves_nobody_back(source: Source) -> None:
    told(source, [Belongs(ANN, "one", THEN)])
    told(source, [Belongs(ANN, "two", THEN + timedelta(hours=1))])
    assert told(source, [Belongs(ANN, "one", THEN)]) == ["already_known"]
    told(source, did("1"))
    assert events(source) == [("1", "two", "ann")]


def test_a_contact_goes_along(source: Source) -> None:
    told(source, [Belongs(ANN, "one"), *is_called(name="Ann")])
    told(source, [Belongs(ANN, "two")])
    row = Contact.objects.of(source.workspace_id).current().get()
    assert (row.account.external_id, row.name) == ("two", "Ann")
