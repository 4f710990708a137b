"""Pendo's track events, body by body."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.dialects.pendo import track
from accounts.dialects.success import Wrong
from accounts.linking import Belongs

BODY: dict[str, Any] = {
    "type": "track",
    "event": "Registered",
    "visitorId": "v1",
    "accountId": "a1",
    "timestamp": 1_524_069_206_123,
    "properties": {"plan": "Pro Annual"},
    "context": {"ip": "192.0.2.1", "userAgent": "Firefox"},
}
REFUSED = {
    "no event": (BODY | {"event": None}, "event", "must be a text"),
    "an empty event": (BODY | {"event": ""}, "event", "must not be empty"),
    "no visitor": ({key: value for key, value in BODY.items() if key != "visitorId"}, "visitorId", "is required"),
    "another type": (BODY | {"type": "page"}, "type", "must be one of: track"),
    "seconds as a text": (BODY | {"timestamp": "1524069206"}, "timestamp", "must be a whole number"),
    "after 2100": (BODY | {"timestamp": 10**14}, "timestamp", "must be at most 4102444800000"),
    "properties in a list": (BODY | {"properties": []}, "properties", "must be an object"),
}


def test_a_track_event_and_where_its_visitor_belongs() -> None:
    belongs, said = track(BODY)
    item = said.item
    assert belongs == Belongs("user:v1", "a1", item.occurred_at)
    assert (said.kind, said.name, item.account, item.name, item.contact) == (
        "events",
        "user:v1",
        "a1",
        "Registered",
        "v1",
    )
    assert item.occurred_at == datetime(2018, 4, 18, 16, 33, 26, 123_000, UTC)
    assert item.properties == {"plan": "Pro Annual"}


def test_the_account_may_be_known_already() -> None:
    [said] = track(BODY | {"accountId": None})
    assert (said.item.account, said.name) == ("", "user:v1")


def test_the_same_again_is_the_same_and_a_millisecond_later_is_another() -> None:
    ids = [track(BODY | more)[-1].item.message_id for more in ({}, {"context": {}}, {"timestamp": 1_524_069_206_124})]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_says_field_and_reason(case: str) -> None:
    said, field, reason = REFUSED[case]
    with pytest.raises(Wrong) as wrong:
        track(said)
    assert (wrong.value.result.field, wrong.value.result.reason) == (field, reason)
