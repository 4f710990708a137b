"""Who may call: keys, scopes, the throttle, and the one shape of errors."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from rest_framework.exceptions import AuthenticationFailed

from accounts.api import auth
from accounts.api.auth import entering
from accounts.models import ApiKey, Source, Workspace
from tests.accounts.api.conftest import Program, error_of

BODY = {"events": []}


def test_without_a_key_nothing_opens(db):
    response = Client().post("/api/v1/events", BODY, content_type="application/json")
    assert error_of(response, 401)["field"] == "Authorization"
    assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Bearer hs_", "Bearer hs_00000000_x", "Bearer x\0y", "Basic {secret}", "{secret}",
     "Bearer {prefix}", "Bearer {secret}x", "Bearer {prefix}_wrong", "Bearer hs_\xfc"],
)  # fmt: skip
def test_a_wrong_key_opens_nothing(authorization, program):
    header = authorization.format(secret=program.secret, prefix=program.key.prefix)
    error = error_of(program.call("POST", "events", BODY, authorization=header), 401)
    assert program.secret not in str(error)


def test_a_revoked_key_opens_nothing(program):
    ApiKey.unscoped.filter(pk=program.key.pk).update(revoked_at=timezone.now())
    error_of(program.call("POST", "events", BODY), 401)


def test_a_key_that_was_let_in_before_is_as_its_rows_are_now(program):
    key, secret = program.key, program.secret
    for _ in range(3):
        entering(secret).workspace.time_zone = "Asia/Tokyo"  # nobody else's business
    assert entering(secret).workspace.time_zone == key.workspace.time_zone != "Asia/Kolkata"
    Workspace.objects.filter(pk=key.workspace_id).update(time_zone="Asia/Kolkata")
    assert entering(secret).workspace.time_zone == "Asia/Kolkata"
    Source.unscoped.filter(pk=key.source_id).update(library="analytics-node")
    assert entering(secret).source.library == "analytics-node"
    ApiKey.unscoped.filter(pk=key.pk).update(scopes=["read"])
    assert entering(secret).scopes == ["read"]
    ApiKey.unscoped.filter(pk=key.pk).update(revoked_at=timezone.now())
    with pytest.raises(AuthenticationFailed):
        entering(secret)


@pytest.mark.parametrize(
    ("scope", "method", "path", "needed"),
    [
        ("read", "POST", "events", "events"),
        ("events", "GET", "accounts", "read"),
        ("events", "HEAD", "accounts", "read"),
        ("read", "POST", "accounts", "write"),
        ("read", "PUT", "accounts/A-1", "write"),
        ("read", "PATCH", "accounts/A-1", "write"),
    ],
)
def test_a_key_does_what_its_scopes_say(scope, method, path, needed, acme):
    response = Program(acme, scope).call(method, path, BODY)
    assert response.status_code == 403
    if method != "HEAD":
        error = error_of(response, 403)
        assert (error["field"], error["value"]) == ("scope", needed)


def test_use_is_noted_once_a_minute(program, django_assert_num_queries):
    program.push()
    program.key.refresh_from_db()
    program.source.refresh_from_db()
    assert timezone.now() - program.key.last_used_at < timedelta(minutes=1)
    assert program.source.last_seen_at == program.key.last_used_at
    program.push()  # reads the rows as they are since
    with django_assert_num_queries(1):
        program.push()
    earlier = timezone.now() - timedelta(seconds=61)
    ApiKey.unscoped.update(last_used_at=earlier)
    program.push()
    program.key.refresh_from_db()
    assert program.key.last_used_at > earlier


def test_too_many_calls_are_held_up(program, stranger, settings):
    settings.EVENTS_PER_MINUTE = 3
    answers = [program.call("POST", "events", BODY) for _ in range(8)]  # a new minute may begin in between
    assert [each.status_code for each in answers].count(200) in (3, 4, 5, 6)
    error = error_of(answers[-1], 429)
    assert (error["field"], error["value"]) == ("requests", "3")
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert stranger.call("POST", "events", BODY).status_code == 200


def test_calls_are_told_to_valkey_ten_at_a_time(settings, monkeypatch):
    monkeypatch.setattr("accounts.api.auth.time.time", lambda: 6_000_000.0)
    settings.EVENTS_PER_MINUTE = 1200
    assert [auth._calls_this_minute("calls", -1) for _ in range(28)] == list(range(1, 29))
    auth._calls.clear()  # another process
    assert [auth._calls_this_minute("calls", -1) for _ in range(2)] == [22, 23]
    settings.EVENTS_PER_MINUTE = 199
    assert [auth._calls_this_minute("calls", -1) for _ in range(2)] == [24, 25]
    auth._calls.clear()
    assert auth._calls_this_minute("calls", -1) == 26


def test_without_valkey_nobody_is_held_up(program, settings):
    location = "unix:///nowhere/valkey.sock?db=0"
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": location}}
    settings.EVENTS_PER_MINUTE = 1
    assert [program.call("POST", "events", BODY).status_code for _ in range(3)] == [200, 200, 200]


@pytest.mark.parametrize(
    ("method", "path", "status", "field", "value"),
    [
        ("GET", "nothing", 404, "path", "/api/v1/nothing"),
        ("POST", "", 404, "path", "/api/v1/"),
        ("GET", "accounts/", 404, "path", "/api/v1/accounts/"),
        ("GET", "events", 405, "method", "GET"),
        ("DELETE", "accounts/A-1", 405, "method", "DELETE"),
    ],
)
def test_what_is_not_there_answers_in_the_same_shape(method, path, status, field, value, program):
    error = error_of(program.call(method, path), status)
    assert (error["field"], error["value"]) == (field, value)


def test_outside_a_version_there_is_nothing(db):
    assert error_of(Client().get("/api/v2/accounts"), 404)["value"] == "/api/v2/accounts"


@pytest.mark.parametrize("mistake", [OperationalError("gone"), RuntimeError("a mistake")])
def test_what_goes_wrong_on_our_side_answers_in_the_same_shape(mistake, program, monkeypatch):
    def fail(batch):
        raise mistake

    monkeypatch.setattr("accounts.ingest.record", fail)
    status = 503 if isinstance(mistake, OperationalError) else 500
    response = program.call("POST", "events", {"events": [{"account": "A-1", "name": "x"}]})
    assert "gone" not in error_of(response, status)["reason"]
    assert ("Retry-After" in response.headers) == (status == 503)


# -- create_api_key -----------------------------------------------------------------------------------------


def command(*args, **options):
    out = StringIO()
    call_command("create_api_key", *args, stdout=out, **options)
    return out.getvalue().strip()


def test_a_key_is_printed_once_and_kept_as_a_hash(acme):
    secret = command("acme", "Shop", scopes="events,read", create_accounts=True)
    key = ApiKey.objects.of(acme).get()
    assert secret.startswith(key.prefix)
    assert key.hash == ApiKey.hash_of(secret)
    assert (key.scopes, key.creates_accounts, key.source.name) == (["events", "read"], True, "Shop")
    assert secret not in str(ApiKey.objects.of(acme).values().get())
    command("acme", "Shop")
    assert Source.objects.of(acme).filter(name="Shop").count() == 1


@pytest.mark.parametrize("scopes", ["", "all", "events,all"])
def test_a_scope_that_is_not_there_is_one_sentence(scopes, acme):
    with pytest.raises(CommandError, match="only: events, read, write"):
        command("acme", "Shop", scopes=scopes)
