"""`Idempotency-Key`: a request that is sent again under its name gets the answer it got, and has no second effect."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.api.errors import ApiError
from accounts.models import IdempotencyKey, Workspace

HEADER = "Idempotency-Key"
LONGEST = 200
KEPT = timedelta(days=2)
Handler = Callable[..., Any]


def idempotent(handler: Handler) -> Handler:
    """Let a writing method of a view be called under a name. Key, effect and answer are stored in one transaction.

    What fails leaves no key, so that it may be tried again. Raises ApiError (400, 409).
    """

    @wraps(handler)
    def once(view: Any, request: Request, *args: Any, **kwargs: Any) -> Any:
        name = request.headers.get(HEADER)
        if name is None:
            return handler(view, request, *args, **kwargs)
        with transaction.atomic():
            row, is_first = _claim(request, name)
            if not is_first:
                return _again(row, name, _digest(request))
            response = handler(view, request, *args, **kwargs)
            row.status, row.answer = response.status_code, str(request.accepted_renderer.render(response.data), "utf-8")
            row.save(update_fields=["status", "answer"])
        return response

    return once


def _claim(request: Request, name: str) -> tuple[IdempotencyKey, bool]:
    """The row of this name, and whether it is new. Waits for a request of the same name that is under way."""
    if not 1 <= len(name) <= LONGEST or not (name.isascii() and name.isprintable()):
        raise ApiError(400, HEADER, name, _("must have 1 to %s printable characters of ASCII") % LONGEST)
    key = request.auth
    fresh = IdempotencyKey(
        workspace_id=key.workspace_id,
        api_key=key,
        key=hashlib.sha256(name.encode()).hexdigest(),
        request=_digest(request),
        created_at=timezone.now(),
    )
    IdempotencyKey.unscoped.bulk_create([fresh], ignore_conflicts=True)
    row = IdempotencyKey.objects.of(key.workspace_id).get(api_key=key, key=fresh.key)
    return row, row.status == 0


def _again(row: IdempotencyKey, name: str, digest: str) -> HttpResponse:
    if row.request != digest:
        raise ApiError(409, HEADER, name, _("was used for another request"))
    return HttpResponse(
        row.answer, status=row.status, content_type="application/json", headers={"Idempotency-Replayed": "true"}
    )


def _digest(request: Request) -> str:
    """What was asked: method, address, body as unpacked."""
    found = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    found.update(request.data or b"")
    return found.hexdigest()


def forget(workspace: Workspace, moment: datetime) -> None:
    """Delete the keys that are older than KEPT: their requests would have an effect again."""
    IdempotencyKey.objects.of(workspace).filter(created_at__lt=moment - KEPT).delete()
