"""Each event of PostHog's libraries, and what it says in our words. No database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from accounts.batch import Result, refusal
from accounts.dialects.posthog import Capture, messages_of
from accounts.linking import Belongs, Joined, Said

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
THEN = datetime(2025, 6, 30, 9, 30, tzinfo=UTC)


def said(name: str, properties: dict[str, Any] | None = None, **more: Any) -> Any:
    event = {"event": name, "distinct_id": "ann", "uuid": "u1", "timestamp": THEN, "properties": properties, **more}
    [message] = messages_of([msgspec.convert(event, Capture)], None, NOW)
    return message


def test_each_of_several_has_its_own_time_beside_bad_ones() -> None:
    times = [THEN, None, datetime(2025, 6, 30, 9, 30), NOW]
    good = [msgspec.convert({"event": "e", "distinct_id": "u", "timestamp": at}, Capture) for at in times]
    bad = refusal("event", "", "is required")
    found = messages_of([good[0], bad, *good[1:]], None, NOW)
    assert found[1] is bad
    assert [found[n][0].item.occurred_at for n in (0, 2, 4)] == [THEN, None, NOW]
    assert found[3].field == "timestamp"


@pytest.mark.parametrize("whose", [True, 1.5, "", {}, "x" * 201])
def test_a_person_is_a_text_or_a_whole_number(whose: Any) -> None:
    assert said("e", {"distinct_id": whose}, distinct_id=None).field == "distinct_id"
    assert said("e", {"distinct_id": 7}, distinct_id=None)[0].item.contact == "7"


def test_an_event_keeps_what_is_not_posthogs_own() -> None:
    [part] = said("Export", {"rows": 5, "$lib": "posthog-python", "feature": "Export"})
    item = part.item
    assert (item.name, item.message_id, item.contact, item.occurred_at) == ("Export", "u1", "ann", THEN)
    assert (item.feature, item.properties, item.account) == ("Export", {"rows": 5, "feature": "Export"}, "")
    assert part.name == "user:ann"


@pytest.mark.parametrize(
    ("properties", "feature"),
    [
        ({"$pathname": "/docs"}, "/docs"),
        ({"$current_url": "https://one.example/docs?x=1#y"}, "/docs"),
        ({"$screen_name": "Main"}, "Main"),
        ({}, None),
    ],
    ids=["path", "address", "screen", "nothing"],
)
def test_a_view_is_a_page(properties: dict[str, Any], feature: str | None) -> None:
    [part] = said("$pageview", properties)
    assert (part.item.name, part.item.feature, part.item.properties) == ("page", feature, None)


def test_groups_say_the_account() -> None:
    belongs, fact = said("Export", {"$groups": {"project": "p", "company": 1}})
    assert (fact.item.account, belongs) == ("1", Belongs("user:ann", "1", THEN))
    assert len(said("Export", {"$groups": {"project": "p"}})) == 1
    assert len(said("Export", {"$groups": {"company": None, "customer": ""}})) == 1
    assert len(said("Export", {"$groups": None})) == 1
    assert len(said("Export", {"$groups": []})) == 1
    assert said("$feature_flag_called", {"$groups": []}) == []
    nobody = {"$groups": {"company": "one"}, "$process_person_profile": False}
    [fact] = said("Export", nobody)
    assert (fact.item.account, fact.item.contact) == ("one", None)


def test_people_and_groups_are_told() -> None:
    ann = Said("contacts", {"id": "ann", "name": "Ann", "email": "a@one.example"}, "user:ann")
    told = {"name": "Ann", "email": "a@one.example"}
    assert said("$set", **{"$set": told}) == [ann]
    assert said("$identify", {"$anon_distinct_id": "x1", "$set": told}) == [Joined("user:x1", "user:ann"), ann]
    assert said("Export", {"$set": told})[1:] == [ann]
    assert said("$create_alias", {"distinct_id": "ann", "alias": "a2"}) == [Joined("user:ann", "user:a2")]
    group = {"$group_type": "company", "$group_key": "one", "$group_set": {"name": "One", "plan": "Pro"}}
    [account] = said("$groupidentify", group)
    assert account.item == {"id": "one", "name": "One", "properties": {"plan": "Pro"}}
    assert said("$groupidentify", group | {"$group_type": "project"}) == []


@pytest.mark.parametrize(
    ("field", "name", "more"),
    [
        ("distinct_id", "x", {"distinct_id": None}),
        ("distinct_id", "x", {"distinct_id": ""}),
        ("alias", "$create_alias", {}),
        ("$group_key", "$groupidentify", {"properties": {"$group_type": "company"}}),
        ("properties", "x", {"properties": {"n": 2**70}}),
        ("properties", "x", {"properties": {"n": 2**70, "$groups": {"company": "one"}}}),
        ("$groups", "x", {"properties": {"$groups": {"company": "x" * 201}, "$process_person_profile": False}}),
        ("$groups", "x", {"properties": {"$groups": {"company": True}}}),
        ("$groups", "x", {"properties": {"$groups": "one"}}),
        ("$group_key", "$groupidentify", {"properties": {"$group_type": "company", "$group_key": ["one"]}}),
    ],
    ids=["nobody", "empty", "alias", "group", "properties", "grouped", "account", "yes", "text", "list"],
)
def test_what_is_missing_is_named(field: str, name: str, more: dict[str, Any]) -> None:
    result = said(name, **more)
    assert isinstance(result, Result)
    assert result.field == field
