"""What must be read again, and is kept so that a stolen table is no key: encrypted with one made of SECRET_KEY."""

from __future__ import annotations

import base64
import hashlib
from enum import StrEnum

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

__all__ = ["InvalidToken", "Use", "decrypt", "encrypt", "encrypt_anew"]


class Use(StrEnum):
    """What is encrypted; each use has a key of its own."""

    SECOND_FACTOR = "second factor"
    WEBHOOK = "webhook"


def encrypt(text: str, use: Use) -> str:
    return _cipher(use).encrypt(text.encode()).decode()


def decrypt(text: str, use: Use) -> str:
    """Raises InvalidToken where neither SECRET_KEY nor one of SECRET_KEY_FALLBACKS encrypted it."""
    return _cipher(use).decrypt(text.encode()).decode()


def encrypt_anew(text: str, use: Use) -> str:
    """What a former key encrypted, encrypted with the present one. Raises InvalidToken."""
    return _cipher(use).rotate(text.encode()).decode()


def _cipher(use: Use) -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    derived = [hashlib.sha256(use.encode() + key.encode()).digest() for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(each)) for each in derived])
