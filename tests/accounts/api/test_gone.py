"""A request that found an account which an undone import is just taking away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, Event, Invoice, Waiting
from tests.accounts.api.conftest import Program
from tests.cast import account
from tests.concurrency import another_connection, beside, somebody_waits, until

pytestmark = pytest.mark.django_db(transaction=True)
EVENT = {"account": "a", "name": "login", "message_id": "m"}
INVOICE = {"id": "i", "account": "a", "issued_on": "2025-06-01", "due_on": "2025-06-15", "amount": 10}


def while_it_goes(call: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """What a call gets that begins before the account is gone, and waits for that."""
    with another_connection() as cursor:
        cursor.execute("LOCK TABLE ONLY accounts_event IN SHARE ROW EXCLUSIVE MODE")
        for table in ("accounts_accounthistory", "accounts_link", "accounts_account"):
            cursor.execute(f"DELETE FROM {table}")
        with beside(call, *args, **more) as request:
            request.start()
            until(somebody_waits)
            cursor.connection.commit()
            return request.result()


@pytest.mark.parametrize("headers", [{}, {"idempotency_key": "k"}])
@pytest.mark.parametrize(
    ("path", "sent", "model"), [("events", {"events": [EVENT]}, Event), ("invoices", {"items": [INVOICE]}, Invoice)]
)
def test_a_request_is_done_again_where_its_account_is_gone(acme, path, sent, model, headers):
    account(acme, "a")
    making = Program(acme, "events", "write", creates_accounts=True)
    response = while_it_goes(making.call, "POST", path, sent, **headers)
    assert (response.status_code, response.json()["results"]) == (200, [{"index": 0, "status": "accepted"}])
    assert model.objects.of(acme).get().account == Account.objects.of(acme).get()


@pytest.mark.parametrize("path", ["events", "invoices"])
def test_who_makes_no_accounts_hears_that_it_is_not_there(acme, path):
    account(acme, "a")
    sent = {"events": [EVENT]} if path == "events" else {"items": [INVOICE]}
    response = while_it_goes(Program(acme, "events", "write").call, "POST", path, sent)
    [result] = response.json()["results"]
    assert (response.status_code, result["status"], result["field"]) == (200, "rejected", "account")


def test_an_event_of_somebody_whose_account_goes_waits_for_the_next(acme):
    """Also where all is known of who did it, and nothing but the event is written."""
    account(acme, "a")
    program = Program(acme, "events")
    more = {"content_type": "application/json", "headers": {"authorization": f"Bearer {program.secret}"}}
    said = {"type": "track", "event": "login", "userId": "u"}
    known = {"batch": [said | {"messageId": "1", "groupId": "a"}]}
    assert Client().post("/v1/batch", known, **more).json() == {"success": True}
    response = while_it_goes(Client().post, "/v1/batch", {"batch": [said | {"messageId": "2"}]}, **more)
    assert response.json() == {"success": True}
    assert not Event.objects.of(acme).filter(message_id="2").exists()
    assert Waiting.objects.of(acme).get().message == "2"


def test_a_client_library_is_answered_as_ever(acme):
    account(acme, "a")
    program = Program(acme, "events", creates_accounts=True)
    said = {"type": "track", "event": "login", "messageId": "m", "context": {"groupId": "a"}, "userId": "u"}
    more = {"content_type": "application/json", "headers": {"authorization": f"Bearer {program.secret}"}}
    response = while_it_goes(Client().post, "/v1/batch", {"batch": [said], "writeKey": program.secret}, **more)
    assert (response.status_code, response.json()) == (200, {"success": True})
    assert Event.objects.of(acme).get().account == Account.objects.of(acme).get()


def test_who_fails_twice_is_asked_to_send_the_same_again(acme, monkeypatch):
    account(acme, "a")
    program = Program(acme, "events", "write")
    asked = []
    monkeypatch.setattr(
        "accounts.ingest.accounts.account_ids", lambda workspace, named: asked.append(named) or dict.fromkeys(named, 0)
    )
    response = program.call("POST", "invoices", {"items": [INVOICE]})
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert len(asked) == 2
    assert not Invoice.objects.of(acme).exists()
