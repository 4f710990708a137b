"""Signed webhooks: who sent these bytes, and, where the sender says when, that it was just now.

All are HMAC-SHA256 of the body with a shared secret. They differ in what else is signed, how the signature is written,
and in which headers it comes. Each function answers with the secret that signed, or nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from accounts.dialects.told import written

PREFIX = "whsec_"
FRESH = timedelta(minutes=5)
# Of the decoded secret, as the standard wants it.
SHORTEST = 24
UNIX = re.compile(r"[0-9]{1,11}", re.ASCII)

Headers = Mapping[str, str]
Scheme = Callable[[Iterable[str], Headers, bytes, datetime], str]


def is_good(secrets: Iterable[str], headers: Headers, body: bytes, now: datetime) -> bool:
    """Whether one of the secrets signed the body after standardwebhooks.com, within five minutes of now."""
    return bool(standard(secrets, headers, body, now))


def standard(secrets: Iterable[str], headers: Headers, body: bytes, now: datetime) -> str:
    """After standardwebhooks.com: `v1,<base64>` of `id.timestamp.body`; the secret is whsec_ and base64."""
    name, sent = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not name or not _is_fresh(sent, now):
        return ""
    told = [part[3:] for part in headers.get("webhook-signature", "").split() if part.startswith("v1,")]
    signed = f"{name}.{sent}.".encode() + body
    return _signer(((each, key) for each in secrets if (key := _key(each))), signed, told, base64.b64encode)


def stripe(secrets: Iterable[str], headers: Headers, body: bytes, now: datetime) -> str:
    """`Stripe-Signature: t=<seconds>,v1=<hex>[,v1=<hex>]` of `t.body`; any v1 will do, nothing else counts."""
    parts = [part.strip().partition("=") for part in headers.get("Stripe-Signature", "").split(",")]
    sent = next((value for name, _equals, value in parts if name == "t"), "")
    told = [value for name, _equals, value in parts if name == "v1"]
    return _signer(_plain(secrets), f"{sent}.".encode() + body, told, _hex) if _is_fresh(sent, now) else ""


def zendesk(secrets: Iterable[str], headers: Headers, body: bytes, now: datetime) -> str:
    """`X-Zendesk-Webhook-Signature: <base64>` of the timestamp of the other header and the body."""
    sent = headers.get("X-Zendesk-Webhook-Signature-Timestamp", "")
    told = [headers.get("X-Zendesk-Webhook-Signature", "").strip()]
    moment = written(sent)
    if moment is None or abs(now - moment) > FRESH:
        return ""
    return _signer(_plain(secrets), sent.encode() + body, told, base64.b64encode)


def typeform(secrets: Iterable[str], headers: Headers, body: bytes, now: datetime) -> str:
    """`Typeform-Signature: sha256=<base64>` of the body; it says not when."""
    return _of_body(secrets, headers.get("Typeform-Signature", ""), body, base64.b64encode)


def delighted(secrets: Iterable[str], headers: Headers, body: bytes, now: datetime) -> str:
    """`X-Delighted-Webhook-Signature: sha256=<hex>` of the body; it says not when."""
    return _of_body(secrets, headers.get("X-Delighted-Webhook-Signature", ""), body, _hex)


def zoom(secrets: Iterable[str], headers: Headers, body: bytes, now: datetime) -> str:
    """`x-zm-signature: v0=<hex>` of `v0:timestamp:body`."""
    sent, (version, _equals, told) = headers.get("x-zm-request-timestamp", ""), _parted(headers, "x-zm-signature")
    if version != "v0" or not _is_fresh(sent, now):
        return ""
    return _signer(_plain(secrets), f"v0:{sent}:".encode() + body, [told], _hex)


def hub(secrets: Iterable[str], headers: Headers, body: bytes, now: datetime) -> str:
    """`X-Hub-Signature-256: sha256=<hex>` of the body, as GitHub and many others do; it says not when."""
    return _of_body(secrets, headers.get("X-Hub-Signature-256", ""), body, _hex)


# The header by which each scheme is known, of those that a sender of its own choice may use.
SCHEMES: dict[str, Scheme] = {
    "webhook-signature": standard,
    "x-zm-signature": zoom,
    "X-Zendesk-Webhook-Signature": zendesk,
    "X-Hub-Signature-256": hub,
}


def any_scheme(secrets: Iterable[str], headers: Headers, body: bytes, now: datetime) -> str:
    """By the scheme whose header is there, the first of them."""
    scheme = next((each for name, each in SCHEMES.items() if name in headers), None)
    return scheme(secrets, headers, body, now) if scheme else ""


def sign(secret: str, signed: bytes) -> bytes:
    """The standard's signature of `id.timestamp.body`, in base64. Raises ValueError for what is no secret."""
    return base64.b64encode(hmac.digest(key_of(secret), signed, hashlib.sha256))


def key_of(secret: str) -> bytes:
    """The bytes of a secret as the standard writes it: whsec_ and base64. Raises ValueError."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    if not secret.startswith(PREFIX) or len(key) < SHORTEST:
        raise ValueError(f"a secret is {PREFIX} and {SHORTEST} or more bytes in base64")
    return key


def _key(secret: str) -> bytes:
    try:
        return key_of(secret)
    except ValueError:  # a secret of another scheme
        return b""


def _plain(secrets: Iterable[str]) -> Iterable[tuple[str, bytes]]:
    return ((each, each.encode()) for each in secrets)


def _hex(digest: bytes) -> bytes:
    return digest.hex().encode()


def _parted(headers: Headers, name: str) -> tuple[str, str, str]:
    return headers.get(name, "").strip().partition("=")


def _of_body(secrets: Iterable[str], header: str, body: bytes, form: Callable[[bytes], bytes]) -> str:
    word, _equals, told = header.strip().partition("=")
    return _signer(_plain(secrets), body, [told], form) if word == "sha256" else ""


def _is_fresh(sent: str, now: datetime) -> bool:
    """Whether these seconds since 1970 are within five minutes of now."""
    return bool(UNIX.fullmatch(sent)) and abs(now.timestamp() - int(sent)) <= FRESH.total_seconds()


def _signer(
    secrets: Iterable[tuple[str, bytes]], signed: bytes, told: Iterable[str], form: Callable[[bytes], bytes]
) -> str:
    """The first secret whose signature is among those told. All are compared, in constant time."""
    sent = [each.encode(errors="replace") for each in told]
    made = [(secret, form(hmac.digest(key, signed, hashlib.sha256))) for secret, key in secrets]
    good = [secret for secret, one in made if any([hmac.compare_digest(one, other) for other in sent])]
    return good[0] if good else ""
