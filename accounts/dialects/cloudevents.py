"""CloudEvents 1.0 over HTTP → events: binary (headers and a body), structured (one JSON), or a batch of these."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from django.utils.translation import gettext as _

from accounts.api import parser
from accounts.api.errors import ApiError
from accounts.batch import Result, refusal
from accounts.dialects.told import Told, inside, said, text, written

STRUCTURED, BATCH, JSON = "application/cloudevents+json", "application/cloudevents-batch+json", "application/json"
REQUIRED = ("id", "source", "type")
# Attributes, or fields of the data, that say whose it is and who did it. Then the subject is the account.
ACCOUNT, PERSON = ("account", "accountid"), ("contact", "userid", "user_id")


def documents(headers: Mapping[str, str], body: bytes, number: type) -> list[Any]:
    """The events, each as an object with its attributes and its `data`. Raises ApiError (400, 415)."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == BATCH:
        events = parser.decode(body, Any, number)
        if not isinstance(events, list):
            raise ApiError(400, "body", "", _("must be a list of events"))
        return events
    if kind == STRUCTURED:
        return [parser.decode(body, Any, number)]
    attributes = {name[3:].lower(): unquote(value) for name, value in headers.items() if name.lower().startswith("ce-")}
    if not attributes:
        reason = _(
            "must be application/cloudevents+json or application/cloudevents-batch+json, or come with ce- headers"
        )
        raise ApiError(415, "Content-Type", kind, reason)
    if body.strip() and (kind == JSON or kind.endswith("+json")):
        attributes["data"] = parser.decode(body, Any, number)
    return [attributes]


def read(event: Any) -> Told | Result:
    """An event as an event of ours: its type is the name, its subject the account where nothing else says so."""
    if not isinstance(event, Mapping):
        return refusal("", event, _("must be an object"))
    missing = next((name for name in REQUIRED if not text(event.get(name))), "")
    if missing:
        return refusal(missing, "", _("is required"))
    if event.get("specversion") != "1.0":
        return refusal("specversion", event.get("specversion", ""), _("must be 1.0"))
    at = written(event["time"]) if event.get("time") is not None else None
    if event.get("time") is not None and at is None:
        return refusal("time", event["time"], _("must be a time such as 2026-11-22T10:00:00Z"))
    account = _first(event, ACCOUNT) or text(event.get("subject"))
    if not account:
        return refusal("account", "", _("is required: as an attribute, in the data, or as the subject"))
    data = _data(event)
    item = said(
        "events", account=account, name=text(event["type"]), message_id=_identity(event), occurred_at=at,
        contact=_first(event, PERSON) or None, properties=data if isinstance(data, dict) and data else None,
    )  # fmt: skip
    return Told("", (item,))


def _first(event: Mapping[str, Any], names: tuple[str, ...]) -> str:
    told = [text(event.get(name)) for name in names] + [text(inside(event, "data", name)) for name in names]
    return next((each for each in told if each), "")


def _data(event: Mapping[str, Any]) -> Any:
    """The data; bytes of it that are JSON in base64."""
    if "data" in event or not isinstance(event.get("data_base64"), str):
        return event.get("data")
    try:
        return parser.decode(base64.b64decode(event["data_base64"]), Any, float)
    except (ValueError, ApiError):
        return None


def _identity(event: Mapping[str, Any]) -> str:
    """Source and id together are what makes an event this one."""
    whole = f"{text(event['source'], 2_000)} {text(event['id'], 2_000)}"
    return whole if len(whole) <= 200 else hashlib.sha256(whole.encode()).hexdigest()
