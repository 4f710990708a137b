"""Signed webhooks, after standardwebhooks.com: who sent these bytes, and that it was just now."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

PREFIX = "whsec_"
FRESH = timedelta(minutes=5)
# Of the decoded secret, as the standard wants it.
SHORTEST = 24


def is_good(secrets: Iterable[str], headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether one of the secrets signed the body, within five minutes of now."""
    name, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or not (sent.isascii() and sent.isdigit() and len(sent) < 12):
        return False
    if abs(now.timestamp() - int(sent)) > FRESH.total_seconds():
        return False
    told = [part[3:].encode() for part in headers.get("webhook-signature", "").split() if part.startswith("v1,")]
    signed = f"{name}.{sent}.".encode() + body
    wanted = [sign(secret, signed) for secret in secrets]
    return any([hmac.compare_digest(one, other) for one in wanted for other in told])


def sign(secret: str, signed: bytes) -> bytes:
    """The signature of `id.timestamp.body`, in base64. Raises ValueError for what is no secret."""
    return base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256))


def key_of(secret: str) -> bytes:
    """The bytes of a secret as it is written: whsec_ and base64. Raises ValueError."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    if not secret.startswith(PREFIX) or len(key) < SHORTEST:
        raise ValueError(f"a secret is {PREFIX} and {SHORTEST} or more bytes in base64")
    return key
