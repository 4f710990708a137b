"""Who may call: API keys, their scopes, and how often."""

from __future__ import annotations

import base64
import hmac
import time
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from accounts.acting import act_by_key
from accounts.api.errors import ApiError
from accounts.functions import Function
from accounts.models import ApiKey, Source

SEEN_EVERY = timedelta(minutes=1)
PREFIX_LENGTH = len("hs_") + 8
# Which versions of their rows hold: every change of a row makes one with another place or another transaction.
VERSIONS = Function(
    "key_versions",
    ("text",),
    """
SELECT k.ctid::text, k.xmin::text, w.ctid::text, w.xmin::text, s.ctid::text, s.xmin::text FROM accounts_apikey k,
  LATERAL (SELECT ctid, xmin FROM accounts_workspace WHERE id = k.workspace_id OFFSET 0) w,
  LATERAL (SELECT ctid, xmin FROM accounts_source WHERE id BETWEEN k.source_id AND k.source_id ORDER BY id) s
WHERE k.prefix = $1 AND k.revoked_at IS NULL""",
    returns="key text, key_by text, workspace text, workspace_by text, source text, source_by text",
)
MOST_KEPT = 1_000
# Prefix → versions, and the key that was read after they were asked for: it is never older than they are.
_kept: dict[str, tuple[Any, ApiKey | None]] = {}
TOLD_AT_ONCE = 10
# What is counted, and of which key → the minute, the calls in it that Valkey knew of, those it was not told of yet.
_calls: dict[tuple[str, int], tuple[int, int, int]] = {}


class KeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer hs_…`; `request.auth` is then the ApiKey."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        word, _space, secret = request.headers.get("Authorization", "").partition(" ")
        if not word:
            return None
        return None, entering(secret.strip() if word.lower() == "bearer" else "")

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class ClientAuthentication(BaseAuthentication):
    """A key as client libraries send it: Bearer, Basic as its user, or in a field of the body that the view names."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        word, _space, rest = request.headers.get("Authorization", "").partition(" ")
        if word.lower() in ("bearer", "basic"):
            return None, entering(rest.strip() if word.lower() == "bearer" else _user(rest))
        view: Any = (request.parser_context or {})["view"]
        secret = view.key_in(request.data) if request.data else ""
        return (None, entering(secret)) if secret else None

    def authenticate_header(self, request: Request) -> str:
        return "Basic"


def _user(encoded: str) -> str:
    """The user of Basic: libraries send the key as the user, without a password; some as it is."""
    if encoded.startswith("hs_"):
        return encoded
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except ValueError:
        return ""


def entering(secret: str) -> ApiKey:
    """The living key with this secret, seen now. Raises AuthenticationFailed."""
    key = _living_key(secret)
    if key is None:
        raise AuthenticationFailed(_("The API key is unknown or revoked. Send “Authorization: Bearer hs_…”."))
    _remember_use(key, timezone.now())
    act_by_key(key)
    return key


def _living_key(secret: str) -> ApiKey | None:
    if not secret.startswith("hs_") or not secret.isprintable():
        return None
    key = _key_of(secret[:PREFIX_LENGTH])
    if key is None or not hmac.compare_digest(key.hash, ApiKey.hash_of(secret)):
        return None
    return key


def _key_of(prefix: str) -> ApiKey | None:
    """The living key with this prefix, its workspace and its source: as kept, where their rows are still the same."""
    now = VERSIONS.run(prefix)
    if not now:
        return None
    versions, kept = _kept.get(prefix, (None, None))
    if versions != now:
        rows = ApiKey.unscoped.filter(prefix=prefix, revoked_at=None).select_related("workspace", "source")
        kept = next(iter(rows), None)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[prefix] = now, kept
    key = copy(kept)
    if key is not None:
        key.workspace, key.source = copy(key.workspace), copy(key.source)
    return key


def _remember_use(key: ApiKey, moment: datetime) -> None:
    """Note when the key and its source were last seen, at most once a minute."""
    if key.last_used_at and moment - key.last_used_at < SEEN_EVERY:
        return
    ApiKey.objects.of(key.workspace_id).filter(pk=key.pk).update(last_used_at=moment)
    Source.objects.of(key.workspace_id).filter(pk=key.source_id).update(last_seen_at=moment)


class HasScope(BasePermission):
    """A view names the scope that each method needs: `scopes = {"GET": "read"}`; one without a name is refused."""

    def has_permission(self, request: Request, view: Any) -> bool:
        key = request.auth
        if not isinstance(key, ApiKey):
            return False
        method = "GET" if request.method == "HEAD" else request.method
        if method == "OPTIONS" or not hasattr(view, str(method).lower()):
            return True
        needed = getattr(view, "scopes", {}).get(method, "")
        if needed not in key.scopes:
            raise ApiError(403, "scope", needed, _("The API key %s… has no scope for this.") % key.prefix)
        return True


class KeyThrottle(BaseThrottle):
    """So many requests a minute for each key and what views count apart (`counted`). Without Valkey nobody waits."""

    def allow_request(self, request: Request, view: Any) -> bool:
        if not isinstance(request.auth, ApiKey):
            return True
        if _calls_this_minute(getattr(view, "counted", "calls"), request.auth.pk) <= settings.EVENTS_PER_MINUTE:
            return True
        wait = 60 - int(time.time()) % 60
        reason = _("More than %s requests a minute with this key.") % settings.EVENTS_PER_MINUTE
        raise Throttled(wait, reason)


def _calls_this_minute(sort: str, key_id: int) -> int:
    """What Valkey knew of when it was told last, and those since. It is told of ten at a time, or of a hundredth of the
    limit: each process may let through as many more. While it is away it knows of none."""
    minute = int(time.time()) // 60
    last, told, untold = _calls.get((sort, key_id), (0, 0, 0))
    if last != minute:
        told = untold = 0
    untold += 1
    if last != minute or untold >= min(TOLD_AT_ONCE, settings.EVENTS_PER_MINUTE // 100):
        told, untold = int(cache.count(f"{sort}:{key_id}:{minute}", 120, untold)), 0  # type: ignore[attr-defined]
    _calls[sort, key_id] = minute, told, untold
    return told + untold
