"""Lists in order of change, page by page: a cursor names the last row seen, so nothing is counted or skipped."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.api.errors import ApiError

LIMIT, MAX_LIMIT = 100, 500
Place = TypeVar("Place")


def page(request: Request, rows: QuerySet[Any], clock: str = "updated_at") -> tuple[list[Any], str | None]:
    """One page of `rows`, oldest change first, and the address of the next; one query. Raises ApiError (400).

    Reads `updated_since` (inclusive), `cursor` and `limit` from the address. `clock` says when a row last changed.
    """
    since, cursor, limit = moment_of(request, "updated_since"), cursor_of(request, _place), limit_of(request)
    if since:
        rows = rows.filter(**{f"{clock}__gte": since})
    if cursor:
        moment, pk = cursor
        rows = rows.filter(Q(**{f"{clock}__gt": moment}) | Q(**{clock: moment}, pk__gt=pk))
    found = list(rows.order_by(clock, "pk")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], next_of(request, getattr(last, clock).isoformat(), last.pk)


def _place(moment: str, pk: int) -> tuple[datetime, int]:
    return datetime.fromisoformat(moment).astimezone(UTC), key_of(pk)


def key_of(value: object) -> int:
    """An id in a cursor, no larger than the database takes. Raises ValueError, TypeError or OverflowError."""
    return min(int(value), 2**62)  # type: ignore[call-overload, no-any-return]


def next_of(request: Request, *place: str | int) -> str:
    """The address of the page that begins behind a place."""
    query = request.query_params.copy()
    query["cursor"] = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")


def moment_of(request: Request, name: str) -> datetime | None:
    """The time that an address gives. Raises ApiError (400)."""
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        moment = parse_datetime(text.replace(" ", "+")) or datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ApiError(400, name, text, _("must be a time such as 2026-11-22T10:00:00Z")) from None


def day_of(request: Request, name: str) -> date | None:
    """The day that an address gives. Raises ApiError (400)."""
    text = request.query_params.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ApiError(400, name, text, _("must be a day such as 2026-11-22")) from None


def cursor_of(request: Request, read: Callable[..., Place]) -> Place | None:
    """The place behind which a page begins, as `read` makes it of what `next_of` was given. Raises ApiError (400)."""
    text = request.query_params.get("cursor", "")
    if not text:
        return None
    try:
        return read(*json.loads(base64.urlsafe_b64decode(text)))
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        raise ApiError(400, "cursor", text, _("is none of ours: take it from “next”")) from None


def limit_of(request: Request) -> int:
    """How many rows an address asks for. Raises ApiError (400)."""
    text = request.query_params.get("limit", str(LIMIT))
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT:
        return int(text)
    raise ApiError(400, "limit", text, _("must be a whole number from 1 to %s") % MAX_LIMIT)
