"""Signing in and out, a forgotten password, and what an attacker tries with them."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import ApiKey, Membership, Role, User, Workspace
from tests.cast import PASSWORD, source_of

LOGIN, LOGOUT = "/accounts/login/", "/accounts/logout/"
NEW = "another long pass phrase"


@pytest.fixture(autouse=True)
def _no_attempts_before() -> None:
    cache.clear()


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def who(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


# -- in and out ---------------------------------------------------------------------------------------------


def test_one_signs_in_by_e_mail_in_any_case_and_comes_back_to_where_one_was(client, alice):
    asked = client.get("/w/acme/portfolio?band=red")
    response = client.post(asked["Location"], {"login": "ALICE@acme.example", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, "/w/acme/portfolio?band=red")
    assert who(client) == str(alice.user.pk)


def test_without_a_place_to_return_to_one_comes_to_the_own_portfolio(client, alice):
    assert client.get(sign_in(client, "alice@acme.example")["Location"])["Location"] == "/w/acme/portfolio"


@pytest.mark.parametrize("email", ["alice@acme.example", "nobody@acme.example"])
def test_a_wrong_password_and_an_unknown_person_get_the_same_answer(client, alice, email):
    response = sign_in(client, email, "wrong")
    assert response.status_code == 200
    assert "The email address and/or password you specified are not correct." in response.content.decode()
    assert who(client) is None


def test_a_person_who_was_locked_out_does_not_get_in(client, alice):
    User.objects.filter(pk=alice.user.pk).update(is_active=False)
    sign_in(client, "alice@acme.example")
    assert who(client) is None


def test_signing_out_takes_a_post(client, alice):
    client.force_login(alice.user)
    page = client.get(LOGOUT)
    assert page.status_code == 200
    assert who(client)
    assert client.post(LOGOUT).status_code == 302
    assert who(client) is None


@pytest.mark.parametrize("place", ["https://evil.example/", "//evil.example", r"/\evil.example", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere(client, alice, place):
    assert sign_in(client, "alice@acme.example", next=place)["Location"] == "/"
    assert client.post("/theme", {"theme": "dark", "next": place})["Location"] == "/"
    assert "evil" not in client.post(LOGOUT, {"next": place})["Location"]


def test_nobody_signs_up(client, db):
    for response in (client.get("/accounts/signup/"), client.post("/accounts/signup/", {"email": "x@y.example"})):
        assert "By invitation" in response.content.decode()
    assert not User.objects.exists()


def test_too_many_wrong_passwords_hold_up_even_the_right_one(client, alice):
    for _ in range(5):
        sign_in(client, "alice@acme.example", "wrong")
    assert "Too many failed login attempts" in sign_in(client, "alice@acme.example").content.decode()
    assert who(client) is None


def test_too_many_tries_from_one_place_are_told_to_wait(client, alice):
    for n in range(30):
        sign_in(client, f"{n}@acme.example", "wrong")
    response = sign_in(client, "alice@acme.example")
    assert response.status_code == 429
    assert "Too many tries" in response.content.decode()


# -- without Valkey -----------------------------------------------------------------------------------------

NOWHERE = settings.CACHES["default"] | {"LOCATION": "unix:///nowhere/valkey.sock"}


@override_settings(CACHES={"default": NOWHERE})
def test_without_valkey_one_signs_in_and_gets_a_new_password(client, alice):
    sign_in(client, "alice@acme.example", "wrong")
    assert sign_in(client, "alice@acme.example").status_code == 302
    assert who(client) == str(alice.user.pk)
    client.post(LOGOUT)
    assert client.post("/accounts/password/reset/", {"email": "alice@acme.example"}).status_code == 302
    assert len(mail.outbox) == 1


@override_settings(CACHES={"default": NOWHERE})
def test_a_cache_that_is_away_is_an_empty_one():
    assert cache.add("a", 1) is True
    assert cache.set("a", 1) is None
    assert cache.get("a", "nothing") == "nothing"
    assert cache.get_many(["a"]) == {}
    assert cache.set_many({"a": 1}) == ["a"]
    assert cache.has_key("a") is False
    assert cache.touch("a") is False
    assert cache.delete("a") is False
    assert cache.delete_many(["a"]) is None
    assert cache.clear() is False
    assert cache.get_or_set("a", 7) == 7
    with pytest.raises(ValueError, match="not found"):
        cache.incr("a")


def test_a_cache_that_is_there_keeps_what_it_is_given():
    assert cache.add("a", 1) is True
    assert cache.add("a", 2) is False
    assert cache.incr("a") == 2
    assert cache.get_many(["a", "b"]) == {"a": 2}
    assert cache.set_many({"b": 1}) == []
    assert cache.touch("b") is True
    assert cache.delete("a") is True
    assert cache.has_key("a") is False


# -- a forgotten password -----------------------------------------------------------------------------------


def test_a_mail_leads_to_a_new_password_once_and_ends_other_sessions(client, alice):
    elsewhere = Client()
    sign_in(elsewhere, "alice@acme.example")
    client.post("/accounts/password/reset/", {"email": "alice@acme.example"})
    [message] = mail.outbox
    assert message.to == ["alice@acme.example"]
    [link] = re.findall(r"http://testserver(\S+)", message.body)

    form = client.get(client.get(link)["Location"])
    assert "Choose a new password" in form.content.decode()
    place = form.request["PATH_INFO"]
    weak = client.post(place, {"password1": "short", "password2": "short"})
    assert "too short" in weak.content.decode()
    done = client.post(place, {"password1": NEW, "password2": NEW}, follow=True)
    assert "Your password is changed" in done.content.decode()

    assert elsewhere.get("/w/acme/portfolio").status_code == 302
    for person, password in ((elsewhere, PASSWORD), (client, NEW)):
        sign_in(person, "alice@acme.example", password)
    assert who(elsewhere) is None
    assert who(client) == str(alice.user.pk)
    assert "This link no longer works" in Client().get(link, follow=True).content.decode()


def test_an_unknown_address_gets_no_mail_and_the_same_answer(client, alice):
    known = client.post("/accounts/password/reset/", {"email": "alice@acme.example"}, follow=True)
    unknown = client.post("/accounts/password/reset/", {"email": "nobody@acme.example"}, follow=True)
    assert known.content == unknown.content
    assert [message.to for message in mail.outbox] == [["alice@acme.example"]]


def test_a_made_up_link_is_refused(client, alice):
    for link in ("/accounts/password/reset/key/1-set-password/", "/accounts/password/reset/key/zz-made-up/"):
        assert "This link no longer works" in client.get(link, follow=True).content.decode()


def test_the_password_is_changed_by_who_knows_it(client, alice):
    client.force_login(alice.user)
    place = reverse("account_change_password")
    wrong = client.post(place, {"oldpassword": "wrong", "password1": NEW, "password2": NEW})
    assert "current password" in wrong.content.decode()
    client.post(place, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    alice.user.refresh_from_db()
    assert alice.user.check_password(NEW)
    assert who(client), "who changes the password stays signed in"


def test_who_has_no_password_is_led_to_where_one_is_set(client, alice):
    alice.user.set_unusable_password()
    alice.user.save()
    client.force_login(alice.user)
    for method in (client.get, client.post):
        shown = method(reverse("account_change_password"), follow=True)
        assert (shown.status_code, shown.redirect_chain[-1][0]) == (200, reverse("account_reset_password"))
    client.post(reverse("account_reset_password"), {"email": alice.user.email})
    assert [message.to for message in mail.outbox] == [[alice.user.email]]


# -- cookies ------------------------------------------------------------------------------------------------


def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(client, alice):
    before = client.get(LOGIN).cookies
    cookie = sign_in(client, "alice@acme.example").cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert "sessionid" not in before, "no session before one signs in"


def test_a_session_of_before_the_sign_in_is_not_the_one_after(client, alice):
    session = client.session
    session["planted"] = True
    session.save()
    planted = session.session_key
    sign_in(client, "alice@acme.example")
    assert client.session.session_key != planted


def test_behind_tls_cookies_travel_there_only():
    names = ["SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS"]
    code = f"import json; from healthscore import settings as s; print(json.dumps([getattr(s, n) for n in {names}]))"

    def read(**environment: str) -> list[object]:
        told = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "BEHIND_TLS", "SSL_REDIRECT"}}
        done = subprocess.run(
            [sys.executable, "-c", code], env=told | environment, cwd=settings.BASE_DIR, capture_output=True, check=True
        )
        return json.loads(done.stdout)

    assert read(BEHIND_TLS="1") == [True, True, True, 31_536_000]
    assert read(DATABASE_URL="postgresql://somewhere/healthscore") == [True, True, True, 31_536_000]
    assert read() == [False, False, False, 0]


def test_forms_need_their_token(alice):
    client = Client(enforce_csrf_checks=True)
    told = {"login": "alice@acme.example", "password": PASSWORD}
    assert client.post(LOGIN, told).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(LOGIN).content.decode())[1]
    assert client.post(LOGIN, told | {"csrfmiddlewaretoken": token}).status_code == 302


# -- logs ---------------------------------------------------------------------------------------------------


def test_no_password_and_no_key_is_logged(client, alice, caplog):
    caplog.set_level(logging.DEBUG)
    _row, key = ApiKey.issue(alice.workspace, source_of(alice.workspace), "app", ["events"])
    for sent, body in ((key, b'{"events": [{"account": "a", "name": "login"}]}'), (key, b"{"), (key + "x", b"")):
        client.post("/api/v1/events", body, "application/json", headers={"Authorization": f"Bearer {sent}"})
    for password in ("a wrong pass phrase", PASSWORD):
        sign_in(client, "alice@acme.example", password)
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert "Unauthorized" in logged
    assert not any(secret in logged for secret in (key.split("_", 2)[2], "pass phrase"))


# -- create_member ------------------------------------------------------------------------------------------


def test_a_new_member_chooses_a_password_by_the_printed_link(client, acme, capsys):
    call_command("create_member", "acme", "Dora@acme.example", "--role", "manager", "--team", "West", "--name", "Dora")
    told = capsys.readouterr().out
    member = Membership.objects.of(acme).get(user__email="dora@acme.example")
    assert (member.role, member.team.name, member.user.name) == (Role.MANAGER, "West", "Dora")
    [link] = re.findall(r"http://127.0.0.1:8000(\S+)", told)
    client.post(client.get(link)["Location"], {"password1": NEW, "password2": NEW})
    sign_in(client, "dora@acme.example", NEW)
    assert who(client) == str(member.user.pk)


def test_create_member_twice_changes_the_role_and_prints_no_link_for_who_has_a_password(acme, alice, capsys):
    call_command("create_member", "acme", "alice@acme.example", "--role", "viewer")
    assert "http" not in capsys.readouterr().out
    alice.refresh_from_db()
    assert (alice.role, alice.team.name) == (Role.VIEWER, "North")


def test_create_workspace_makes_its_first_admin(client, db, capsys):
    call_command("create_workspace", "fresh", "--admin", "Nora@fresh.example", "--site", "https://health.example/")
    [link] = re.findall(r"https://health.example(\S+)", capsys.readouterr().out)
    client.post(client.get(link)["Location"], {"password1": NEW, "password2": NEW})
    sign_in(client, "nora@fresh.example", NEW)
    assert client.get("/w/fresh/settings/members").status_code == 200


def test_create_workspace_with_a_wrong_admin_makes_nothing(db):
    with pytest.raises(CommandError, match="no e-mail address"):
        call_command("create_workspace", "fresh", "--admin", "nobody")
    assert not Workspace.objects.exists()


def test_create_member_says_what_is_wrong(acme):
    for told, reason in ((["nowhere", "a@b.example"], "no workspace"), (["acme", "a@b@c"], "no e-mail address")):
        with pytest.raises(CommandError, match=reason):
            call_command("create_member", *told)
    assert not User.objects.filter(email__startswith="a@").exists()
