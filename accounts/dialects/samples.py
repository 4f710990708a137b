"""What each provider sends, as an example of one account; and signed as the provider would sign it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from accounts.importers.cells import kinds_of
from accounts.importers.guess import choices_of, sort_of
from accounts.importers.mapping import Column, Mapping, parse_mapping, used_columns
from accounts.kinds import KINDS
from accounts.models import Source

KIND = Source.Kind


def sample(kind: str, mapping: str, account: str, email: str, moment: datetime) -> Any:
    """A document of a provider, or what a mapping reads; of an account, where the provider can name it, or somebody
    there."""
    if mapping:
        return _mapped(parse_mapping(mapping), account, email, moment)
    return SAMPLES[kind](account, moment) if kind in SAMPLES else {}


def signed(kind: str, secret: str, body: bytes, moment: datetime) -> dict[str, str]:
    """The headers with which a provider sends a body."""
    sent, iso = str(int(moment.timestamp())), moment.isoformat()
    if kind == KIND.STRIPE:
        return {"Stripe-Signature": f"t={sent},v1={_mac(secret, f'{sent}.'.encode() + body).hex()}"}
    if kind == KIND.ZENDESK:
        name = "X-Zendesk-Webhook-Signature"
        return {name: _base64(_mac(secret, iso.encode() + body)), f"{name}-Timestamp": iso}
    if kind == KIND.TYPEFORM:
        return {"Typeform-Signature": f"sha256={_base64(_mac(secret, body))}"}
    name = "X-Delighted-Webhook-Signature" if kind == KIND.DELIGHTED else "X-Hub-Signature-256"
    return {name: f"sha256={_mac(secret, body).hex()}"}


def _mac(secret: str, text: bytes) -> bytes:
    return hmac.digest(secret.encode(), text, hashlib.sha256)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _name() -> str:
    return f"test-{uuid.uuid4().hex[:12]}"


def _stripe(account: str, moment: datetime) -> Any:
    at, name = int(moment.timestamp()), _name()
    return {
        "id": f"evt_{name}", "type": "invoice.finalized", "created": at, "livemode": False,
        "data": {"object": {
            "object": "invoice", "id": f"in_{name}", "customer": f"cus_{name}", "currency": "eur", "status": "open",
            "total": 12000, "amount_due": 12000, "amount_paid": 0, "amount_remaining": 12000, "created": at,
            "due_date": at + 14 * 86_400, "metadata": {"account": account},
        }},
    }  # fmt: skip


def _zendesk(account: str, moment: datetime) -> Any:
    """Whose an organization is; tickets name it and nothing more."""
    name = _name()
    return {
        "id": name, "type": "zen:event-type:organization.created", "time": moment.isoformat(), "event": {},
        "subject": f"zen:organization:{name}",
        "detail": {"id": name, "name": account, "external_id": account, "created_at": moment.isoformat()},
    }  # fmt: skip


def _typeform(account: str, moment: datetime) -> Any:
    field = {"id": "q1", "type": "nps", "ref": "how_likely"}
    return {
        "event_id": _name(), "event_type": "form_response",
        "form_response": {
            "form_id": "test", "token": _name(), "submitted_at": moment.isoformat(), "hidden": {"account": account},
            "definition": {"id": "test", "fields": [field]},
            "answers": [{"type": "number", "number": 9, "field": field}],
        },
    }  # fmt: skip


def _delighted(account: str, moment: datetime) -> Any:
    at, name = int(moment.timestamp()), _name()
    return {
        "event_type": "survey_response.created", "event_id": name,
        "event_data": {
            "id": name, "survey_type": "nps", "score": 9, "comment": "A test", "created_at": at, "updated_at": at,
            "person": {"id": name, "email": "ann@example.com"}, "person_properties": {"account": account},
        },
    }  # fmt: skip


def _cloudevents(account: str, moment: datetime) -> Any:
    return {
        "specversion": "1.0", "id": _name(), "source": "/test", "type": "test", "subject": account,
        "time": moment.isoformat(), "data": {"quantity": 1},
    }  # fmt: skip


SAMPLES: dict[str, Callable[[str, datetime], Any]] = {
    KIND.STRIPE: _stripe,
    KIND.ZENDESK: _zendesk,
    KIND.TYPEFORM: _typeform,
    KIND.DELIGHTED: _delighted,
    KIND.CLOUDEVENTS: _cloudevents,
}


def _mapped(mapping: Mapping, account: str, email: str, moment: datetime) -> Any:
    """What a mapping reads, at its place: a value that its field takes."""
    values = dict.fromkeys(used_columns(mapping), "test")
    for field, column in mapping.fields().items():
        values[column.column] = _value(mapping.kind, field, column, account, email, moment)
    conditions = [mapping.where, *(column.where for column in mapping.fields().values())]
    for name, wanted in ((name, wanted) for where in conditions for name, wanted in where.items()):
        if isinstance(wanted, str | list):
            values[name] = wanted if isinstance(wanted, str) else wanted[0] if wanted else ""
    for name in mapping.id_columns():
        values[name] = _name() if values[name] == "test" else values[name]
    found: dict[str, Any] = {}
    for path, value in values.items():
        _put(found, path.split("."), value)
    return found


def _value(kind: str, field: str, column: Column, account: str, email: str, moment: datetime) -> Any:
    if field in ("account", "contact", "email"):
        return account if field == "account" and column.lookup in ("", "account") else email
    if column.values:
        return next(iter(column.values))
    if sort_of(kind, field) == "day":
        return moment.strftime(column.format) if column.format else moment.isoformat()
    if sort_of(kind, field) == "number":
        return 1
    if field in KINDS[kind].struct.__struct_fields__:
        if msgspec.inspect.BoolType in kinds_of(KINDS[kind].struct)[field]:
            return True
        return next(filter(None, choices_of(kind, field)), "EUR" if field == "currency" else "test")
    return "test"


def _put(found: dict[str, Any], path: list[str], value: Any) -> None:
    """A value at a path; a number in it is a place in a list, of which the first is filled."""
    here: Any = found
    for name, following in zip(path, [*path[1:], ""], strict=True):
        inner: Any = value if not following else [] if following.isdecimal() else {}
        if isinstance(here, list):
            here += [] if here else [inner]
            here = here[0]
        elif isinstance(here, dict):
            here = here.setdefault(name, inner)


def written(document: Any) -> str:
    """A document as people read it."""
    return json.dumps(document, indent=2, ensure_ascii=False)
