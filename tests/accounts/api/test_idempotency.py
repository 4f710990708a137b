"""`Idempotency-Key`: one effect, the same answer; another request under the same name is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.api.idempotency import KEPT, forget
from accounts.models import Account, IdempotencyKey, Invoice
from accounts.permissions import SCOPES
from tests.accounts.api.conftest import Program, error_of
from tests.cast import account
from tests.concurrency import another_connection, beside, somebody_waits, until

INVOICE = {"id": "i1", "account": "A-1", "issued_on": "2025-06-01", "due_on": "2025-06-15", "amount": "100"}
EVENT = {"events": [{"account": "A-1", "name": "login"}]}
WRITES = [
    ("POST", "events", EVENT),
    ("POST", "accounts", {"id": "A-2"}),
    ("PUT", "accounts/A-2", {}),
    ("PATCH", "accounts/A-1", {"name": "Ada"}),
    ("POST", "invoices", INVOICE),
    ("POST", "invoices", {"items": [INVOICE | {"id": "i2"}, {"id": "i3"}]}),
    ("PUT", "invoices/i1", INVOICE),
    ("PATCH", "invoices/i0", {"amount": "7"}),
    ("DELETE", "invoices/i0", None),
]


@pytest.fixture
def known(acme, program):
    account(acme, "A-1")
    program.call("POST", "invoices", INVOICE | {"id": "i0"})


def test_every_way_to_write_is_tried_here():
    tried = {(method, path.partition("/")[0], "/" in path) for method, path, _body in WRITES}
    kinds = {"api-events", "api-accounts", "api-accounts-item", "api-invoices", "api-invoices-item"}
    writes = {(m, n.split("-")[1], n.endswith("-item")) for n in kinds for m in SCOPES[n] if m != "GET"}
    assert tried == writes


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_the_same_again_has_no_second_effect_and_the_same_answer(method, path, body, program, acme, known):
    first = program.call(method, path, body, idempotency_key="k 1")
    assert first.status_code in (200, 201)
    told = [list(model.objects.of(acme).order_by("pk").values()) for model in (Account, Invoice)]
    for _again in range(2):
        again = program.call(method, path, body, idempotency_key="k 1")
        assert (again.status_code, again.content) == (first.status_code, first.content)
        assert again["Idempotency-Replayed"] == "true"
        assert again["Content-Type"] == first["Content-Type"]
    assert [list(model.objects.of(acme).order_by("pk").values()) for model in (Account, Invoice)] == told
    assert IdempotencyKey.objects.of(acme).count() == 1


def test_another_request_under_the_name_is_refused(program, acme, known):
    program.call("POST", "invoices", INVOICE, idempotency_key="k")
    for method, path, body in (
        ("POST", "invoices", INVOICE | {"amount": "5"}),
        ("PUT", "invoices/i1", INVOICE),
        ("POST", "purchases", INVOICE),
    ):
        error = error_of(program.call(method, path, body, idempotency_key="k"), 409)
        assert (error["field"], error["value"]) == ("Idempotency-Key", "k")
    assert Invoice.objects.of(acme).get(external_id="i1").amount == 100


def test_what_failed_may_be_tried_again(program, acme):
    error_of(program.call("POST", "invoices", INVOICE, idempotency_key="k"), 422)
    assert not IdempotencyKey.objects.of(acme).exists()
    account(acme, "A-1")
    assert program.call("POST", "invoices", INVOICE, idempotency_key="k").status_code == 201


def test_a_name_is_its_keys_own(program, acme, evil, stranger, known):
    program.call("POST", "invoices", INVOICE, idempotency_key="k")
    account(evil, "A-1")
    for other in (stranger, Program(acme, "write")):
        response = other.call("POST", "invoices", INVOICE | {"amount": "3"}, idempotency_key="k")
        assert response.status_code in (200, 201)
        assert "Idempotency-Replayed" not in response


@pytest.mark.parametrize("name", ["", "x" * 201, "ä"])
def test_a_bad_name_is_refused(name, program):
    assert error_of(program.call("POST", "events", EVENT, idempotency_key=name), 400)["field"] == "Idempotency-Key"


def test_the_name_itself_is_not_stored(program, acme, known):
    program.call("POST", "invoices", INVOICE, idempotency_key="order 77")
    assert "order 77" not in str(IdempotencyKey.objects.of(acme).values().get())


def test_keys_are_forgotten_after_their_time(program, acme, known):
    program.call("POST", "invoices", INVOICE, idempotency_key="k")
    forget(acme, timezone.now() + KEPT - timedelta(minutes=1))
    assert IdempotencyKey.objects.of(acme).exists()
    forget(acme, timezone.now() + KEPT)
    assert not IdempotencyKey.objects.of(acme).exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_have_one_effect(acme):
    """The second waits for the first and gets its answer; both would otherwise make an event."""
    account(acme, "A-1")
    program = Program(acme, "events")
    with another_connection() as cursor:
        cursor.execute("LOCK TABLE accounts_event IN ACCESS EXCLUSIVE MODE")
        with beside(program.call, "POST", "events", EVENT, idempotency_key="k") as one:
            one.start()
            until(somebody_waits)
            with beside(program.call, "POST", "events", EVENT, idempotency_key="k") as two:
                two.start()
                until(lambda: somebody_waits() and _waiting() == 2)
                cursor.connection.rollback()
                answers = [one.result(), two.result()]
    assert [each.status_code for each in answers] == [200, 200]
    assert answers[0].content == answers[1].content
    assert [each.get("Idempotency-Replayed") for each in answers] == [None, "true"]


def _waiting():
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return cursor.fetchone()[0]
