"""What is refused before any view sees it: a page for people, JSON for programs."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import SuspiciousOperation
from django.db import IntegrityError
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts.models import Account, Link, Note
from healthscore.errors import RemovedAccountMiddleware, bad_request
from tests.cast import NOW, Cast, account
from tests.concurrency import another_connection, beside, somebody_waits, until
from tests.dashboards.conftest import sign_in


@pytest.mark.django_db
def test_a_wrong_host_is_told_in_the_shape_of_what_was_asked(client: Client) -> None:
    for path in ("/api/v1/events", "/api/v1/accounts/a", "/api/nothing"):
        answer = client.post(path, "{}", "application/json", headers={"host": "evil.example\x7f"})
        assert answer.status_code == 400
        told = {"field": "Host", "value": "evil.example\ufffd", "reason": "Nothing is served under this name."}
        assert answer.json() == {"error": told}
    page = client.get("/accounts/login/", headers={"host": "evil.example"})
    assert page.status_code == 400
    assert page["Content-Type"].startswith("text/html")


SAID = "Host Nothing is served under this name."
TOLD = {"code": "invalid_request", "message": SAID, "field": "Host", "value": "evil.example"}
LIBRARIES = ("/v1/track", "/v1/batch", "/custify/event", "/data/track", "/analytics/v1/user", "/pixel.gif")
POSTHOG = ("/batch/", "/batch", "/flags/", "/decide/")


@pytest.mark.parametrize(
    ("path", "told"), [*((path, TOLD) for path in LIBRARIES), *((path, {"detail": SAID, **TOLD}) for path in POSTHOG)]
)
def test_a_wrong_host_is_told_to_libraries_as_they_are_told_all_else(client: Client, path: str, told: Any) -> None:
    answer = client.post(path, "{}", "application/json", headers={"host": "evil.example"})
    assert (answer.status_code, answer.json()) == (400, told)


def test_a_wrong_host_is_told_to_providers(client: Client) -> None:
    for path in ("/hooks/mail", f"/hooks/{'a' * 20}"):
        answer = client.post(path, "{}", "application/json", headers={"host": "evil.example"})
        told = {"field": "Host", "value": "evil.example", "reason": "Nothing is served under this name."}
        assert (answer.status_code, answer.json()) == (400, {"error": told})


def test_where_no_program_is_answered_stands_a_page(client: Client) -> None:
    for path in ("/v1/nothing", "/nowhere"):
        answer = client.get(path, headers={"host": "evil.example"})
        assert (answer.status_code, answer["Content-Type"][:9]) == (400, "text/html")


def test_any_other_request_that_cannot_be_read_is_told_alike(rf: RequestFactory) -> None:
    answer = bad_request(rf.get("/api/v1/events"), SuspiciousOperation("odd"))
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")


@pytest.mark.django_db(transaction=True)
def test_an_account_that_is_removed_while_a_member_writes_about_it_is_not_found(cast: Cast) -> None:
    one = account(cast.acme, "a")
    browser, sent = sign_in(cast.alice), {"body": "They grow", "ticket": str(uuid4())}
    with another_connection() as other:
        # As removal does it: who tells of the account from here on waits.
        other.execute("SELECT FROM accounts_account WHERE id = %s FOR UPDATE", [one.pk])
        with beside(browser.post, f"/w/acme/accounts/{one.pk}/notes/add", sent) as writing:
            writing.start()
            until(somebody_waits)
            for table, column in (("accounts_accounthistory", "account_id"), ("accounts_account", "id")):
                other.execute(f"DELETE FROM {table} WHERE {column} = %s", [one.pk])
            other.connection.commit()
            answer = writing.result()
    assert (answer.status_code, answer["Content-Type"][:9]) == (404, "text/html")
    assert not Note.objects.of(cast.acme).exists()
    assert not Account.objects.of(cast.acme).exists()


@pytest.mark.django_db(transaction=True)
def test_a_gateway_whose_account_is_removed_meanwhile_is_not_told_that_nothing_is_there(
    cast: Cast, rf: RequestFactory
) -> None:
    """It would send the mail back; after an error it tries again."""
    gone = account(cast.acme, "a").pk + 1
    with pytest.raises(IntegrityError) as raised:
        Link.unscoped.create(workspace=cast.acme, name="user:ann", account_id=gone, since_at=NOW)
    asked = RemovedAccountMiddleware(lambda request: HttpResponse())
    assert asked.process_exception(rf.post("/hooks/mail"), raised.value) is None
    answer = asked.process_exception(rf.post("/w/acme/accounts/1/notes/add"), raised.value)
    assert answer is not None
    assert answer.status_code == 404
