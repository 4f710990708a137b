"""What all addresses that speak a client's or a provider's language have in common.

A dialect derives from DialectView: `decode` makes messages of a body, `answer` says what the client expects.
Errors are {"code", "message"}, with the field and its value where one is to blame.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, ClassVar

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Struct
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import decode
from accounts.api import parser
from accounts.api.auth import ClientAuthentication
from accounts.api.errors import ApiError, handle
from accounts.api.events import MAX_COMMAS, FastRenderer
from accounts.api.view import MAX_ITEMS, AlwaysJson, ApiView, remember_refused
from accounts.batch import BAD, Result, refusal
from accounts.dialects.library import library_in
from accounts.linking import Message, take
from accounts.models import ApiKey

MAX_ITEM = 32 * 1024
ESCAPED_LETTER = re.compile(rb"\\u00[4-7]")
# What codes say in a word; clients print it.
CODES = {
    400: "invalid_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    409: "conflict", 411: "length_required", 413: "too_large", 415: "unsupported", 422: "invalid",
    429: "too_many_requests", 503: "unavailable",
}  # fmt: skip


class DialectView(ApiView):
    """POST a body, get an answer in the dialect. What is accepted is on disk before."""

    content_negotiation_class = AlwaysJson
    authentication_classes = [ClientAuthentication]
    parser_classes = [parser.AnyParser]
    renderer_classes = [FastRenderer]
    scopes = {"POST": ApiKey.Scope.EVENTS}
    # Where the body names the key; what Refused calls its items; how much it may hold, unpacked.
    key_field: ClassVar[str] = ""
    kind: ClassVar[str] = "events"
    max_body: ClassVar[int] = 500 * 1024

    def decode(self, body: bytes) -> Sequence[Message | Result]:
        """The messages of a body, which came at `self.moment`; a bad one is its Result. Raises ApiError where there
        is nothing to be kept."""
        raise NotImplementedError

    def answer(self, results: Sequence[Result]) -> Any:
        """What the client is told."""
        return {"success": True} | ({"errors": refused} if (refused := refused_of(results)) else {})

    def post(self, request: Request, **more: str) -> Response:
        """Each item is taken or refused by itself; what was accepted is on disk before the answer."""
        return Response(self.take(request, request.data or b""))

    def take(self, request: Request, body: bytes) -> Any:
        """Store what a body says. Returns the answer. Raises ApiError."""
        key, moment = request.auth, timezone.now()
        self.moment = moment
        if len(body) > self.max_body:
            raise ApiError(413, "body", len(body), _("is larger than %s bytes") % self.max_body)
        key.source.workspace = key.workspace
        messages = self.decode(body)
        results = take(key.source, messages, moment, creates_accounts=key.creates_accounts)
        remember_refused(key.source, self.kind, results, moment, messages)
        key.source.hear_library(library_in(body), moment)
        return self.answer(results)

    def key_in(self, body: bytes) -> str:
        """The key that a body names, or nothing."""
        return self.field_in(body, self.key_field) if self.key_field else ""

    def field_in(self, body: bytes, name: str) -> str:
        """The text that stands in this field of a body, or nothing."""
        try:
            found = parser.decode_mended(body, dict[str, msgspec.Raw]).get(name)
            return msgspec.json.decode(found, type=str) if found else ""
        except (msgspec.ValidationError, UnicodeDecodeError):
            return ""

    def error(self, code: str, message: str, named: dict[str, str]) -> Any:
        """What the client is told where nothing was taken; `named` is the field, and its value."""
        return {"code": code, "message": message, **named}

    def get_exception_handler(self) -> Any:
        return _handle


def refused_of(results: Sequence[Result]) -> list[dict[str, Any]]:
    """The items that were not taken, by their place, and why."""
    return [
        {"index": n, "code": str(each.status), "field": each.field, "value": each.value, "message": each.reason}
        for n, each in enumerate(results)
        if each.status in BAD
    ]


def batch_of(body: bytes, whole: type, cut: type, struct: type[Struct], id_field: str) -> Any:
    """A body as `whole`; where not all of its items can be had, as `cut`, with a Result in place of each bad one.

    Both have the items in `batch`: `whole` as `struct`, `cut` as msgspec.Raw. `id_field` is the field that each
    item is known by. Raises ApiError (400, 413).
    """
    if len(body) > MAX_COMMAS and body.count(b",") > MAX_COMMAS:
        raise ApiError(413, "batch", "", _("has too many parts: send fewer at a time"))
    found = _whole(body, whole)
    if found and _are_small(body, id_field, found.batch):
        return found
    pieces = _cut(body, cut)
    if found and max(map(_size, pieces.batch), default=0) <= MAX_ITEM:
        return found
    too_large = refusal("", "", _("is larger than %s bytes") % MAX_ITEM)
    pieces.batch = [too_large if _size(raw) > MAX_ITEM else decode.documents([raw], struct)[0] for raw in pieces.batch]
    return pieces


def _whole(body: bytes, whole: type) -> Any:
    """The body, or nothing where something in it is no item. Raises ApiError."""
    try:
        found = parser.decode_mended(body, whole)
    except msgspec.ValidationError:
        return None
    _check_length(len(found.batch))
    return found


def _are_small(body: bytes, id_field: str, batch: Sequence[Struct]) -> bool:
    """Whether it is seen at a glance that no item is too large: where each has its id, and none says the name of that
    field twice, it lies between the name before its own and the next one. To cut all of them takes as long as to read
    them. A name with a letter written as its number is not seen."""
    if len(body) <= MAX_ITEM:
        return True
    name = f'"{id_field}"'.encode()
    gaps = list(map(len, body.split(name)))
    if len(gaps) != len(batch) + 1 or 2 * max(gaps) + len(name) > MAX_ITEM:
        return False
    escaped = b"\\" in body and ESCAPED_LETTER.search(body)
    return not escaped and all(map(attrgetter(id_field), batch))


def moment_in(said: Any) -> datetime | None:
    """A moment that a batch tells of itself; where it is none, it says nothing."""
    try:
        return msgspec.convert(said, datetime | None)
    except msgspec.ValidationError:
        return None


def _cut(body: bytes, cut: type) -> Any:
    try:
        pieces = parser.decode_mended(body, cut)
    except msgspec.ValidationError as error:
        raise ApiError.of(decode.trouble(error, cut, ""), 400) from None
    _check_length(len(pieces.batch))
    return pieces


def _size(raw: msgspec.Raw) -> int:
    return len(memoryview(raw))


def _check_length(count: int) -> None:
    if count > MAX_ITEMS:
        raise ApiError(413, "batch", count, _("A request carries at most %s.") % MAX_ITEMS)


def _handle(error: Exception, context: dict[str, Any]) -> Response:
    response = handle(error, context)
    told = response.data["error"]
    named = {name: told[name] for name in ("field", "value") if told[name]}
    code = CODES.get(response.status_code, "error")
    message = " ".join(filter(None, (told["field"], told["reason"])))
    response.data = context["view"].error(code, message, named)
    return response
