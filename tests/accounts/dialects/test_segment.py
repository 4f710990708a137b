"""Each message of Segment's tracking API, and what it says in our words. No database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from accounts.batch import Result, refusal
from accounts.dialects.segment import Call, messages_of
from accounts.linking import Belongs, Joined, Said

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
THEN = datetime(2025, 6, 30, 9, 30, tzinfo=UTC)


def said(**call: Any) -> Any:
    [message] = messages_of([msgspec.convert({"userId": "ann", "messageId": "m1", **call}, Call)], None, NOW)
    return message


def event(**fields: Any) -> dict[str, Any]:
    return {"account": "", "message_id": "m1", "contact": "ann", **fields}


EVENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "track": (
        {"type": "track", "event": "Export", "properties": {"rows": 5, "a": None}, "timestamp": THEN},
        event(name="Export", properties={"rows": 5, "a": None}, occurred_at=THEN),
    ),
    "a feature": (
        {"type": "track", "event": "feature", "properties": {"feature": "Export"}},
        event(name="feature", feature="Export", properties={"feature": "Export"}),
    ),
    "page": ({"type": "page", "name": "Home"}, event(name="page", feature="Home")),
    "page by category": ({"type": "page", "category": "Docs"}, event(name="page", feature="Docs")),
    "page by path": (
        {"type": "page", "properties": {"path": "/x"}},
        event(name="page", feature="/x", properties={"path": "/x"}),
    ),
    "screen": ({"type": "screen", "name": "Main"}, event(name="page", feature="Main")),
    "nobody": (
        {"type": "track", "event": "Visit", "userId": None, "anonymousId": "x1"},
        event(name="Visit", contact="x1"),
    ),
    "numbers as ids": ({"type": "track", "event": "Visit", "userId": 7}, event(name="Visit", contact="7")),
}  # fmt: skip


def test_each_of_several_has_its_own_time_beside_bad_ones() -> None:
    hour = timedelta(hours=1)
    late = {"type": "track", "event": "e", "userId": "u", "timestamp": THEN, "originalTimestamp": THEN - hour}
    times = [None, THEN, THEN + hour, datetime(2025, 6, 30, 9, 30)]
    calls = [msgspec.convert({"type": "track", "event": "e", "userId": "u", "timestamp": at}, Call) for at in times]
    bad = refusal("type", "x", "is wrong")
    for more in ([], [msgspec.convert(late, Call)]):
        found = messages_of([bad, calls[0], bad, *calls[1:], *more], None, NOW)
        assert [each is bad for each in found] == [True, False, True] + [False] * (3 + len(more))
        [first, second, third] = [found[n][0].item.occurred_at for n in (1, 3, 4)]
        assert (first, second, third) == (None, THEN, THEN + hour)
        assert found[5].field == "timestamp"
    assert found[6][0].item.occurred_at == THEN


def test_properties_count_where_they_are_read_and_whose_it_is_comes_first() -> None:
    large = {"n": 2**70}
    assert said(type="track", event="Export", properties=large).field == "properties"
    assert said(type="track", event="Export", properties=large, userId=None).field == "userId"
    [part] = said(type="identify", properties=large)
    assert part.kind == "contacts"
    assert said(type="identify", traits=large).field == "traits"


@pytest.mark.parametrize("name", EVENTS)
def test_what_somebody_did(name: str) -> None:
    call, expected = EVENTS[name]
    [part] = said(**call)
    whose = f"user:{expected['contact']}" if name != "nobody" else "anonymous:x1"
    assert (part.kind, part.name) == ("events", whose)
    found = msgspec.structs.asdict(part.item)
    assert {field: found[field] for field in expected} == expected


@pytest.mark.parametrize("where", [{"groupId": "one"}, {"context": {"groupId": "one"}}], ids=["top", "context"])
def test_an_event_that_names_its_group_says_its_account(where: dict[str, Any]) -> None:
    fact, belongs = said(type="track", event="Visit", timestamp=THEN, **where)
    assert (fact.item.account, belongs) == ("one", Belongs("user:ann", "one", THEN))


@pytest.mark.parametrize("where", ["top", "context"])
def test_identify_tells_a_contact(where: str) -> None:
    traits = {"firstName": "Ann", "lastName": "Lee", "email": "ann@one.example", "age": 5}
    call = {"traits": traits} if where == "top" else {"context": {"traits": traits}}
    contact = {"id": "ann", "name": "Ann Lee", "email": "ann@one.example"}
    assert said(type="identify", **call) == [Said("contacts", contact, "user:ann")]
    assert said(type="identify", traits={"name": "A", "email": None}) == [
        Said("contacts", {"id": "ann", "name": "A"}, "user:ann")
    ]


def test_identify_and_alias_say_who_somebody_was() -> None:
    joined = Joined("anonymous:x1", "user:ann")
    assert said(type="identify", anonymousId="x1") == [joined, Said("contacts", {"id": "ann"}, "user:ann")]
    assert said(type="identify", userId=None, anonymousId="x1") == []
    assert said(type="alias", previousId="x1") == [joined, Joined("user:x1", "user:ann")]


def test_group_tells_an_account_and_who_is_of_it() -> None:
    traits = {
        "name": "One", "industry": "Tea", "website": "https://www.one.example/x", "address": {"country": "ES"},
        "employees": 9,
    }  # fmt: skip
    account, belongs = said(type="group", groupId="one", traits=traits, timestamp=THEN)
    assert belongs == Belongs("user:ann", "one", THEN)
    assert (account.kind, account.name) == ("accounts", "")
    assert account.item == {
        "id": "one", "name": "One", "industry": "Tea", "country": "ES", "domain": "one.example",
        "properties": {key: traits[key] for key in ("website", "address", "employees")},
    }  # fmt: skip
    assert said(type="group", context={"groupId": 5})[0].item == {"id": "5"}


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("type", {}),
        ("userId", {"type": "track", "event": "x", "userId": None}),
        ("userId", {"type": "track", "event": "x", "userId": ""}),
        ("event", {"type": "track"}),
        ("groupId", {"type": "group"}),
        ("previousId", {"type": "alias"}),
        ("properties", {"type": "track", "event": "x", "properties": {"n": 2**70}}),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_missing_is_named(field: str, call: dict[str, Any]) -> None:
    result = said(**call)
    assert isinstance(result, Result)
    assert (str(result.status), result.field) == ("rejected", field)


def test_times_are_told_on_our_clock() -> None:
    """As Segment documents: when it was heard, less what lay between the event and its sending."""

    def at(sent: datetime | None, **call: Any) -> datetime:
        call = {"type": "track", "event": "x", "userId": "ann", **call}
        [[part]] = messages_of([msgspec.convert(call, Call)], sent, NOW)
        return part.item.occurred_at

    fast = timedelta(hours=3)
    assert at(NOW + fast, timestamp=THEN + fast) == THEN
    assert at(None, originalTimestamp=THEN + fast, sentAt=NOW + fast) == THEN
    assert at(NOW + fast, originalTimestamp=NOW, timestamp=THEN) == THEN, "said on purpose, as to rudder-sdk-node"
    assert at(NOW - timedelta(seconds=2), timestamp=THEN) == THEN, "the way here is no wrong clock"
    assert at(None, timestamp=THEN) == THEN
    assert at(NOW) is None
    assert at(datetime(1, 1, 1, tzinfo=UTC), timestamp=THEN) == THEN, "no clock at all"
    for moment in (THEN.replace(tzinfo=None), THEN.replace(year=1999), datetime(9999, 12, 31, tzinfo=UTC)):
        assert said(type="group", groupId="one", timestamp=moment).field == "timestamp"
