"""What is refused before any view sees it: a page for people, JSON for programs."""

from __future__ import annotations

import pytest
from django.core.exceptions import SuspiciousOperation
from django.test import Client, RequestFactory

from healthscore.errors import bad_request


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


def test_any_other_request_that_cannot_be_read_is_told_alike(rf: RequestFactory) -> None:
    answer = bad_request(rf.get("/api/v1/events"), SuspiciousOperation("odd"))
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
