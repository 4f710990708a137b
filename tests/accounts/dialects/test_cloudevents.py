"""CloudEvents in their three forms → events, without a database."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.api.errors import ApiError
from accounts.batch import Result
from accounts.dialects import cloudevents
from accounts.dialects.told import Told

EVENT = {
    "specversion": "1.0", "type": "com.example.report.made", "source": "/reports", "id": "A234-1234-1234",
    "time": "2025-06-05T17:31:00Z", "subject": "one", "datacontenttype": "application/json",
    "data": {"contact": "ann", "pages": 3},
}  # fmt: skip


def item(event: dict[str, Any]) -> dict[str, Any]:
    told = cloudevents.read(event)
    assert isinstance(told, Told), told
    [part] = told.parts
    assert part.kind == "events"
    return part.item


def documents(body: Any, kind: str, **headers: str) -> list[Any]:
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return cloudevents.documents({"Content-Type": kind, **named}, sent, float)


def test_an_event_is_an_event() -> None:
    assert item(EVENT) == {
        "account": "one", "name": "com.example.report.made", "message_id": "/reports A234-1234-1234",
        "occurred_at": datetime(2025, 6, 5, 17, 31, tzinfo=UTC), "contact": "ann",
        "properties": {"contact": "ann", "pages": 3},
    }  # fmt: skip


def test_single_and_batch_are_the_same_events() -> None:
    assert documents(EVENT, "application/cloudevents+json; charset=utf-8") == [EVENT]
    assert documents([EVENT, EVENT], "application/cloudevents-batch+json") == [EVENT, EVENT]
    assert documents([], "application/cloudevents-batch+json") == []


def test_binary_has_its_attributes_in_headers() -> None:
    headers = {f"Ce_{name.title()}": value for name, value in EVENT.items() if isinstance(value, str)}
    headers["Ce_Subject"] = "one%20%C3%A9"
    [found] = documents(EVENT["data"], "application/json", **headers)
    assert found["subject"] == "one é"
    assert item(found | {"subject": "one"}) == item(EVENT)
    [bare] = documents(b"\x00\x01", "application/octet-stream", **headers)
    assert "data" not in bare
    assert "properties" not in item(bare)


@pytest.mark.parametrize(
    ("changed", "account", "contact"),
    [
        ({}, "one", "ann"),
        ({"account": "two"}, "two", "ann"),
        ({"data": {"account": "three", "user_id": 7}}, "three", "7"),
        ({"subject": None, "data": {"account_id": 4}}, None, None),
        ({"subject": None, "data": {"accountid": "four"}}, "four", None),
        ({"userid": "bob"}, "one", "bob"),
    ],
)
def test_whose_it_is_and_who_did_it(changed: dict[str, Any], account: str | None, contact: str | None) -> None:
    if account is None:
        refused = cloudevents.read(EVENT | changed)
        assert isinstance(refused, Result)
        assert refused.field == "account"
    else:
        found = item(EVENT | changed)
        assert (found["account"], found.get("contact")) == (account, contact)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"id": ""}, "id"),
        ({"source": None}, "source"),
        ({"type": None}, "type"),
        ({"specversion": "0.3"}, "specversion"),
        ({"time": "yesterday"}, "time"),
        ({"time": 5}, "time"),
    ],
)
def test_what_is_no_event_is_refused_by_field(changed: dict[str, Any], field: str) -> None:
    refused = cloudevents.read(EVENT | changed)
    assert isinstance(refused, Result)
    assert refused.field == field


def test_source_and_id_make_it_this_one_however_long() -> None:
    assert item(EVENT | {"source": "/other"})["message_id"] != item(EVENT)["message_id"]
    names = {item(EVENT | {"source": "/" + "x" * 300, "id": number})["message_id"] for number in ("1", "2")}
    assert {len(name) for name in names} == {64}


def test_data_in_base64_that_is_json_is_read() -> None:
    event = {name: value for name, value in EVENT.items() if name != "data"}
    assert item(event | {"data_base64": "eyJwYWdlcyI6M30="})["properties"] == {"pages": 3}
    assert "properties" not in item(event | {"data_base64": "!"})


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        (EVENT, "application/json", 415),
        (EVENT, "text/plain", 415),
        (b"{", "application/cloudevents+json", 400),
        (EVENT, "application/cloudevents-batch+json", 400),
    ],
)
def test_another_body_is_not_taken(body: Any, kind: str, code: int) -> None:
    with pytest.raises(ApiError) as error:
        documents(body, kind)
    assert error.value.status_code == code
