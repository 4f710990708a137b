"""JSON of anybody → rows and cells, as a mapping file names them: `payload.object.topic`, `participants.0.email`."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.api import parser
from accounts.api.errors import ApiError
from accounts.importers.cells import LIST
from accounts.importers.files import Chunk


def documents(headers: Mapping[str, str], body: bytes, number: type) -> list[Any]:
    """The objects of a body: one, or a list of them. Raises ApiError (400, 415)."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if body and kind != "application/json" and not kind.endswith("+json"):
        raise ApiError(415, "Content-Type", kind, _("must be application/json"))
    value = parser.decode(body, Any, number)
    return value if isinstance(value, list) else [value]


def chunk(objects: Sequence[Any], columns: Sequence[str]) -> Chunk:
    """Objects as rows of a file with these columns."""
    return Chunk(list(range(len(objects))), [[cell(each, column) for column in columns] for each in objects])


def cell(value: Any, path: str) -> str:
    """What stands at a path, as the text of a cell; nothing where there is nothing, or an object."""
    found = value.get(path) if isinstance(value, Mapping) and path in value else _at(value, path)
    if isinstance(found, list):
        return LIST.join(_text(each) for each in found)
    return _text(found)


def _at(value: Any, path: str) -> Any:
    for name in path.split("."):
        if isinstance(value, list):
            value = value[int(name)] if name.isdecimal() and int(name) < len(value) else None
        else:
            value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str:
    if value is None or isinstance(value, (Mapping, list)):
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def challenge(value: Any, secret: str) -> dict[str, str] | None:
    """What Zoom wants to hear before it sends anything: its token, signed."""
    token = value["payload"]["plainToken"] if _is_validation(value) else ""
    if not token:
        return None
    signed = hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
    return {"plainToken": token, "encryptedToken": signed}


def _is_validation(value: Any) -> bool:
    if not isinstance(value, Mapping) or value.get("event") != "endpoint.url_validation":
        return False
    payload = value.get("payload")
    return isinstance(payload, Mapping) and isinstance(payload.get("plainToken"), str)
