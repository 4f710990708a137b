"""`POST /api/v1/events`: a result for each event, bounds, retraction, one workspace."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Account, DirtyDay, Event, Refused
from tests.accounts.api.conftest import Program, error_of
from tests.cast import account
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("known_account")

LOGIN = {"account": "A-1", "name": "login", "message_id": "m1", "occurred_at": "2025-03-01T10:00:00Z"}


@kept
def known_account(acme):
    return account(acme, "A-1")


def statuses(answer):
    return [each["status"] for each in answer["results"]]


def test_an_accepted_event_is_stored_with_what_it_says(program, acme):
    answer = program.push(
        {**LOGIN, "contact": "ada@a.example", "feature": "sso", "count": 2, "quantity": "1.5", "seconds": 60,
         "users": 3, "properties": {"plan": "pro", "deep": [1, {"x": None}]}}
    )  # fmt: skip
    assert answer["counts"] == {"accepted": 1, "already_known": 0, "conflict": 0, "rejected": 0}
    assert answer["results"] == [{"index": 0, "status": "accepted"}]
    event = Event.objects.of(acme).get()
    assert (event.account.external_id, event.name, event.message_id) == ("A-1", "login", "m1")
    assert (event.person, event.feature, event.count, event.seconds, event.users) == (
        *("ada@a.example", "sso", 2, 60, 3),
    )
    assert (str(event.quantity), event.properties) == ("1.5000", {"plan": "pro", "deep": [1, {"x": None}]})
    assert event.occurred_at == datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert datetime.now(UTC) - event.known_at < timedelta(minutes=1)
    assert str(DirtyDay.objects.of(acme).get().day) == "2025-03-01"


def test_a_repeat_is_known_and_other_content_a_conflict(program, acme):
    program.push(LOGIN)
    later = LOGIN | {"occurred_at": "2025-03-01T10:00:05Z"}
    answer = program.push(LOGIN, later, LOGIN | {"name": "logout"})
    assert statuses(answer) == ["already_known", "already_known", "conflict"]
    assert answer["results"][2]["field"] == "message_id"
    assert answer["results"][2]["value"] == "m1"
    assert Event.objects.of(acme).count() == 1


def test_events_without_an_id_or_time_are_events_of_now(program, acme):
    bare = {"account": "A-1", "name": "login"}
    assert statuses(program.push(bare, bare)) == ["accepted", "accepted"]
    assert Event.objects.of(acme).count() == 2


TOMORROW = (datetime.now(UTC) + timedelta(days=2)).isoformat()


@pytest.mark.parametrize(
    ("wrong", "field", "value", "reason"),
    [
        ({"account": None}, "account", "None", "must be a text"),
        ({"account": ""}, "account", "", "must not be empty"),
        ({"account": "A-9"}, "account", "A-9", "no account has external id “A-9”"),
        ({"account": "x" * 201}, "account", "x" * 80, "must have at most 200 characters"),
        ({"name": 5}, "name", "5", "must be a text"),
        ({"name": "a\0b"}, "name", "a\ufffdb", "contains a NUL character"),
        ({"message_id": "a\0b"}, "message_id", "a\ufffdb", "contains a NUL character"),
        ({"count": 0}, "count", "0", "must be at least 1"),
        ({"count": 2**40}, "count", str(2**40), "must be at most 2000000000"),
        ({"count": 1.5}, "count", "1.5", "must be a whole number"),
        ({"count": "1"}, "count", "1", "must be a whole number"),
        ({"quantity": "NaN"}, "quantity", "NaN", "is not a number"),
        ({"quantity": "1e999999999"}, "quantity", "1E+999999999", "is larger than 14 digits"),
        ({"quantity": "1e-999999999"}, "quantity", "1E-999999999", "has more than 4 decimals"),
        ({"quantity": "0e-999999999"}, "quantity", "0E-999999999", "has more than 4 decimals"),
        ({"quantity": "0e999999999"}, "quantity", "0E+999999999", "is larger than 14 digits"),
        ({"quantity": "0.00001"}, "quantity", "0.00001", "has more than 4 decimals"),
        ({"quantity": "x"}, "quantity", "x", "must be a number"),
        ({"occurred_at": "soon"}, "occurred_at", "soon", "must be a time such as 2026-11-22T10:00:00Z"),
        ({"occurred_at": "2025-03-01T10:00:00"}, "occurred_at", "2025-03-01 10:00:00", "needs a UTC offset"),
        ({"occurred_at": "2025-03-01T10:00:00+16:00"}, "occurred_at", "2025-03-01 10:00:00+16:00", "no place has"),
        ({"occurred_at": "1999-12-31T23:59:59Z"}, "occurred_at", "1999-12-31", "between 2000 and tomorrow"),
        ({"occurred_at": TOMORROW}, "occurred_at", TOMORROW[:10], "between 2000 and tomorrow"),
        ({"known_at": "2025-03-01T10:00:00Z"}, "known_at", "2025-03-01", "only files of history tell it"),
        ({"properties": [1]}, "properties", "[1]", "must be an object"),
        ({"properties": {"a": "\0"}}, "properties", "", "contains a NUL character"),
        ({"properties": {"\0": 1}}, "properties", "", "contains a NUL character"),
        ({"properties": {"a": 10**400}}, "properties", "", "has a number beyond 64 bits"),
        ({"properties": {"a": [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]}}, "properties", "", "deeper than 20"),
        ({"sum": 5}, "sum", "5", "is no field of this kind"),
        ({"s\x00m": 5}, "s\ufffdm", "5", "is no field of this kind"),
    ],
)
def test_a_bad_event_is_only_that_event(wrong, field, value, reason, program, acme):
    answer = program.push(LOGIN, LOGIN | {"message_id": "m2"} | wrong, LOGIN | {"message_id": "m3"})
    assert statuses(answer) == ["accepted", "rejected", "accepted"]
    bad = answer["results"][1]
    assert (bad["index"], bad["field"]) == (1, field)
    assert bad["value"].startswith(value)
    assert reason in bad["reason"]
    assert Event.objects.of(acme).count() == 2
    [refused] = Refused.objects.of(acme)
    assert (refused.row, refused.field, refused.source) == (1, field, program.source)


@pytest.mark.parametrize("item", [5, None, [], "text", {}, {"account": "A-1"}])
def test_an_item_that_is_no_event_is_rejected(item, program):
    answer = program.push(LOGIN, item)
    assert statuses(answer) == ["accepted", "rejected"]
    assert answer["results"][1]["reason"]


@pytest.mark.parametrize("number", ["1e400", "-1e400"])
def test_a_number_out_of_range_is_only_that_event(number, program):
    good, bad = (json.dumps(LOGIN | {"message_id": name}) for name in ("m1", "m2"))
    bad = bad[:-1] + ',"properties":{"a":[' + number + "]}}"
    response = program.call("POST", "events", f'{{"events":[{good},{bad}]}}'.encode())
    assert statuses(response.json()) == ["accepted", "rejected"]
    assert response.json()["results"][1]["field"] == "properties"


@pytest.mark.parametrize("quantity", ["99999999999999.9999", "0.0001", "1.50000000", "0.0000000000", "1e13", 5])
def test_a_number_within_bounds_is_taken_exactly(quantity, program, acme):
    program.push(LOGIN | {"quantity": quantity})
    assert Event.objects.of(acme).get().quantity == Decimal(quantity)


def test_an_unknown_account_is_created_where_the_key_may(acme):
    program = Program(acme, "events", creates_accounts=True)
    assert statuses(program.push(LOGIN | {"account": "A-7"})) == ["accepted"]
    assert Account.objects.of(acme).get(external_id="A-7").name == "A-7"


def test_a_key_sees_only_its_own_workspace(program, stranger, acme, evil):
    assert statuses(stranger.push(LOGIN)) == ["rejected"]
    program.push(LOGIN)
    account(evil, "A-1")
    assert statuses(stranger.push(LOGIN)) == ["accepted"]  # the same id, in another workspace
    assert (Event.objects.of(acme).count(), Event.objects.of(evil).count()) == (1, 1)


# -- retraction ---------------------------------------------------------------------------------------------


def test_a_retracted_event_is_no_longer_believed_and_its_id_stays_taken(program, acme):
    program.push(LOGIN)
    DirtyDay.objects.of(acme).delete()
    answer = program.push(retract=["m1", "m9"])
    assert [each["status"] for each in answer["retracted"]] == ["accepted", "rejected"]
    assert answer["retracted"][1]["value"] == "m9"
    assert Event.objects.of(acme).get().retracted_at is not None
    assert DirtyDay.objects.of(acme).count() == 1
    assert program.push(retract=["m1"])["retracted"][0]["status"] == "already_known"
    assert [row.value for row in Refused.objects.of(acme)] == ["m9"]
    assert statuses(program.push(LOGIN)) == ["already_known"]


def test_nobody_retracts_what_another_told(program, stranger, acme):
    program.push(LOGIN)
    assert stranger.push(retract=["m1"])["retracted"][0]["status"] == "rejected"
    assert Event.objects.of(acme).get().retracted_at is None


# -- the whole request --------------------------------------------------------------------------------------


def post(program, body, **headers):
    return program.call("POST", "events", body, **headers)


@pytest.mark.parametrize(
    ("body", "status", "field", "reason"),
    [
        (b"", 400, "body", "is empty"),
        (b"{", 400, "body", "byte 1"),
        (b'{"events": [}', 400, "body", "byte 12"),
        (b'{"events": [], }', 400, "body", "byte 15"),
        (b'{"events": [NaN]}', 400, "body", "byte 12"),
        (b'{"events": [Infinity]}', 400, "body", "byte 12"),
        (b'{"events": ["a\x00b"]}', 400, "body", "byte 14"),
        (rb'{"events": [{"account": "\ud800", "name": "x"}]}', 400, "body", "byte"),
        (b'{"events": [{"account": "\xff", "name": "x"}]}', 400, "body", "is not UTF-8 (byte 25)"),
        (b'{"events": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400, "body", "deeper than 20"),
        (b"[]", 422, "", "must be an object"),
        (b'{"events": 5}', 422, "events", "must be a list"),
        (b'{"event": []}', 422, "event", "is no field"),
        (b'{"retract": [5]}', 422, "retract", "must be a text"),
        (b'{"retract": [""]}', 422, "retract", "must not be empty"),
        (rb'{"retract": ["\u0000"]}', 422, "retract", "contains a NUL"),
        (b'{"events": [' + b",".join([b"{}"] * 2_501) + b"]}", 413, "events", "at most 2500"),
        (b'{"events": [' + b",".join([b"1"] * 600_000) + b"]}", 413, "events", "fewer events"),
        (json.dumps({"retract": ["x"] * 2_501}).encode(), 413, "retract", "at most 2500"),
        (b'{"events": ["' + b"x" * 10_000_000 + b'"]}', 413, "Content-Length", "is larger than 10000000 bytes"),
    ],
)
def test_a_body_that_is_not_taken_says_why(body, status, field, reason, program, acme):
    error = error_of(post(program, body), status)
    assert error["field"] == field
    assert reason in error["reason"]
    assert not Event.objects.of(acme).exists()


def test_an_empty_push_is_fine(program):
    assert program.push()["counts"]["accepted"] == 0


def test_2500_events_are_taken_at_once_in_few_queries(program, django_assert_max_num_queries):
    events = [LOGIN | {"message_id": f"m{n}"} for n in range(2_500)]
    program.push(*events[:1])
    with django_assert_max_num_queries(20):
        assert program.push(*events)["counts"] == {
            **{"accepted": 2_499, "already_known": 1},
            **{"conflict": 0, "rejected": 0},
        }


def test_gzip_is_unpacked(program, acme):
    body = gzip.compress(json.dumps({"events": [LOGIN]}).encode())
    assert post(program, body, content_encoding="gzip").status_code == 200
    assert Event.objects.of(acme).exists()


@pytest.mark.parametrize(
    ("body", "encoding", "status", "field"),
    [
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip", 400, "body"),
        (gzip.compress(b"{}", mtime=0) + b"more", "gzip", 400, "body"),
        (b"{}", "gzip", 400, "body"),
        (b"{}", "br", 415, "Content-Encoding"),
    ],
    ids=["cut", "more", "plain", "brotli"],
)
def test_what_gzip_may_not_be(body, encoding, status, field, program):
    assert error_of(post(program, body, content_encoding=encoding), status)["field"] == field


def test_a_body_without_a_length_is_not_taken_for_none(program):
    error = error_of(post(program, b"", transfer_encoding="chunked", content_length=""), 411)
    assert (error["field"], error["value"]) == ("Transfer-Encoding", "chunked")


def test_a_bomb_of_gzip_takes_no_memory(program):
    bomb = gzip.compress(bytes(300_000_000), 1)
    tracemalloc.start()
    error = error_of(post(program, bomb, content_encoding="gzip"), 413)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "unpacks to more than 20000000 bytes" in error["reason"]
    assert peak < 60_000_000


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_taken(content_type, program):
    error = error_of(post(program, b'{"events": []}', content_type=content_type), 415)
    assert error["field"] == "Content-Type"
    assert error["value"] == content_type


def test_refused_items_are_kept_but_not_without_end(program, acme, monkeypatch):
    monkeypatch.setattr("accounts.api.view.MAX_REFUSED", 2)
    program.push(*[LOGIN | {"account": "A-9", "message_id": str(n)} for n in range(5)])
    assert Refused.objects.of(acme).count() == 2
