"""The second factor: setting it up, signing in with it, losing the telephone, and what a thief tries."""

from __future__ import annotations

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from tests.cast import PASSWORD, Cast

PLACE = "/accounts/second-factor/"


@pytest.fixture(autouse=True)
def _no_attempts_before() -> None:
    cache.clear()


def protect(user: User) -> str:
    """Give a person a second factor; returns its secret."""
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return secret


def code_of(secret: str) -> str:
    """What the app shows now; it waits where that is about to change."""
    if time.time() % 30 > 27:
        time.sleep(3.5)
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def sign_in(email: str = "alice@acme.example") -> tuple[Client, str]:
    """A browser after the password, and where it was sent."""
    browser = Client()
    response = browser.post("/accounts/login/", {"login": email, "password": PASSWORD})
    return browser, response["Location"]


def is_in(browser: Client) -> bool:
    return browser.get("/w/acme/portfolio").status_code == 200


def test_setting_it_up_asks_for_the_password_and_shows_recovery_codes(cast: Cast) -> None:
    browser, _to = sign_in()
    asked = browser.get(PLACE + "app/")
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert "Is it you?" in browser.get(asked["Location"]).content.decode()
    assert browser.post(asked["Location"], {"password": "wrong"}).status_code == 200
    browser.post(asked["Location"], {"password": PASSWORD})
    page = browser.get(PLACE + "app/")
    assert "no-store" in page["Cache-Control"]
    secret = page.context["form"].secret
    assert "data:image/svg+xml;base64," in page.content.decode()
    wrong = browser.post(PLACE + "app/", {"code": "000000"})
    assert "Incorrect code" in wrong.content.decode()
    done = browser.post(PLACE + "app/", {"code": code_of(secret)}, follow=True)
    assert "no-store" in done["Cache-Control"]
    assert len(done.context["unused_codes"]) == 10
    row = Authenticator.objects.get(user=cast.alice.user, type="totp")
    assert secret not in str(row.data), "the table holds no plain secret"


def test_signing_in_takes_the_password_and_the_code(cast: Cast) -> None:
    secret = protect(cast.alice.user)
    browser, to = sign_in()
    assert to == PLACE + "sign-in/"
    assert not is_in(browser)
    assert "Incorrect code" in browser.post(to, {"code": "000000"}).content.decode()
    assert not is_in(browser)
    assert browser.post(to, {"code": code_of(secret)})["Location"] == "/"
    assert is_in(browser)


def test_a_code_works_once(cast: Cast) -> None:
    secret = protect(cast.alice.user)
    code = code_of(secret)
    for first in (True, False):
        browser, to = sign_in()
        browser.post(to, {"code": code})
        assert is_in(browser) == first


def test_a_recovery_code_opens_once(cast: Cast) -> None:
    protect(cast.alice.user)
    code = RecoveryCodes.activate(cast.alice.user).get_unused_codes()[0]
    for first in (True, False):
        browser, to = sign_in()
        browser.post(to, {"code": code})
        assert is_in(browser) == first


def test_somebody_elses_code_opens_nothing(cast: Cast) -> None:
    protect(cast.alice.user)
    browser, to = sign_in()
    browser.post(to, {"code": code_of(protect(cast.mallory.user))})
    assert not is_in(browser)


def test_guessing_codes_is_held_up(cast: Cast) -> None:
    secret = protect(cast.alice.user)
    browser, to = sign_in()
    for n in range(5):
        browser.post(to, {"code": f"00000{n}"})
    response = browser.post(to, {"code": code_of(secret)})
    assert "Too many failed login attempts" in response.content.decode()
    assert not is_in(browser)


def test_a_new_password_does_not_go_round_it(cast: Cast) -> None:
    """A link for a forgotten password changes the password; signing in asks for the code all the same."""
    protect(cast.alice.user)
    cast.alice.user.set_password("a new pass phrase")
    cast.alice.user.save()
    browser = Client()
    response = browser.post("/accounts/login/", {"login": "alice@acme.example", "password": "a new pass phrase"})
    assert response["Location"] == PLACE + "sign-in/"
    assert not is_in(browser)


def test_who_has_none_is_led_to_where_it_is_set_up(cast: Cast) -> None:
    browser, _to = sign_in()
    for page in ("app/remove/", "codes/", "codes/new/"):
        assert browser.get(PLACE + page)["Location"] == PLACE
    assert Client().get(PLACE + "sign-in/")["Location"] == "/accounts/login/"


def test_taking_it_off_asks_who_one_is(cast: Cast) -> None:
    secret = protect(cast.alice.user)
    browser, to = sign_in()
    browser.post(to, {"code": code_of(secret)})
    asked = browser.post(PLACE + "app/remove/")
    assert "reauthenticate" in asked["Location"]
    assert Authenticator.objects.filter(user=cast.alice.user).exists()
    browser.post(asked["Location"], {"password": PASSWORD})
    browser.post(PLACE + "app/remove/")
    assert not Authenticator.objects.filter(user=cast.alice.user).exists()
    browser, to = sign_in()
    assert to == "/"


def test_who_lost_everything_is_let_in_by_a_command(cast: Cast, capsys) -> None:
    protect(cast.alice.user)
    RecoveryCodes.activate(cast.alice.user)
    protect(cast.bob.user)
    for words in ("by password alone", "had no second factor"):
        call_command("reset_second_factor", "Alice@acme.example")
        assert words in capsys.readouterr().out
    assert sign_in()[1] == "/"
    assert sign_in("bob@acme.example")[1] == PLACE + "sign-in/"
    with pytest.raises(CommandError, match="Nobody signs in"):
        call_command("reset_second_factor", "nobody@acme.example")
