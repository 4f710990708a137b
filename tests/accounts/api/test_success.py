"""Programs made for Totango, Custify, Pendo and Vitally, talking to us."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts.models import Account, ApiKey, Contact, Event, Refused, Workspace
from tests.accounts.api.conftest import Program
from tests.cast import account, source_of
from tests.kept import kept


@kept
def program(acme: Workspace) -> Program:
    """A program whose key makes accounts."""
    found = Program(acme, "events")
    _row, found.secret = ApiKey.issue(acme, source_of(acme, "Success"), "Success", ["events"], creates_accounts=True)
    return found


def post(path: str, body: Any, headers: dict[str, str]) -> tuple[int, dict[str, Any]]:
    response = Client().post(path, json.dumps(body), content_type="application/json", headers=headers)
    return response.status_code, response.json()


def events(workspace: Workspace) -> list[tuple[Any, ...]]:
    rows = Event.objects.of(workspace).order_by("name")
    return list(rows.values_list("account__external_id", "name", "person", "feature"))


def test_the_pixel_by_get_and_by_post(acme: Workspace, program: Program) -> None:
    said = {
        "sdr_s": program.secret,
        "sdr_o": "t1",
        "sdr_odn": "Tee One",
        "sdr_u": "ada",
        "sdr_a": "Login",
        "sdr_m": "App",
    }
    form = {"sdr_o.Plan": "Pro", "sdr_u.name": "Ada"}
    for response in (
        Client().get("/pixel.gif/", said),
        Client().post(
            f"/pixel.gif?{urlencode(said | {'sdr_a': 'Export'})}",
            urlencode(form),
            content_type="application/x-www-form-urlencoded",
        ),
    ):
        assert (response.status_code, response["Content-Type"]) == (200, "image/gif")
        assert response.content.startswith(b"GIF89a")
    assert events(acme) == [("t1", "Export", "ada", "App"), ("t1", "Login", "ada", "App")]
    found = Account.objects.of(acme).get(external_id="t1")
    assert (found.name, found.properties) == ("Tee One", {"Plan": "Pro"})
    assert Contact.objects.of(acme).current().get(external_id="ada").name == "Ada"


def test_the_pixel_refuses_what_the_original_takes(acme: Workspace, program: Program) -> None:
    token = {"Authorization": f"app-token {program.secret}"}
    for query, headers, code, field in (
        ("sdr_o=t1&sdr_a=Login", {}, 401, "Authorization"),
        ("sdr_s=SP-0000-11&sdr_o=t1&sdr_a=Login", {}, 401, "Authorization"),
        ("sdr_o=t1", token, 422, "sdr_a"),
        ("sdr_a=Login", token, 422, "sdr_o"),
        ("sdr_o=t1&sdr_a=%00", token, 422, "sdr_a"),
        ("sdr_o=t1&sdr_a=%ff", token, 400, "body"),
        ("&".join(f"x{n}=1" for n in range(600)), token, 413, "body"),
        ("sdr_o=t1&sdr_a=" + "x" * 40_000, token, 413, "body"),
        ("sdr_o=t1&sdr_o.Create Date=soon", token, 422, "sdr_o.Create Date"),
    ):
        response = Client().get(f"/pixel.gif?{query}", headers=headers)
        answer = response.json()
        assert (response.status_code, answer["field"]) == (code, field), query[:60]
        assert answer["code"] and answer["message"]
    assert not Event.objects.of(acme).exists()
    assert Refused.objects.of(acme).count() == 4


def test_custify_links_people_to_their_company(acme: Workspace, program: Program) -> None:
    key = {"Authorization": f"Bearer {program.secret}"}
    export = {"name": "Export", "user_id": 42, "deduplication_id": "d-1"}
    for path, body in (
        ("event", export),
        ("company", {"company_id": "c1", "name": "Cee"}),
        ("people", {"user_id": 42, "email": "ada@c1.example", "companies": [{"company_id": "c1"}]}),
        ("event", {"name": "Login", "email": "ada@c1.example"}),
        ("event", export),
    ):
        assert post(f"/custify/{path}", body, key) == (200, {"message": "Success."}), body
    assert events(acme) == [("c1", "Export", "42", None), ("c1", "Login", "42", None)]
    assert Contact.objects.of(acme).current().get(external_id="42").email == "ada@c1.example"
    code, answer = post("/custify/event", export | {"name": "Import"}, key)
    assert (code, answer["field"]) == (409, "deduplication_id")


def test_pendo_takes_a_retry_for_the_same(acme: Workspace, program: Program) -> None:
    key = {"X-Pendo-Integration-Key": program.secret}
    moment = datetime(2026, 11, 20, 12, tzinfo=UTC)
    body = {"type": "track", "event": "Saved", "visitorId": "v1", "accountId": "p1", "context": {}}
    body["timestamp"] = int(moment.timestamp() * 1000)
    for said in (body, body, {key: value for key, value in body.items() if key != "accountId"}):
        assert post("/data/track", said, key)[0] == 200
    assert events(acme) == [("p1", "Saved", "v1", None)] * 2
    assert set(Event.objects.of(acme).values_list("occurred_at", flat=True)) == {moment}
    code, answer = post("/data/track", body | {"timestamp": 5}, key)
    assert (code, answer["field"], answer["message"]) == (
        422,
        "timestamp",
        "timestamp must lie between 2000 and tomorrow",
    )


def test_vitally_by_a_token_of_basic(acme: Workspace, program: Program) -> None:
    key = {"Authorization": f"Basic {program.secret}"}
    for path, body in (
        ("account", {"accountId": 9, "traits": {"name": "Nine", "status": "trialing"}}),
        ("user", {"userId": "u1", "accountId": 9, "traits": {"email": "u1@nine.example"}}),
        ("track", {"userId": "u1", "event": "Goal", "properties": {}}),
    ):
        assert post(f"/analytics/v1/{path}", body, key) == (200, {"message": "Success."}), body
    assert events(acme) == [("9", "Goal", "u1", None)]
    assert Account.objects.of(acme).get(external_id="9").properties == {"status": "trialing"}


@pytest.mark.parametrize("path", ["custify/event", "custify/people", "custify/company", "data/track"])
@pytest.mark.parametrize("body", ["[]", "5", "{", "", '{"name": "\\u0000"}', "null"], ids=str)
def test_garbage_is_no_success(program: Program, path: str, body: str) -> None:
    headers = {"Authorization": f"Bearer {program.secret}"}
    response = Client().post(f"/{path}", body, content_type="application/json", headers=headers)
    assert response.status_code in {400, 422}
    assert response.json()["message"]


def test_a_key_that_makes_no_accounts_says_which_is_unknown(acme: Workspace) -> None:
    account(acme, "one")
    program = Program(acme, "events")
    key = {"Authorization": f"Bearer {program.secret}"}
    track = {"event": "Goal", "properties": {}}
    assert post("/analytics/v1/track", track | {"accountId": "one"}, key)[0] == 200
    code, answer = post("/analytics/v1/track", track | {"accountId": "two"}, key)
    assert (code, answer["field"], answer["value"]) == (422, "accountId", "two")
