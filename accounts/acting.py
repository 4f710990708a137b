"""Who acts in the request at hand, for the audit log. Nobody does in a command, a worker, a test."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from accounts.models.workspace import ApiKey

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


class ActingMiddleware:
    """Remembers the request for as long as it is answered; who it is from is looked up only when something changes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(token)


def act_by_key(key: ApiKey) -> None:
    """The request at hand comes from the program that has this key."""
    request = _request.get()
    if request is not None:
        request.api_key = key  # type: ignore[attr-defined]


def acting() -> tuple[Any, str]:
    """The person who acts and what to call them: an e-mail; a program has no person, and its key's name."""
    request = _request.get()
    key = getattr(request, "api_key", None)
    if key is not None:
        return None, f"{key.name} ({key.prefix}…)"
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None, ""
    return user, user.email
