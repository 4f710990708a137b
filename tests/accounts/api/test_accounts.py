"""`/api/v1/accounts`: list, read, create, change; absent is not null; one workspace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from accounts.models import Account, AccountHistory
from tests.accounts.api.conftest import error_of
from tests.cast import account

WHOLE = {
    "id": "A-1",
    "name": "Ada Ltd",
    "owner": "alice@acme.example",
    "team": "North",
    "segment": "Large",
    "stage": "Adoption",
    "parent": "A-0",
    "started_on": "2025-01-31",
    "industry": "Shoes",
    "country": "ES",
    "domain": "ada.example",
    "properties": {"plan": "pro"},
}


@pytest.fixture(autouse=True)
def parent(acme):
    return account(acme, "A-0")


def test_an_account_is_created_as_it_is_told(program):
    response = program.call("POST", "accounts", WHOLE)
    assert response.status_code == 201
    body = response.json()
    assert {name: body[name] for name in WHOLE} == WHOLE
    assert program.get("accounts/A-1").json() == body


def test_an_absent_field_stays_and_null_clears(program, acme):
    program.call("PUT", "accounts/A-1", WHOLE)
    response = program.call("PUT", "accounts/A-1", {"owner": None, "country": None, "name": "Ada plc"})
    assert response.status_code == 200
    changed = {name: response.json()[name] for name in WHOLE}
    assert changed == WHOLE | {"owner": None, "country": "", "name": "Ada plc"}
    owners = AccountHistory.objects.of(acme).filter(account__external_id="A-1", field="owner").order_by("since")
    assert [bool(row.value) for row in owners] == [True, False]


def test_the_same_again_changes_nothing(program, acme):
    program.call("PUT", "accounts/A-1", WHOLE)
    before = Account.objects.of(acme).filter(external_id="A-1").values().get()
    assert program.call("PUT", "accounts/A-1", WHOLE).status_code == 200
    assert Account.objects.of(acme).filter(external_id="A-1").values().get() == before


def test_patch_changes_and_does_not_create(program, acme):
    error_of(program.call("PATCH", "accounts/A-1", {"name": "Ada"}), 404)
    assert not Account.objects.of(acme).filter(external_id="A-1").exists()
    assert program.call("PATCH", "accounts/A-0", {"name": "Top"}).json()["name"] == "Top"


@pytest.mark.parametrize("external_id", ["a b", "a/b", "a/", "ä", "a%2Fb", "a?b", "."])
def test_an_id_may_hold_what_an_address_may(external_id, program):
    from urllib.parse import quote

    path = f"accounts/{quote(external_id, safe='/')}"
    assert program.call("PUT", path, {"name": "x"}).json()["id"] == external_id
    assert program.get(path).json()["id"] == external_id


@pytest.mark.parametrize(
    ("body", "status", "field", "value"),
    [
        (b"[1]", 422, "body", ""),
        (b"{", 400, "body", ""),
        (b'{"name": "\\u0000"}', 422, "name", "\ufffd"),
        ({"name": ""}, 422, "name", ""),
        ({"name": None}, 422, "name", "None"),
        ({"name": "x" * 201}, 422, "name", "x" * 80),
        ({"id": "A-2"}, 422, "id", "A-2"),
        ({"owner": "mallory@evil.example"}, 422, "owner", "mallory@evil.example"),
        ({"team": "Moon"}, 422, "team", "Moon"),
        ({"stage": "Moon"}, 422, "stage", "Moon"),
        ({"parent": "A-9"}, 422, "parent", "A-9"),
        ({"parent": "A-1"}, 422, "parent", "A-1"),
        ({"started_on": "31.1.2025"}, 422, "started_on", "31.1.2025"),
        ({"started_on": "1925-01-31"}, 422, "started_on", "1925-01-31"),
        ({"colour": "red"}, 422, "colour", "red"),
        ({"properties": 5}, 422, "properties", "5"),
    ],
)
def test_what_is_not_taken_names_field_and_value(body, status, field, value, program, acme):
    error = error_of(program.call("PUT", "accounts/A-1", body), status)
    assert (error["field"], error["value"]) == (field, value)
    assert not Account.objects.of(acme).filter(external_id="A-1").exists()


def test_an_account_without_id_is_refused(program):
    assert error_of(program.call("POST", "accounts", {"name": "x"}), 422)["field"] == "id"


# -- lists --------------------------------------------------------------------------------------------------


def walk(program, path):
    """The ids of every page, and how many pages there were."""
    ids, pages = [], 0
    while path:
        body = program.get(path).json()
        ids += [each["id"] for each in body["results"]]
        path, pages = (body["next"] or "").partition("/api/v1/")[2], pages + 1
    return ids, pages


def test_a_cursor_walks_through_all_once(program, acme):
    names = [f"B-{n}" for n in range(6)]
    for name in names:
        account(acme, name)
    Account.objects.of(acme).update(updated_at=datetime(2025, 1, 1, tzinfo=UTC))
    assert walk(program, "accounts?limit=3") == (["A-0", *names], 3)


def test_a_row_that_changes_meanwhile_comes_again_and_none_is_lost(program, acme):
    for n in range(4):
        account(acme, f"B-{n}")
    first = program.get("accounts?limit=2").json()
    account(acme, "A-0", name="New")
    Account.objects.of(acme).filter(external_id="A-0").update(updated_at=datetime.now(UTC) + timedelta(seconds=1))
    rest, _pages = walk(program, first["next"].partition("/api/v1/")[2])
    assert rest == ["B-1", "B-2", "B-3", "A-0"]


def test_what_changed_since_is_listed(program, acme):
    account(acme, "B-1")
    for day, name in ((1, "A-0"), (3, "B-1")):
        Account.objects.of(acme).filter(external_id=name).update(updated_at=datetime(2025, 1, day, tzinfo=UTC))
    for since in ("2025-01-02", "2025-01-03T00:00:00Z", "2025-01-03T02:00:00+02:00"):
        assert walk(program, "accounts?" + urlencode({"updated_since": since}))[0] == ["B-1"]


def test_the_list_takes_the_same_few_queries_however_long(program, acme, alice, django_assert_num_queries):
    for _each in range(2):  # the first use of a key is noted, so the second finds it changed
        program.get("accounts")
    for n in range(30):
        account(acme, f"B-{n}", owner="alice@acme.example", team="North", stage="Adoption", parent="A-0")
    with django_assert_num_queries(2):  # the key, the page
        assert len(program.get("accounts").json()["results"]) == 31


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=²", "limit"),
        ("limit=" + "9" * 5_000, "limit"),
        ("updated_since=soon", "updated_since"),
        ("updated_since=2025-13-01", "updated_since"),
        ("updated_since=%00", "updated_since"),
        ("cursor=x", "cursor"),
        ("cursor=WzEsMl0=", "cursor"),
        ("cursor=bnVsbA==", "cursor"),
        ("cursor=%C3%A4", "cursor"),
    ],
)
def test_a_wrong_query_names_its_part(query, field, program):
    assert error_of(program.get(f"accounts?{query}"), 400)["field"] == field


# -- strangers ----------------------------------------------------------------------------------------------


def test_a_stranger_finds_nothing(stranger, acme):
    assert stranger.get("accounts").json() == {"results": [], "next": None}
    error_of(stranger.get("accounts/A-0"), 404)
    error_of(stranger.call("PATCH", "accounts/A-0", {"name": "Mine"}), 404)
    assert error_of(stranger.call("PUT", "accounts/E-1", {"parent": "A-0"}), 422)["field"] == "parent"
    assert stranger.call("PUT", "accounts/A-0", {"name": "Mine"}).status_code == 201
    assert Account.objects.of(acme).get(external_id="A-0").name == "A-0"


@pytest.mark.parametrize("external_id", ["A-9", "%00", "x" * 300])
def test_an_account_that_is_not_there_is_not_found(external_id, program):
    error_of(program.get(f"accounts/{external_id}"), 404)
