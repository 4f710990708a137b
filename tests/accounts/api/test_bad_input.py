"""What may not be told, for every resource: a 4xx that names field and value, and nothing stored; the good is kept."""

from __future__ import annotations

import gzip
import json

import pytest
from msgspec import inspect

from accounts.kinds import KINDS, RESOURCES
from tests.accounts.api.conftest import error_of
from tests.accounts.items import WHOLE
from tests.cast import account
from tests.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("one")]
NAMES = list(RESOURCES.values())


@kept
def one(acme, evil):
    account(evil, "E-1")
    return account(acme, "A-1")


def whole(name, external_id="x"):
    return WHOLE[name] | ({} if KINDS[name].of_workspace else {"id": external_id, "account": "A-1"})


def resource(name):
    return name.replace("_", "-")


def fields(name, kind):
    """The fields of a kind that take such a value."""
    told = inspect.type_info(KINDS[name].struct).fields
    return [f.name for f in told if f.name in WHOLE[name] and kind in map(type, getattr(f.type, "types", (f.type,)))]


WRONG_NUMBERS = ["NaN", "Infinity", "-Infinity", "1e30", "12.123456789", "five", "1,5", True, [], 10**30]
WRONG_DAYS = ["1969-12-31", "9999-12-31", "2026-W10", "2025-02-30", "1.6.2025", "", 20250601, "2025-06-01T00:00:00Z"]
WRONG_TIMES = [
    "1969-12-31T00:00:00Z", "9999-12-31T00:00:00Z", "2026-W10", "2025-06-01T10:00:00", "soon", 1748772000, "2025-06-01",
]  # fmt: skip
CASES = [
    *[(n, f, v) for n in NAMES for f in fields(n, inspect.DecimalType) for v in WRONG_NUMBERS],
    *[(n, f, v) for n in NAMES for f in fields(n, inspect.DateType) for v in WRONG_DAYS],
    *[(n, f, v) for n in NAMES for f in fields(n, inspect.DateTimeType) for v in WRONG_TIMES],
    *[(n, f, v) for n in NAMES for f in fields(n, inspect.IntType) for v in ("5", 1.5, 10**30, -(10**9), True)],
    *[(n, f, v) for n in NAMES for f in fields(n, inspect.BoolType) for v in ("yes", 1)],
    *[(n, f, v) for n in NAMES for f in fields(n, inspect.LiteralType) for v in ("other", 5)],
    *[(n, f, v) for n in NAMES for f in fields(n, inspect.StrType) for v in ("a\0b", 5, "x" * 20_001, ["x"])],
    *[(n, "currency", v) for n in NAMES if "currency" in WHOLE[n] for v in ("euro", "EURO", "XQQ", "eur", "€")],
    *[(n, "surprise", "x") for n in NAMES],
    *[(n, "account", v) for n in NAMES for v in ("A-9", "E-1", "", None, 5) if not KINDS[n].of_workspace],
    *[(n, "amount", "-0.01") for n in ("subscriptions", "payments", "costs")],
    ("churns", "refund", "-1"),
    ("rates", "rate", "0"),
    ("rates", "rate", "-1"),
    ("rates", "rate", "10000000000"),
    ("costs", "month", "2025-06-02"),
    ("releases", "plans", ["a\0b"]),
    ("releases", "plans", [5]),
    ("releases", "plans", "Pro"),
    ("subscriptions", "seats", -1),
    ("survey_responses", "score", "4.123"),
    ("survey_responses", "score", "6"),
    ("subscriptions", "ends_on", "2024-12-31"),
]


@pytest.mark.parametrize(("name", "field", "value"), CASES, ids=str)
def test_a_field_that_is_not_taken(name, field, value, program, acme):
    bad = whole(name, "bad") | {field: value}
    error = error_of(program.call("POST", resource(name), bad), 422)
    assert error["field"] == field
    shown = "".join(c if c.isprintable() else "\ufffd" for c in str(value)[:80])
    assert error["value"].replace(" ", "T").startswith(shown[:10].replace(" ", "T")) or value in ("1e30", 10**30)
    assert not KINDS[name].model.objects.of(acme).exists()


@pytest.mark.parametrize("name", NAMES)
def test_the_good_rest_is_kept(name, program, acme):
    bad = whole(name, "bad") | {"surprise": "\0"}
    answer = program.call("POST", resource(name), {"items": [bad, whole(name), None, {}, [[]], bad]}).json()
    assert answer["counts"] == {"accepted": 1, "updated": 0, "already_known": 0, "conflict": 0, "rejected": 5}
    assert (answer["results"][0]["field"], answer["results"][0]["value"]) == ("surprise", "\ufffd")
    assert KINDS[name].model.objects.of(acme).current().count() == 1


BODIES = [
    (b"", 400, "body", "is empty"),
    (b"{", 400, "body", "byte 1"),
    (b'{"id": NaN}', 400, "body", "byte 7"),
    (b'{"id": -Infinity}', 400, "body", "byte"),
    (b'{"id": "a\x00b"}', 400, "body", "byte"),
    (rb'{"id": "\ud800"}', 400, "body", "byte"),
    (b'{"id": "\xff"}', 400, "body", "is not UTF-8"),
    (b'{"id": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 400, "body", "deeper than 20"),
    (b'{"id": ' + b"[" * 30 + b"]" * 30 + b"}", 422, "id", "deeper than 20"),
    (b'{"id": ' + b"9" * 30 + b"}", 422, "id", "beyond 64 bits"),
    (b'{"id": "' + b"x" * 10_000_000 + b'"}', 413, "Content-Length", "is larger"),
    (b"[]", 422, "body", "must be an object"),
    (b"null", 422, "body", "must be an object"),
]


@pytest.mark.parametrize("name", [*NAMES, "accounts"])
def test_a_body_that_is_not_taken(name, program):
    for body, status, field, reason in BODIES:
        error = error_of(program.call("POST", resource(name), body), status)
        assert (error["field"], reason in error["reason"]) == (field, True), (body[:40], error)


@pytest.mark.parametrize("name", [*NAMES, "accounts"])
def test_how_a_body_may_not_come(name, program):
    bomb = gzip.compress(bytes(30_000_000), 1)
    assert error_of(program.call("POST", resource(name), bomb, content_encoding="gzip"), 413)["field"] == "body"
    assert error_of(program.call("POST", resource(name), b"{}", content_encoding="br"), 415)["value"] == "br"
    error = error_of(program.call("POST", resource(name), b"{}", content_type="text/csv"), 415)
    assert (error["field"], error["value"]) == ("Content-Type", "text/csv")
    packed = gzip.compress(json.dumps(WHOLE.get(name, {}) | {"surprise": 1}).encode())
    assert error_of(program.call("POST", resource(name), packed, content_encoding="gzip"), 422)["field"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("external_id", ["a%00b", "x" * 201, "%F0%9F"])
def test_an_id_that_cannot_be(name, external_id, program):
    for method in ("GET", "PATCH", "DELETE"):
        error_of(program.call(method, f"{resource(name)}/{external_id}", {}), 404)
    response = program.call("PUT", f"{resource(name)}/{external_id}", whole(name) | {"id": None})
    assert response.status_code in (201, 422)


def test_an_event_takes_no_negative_quantity(program):
    answer = program.push({"account": "A-1", "name": "export", "quantity": "-1"}, {"account": "A-1", "name": "export"})
    assert [each["status"] for each in answer["results"]] == ["rejected", "accepted"]
    assert (answer["results"][0]["field"], answer["results"][0]["value"]) == ("quantity", "-1")
