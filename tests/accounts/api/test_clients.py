"""The addresses for client libraries: what comes in is there, once, with the right account, user and time."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.api.errors import handle
from accounts.models import Account, Contact, Event, Refused, Waiting, Workspace
from tests.accounts.api.conftest import Program
from tests.cast import account

NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
THEN = "2025-06-30T09:30:00Z"


@pytest.fixture
def program(acme: Workspace, monkeypatch: Any) -> Program:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    account(acme, "one")
    account(acme, "two")
    return Program(acme, "events")


def post(program: Program, path: str, body: Any, code: int = 200, **headers: str) -> Any:
    basic = base64.b64encode(f"{program.secret}:".encode()).decode()
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    kind = headers.pop("content_type", "application/json")
    headers = {"Authorization": f"Basic {basic}"} | headers
    response = Client().post(path, data, content_type=kind, headers=headers)
    assert response.status_code == code, response.content
    return response.json()


def call(kind: str, message: str = "", **more: Any) -> dict[str, Any]:
    return {"type": kind, "userId": "ann", "messageId": message or kind, "timestamp": THEN, **more}


def events(program: Program) -> list[tuple[Any, ...]]:
    rows = Event.objects.of(program.source.workspace_id).order_by("message_id")
    return list(rows.values_list("message_id", "account__external_id", "name", "person"))


TRACK, GROUP = call("track", event="Export"), call("group", groupId="one")


def test_a_batch_comes_in_once(program: Program) -> None:
    batch = {"batch": [call("identify", traits={"name": "Ann", "email": "ann@one.example"}), TRACK, TRACK, GROUP]}
    assert post(program, "/v1/batch", batch) == {"success": True}
    assert post(program, "/v1/import", batch | {"sentAt": (NOW - timedelta(seconds=3)).isoformat()})["success"]
    assert events(program) == [("track", "one", "Export", "ann")]
    row = Event.objects.of(program.source.workspace_id).get()
    assert (row.occurred_at, row.known_at) == (datetime(2025, 6, 30, 9, 30, tzinfo=UTC), NOW)
    contact = Contact.objects.of(program.source.workspace_id).current().get()
    assert (contact.external_id, contact.account.external_id, contact.name) == ("ann", "one", "Ann")


def test_each_message_has_an_address_of_its_own(program: Program) -> None:
    for message in (
        TRACK,
        call("page", name="Home"),
        call("screen", name="Main"),
        call("identify", traits={"name": "Ann"}, anonymousId="x1"),
        call("alias", previousId="x2"),
        GROUP,
    ):
        said = {name: value for name, value in message.items() if name != "type"}
        assert post(program, f"/v1/{message['type']}", said) == {"success": True}
    assert [row[:3] for row in events(program)] == [
        ("page", "one", "page"), ("screen", "one", "page"), ("track", "one", "Export"),
    ]  # fmt: skip
    assert post(program, "/v1/track", {"userId": "ann"}, 400)["message"] == "event is required"
    assert post(program, "/v1/track", {"event": 5}, 400)["field"] == "event"


def test_it_is_unpacked_and_the_key_may_be_in_the_body(program: Program) -> None:
    packed = gzip.compress(json.dumps({"batch": [GROUP, TRACK], "writeKey": program.secret}).encode())
    kind = "application/x-www-form-urlencoded"
    assert post(program, "/v1/batch", packed, content_type=kind, Authorization="")["success"]
    assert len(events(program)) == 1


def test_the_bad_are_named_and_the_good_are_kept(program: Program) -> None:
    bad = [call("track", "m2"), {"type": "dance"}, call("track", "x" * 101, event="e"), 5, call("group", groupId="no")]
    answer = post(program, "/v1/batch", {"batch": [GROUP, *bad, TRACK]})
    assert [(each["index"], each["field"]) for each in answer["errors"]] == [
        (1, "event"), (2, "type"), (3, "messageId"), (4, ""), (5, "account"),
    ]  # fmt: skip
    assert "no account has external id" in answer["errors"][4]["message"]
    assert [row[0] for row in events(program)] == ["track"]
    assert Refused.objects.of(program.source.workspace_id).count() == 5
    for body in (b"", b"{", b"[]", b"{}", b'{"batch": 5}'):
        assert post(program, "/v1/batch", body, 400)["code"] == "invalid_request"


def test_one_message_that_is_wrong_is_named_also_where_it_is_found_late(program: Program) -> None:
    late = {"userId": "ann", "event": "Export", "timestamp": "2052-01-01T00:00:00Z"}
    assert post(program, "/v1/track", late, 400)["field"] == "occurred_at"
    assert post(program, "/v1/group", {"userId": "ann", "groupId": "no"}, 400)["field"] == "account"


def test_the_clock_of_a_batch_holds_beside_a_bad_message(program: Program) -> None:
    later = {"sentAt": (NOW + timedelta(hours=1)).isoformat()}
    for batch in ([GROUP, TRACK | {"messageId": "t1"}], [{"type": "dance"}, TRACK | {"messageId": "t2"}]):
        post(program, "/v1/batch", {"batch": batch} | later)
    moments = Event.objects.of(program.source.workspace_id).values_list("occurred_at", flat=True)
    assert set(moments) == {datetime(2025, 6, 30, 8, 30, tzinfo=UTC)}


def test_what_is_no_json_in_one_message_does_not_cost_the_others(program: Program) -> None:
    said = {
        "half": "a\ud83d",
        "whole": "\U0001f600",
        "plain": "NaN, \\ud83d",
        "none": float("nan"),
        "all": -float("inf"),
    }
    body = json.dumps({"batch": [GROUP, TRACK | {"properties": said}]}).encode()
    assert post(program, "/v1/batch", body) == {"success": True}
    assert Event.objects.of(program.source.workspace_id).get().properties == said | {
        "half": "a\ufffd", "none": None, "all": None,
    }  # fmt: skip
    torn = body.replace(b'"type": "group"', b'"type": 5').replace(b"Export", b"\xff")
    answer = post(program, "/v1/batch", torn)
    assert [(each["field"], each["message"][:4]) for each in answer["errors"]] == [("type", "must"), ("", "is n")]
    assert post(program, "/v1/batch", b'{"writeKey": "\xff"}', 401, Authorization="")["code"] == "unauthorized"


def test_what_is_nested_too_deep_is_told(program: Program) -> None:
    deep: dict[str, Any] = {}
    for _ in range(600):
        deep = {"a": deep}
    told = post(program, "/v1/batch", {"batch": [GROUP | {"traits": deep}, TRACK]})
    assert [(each["index"], each["field"]) for each in told["errors"]] == [(0, "traits")]
    for name in ("$set", "$group_set"):
        told = post(program, "/batch/", {"batch": [capture("x", properties={name: deep})]})
        assert told["errors"][0]["field"] == name
    response = handle(RecursionError(), {"request": None})
    assert (response.status_code, response.data["error"]["field"]) == (400, "body")


def test_a_key_that_creates_accounts_makes_them(acme: Workspace) -> None:
    program = Program(acme, "events", creates_accounts=True)
    post(program, "/v1/batch", {"batch": [call("group", groupId="new", traits={"name": "New", "plan": "Pro"})]})
    made = Account.objects.of(acme).get(external_id="new")
    assert (made.name, made.properties) == ("New", {"plan": "Pro"})


def test_who_moves_takes_the_contact_along_and_a_late_repeat_moves_nobody_back(program: Program) -> None:
    moved = call("group", "g2", groupId="two", timestamp="2025-06-30T10:00:00Z")
    for batch in ([GROUP, call("identify")], [moved, call("track", "t2", event="Export")], [GROUP, TRACK]):
        post(program, "/v1/batch", {"batch": batch})
    assert [row[:2] for row in events(program)] == [("t2", "two"), ("track", "two")]
    assert Contact.objects.of(program.source.workspace_id).current().get().account.external_id == "two"


def capture(event: str, uuid: str = "", properties: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "event": event, "uuid": uuid or event, "distinct_id": "ann", "timestamp": THEN, "properties": properties or {},
        **more,
    }  # fmt: skip


def test_posthog_comes_in_once(program: Program) -> None:
    batch = [
        capture("Export"),
        capture("$set", **{"$set": {"email": "ann@one.example"}}),
        capture("$pageview", properties={"$pathname": "/x", "$groups": {"company": "one"}}),
        capture("", "bad"),
    ]
    body = {"api_key": program.secret, "batch": batch, "sent_at": THEN}
    for _n in range(2):
        answer = post(program, "/batch/", body, Authorization="")
        assert (answer["status"], [each["index"] for each in answer["errors"]]) == ("Ok", [3])
    assert [row[:3] for row in events(program)] == [("$pageview", "one", "page"), ("Export", "one", "Export")]
    assert Contact.objects.of(program.source.workspace_id).current().get().email == "ann@one.example"
    assert not Waiting.objects.of(program.source.workspace_id).exists()
    assert post(program, "/batch/", b"{", 400)["detail"]
    assert post(program, "/batch/", {"batch": []}, 401, Authorization="")["detail"]


@pytest.mark.parametrize("path", ["/flags/?v=4", "/flags", "/decide/?v=3"])
def test_posthog_hears_that_there_are_no_flags(program: Program, path: str) -> None:
    for field in ("api_key", "token"):  # Node's library says token
        asked = {field: program.secret, "distinct_id": "ann", "groups": {}}
        answer = post(program, path, asked, Authorization="")
        assert (answer["flags"], answer["featureFlags"], answer["errorsWhileComputingFlags"]) == ({}, {}, False)
        assert post(program, path, asked | {field: "hs_wrong"}, 401, Authorization="")["detail"]
    called = {
        "api_key": program.secret,
        "batch": [capture("$feature_flag_called", properties={"$groups": {"company": "one"}})],
    }
    assert "errors" not in post(program, "/batch/", called, Authorization="")
    assert events(program) == []


def test_who_asks_posthog_s_flags_too_often_may_still_send_events(program: Program, settings: Any) -> None:
    settings.EVENTS_PER_MINUTE = 1
    asked = {"token": program.secret}
    answers = [Client().post("/flags/", asked, content_type="application/json") for _ in range(4)]
    assert 429 in [each.status_code for each in answers]
    post(program, "/batch/", {"api_key": program.secret, "batch": []}, Authorization="")
