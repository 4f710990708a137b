"""Providers that post to the address of a source, and sign as each does."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.test import Client

from accounts.connecting import connect
from accounts.models import Hook, Workspace
from tests.cast import NOW

SECRET = "a-secret-of-the-provider"


def _mac(secret: str, signed: bytes) -> bytes:
    return hmac.new(secret.encode(), signed, hashlib.sha256).digest()


def signed_as(kind: str, secret: str, body: bytes, at: datetime) -> dict[str, str]:
    """The headers with which a provider of this kind sends a body."""
    sent, iso = str(int(at.timestamp())), at.isoformat()
    if kind == "stripe":
        return {"Stripe-Signature": f"t={sent},v1={_mac(secret, sent.encode() + b'.' + body).hex()}"}
    if kind == "zendesk":
        made = base64.b64encode(_mac(secret, iso.encode() + body)).decode()
        return {"X-Zendesk-Webhook-Signature": made, "X-Zendesk-Webhook-Signature-Timestamp": iso}
    if kind == "typeform":
        return {"Typeform-Signature": f"sha256={base64.b64encode(_mac(secret, body)).decode()}"}
    if kind == "delighted":
        return {"X-Delighted-Webhook-Signature": f"sha256={_mac(secret, body).hex()}"}
    return {"X-Hub-Signature-256": f"sha256={_mac(secret, body).hex()}"}


@dataclass
class Posting:
    """A provider with its hook."""

    hook: Hook
    secret: str = SECRET

    def post(self, document: Any, at: datetime = NOW, content_type: str = "application/json", **headers: str) -> Any:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        signed = signed_as(self.hook.source.kind, self.secret, body, at)
        return Client().post(self.hook.path, body, content_type, headers=signed | headers)

    def told(self, *documents: Any) -> list[dict[str, Any]]:
        """The answers to documents, each of which must be taken with 200."""
        answers = [self.post(each) for each in documents]
        assert [each.status_code for each in answers] == [200] * len(answers), answers[-1].content
        return [each.json() for each in answers]


def posting(workspace: Workspace, kind: str, **more: Any) -> Posting:
    return Posting(connect(workspace, kind.title(), kind, NOW, secret=SECRET, **more)[0])


def counts(accepted: int = 0, known: int = 0, left_out: int = 0) -> dict[str, Any]:
    """The answer to a request of which nothing was refused."""
    return {"accepted": accepted, "already_known": known, "left_out": left_out, "refused": []}
