"""Second factors survive a new SECRET_KEY."""

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.core.management import CommandError, call_command

NEW = "Another-1" * 9


@pytest.fixture
def factors(carol):
    """An app that makes codes, spare codes, and a key that holds nothing encrypted."""
    encrypt = get_adapter().encrypt
    data = {"totp": {"secret": encrypt("ABC")}, "recovery_codes": {"seed": encrypt("XYZ"), "used_mask": 5}}
    for kind, value in (data | {"webauthn": {"name": "key"}}).items():
        Authenticator.objects.create(user=carol.user, type=kind, data=value)


def data(kind: str) -> dict:
    return Authenticator.objects.get(type=kind).data


def test_after_it_the_former_key_is_not_needed(factors, settings):
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], NEW
    call_command("rotate_secrets")
    settings.SECRET_KEY_FALLBACKS = []
    assert get_adapter().decrypt(data("totp")["secret"]) == "ABC"
    assert get_adapter().decrypt(data("recovery_codes")["seed"]) == "XYZ"
    assert data("recovery_codes")["used_mask"] == 5
    assert data("webauthn") == {"name": "key"}


def test_without_the_former_key_nothing_changes(factors, settings):
    before = data("totp")
    settings.SECRET_KEY = NEW
    with pytest.raises(CommandError, match="neither SECRET_KEY nor in SECRET_KEY_FALLBACKS"):
        call_command("rotate_secrets")
    assert data("totp") == before
    with pytest.raises(InvalidToken):
        get_adapter().decrypt(before["secret"])
