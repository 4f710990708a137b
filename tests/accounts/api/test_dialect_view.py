"""What all dialects share: keys, sizes, gzip, errors, answers."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import msgspec
import pytest
from django.test import RequestFactory
from msgspec import Struct

from accounts.api import auth
from accounts.api.dialect_view import DialectView, batch_of
from accounts.batch import Result
from accounts.facts import EventItem
from accounts.linking import Said
from accounts.models import ApiKey, Event, Refused, Workspace
from tests.accounts.api.conftest import Program
from tests.cast import account


class Spoken(DialectView):
    """A dialect as simple as can be: {"key", "batch": [{"name": of an event}, …]}."""

    key_field = "key"

    def decode(self, body: bytes) -> list[Any]:
        items = batch_of(body, Whole, Cut, Happened, "name").batch
        return [each if isinstance(each, Result) else [_login(each.name or "login")] for each in items]


class Happened(Struct):
    name: str | None = None


class Whole(Struct):
    batch: list[Happened]


class Cut(Struct):
    batch: list[msgspec.Raw]


def _login(name: str) -> Said:
    return Said("events", EventItem(account="one", name=name))


def named(*names: Any) -> dict[str, Any]:
    return {"batch": [{"name": name} for name in names]}


@pytest.fixture
def program(acme: Workspace) -> Program:
    account(acme, "one")
    return Program(acme, "events")


def post(body: Any, secret: str = "", **headers: str) -> Any:
    if secret:
        headers = {"Authorization": f"Bearer {secret}"} | headers
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    content_type = headers.pop("content_type", "application/json")
    request = RequestFactory().post("/said", data, content_type=content_type, headers=headers)
    response = Spoken.as_view()(request)
    response.render()
    return response.status_code, json.loads(response.content), response


BATCH = named("login")


def test_whatever_is_accepted_the_answer_is_json(program: Program) -> None:
    for accept in ("text/html", "nonsense"):
        code, answer, _response = post(BATCH, program.secret, accept=accept)
        assert (code, answer) == (200, {"success": True})


def basic(user: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:".encode()).decode()}


def test_a_key_comes_as_bearer_as_user_or_in_the_body(program: Program) -> None:
    assert post(BATCH, program.secret)[:2] == (200, {"success": True})
    assert post(BATCH, **basic(program.secret))[0] == 200
    assert post(BATCH | {"key": program.secret})[0] == 200
    for body, headers in (
        (BATCH, {}),
        (BATCH | {"key": "hs_x"}, {}),
        (BATCH | {"key": 5}, {}),
        (BATCH | {"key": program.secret}, basic("hs_no")),
        (BATCH, {"Authorization": "Basic é"}),
        (b"", {}),
        (b"[1]", {}),
    ):
        code, answer, response = post(body, **headers)
        assert (code, answer["code"], response["WWW-Authenticate"]) == (401, "unauthorized", "Basic")
        assert answer["message"]
    assert Event.objects.of(program.source.workspace_id).count() == 3


def test_what_is_gzip_is_unpacked_whatever_it_says_it_is(program: Program) -> None:
    packed = gzip.compress(json.dumps(BATCH | {"key": program.secret}).encode())
    assert post(packed, content_type="application/x-www-form-urlencoded")[0] == 200
    assert post(packed, Content_Encoding="gzip", content_type="text/plain")[0] == 200
    assert post(packed[:-9], program.secret)[1] == {
        "code": "invalid_request", "message": "body is not one whole gzip stream", "field": "body",
    }  # fmt: skip


def test_sizes_are_bounded(program: Program) -> None:
    assert post(named(*["x" * 100] * 6000), program.secret)[1]["code"] == "too_large"
    assert post(named(*["x"] * 2501), program.secret)[0] == 413
    assert post(gzip.compress(b" " * 30_000_000), program.secret)[0] == 413
    code, answer, _response = post(named("login", "x" * 33_000, 5), program.secret)
    assert (code, [each["index"] for each in answer["errors"]]) == (200, [1, 2])
    assert "32768" in answer["errors"][0]["message"]
    assert (answer["errors"][1]["field"], answer["errors"][1]["message"]) == ("name", "must be a text")
    assert Event.objects.of(program.source.workspace_id).count() == 1
    assert [each.row for each in Refused.objects.of(program.source.workspace_id).order_by("pk")] == [1, 2]


@pytest.mark.parametrize("other", ["{}", '{"n\\u0061me": "login"}'])
def test_an_item_is_too_large_also_where_it_says_the_field_for_others_that_do_not(program: Program, other: str) -> None:
    large = json.dumps({"name": "login", "more": [{"name": "x" * 9_000}] * 4})
    body = '{"batch": [' + ", ".join([other] * 4 + [large]) + "]}"
    code, answer, _response = post(body.encode(), program.secret)
    assert (code, [each["index"] for each in answer["errors"]]) == (200, [4])
    assert Event.objects.of(program.source.workspace_id).count() == 4


def test_what_is_no_batch_is_refused_as_a_whole(program: Program, monkeypatch: Any) -> None:
    assert post(b"{", program.secret)[1]["code"] == "invalid_request"
    program.key.scopes = [ApiKey.Scope.READ]
    program.key.save()
    assert post(BATCH, program.secret)[1]["code"] == "forbidden"
    monkeypatch.setattr(auth, "_calls_this_minute", lambda *what: 10**6)
    program.key.scopes = [ApiKey.Scope.EVENTS]
    program.key.save()
    code, answer, response = post(BATCH, program.secret)
    assert (code, answer["code"], int(response["Retry-After"]) <= 60) == (429, "too_many_requests", True)
