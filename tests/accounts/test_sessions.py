"""Sessions: whose there are, whose are over, and what a browser makes up."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from accounts.sessions import SessionStore

pytestmark = pytest.mark.django_db


def test_a_session_is_found_until_it_is_over() -> None:
    begun = SessionStore()
    begun["what"] = "this"
    begun.save()
    assert SessionStore(begun.session_key).get("what") == "this"
    begun.set_expiry(-1)
    begun.save()
    over = SessionStore(begun.session_key)
    assert (over.get("what"), over.session_key) == (None, None)


def test_a_cookie_that_can_be_no_session_s_is_nobody_s() -> None:
    made_up = f'{settings.SESSION_COOKIE_NAME}="aaaaaaaaaaaaaaaa\\000"'
    assert Client(headers={"Cookie": made_up}).get("/").status_code == 302
