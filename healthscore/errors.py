"""What is answered to a request that is refused before any view sees it, or whose account goes meanwhile."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views import defaults

from accounts.api.errors import ApiError, body
from accounts.api.view import ApiView
from accounts.ingest.accounts import misses_an_account

log = logging.getLogger(__name__)


class RemovedAccountMiddleware:
    """A member who does something with an account that an undone import removes in the same moment does not find it,
    as anybody after. Programs are told to try again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponseBase | None:
        if not (request.path.startswith("/w/") and misses_an_account(exception)):
            return None
        log.warning("%s: its account was removed meanwhile", request.path, exc_info=exception)
        return defaults.page_not_found(request, Http404())


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400: a page for people; for programs as their address tells all its errors."""
    error, view = _error(request, exception), _view(request)
    if view is not None:
        told = view.get_exception_handler()(error, {"view": view, "request": request}).data
        return JsonResponse(told, status=400)
    if request.path.startswith(("/api/", "/hooks/")):
        return JsonResponse(body(error.field, error.value, str(error.detail)), status=400)
    return defaults.bad_request(request, exception)


def _error(request: HttpRequest, exception: Exception) -> ApiError:
    if isinstance(exception, DisallowedHost):
        return ApiError(400, "Host", request.META.get("HTTP_HOST", ""), _("Nothing is served under this name."))
    return ApiError(400, "", "", _("This request cannot be read."))


def _view(request: HttpRequest) -> Any:
    """What would have answered a program; None where nothing would."""
    try:
        found = getattr(resolve(request.path_info).func, "cls", None)
    except Resolver404:
        return None
    return found() if found is not None and issubclass(found, ApiView) else None
