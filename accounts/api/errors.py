"""One shape for everything that goes wrong: {"error": {"field", "value", "reason"}}."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions, status
from rest_framework.response import Response

from accounts.batch import Result, shown
from accounts.ingest.accounts import misses_an_account

log = logging.getLogger(__name__)


class ApiError(exceptions.APIException):
    """A refusal that names the field, its value and the reason."""

    def __init__(self, code: int, field: str, value: object, reason: str) -> None:
        super().__init__(reason)
        self.status_code = code
        self.field, self.value = field, shown(value)

    @classmethod
    def of(cls, result: Result, code: int = status.HTTP_422_UNPROCESSABLE_ENTITY) -> ApiError:
        return cls(code, result.field, result.value, result.reason)


def body(field: str, value: str, reason: str) -> dict[str, Any]:
    """What every error answers."""
    return {"error": {"field": field, "value": value, "reason": reason}}


def handle(error: Exception, context: dict[str, Any]) -> Response:
    """DRF's exception handler."""
    if isinstance(error, (Http404, PermissionDenied)):
        error = exceptions.NotFound()
    if isinstance(error, RecursionError):
        error = ApiError(status.HTTP_400_BAD_REQUEST, "body", "", _("is nested too deep"))
    if isinstance(error, (OperationalError, InterfaceError)) or misses_an_account(error):
        log.exception("The database did not take a request")
        reason = _("The database is not available; send the same again.")
        return Response(body("", "", reason), status=503, headers={"Retry-After": "5"})
    if not isinstance(error, exceptions.APIException):
        log.exception("A request ended in a mistake of ours")
        return Response(body("", "", _("A mistake of ours; it is in the log.")), status=500)
    field, value = _place(error, context["request"])
    return Response(body(field, value, str(error.detail)), status=error.status_code, headers=_headers(error))


def _place(error: exceptions.APIException, request: Any) -> tuple[str, str]:
    if isinstance(error, ApiError):
        return error.field, error.value
    if isinstance(error, exceptions.UnsupportedMediaType):
        return "Content-Type", shown(request.content_type or "")
    if isinstance(error, exceptions.MethodNotAllowed):
        return "method", shown(request.method)
    if isinstance(error, (exceptions.NotAuthenticated, exceptions.AuthenticationFailed)):
        return "Authorization", ""
    if isinstance(error, exceptions.Throttled):
        return "requests", str(settings.EVENTS_PER_MINUTE)
    if isinstance(error, exceptions.NotAcceptable):
        return "Accept", shown(request.headers.get("Accept", ""))
    return "path", shown(request.path)


def _headers(error: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None) is not None:
        headers["Retry-After"] = str(int(error.wait))
    return headers


@csrf_exempt
def not_found(request: HttpRequest, *args: str, **kwargs: str) -> JsonResponse:
    """The 404 of addresses below /api/ that do not exist."""
    return JsonResponse(body("path", shown(request.path), _("There is nothing at this address.")), status=404)
