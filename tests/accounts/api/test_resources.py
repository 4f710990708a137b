"""Every kind over REST: what is pulled can be told again, what is named goes over what is known, nothing is edited."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from accounts.kinds import KINDS, RESOURCES
from accounts.models import DirtyDay, ExchangeRate, Invoice, Refused, TicketEvent
from accounts.words import READ_ONLY
from tests.accounts.api.conftest import Program, error_of
from tests.accounts.items import WHOLE
from tests.cast import account
from tests.kept import kept

pytestmark = pytest.mark.usefixtures("one")

OF_ACCOUNTS = [resource for resource, name in RESOURCES.items() if not KINDS[name].of_workspace]
INVOICE = {"id": "i1", "account": "A-1", "issued_on": "2025-06-01", "due_on": "2025-06-15", "amount": "100"}
# A field of each kind that may be said anew, and what its default is where it has one.
ANEW = {
    "contacts": ("name", "Bea"), "subscriptions": ("seats", 11), "invoices": ("amount", "5"),
    "payments": ("amount", "5"), "purchases": ("product", "Chair"), "deals": ("state", "lost"),
    "tickets": ("opened_at", "2025-05-31T10:00:00Z"), "survey_responses": ("answered_at", "2025-06-02T10:00:00Z"),
    "feedback": ("given_at", "2025-06-02T10:00:00Z"), "churns": ("reason", "moved"),
    "touches": ("happened_at", "2025-06-02T10:00:00Z"), "pulses": ("value", 2), "goals": ("value", "5"),
    "client_figures": ("value", "7.5"), "costs": ("amount", "1"), "rates": ("rate", "0.00612346"),
    "releases": ("plans", []),
}  # fmt: skip


@kept
def one(acme):
    return account(acme, "A-1")


def whole(resource, external_id="x 1/ä"):
    name = RESOURCES[resource]
    return WHOLE[name] | ({} if KINDS[name].of_workspace else {"id": external_id, "account": "A-1"})


def put_in(program, resource):
    """Tell one whole object; returns it as it is answered, and its address."""
    response = program.call("POST", resource, whole(resource))
    assert response.status_code == 201, response.content
    body = response.json()
    return body, f"{resource}/{quote(body['id'])}"


@pytest.mark.parametrize("resource", RESOURCES)
def test_an_object_is_answered_in_the_words_in_which_it_was_told(resource, program):
    body, address = put_in(program, resource)
    assert {name: body[name] for name in whole(resource)} == whole(resource)
    assert set(body) == {*KINDS[RESOURCES[resource]].struct.__struct_fields__, *READ_ONLY}
    assert program.get(address).json() == body
    assert program.get(resource).json() == {"results": [body], "next": None}


@pytest.mark.parametrize("resource", RESOURCES)
def test_what_is_pulled_can_be_told_again_and_is_known(resource, program, acme):
    body, address = put_in(program, resource)
    models = KINDS[RESOURCES[resource]].models
    before = [list(model.objects.of(acme).order_by("pk").values()) for model in models]
    for method, path in (("PUT", address), ("PATCH", address), ("POST", resource)):
        response = program.call(method, path, body)
        assert (response.status_code, response.json()) == (200, body), method
    answer = program.call("POST", resource, {"items": [body]}).json()
    assert answer["results"] == [{"index": 0, "status": "already_known"}]
    assert [list(model.objects.of(acme).order_by("pk").values()) for model in models] == before


@pytest.mark.parametrize("resource", RESOURCES)
def test_an_absent_field_stays_and_the_correction_is_a_version(resource, program, acme):
    body, address = put_in(program, resource)
    field, value = ANEW[RESOURCES[resource]]
    response = program.call("PATCH", address, {field: value})
    assert response.status_code == 200, response.content
    changed = response.json()
    assert {name: changed[name] for name in body if name not in READ_ONLY} == {
        name: body[name] for name in body if name not in READ_ONLY
    } | {field: value}
    versions = KINDS[RESOURCES[resource]].model.objects.of(acme).order_by("pk")
    assert [row.retracted_at is None for row in versions] == [False, True]
    assert versions[0].retracted_at == versions[1].known_at


@pytest.mark.parametrize("resource", RESOURCES)
def test_null_clears_what_may_be_null_and_nothing_else(resource, program):
    body, address = put_in(program, resource)
    struct = KINDS[RESOURCES[resource]].struct
    for name in set(struct.__struct_fields__) - {"id", "known_at", "currency"}:
        response = program.call("PATCH", address, {name: None})
        if "None" in str(struct.__annotations__.get(name, "str")):
            assert response.json()[name] is None, name
            program.call("PUT", address, body)
        else:
            error = error_of(response, 422)
            assert (error["field"], error["value"]) == (name, "None")


@pytest.mark.parametrize("resource", RESOURCES)
def test_who_pulls_learns_of_corrections_and_retractions(resource, program):
    body, address = put_in(program, resource)
    since = f"{resource}?updated_since={quote(body['updated_at'])}"
    gone = program.call("DELETE", address).json()
    assert gone["retracted_at"]
    assert gone["updated_at"] > body["updated_at"]
    assert {**gone, "retracted_at": None, "updated_at": body["updated_at"]} | _parts(body) == body | _parts(body)
    for method in ("GET", "DELETE", "PATCH"):
        error_of(program.call(method, address, {}), 404)
    assert program.get(resource).json()["results"] == []
    assert [each["retracted_at"] for each in program.get(since).json()["results"]] == [gone["retracted_at"]]
    assert program.call("POST", resource, whole(resource)).status_code == 201
    [again] = program.get(since).json()["results"]
    assert again["retracted_at"] is None


def _parts(body):
    """What a ticket tells along with itself is retracted with it."""
    return {name: None for name in ("replied_at", "solved_at", "reopened_at", "closed_at") if name in body}


def test_a_retraction_marks_its_days(program, acme):
    _body, address = put_in(program, "invoices")
    DirtyDay.objects.of(acme).delete()
    program.call("DELETE", address)
    assert [str(each.day) for each in DirtyDay.objects.of(acme)] == ["2025-06-01"]


def test_many_are_taken_each_by_itself(program, acme):
    program.call("POST", "invoices", INVOICE)
    answer = program.call(
        "POST",
        "invoices",
        {
            "items": [
                {"id": "i1", "amount": 90},
                {"id": "i2", "amount": 1},
                INVOICE | {"id": "i3"},
                INVOICE | {"id": "i3", "amount": 3},
                INVOICE | {"id": "i4", "account": "A-9"},
                INVOICE | {"id": "i5", "amount": "NaN"},
                5,
            ]
        },
    ).json()
    assert answer["counts"] == {"accepted": 1, "updated": 1, "already_known": 0, "conflict": 1, "rejected": 4}
    fields = [(each["status"], each.get("field")) for each in answer["results"]]
    assert fields == [
        ("updated", None), ("rejected", "account"), ("accepted", None), ("conflict", "id"),
        ("rejected", "account"), ("rejected", "amount"), ("rejected", ""),
    ]  # fmt: skip
    current = Invoice.objects.of(acme).current().order_by("external_id")
    assert [(row.external_id, row.amount) for row in current] == [("i1", 90), ("i3", 100)]
    assert str(current[0].due_on) == "2025-06-15"
    assert [row.kind for row in Refused.objects.of(acme)] == ["invoices"] * 5


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"items": 5}, 422, "items"),
        ({"items": [], "more": 1}, 422, "more"),
        ({"items": [{}] * 2_501}, 413, "items"),
        ([INVOICE], 422, "body"),
    ],
)
def test_a_list_that_is_none(body, status, field, program):
    assert error_of(program.call("POST", "invoices", body), status)["field"] == field


def test_many_take_the_same_few_queries(program, django_assert_max_num_queries):
    items = [INVOICE | {"id": f"i{n}"} for n in range(500)]
    program.call("POST", "invoices", {"items": items[:1]})
    with django_assert_max_num_queries(25):
        assert program.call("POST", "invoices", {"items": items}).json()["counts"]["accepted"] == 499


@pytest.mark.parametrize("resource", ["tickets", "invoices", "rates"])
def test_a_list_takes_the_same_few_queries(resource, program, django_assert_max_num_queries):
    numbers = range(1, 28)
    told = [whole(resource, f"n{n}") | ({"day": f"2025-05-{n:02}"} if resource == "rates" else {}) for n in numbers]
    assert program.call("POST", resource, {"items": told}).json()["counts"]["accepted"] == 27
    program.get(resource)  # reads the key as it is since its first use was noted
    with django_assert_max_num_queries(3):
        assert len(program.get(resource).json()["results"]) == 27


def test_a_list_of_one_account(program, acme):
    account(acme, "A-2")
    program.call("POST", "invoices", {"items": [INVOICE, INVOICE | {"id": "i2", "account": "A-2"}]})
    assert [each["id"] for each in program.get("invoices?account=A-2").json()["results"]] == ["i2"]
    for path in ("invoices?account=A-9", "rates?account=A-1"):
        assert error_of(program.get(path), 400)["field"] == "account"


def test_amounts_are_exact_as_text_and_as_number(program):
    body = b'{"id": "i1", "account": "A-1", "issued_on": "2025-06-01", "due_on": "2025-06-15", "amount": '
    for number in (b"99999999999999.9999", b"0.1", b"1e2", b'"0.1000"'):
        answer = program.call("PUT", "invoices/i1", body + number + b"}").json()
        assert answer["amount"] == {b"1e2": "100", b'"0.1000"': "0.1"}.get(number, number.decode())


def test_null_takes_back_a_moment_of_a_ticket(program, acme):
    body, address = put_in(program, "tickets")
    cleared = program.call("PATCH", address, {"solved_at": None, "closed_at": None})
    assert (cleared.status_code, cleared.json()["solved_at"], cleared.json()["closed_at"]) == (200, None, None)
    left = TicketEvent.objects.of(acme).current().values_list("kind", flat=True)
    assert set(left) == {"opened", "replied", "reopened"}
    assert program.call("PATCH", address, {"solved_at": body["solved_at"]}).json()["solved_at"] == body["solved_at"]


def test_a_ticket_is_opened_once(program, acme):
    _body, address = put_in(program, "tickets")
    program.call("PATCH", address, {"opened_at": "2025-05-01T10:00:00+02:00"})
    [opened] = TicketEvent.objects.of(acme).current().filter(kind="opened")
    assert opened.occurred_at.isoformat() == "2025-05-01T08:00:00+00:00"


def test_an_id_that_is_made_is_the_one_it_is_made_of(program, acme):
    rate = {"currency": "JPY", "day": "2025-06-01", "rate": "0.006"}
    assert program.call("PUT", "rates/JPY-2025-06-01", rate).json()["id"] == "JPY-2025-06-01"
    assert program.call("PATCH", "rates/JPY-2025-06-01", {"rate": "0.007"}).status_code == 200
    for path, value in (("rates/USD-2025-06-01", rate), ("rates/JPY-2025-06-01", {"day": "2025-06-02"})):
        assert error_of(program.call("PUT", path, value), 422)["field"] == "id"
    assert str(ExchangeRate.objects.of(acme).current().get().rate) == "0.00700000"


@pytest.mark.parametrize("resource", OF_ACCOUNTS)
def test_a_strangers_account_and_facts_are_not_there(resource, program, stranger, evil):
    body, address = put_in(program, resource)
    assert error_of(stranger.call("POST", resource, whole(resource)), 422)["field"] == "account"
    for method in ("GET", "PATCH", "DELETE"):
        error_of(stranger.call(method, address, {}), 404)
    account(evil, "A-1")
    assert stranger.call("PUT", address, whole(resource)).status_code == 201
    assert program.get(address).json() == body


def test_an_unknown_account_is_created_where_the_key_may(acme):
    program = Program(acme, "write", creates_accounts=True)
    assert program.call("POST", "invoices", INVOICE | {"account": "A-7"}).status_code == 201


def test_a_list_is_walked_page_by_page(program):
    program.call("POST", "invoices", {"items": [INVOICE | {"id": f"i{n}"} for n in range(7)]})
    path, found = "invoices?limit=3", []
    while path:
        page = program.get(path).json()
        found += [each["id"] for each in page["results"]]
        path = (page["next"] or "").partition("/api/v1/")[2]
    assert found == [f"i{n}" for n in range(7)]
