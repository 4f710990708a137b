"""What is answered to a request that is refused before any view sees it."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.urls import Resolver404, resolve
from django.utils.translation import gettext as _
from django.views import defaults

from accounts.api.errors import ApiError, body
from accounts.api.view import ApiView


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
