"""No line of the log lets anybody in."""

import logging

import pytest
from django.urls import reverse

from accounts.management.commands.create_member import password_path
from accounts.models import ApiKey
from healthscore.logs import WithoutSecrets
from tests.cast import source_of

pytestmark = pytest.mark.django_db


def line(message: str, *args: object, **more: object) -> str:
    record = logging.LogRecord("tests", logging.WARNING, __file__, 1, message, args, more.get("exc_info"))
    return WithoutSecrets("%(levelname)s %(message)s").format(record)


def test_a_link_for_a_new_password_is_left_out(carol):
    path = password_path(carol.user)
    secret = path.rstrip("/").rpartition("/")[2]
    written = line("Internal Server Error: %s", path)
    assert written == "WARNING Internal Server Error: /accounts/password/reset/key/…/"
    assert secret not in written


def test_an_invitation_is_left_out():
    assert line("Not Found: %s", reverse("invitation", args=["a-secret"])) == "WARNING Not Found: /join/…"


def test_a_link_for_others_is_left_out():
    assert line("Not Found: %s", reverse("shared", args=["a-secret"])) == "WARNING Not Found: /s/…"


def test_an_api_key_is_left_out(acme):
    _made, key = ApiKey.issue(acme, source_of(acme), "Web app", [])
    assert line("Authorization: Bearer %s", key) == "WARNING Authorization: Bearer …"
    assert key not in line("key=%s", key)
    assert line("key %s is revoked", key[:11]) == f"WARNING key {key[:11]} is revoked"


def test_a_password_in_an_address_is_left_out_of_a_traceback():
    try:
        raise OSError("no route to postgresql://healthscore:sesame@database/healthscore")
    except OSError as error:
        written = line("failed", exc_info=(type(error), error, error.__traceback__))
    assert "sesame" not in written.replace('raise OSError("no route to postgresql://healthscore:sesame@database', "")
    assert "postgresql://healthscore:…@database/healthscore" in written


def test_other_lines_stay_as_they_are():
    assert line("Not Found: /w/acme/accounts/A-1 at 12:30") == "WARNING Not Found: /w/acme/accounts/A-1 at 12:30"


def test_the_server_writes_with_it(settings):
    assert settings.LOGGING["formatters"]["line"]["()"] == "healthscore.logs.WithoutSecrets"
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"line"}
