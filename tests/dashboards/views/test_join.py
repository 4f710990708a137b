"""Accepting an invitation in the browser, and what a thief of the link or of a login tries."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts import members
from accounts.models import Invitation, Membership, User
from tests.cast import PASSWORD, Cast
from tests.dashboards.conftest import sign_in
from tests.dashboards.views.test_second_factor import code_of, protect

TOLD = {"name": "Dora", "password1": "a long pass phrase", "password2": "a long pass phrase"}


@pytest.fixture(autouse=True)
def _no_attempts_before() -> None:
    cache.clear()


def invite(cast: Cast, email: str = "dora@acme.example") -> str:
    return "/join/" + members.invite(cast.carol, email, "csm", cast.north, timezone.now())[1]


def is_member(cast: Cast, email: str) -> bool:
    return Membership.objects.of(cast.acme).filter(user__email=email, ended_at=None).exists()


def test_a_new_person_chooses_a_password_and_is_in(cast: Cast) -> None:
    browser = Client()
    opened = browser.get(invite(cast))
    assert opened["Location"] == "/join", "the token leaves the address"
    page = browser.get("/join").content.decode()
    assert "Join Acme" in page
    assert "Carol invites dora@acme.example as CSM" in page
    done = browser.post("/join", TOLD)
    assert done["Location"] == "/w/acme/portfolio"
    assert browser.get("/w/acme/portfolio").status_code == 200
    assert User.objects.get(email="dora@acme.example").name == "Dora"
    assert browser.get("/join").status_code == 400, "once"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"password1": "short", "password2": "short"}, "too short"),
        ({"password2": "another pass phrase"}, "match"),
        ({"password1": "dora@acme.example", "password2": "dora@acme.example"}, "too similar"),
        ({"name": ""}, "required"),
    ],
)
def test_a_wrong_form_says_so_and_the_link_still_works(cast: Cast, told: dict[str, str], words: str) -> None:
    browser = Client()
    browser.get(invite(cast))
    response = browser.post("/join", TOLD | told)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert not is_member(cast, "dora@acme.example")
    assert browser.post("/join", TOLD).status_code == 302


def test_who_signs_in_here_already_does_so_and_accepts(cast: Cast) -> None:
    browser = Client()
    browser.get(invite(cast, "mallory@evil.example"))
    page = browser.get("/join").content.decode()
    assert "/accounts/login/?next=/join" in page
    assert "password1" not in page
    signed = browser.post("/accounts/login/?next=/join", {"login": "mallory@evil.example", "password": PASSWORD})
    assert signed["Location"] == "/join"
    assert "Accept the invitation" in browser.get("/join").content.decode()
    assert browser.post("/join")["Location"] == "/w/acme/portfolio"
    assert browser.get("/w/acme/portfolio").status_code == 200


def test_with_a_second_factor_one_comes_back_to_the_invitation(cast: Cast) -> None:
    secret = protect(cast.mallory.user)
    browser = Client()
    browser.get(invite(cast, "mallory@evil.example"))
    browser.post("/accounts/login/?next=/join", {"login": "mallory@evil.example", "password": PASSWORD})
    assert not is_member(cast, "mallory@evil.example")
    to = browser.post("/accounts/second-factor/sign-in/", {"code": code_of(secret)})["Location"]
    assert to == "/join"
    browser.post("/join")
    assert is_member(cast, "mallory@evil.example")


def test_a_link_for_somebody_else_opens_nothing_for_mallory(cast: Cast) -> None:
    browser = sign_in(cast.mallory)
    browser.get(invite(cast))
    page = browser.get("/join").content.decode()
    assert "You are signed in as mallory@evil.example" in page
    refused = browser.post("/join", TOLD)
    assert refused.status_code == 400
    assert "This invitation is for dora@acme.example" in refused.content.decode()
    assert not is_member(cast, "mallory@evil.example")
    assert browser.get("/w/acme/portfolio").status_code == 404


def test_a_link_for_who_signs_in_here_gives_no_password_to_a_thief(cast: Cast) -> None:
    thief = Client()
    thief.get(invite(cast, "mallory@evil.example"))
    assert thief.post("/join", TOLD).status_code == 400
    assert cast.mallory.user.check_password(PASSWORD)
    assert "_auth_user_id" not in thief.session
    assert User.objects.get(pk=cast.mallory.user.pk).check_password(PASSWORD)


@pytest.mark.parametrize("how", ["used", "revoked", "old", "made up"])
def test_a_dead_link_says_so_and_tells_nothing(cast: Cast, how: str) -> None:
    link = invite(cast)
    rows = Invitation.objects.of(cast.acme)
    if how == "used":
        members.accept_as_new(link.removeprefix("/join/"), "Dora", "a long pass phrase", timezone.now())
    elif how == "revoked":
        rows.update(revoked_at=timezone.now())
    elif how == "old":
        rows.update(sent_at=timezone.now() - timedelta(days=7))
    else:
        link += "x"
    browser = Client()
    for response in (browser.get(link, follow=True), browser.post("/join", TOLD)):
        page = response.content.decode()
        assert response.status_code == 400
        assert "no longer works" in page
        assert not any(word in page for word in ("Acme", "dora", "Carol"))


def test_the_token_is_in_no_log_and_in_no_address_but_the_links(cast: Cast, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    link = invite(cast)
    token = link.removeprefix("/join/")
    for browser in (Client(), sign_in(cast.mallory)):
        assert token not in browser.get(link)["Location"]
        assert token not in browser.get("/join").content.decode()
        browser.post("/join", TOLD | {"password2": "x"})
    assert token not in caplog.text


def test_guessing_is_held_up(cast: Cast) -> None:
    browser = Client()
    browser.get(invite(cast))
    codes = [browser.get("/join").status_code for _ in range(31)]
    assert codes[-2:] == [200, 429]


def test_signing_up_without_an_invitation_stays_closed(cast: Cast) -> None:
    assert Client().post("/join", TOLD).status_code == 400
    assert "By invitation" in Client().post("/accounts/signup/", {"email": "x@y.example"}).content.decode()
