"""What is answered to a request that is refused before any view sees it."""

from __future__ import annotations

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults

from accounts.api.errors import body
from accounts.batch import shown


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """400: a page for people; below /api/ the shape of all its errors."""
    if not request.path.startswith("/api/"):
        return defaults.bad_request(request, exception)
    if isinstance(exception, DisallowedHost):
        host, reason = shown(request.META.get("HTTP_HOST", "")), _("Nothing is served under this name.")
        return JsonResponse(body("Host", host, reason), status=400)
    return JsonResponse(body("", "", _("This request cannot be read.")), status=400)
