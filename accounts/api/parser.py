"""What may come in over REST, and what may not: size, compression, JSON, characters, depth, numbers."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import IO, Any

import msgspec
from django.conf import settings
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from accounts.api.errors import ApiError

MAX_UNPACKED = 20_000_000
GZIP = b"\x1f\x8b"
MAX_DEPTH = 20
MAX_INTEGER = 2**63
# So large a body is looked through for what no JSON has. A text, to its end or that of the body; or no number.
MENDED = 500 * 1024
TEXT_OR_NONE = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|-?(?:NaN|Infinity)', re.DOTALL)
# Another escape or a whole pair; or half of one.
HALF = re.compile(rb"(\\[^u]|\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|\\u[dD][89a-fA-F][0-9a-fA-F]{2}", re.DOTALL)
# There is neither depth nor a whole number in them.
FLAT = {str, bool, float, type(None)}


class BodyParser(BaseParser):
    """The body as bytes, unpacked, within its bounds. Raises ApiError (400, 413, 415)."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, context: Any = None) -> Any:
        request: Request = context["request"]
        return unpacked(sent(request, stream), request.headers.get("Content-Encoding", "identity").lower())


class AnyParser(BaseParser):
    """A body in whatever it says it is: unpacked where it is gzip by its header or its first bytes."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, context: Any = None) -> Any:
        request: Request = context["request"]
        body = sent(request, stream)
        return unpacked(body, "gzip" if body.startswith(GZIP) else "identity")


class NotJsonError(ApiError):
    """A body that is no JSON."""


def _mended(found: re.Match[bytes]) -> bytes:
    """No number is null; half a character is the character that stands for none."""
    return HALF.sub(lambda half: half[1] or b"\\ufffd", found[0]) if found[0][:1] == b'"' else b"null"


def an_object(body: bytes, number: type = Decimal) -> dict[str, Any]:
    """The JSON object of a body, its fractions exact unless said otherwise. Raises ApiError (400, 422)."""
    value = decode(body, Any, number)
    if not isinstance(value, dict):
        raise ApiError(422, "body", "", _("must be an object"))
    return value


def decode(body: bytes, kind: Any, number: type = float) -> Any:
    """JSON as `kind`; fractions whose kind is not said become `number`.

    Raises ApiError (400; NotJsonError) where it is not JSON, msgspec.ValidationError where it is not `kind`.
    """
    if not body.strip():
        raise ApiError(400, "body", "", _("is empty"))
    try:
        return _decoder(kind, number).decode(body)
    except msgspec.ValidationError as error:
        if kind is Any:
            raise ApiError(400, "body", "", str(error)) from None
        raise
    except RecursionError:
        raise ApiError(400, "body", "", _too_deep()) from None
    except UnicodeDecodeError as error:
        raise ApiError(400, "body", "", _("is not UTF-8 (byte %s)") % _position(body, error)) from None
    except msgspec.DecodeError as error:
        reason = str(error)
        if "byte" not in reason:
            reason += f" (byte {len(body)})"
        raise NotJsonError(400, "body", "", _("is not JSON: %s") % reason) from None


def decode_mended(body: bytes, kind: Any) -> Any:
    """As `decode`, with what clients write that is no JSON, Python NaN and Node half a character: it must not cost all
    others."""
    try:
        return decode(body, kind)
    except NotJsonError:
        if len(body) > MENDED:
            raise
        return decode(TEXT_OR_NONE.sub(_mended, body), kind)


@cache
def _decoder(kind: Any, number: type) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, float_hook=None if number is float else number)


def fault(value: Any, depth: int = 1) -> str:
    """Why a plain JSON value is not taken, or nothing."""
    if isinstance(value, str):
        return _("contains a NUL character") if "\0" in value else ""
    if isinstance(value, int):
        return "" if -MAX_INTEGER <= value < MAX_INTEGER else _("has a number beyond 64 bits")
    if not isinstance(value, (dict, list)):
        return ""
    if depth > MAX_DEPTH:
        return _too_deep()
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    return next((reason for part in parts if (reason := fault(part, depth + 1))), "")


def properties_fault(properties: dict[str, Any]) -> str:
    """Why the properties of an event are not taken, or nothing. `bounds` looks at the texts."""
    return "" if FLAT.issuperset(map(type, properties.values())) else fault(properties, depth=4)


def are_flat(many: Iterable[dict[str, Any]]) -> bool:
    """Whether there is nothing in the properties of many events that `properties_fault` would look into."""
    return FLAT.issuperset(map(type, chain.from_iterable(map(dict.values, many))))


def _too_deep() -> str:
    return _("is nested deeper than %s levels") % MAX_DEPTH


def _position(body: bytes, error: UnicodeDecodeError) -> int:
    """Where the whole body stops being UTF-8; the error only knows the place within one text."""
    try:
        body.decode()
    except UnicodeDecodeError as whole:
        return whole.start
    return error.start


def sent(request: Request, stream: IO[bytes]) -> bytes:
    """The body as it came. Raises ApiError (400, 413)."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    reason = _("is larger than %s bytes") % limit
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise ApiError(413, "Content-Length", request.META["CONTENT_LENGTH"], reason)
    try:
        body = stream.read(limit + 1)
    except UnreadablePostError:
        raise ApiError(400, "body", "", _("ended before it was complete")) from None
    if len(body) > limit:
        raise ApiError(413, "body", "", reason)
    return body


def unpacked(body: bytes, encoding: str) -> bytes:
    """Without gzip. Raises ApiError (400, 413, 415)."""
    if encoding == "identity":
        return body
    if encoding != "gzip":
        raise ApiError(415, "Content-Encoding", encoding, _("must be gzip, or absent"))
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        plain = unpacker.decompress(body, MAX_UNPACKED + 1)
    except zlib.error:
        raise ApiError(400, "body", "", _("is not gzip")) from None
    if len(plain) > MAX_UNPACKED:
        raise ApiError(413, "body", "", _("unpacks to more than %s bytes") % MAX_UNPACKED)
    if not unpacker.eof or unpacker.unused_data:
        raise ApiError(400, "body", "", _("is not one whole gzip stream"))
    return plain
