"""`POST /api/v1/events`: up to 2,500 events, each with a result of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any

import msgspec
from django.utils import timezone
from django.utils.translation import gettext as _
from msgspec import Struct
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import decode, ingest, retraction
from accounts.api import parser
from accounts.api.errors import ApiError
from accounts.api.idempotency import idempotent
from accounts.api.openapi import operations
from accounts.api.view import MAX_ITEMS, ApiView, remember_refused, results_of
from accounts.batch import BAD, Batch, Result, refusal
from accounts.facts import EventItem, Id
from accounts.models import ApiKey

# Bounds the memory that telling bad items apart may take.
MAX_COMMAS = 500_000


class Body(Struct, forbid_unknown_fields=True):
    """What is sent, when all of it is well-formed."""

    events: list[EventItem] = []
    retract: list[Id] = []


class RawBody(Struct, forbid_unknown_fields=True):
    """What is sent, with the events still to be decoded one by one."""

    events: list[msgspec.Raw] = []
    retract: list[Id] = []


class FastRenderer(JSONRenderer):
    """JSON of plain values: hundreds of results at a time."""

    def render(self, data: Any, *args: Any, **kwargs: Any) -> bytes:
        return msgspec.json.encode(data, enc_hook=str)


class EventsView(ApiView):
    """Take events and retractions; what is accepted is on disk before the answer."""

    renderer_classes = [FastRenderer]
    scopes = {"POST": ApiKey.Scope.EVENTS}

    def operations(self) -> operations.Operations:
        return operations.events()

    @idempotent
    def post(self, request: Request) -> Response:
        """Each event is taken or refused by itself; what was accepted is on disk before the answer."""
        decoded, message_ids = read(request.data or b"")
        key, moment = request.auth, timezone.now()
        results = record(key, decoded, moment)
        retracted = retraction.retract(key.workspace, key.source, message_ids, moment) if message_ids else []
        remember_refused(key.source, "events", results, moment, decoded)
        # Taking the same back twice is no event that came twice.
        remember_refused(key.source, "events", [each for each in retracted if each.status in BAD], moment)
        counts = Counter(map(attrgetter("status"), results))
        return Response(
            {
                "counts": {name: counts[name] for name in ("accepted", "already_known", "conflict", "rejected")},
                "results": results_of(results),
                "retracted": results_of(retracted),
            }
        )


def read(body: bytes) -> tuple[list[decode.Decoded], list[str]]:
    """The items of a body and the message ids to retract. Raises ApiError (400, 413, 422)."""
    try:
        whole = parser.decode(body, Body)
        decoded: list[decode.Decoded] = list(whole.events)
    except msgspec.ValidationError:
        whole = _raw(body)
        _check_length(whole)
        decoded = decode.documents(whole.events, EventItem)
    _check_length(whole)
    if reason := parser.fault(whole.retract):
        raise ApiError(422, "retract", "", reason)
    return decoded if _are_plain(decoded) else [_checked(each) for each in decoded], whole.retract


def _raw(body: bytes) -> RawBody:
    if body.count(b",") > MAX_COMMAS:
        reason = _("has something wrong, and is too large to tell where: send fewer events at a time")
        raise ApiError(413, "events", "", reason)
    try:
        return parser.decode(body, RawBody)
    except msgspec.ValidationError as error:
        raise ApiError.of(decode.trouble(error, RawBody, "")) from None


def _check_length(whole: Body | RawBody) -> None:
    for name in ("events", "retract"):
        count = len(getattr(whole, name))
        if count > MAX_ITEMS:
            raise ApiError(413, name, count, _("A request carries at most %s.") % MAX_ITEMS)


def _are_plain(decoded: Sequence[Any]) -> bool:
    """Whether nothing in them needs a look at each."""
    if not all(each.__class__ is EventItem and each.known_at is None for each in decoded):
        return False
    return parser.are_flat(each.properties for each in decoded if each.properties)


def _checked(item: Any) -> decode.Decoded:
    """What is not visible in the types: plain values inside, and a clock that only history may set."""
    if isinstance(item, Result):
        return item
    if item.known_at is not None:
        return refusal("known_at", item.known_at, _("is ours to say: only files of history tell it"))
    if item.properties and (reason := parser.properties_fault(item.properties)):
        return refusal("properties", "", reason)
    return item


def record(key: ApiKey, decoded: Sequence[decode.Decoded], moment: datetime) -> list[Result]:
    """Store what could be decoded; a result for each item, in order."""
    items = [each for each in decoded if not isinstance(each, Result)]
    batch = Batch(key.workspace, key.source, "events", items, moment, creates_accounts=key.creates_accounts)
    results = ingest.record(batch) if items else []
    return results if len(items) == len(decoded) else decode.merge(decoded, results)
