"""How allauth behaves here: people are invited, and a second factor is kept so that a stolen table is no key."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest

from accounts import encryption
from accounts.encryption import Use


class ClosedSignup(DefaultAccountAdapter):
    """Nobody signs up by themselves."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SecondFactor(DefaultMFAAdapter):
    """The secrets of apps that make codes are encrypted."""

    def get_totp_issuer(self) -> str:
        return "Healthscore"

    def encrypt(self, text: str) -> str:
        return encryption.encrypt(text, Use.SECOND_FACTOR)

    def decrypt(self, encrypted_text: str) -> str:
        return encryption.decrypt(encrypted_text, Use.SECOND_FACTOR)
