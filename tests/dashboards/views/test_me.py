"""What is one's own: name, address, devices; and nobody else's."""

from __future__ import annotations

import re

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client

from dashboards.panels.devices import device_name
from tests.cast import PASSWORD, Cast
from tests.concurrency import another_connection, beside, somebody_waits, until
from tests.dashboards.conftest import sign_in

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1"


@pytest.fixture(autouse=True)
def _no_attempts_before() -> None:
    cache.clear()


def browser_of(email: str, agent: str = FIREFOX, password: str = PASSWORD) -> Client:
    browser = Client(headers={"User-Agent": agent})
    assert browser.post("/accounts/login/", {"login": email, "password": password}).status_code == 302
    return browser


# -- name and address ---------------------------------------------------------------------------------------


def test_the_name_and_the_keys_are_changed_by_oneself(cast: Cast) -> None:
    browser = sign_in(cast.alice)
    assert "Acme" in browser.get("/me").content.decode()
    assert browser.post("/me", {"name": "Alice B."}).status_code == 302
    cast.alice.user.refresh_from_db()
    assert (cast.alice.user.name, cast.alice.user.uses_keys) == ("Alice B.", False)
    assert b'data-keys="off"' in browser.get("/w/acme/portfolio").content
    assert browser.post("/me", {"name": "Alice", "uses_keys": "on"}).status_code == 302
    assert b"data-keys" not in browser.get("/w/acme/portfolio").content
    assert browser.post("/me", {"name": "x" * 151}).status_code == 400


def ask(browser: Client, email: str, password: str = PASSWORD) -> str:
    """Ask for another address; returns the link of the mail, or nothing."""
    mail.outbox.clear()
    browser.post("/me/email", {"email": email, "password": password})
    return re.search(r"http://testserver(\S+)", mail.outbox[0].body)[1] if mail.outbox else ""


def test_a_new_address_is_used_once_its_mail_was_answered(cast: Cast) -> None:
    browser = sign_in(cast.alice)
    link = ask(browser, "Alice@New.example")
    assert mail.outbox[0].to == ["alice@new.example"]
    assert "alice@new.example" in browser.get(link).content.decode()
    cast.alice.user.refresh_from_db()
    assert cast.alice.user.email == "alice@acme.example", "looking changes nothing"
    assert browser.post(link).status_code == 302
    assert browser_of("alice@new.example")
    assert browser.post(link).status_code == 400, "once"


def test_a_new_address_takes_the_password(cast: Cast) -> None:
    response = sign_in(cast.alice).post("/me/email", {"email": "a@new.example", "password": "wrong"})
    assert response.status_code == 400
    assert "not your password" in response.content.decode()
    assert not mail.outbox


def test_somebody_elses_address_is_not_taken_and_not_told(cast: Cast) -> None:
    browser = sign_in(cast.alice)
    assert ask(browser, "mallory@evil.example") == ""
    taken = browser.get("/me").content.decode()
    ask(browser, "nobody@evil.example")
    free = browser.get("/me").content.decode()
    token = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
    same = [token.sub("", page).replace("mallory@evil", "nobody@evil") for page in (taken, free)]
    assert same[0] == same[1]


def test_a_link_works_for_who_asked_only(cast: Cast) -> None:
    link = ask(sign_in(cast.mallory), "mallory@new.example")
    other = sign_in(cast.alice)
    for response in (other.get(link), other.post(link), other.post("/me/email/made-up")):
        assert response.status_code == 400
        assert "no longer works" in response.content.decode()
    cast.alice.user.refresh_from_db()
    assert cast.alice.user.email == "alice@acme.example"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("quicker", ["alice", "bob"])
def test_of_two_who_take_an_address_at_once_one_hears_that_the_link_no_longer_works(cast: Cast, quicker: str) -> None:
    browser, new = sign_in(cast.alice), "alice@new.example"
    link = ask(browser, new)
    with another_connection() as other:
        other.execute("UPDATE accounts_user SET email = %s WHERE id = %s", [new, getattr(cast, quicker).user.pk])
        with beside(browser.post, link) as late:
            late.start()
            until(somebody_waits)
            other.connection.commit()
            response = late.result()
    assert response.status_code == 400
    assert "no longer works" in response.content.decode()


# -- devices ------------------------------------------------------------------------------------------------


def test_the_list_holds_each_living_session_this_one_first(cast: Cast) -> None:
    here, elsewhere = browser_of("alice@acme.example"), browser_of("alice@acme.example", CHROME)
    browser_of("mallory@evil.example", SAFARI)
    gone = browser_of("alice@acme.example", SAFARI)
    gone.post("/accounts/logout/")
    devices = here.get("/me/devices").context["devices"]
    assert [(device.name, device.is_here) for device in devices] == [
        ("Firefox on Linux", True),
        ("Chrome on Windows", False),
    ]
    assert [device.is_here for device in elsewhere.get("/me/devices").context["devices"]] == [True, False]


def test_a_device_is_signed_out_from_another(cast: Cast) -> None:
    here, elsewhere = browser_of("alice@acme.example"), browser_of("alice@acme.example", CHROME)
    device = here.get("/me/devices").context["devices"][1]
    here.post(f"/me/devices/{device.pk}/end")
    assert elsewhere.get("/w/acme/portfolio").status_code == 302
    assert here.get("/w/acme/portfolio").status_code == 200


def test_all_others_are_signed_out_at_once(cast: Cast) -> None:
    here, others = browser_of("alice@acme.example"), [browser_of("alice@acme.example", CHROME) for _ in range(3)]
    stranger = browser_of("mallory@evil.example")
    here.post("/me/devices/end")
    assert [other.get("/w/acme/portfolio").status_code for other in others] == [302] * 3
    assert here.get("/w/acme/portfolio").status_code == 200
    assert stranger.get("/w/evil/portfolio").status_code == 200


def test_nobody_signs_out_somebody_else(cast: Cast) -> None:
    victim, mallory = browser_of("alice@acme.example"), browser_of("mallory@evil.example")
    row = UserSession.objects.get(user=cast.alice.user)
    assert mallory.post(f"/me/devices/{row.pk}/end").status_code == 302
    assert victim.get("/w/acme/portfolio").status_code == 200


def test_a_session_of_an_old_password_is_not_listed(cast: Cast) -> None:
    browser_of("alice@acme.example", CHROME)
    cast.alice.user.set_password("a new pass phrase")
    cast.alice.user.save()
    here = browser_of("alice@acme.example", password="a new pass phrase")
    assert len(here.get("/me/devices").context["devices"]) == 1


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (FIREFOX, "Firefox on Linux"), (CHROME, "Chrome on Windows"), (SAFARI, "Safari on iPhone"),
        (CHROME + " Edg/130.0", "Edge on Windows"), ("python-requests/2.32", "python-requests"), ("", "Unknown"),
    ],
)  # fmt: skip
def test_a_browser_by_its_own_words(words: str, name: str) -> None:
    assert device_name(words) == name
