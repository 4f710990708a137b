"""Lists in order of change, page by page: a cursor names the last row seen, so nothing is counted or skipped."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.api.errors import ApiError

LIMIT, MAX_LIMIT = 100, 500


def page(request: Request, rows: QuerySet[Any], clock: str = "updated_at") -> tuple[list[Any], str | None]:
    """One page of `rows`, oldest change first, and the address of the next; one query. Raises ApiError (400).

    Reads `updated_since` (inclusive), `cursor` and `limit` from the address. `clock` says when a row last changed.
    """
    since, cursor, limit = moment_of(request, "updated_since"), _cursor(request), limit_of(request)
    if since:
        rows = rows.filter(**{f"{clock}__gte": since})
    if cursor:
        moment, pk = cursor
        rows = rows.filter(Q(**{f"{clock}__gt": moment}) | Q(**{clock: moment}, pk__gt=pk))
    found = list(rows.order_by(clock, "pk")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], _next(request, getattr(last, clock), last.pk)


def _next(request: Request, moment: datetime, pk: int) -> str:
    place = json.dumps([moment.isoformat(), pk]).encode()
    query = request.query_params.copy()
    query["cursor"] = base64.urlsafe_b64encode(place).decode()
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


def _cursor(request: Request) -> tuple[datetime, int] | None:
    text = request.query_params.get("cursor", "")
    if not text:
        return None
    try:
        moment, pk = json.loads(base64.urlsafe_b64decode(text))
        return datetime.fromisoformat(moment).astimezone(UTC), min(int(pk), 2**62)
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error):
        raise ApiError(400, "cursor", text, _("is none of ours: take it from “next”")) from None


def limit_of(request: Request) -> int:
    """How many rows an address asks for. Raises ApiError (400)."""
    text = request.query_params.get("limit", str(LIMIT))
    if text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MAX_LIMIT:
        return int(text)
    raise ApiError(400, "limit", text, _("must be a whole number from 1 to %s") % MAX_LIMIT)
