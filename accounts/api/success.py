"""Where programs that feed a customer-success system feed us instead: Totango, Custify, Pendo, Vitally.

Each address takes one message in the shape of the original (docs/dialects.md). Unlike there, what cannot be taken is
refused, with field, value and reason as they call them.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar
from urllib.parse import parse_qsl

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.api import parser
from accounts.api.auth import ClientAuthentication, entering
from accounts.api.dialect_view import MAX_ITEM, DialectView
from accounts.api.errors import ApiError
from accounts.batch import BAD, Result, Status, refusal
from accounts.dialects import custify, pendo, totango, vitally
from accounts.dialects.success import Wrong
from accounts.linking import Message
from accounts.models import ApiKey

GIF = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
MAX_FIELDS = 500


class NamedKey(ClientAuthentication):
    """A key where the original has it; or as all others send it."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        view: Any = (request.parser_context or {})["view"]
        secret = view.named_key(request)
        return (None, entering(secret)) if secret else super().authenticate(request)


class SuccessView(DialectView):
    """One message a request, of the shape that `reads` knows; `fields`: our names of fields → theirs."""

    authentication_classes = [NamedKey]
    max_body = MAX_ITEM
    reads: ClassVar[Callable[[Any], Message]]
    fields: ClassVar[Mapping[str, str]] = {}
    key_header: ClassVar[str] = ""

    def named_key(self, request: Request) -> str:
        """The key in the header of the original, or nothing."""
        return request.headers.get(self.key_header, "").strip()

    def said(self, body: bytes) -> Any:
        """What a body says, plainly. Raises ApiError."""
        return parser.an_object(body, float)

    def decode(self, body: bytes) -> Sequence[Message | Result]:
        """The message; a bad one is its Result."""
        said = self.said(body)
        for field, value in said.items():
            if reason := parser.fault([field, value]):
                return [refusal(field, "", reason)]
        try:
            return [type(self).reads(said)]
        except Wrong as wrong:
            return [wrong.result]

    def answer(self, results: Sequence[Result]) -> Any:
        """That it was taken. Raises ApiError where it was not, by the names of the original."""
        [result] = results
        if result.status in BAD:
            code = 409 if result.status is Status.CONFLICT else 422
            raise ApiError(code, self.fields.get(result.field, result.field), result.value, result.reason)
        return {"message": "Success."}


class TotangoView(SuccessView):
    """`/pixel.gif`: fields in the address, or as a form; the key is sdr_s, or the app-token."""

    scopes = {"GET": ApiKey.Scope.EVENTS, "POST": ApiKey.Scope.EVENTS}
    http_method_names = ["get", "post", "options"]
    reads, fields = totango.read, totango.FIELDS

    def get(self, request: Request) -> HttpResponse:
        """One call of the pixel."""
        return self.post(request)

    def post(self, request: Request, **more: str) -> HttpResponse:
        """One call of the pixel."""
        super().take(request, _fields_of(request))
        return HttpResponse(GIF, content_type="image/gif", headers={"Cache-Control": "no-store"})

    def said(self, body: bytes) -> dict[str, str]:
        """The fields by name."""
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
        except UnicodeDecodeError:
            raise ApiError(400, "body", "", _("is not UTF-8")) from None
        except ValueError:
            raise ApiError(413, "body", "", _("has more than %s fields") % MAX_FIELDS) from None
        return dict(pairs)

    def named_key(self, request: Request) -> str:
        """sdr_s, or what stands after app-token."""
        word, _space, token = request.headers.get("Authorization", "").partition(" ")
        return token.strip() if word.lower() == "app-token" else self.said(_fields_of(request)).get("sdr_s", "")


def _fields_of(request: Request) -> bytes:
    """The address's fields and the form's, which are the last word."""
    return b"&".join(filter(None, (request.META.get("QUERY_STRING", "").encode(), request.data or b"")))


class CustifyEventView(SuccessView):
    """`POST /custify/event`."""

    reads, fields = custify.event, custify.FIELDS


class CustifyPeopleView(SuccessView):
    """`POST /custify/people`."""

    kind = "contacts"
    reads, fields = custify.people, custify.PEOPLE_FIELDS


class CustifyCompanyView(SuccessView):
    """`POST /custify/company`."""

    kind = "accounts"
    reads, fields = custify.company, custify.COMPANY_FIELDS


class PendoTrackView(SuccessView):
    """`POST /data/track`."""

    key_header = "x-pendo-integration-key"
    reads, fields = pendo.track, pendo.FIELDS


class VitallyAccountView(SuccessView):
    """`POST /analytics/v1/account`."""

    kind = "accounts"
    reads, fields = vitally.account_told, vitally.ACCOUNT_FIELDS


class VitallyUserView(SuccessView):
    """`POST /analytics/v1/user`."""

    kind = "contacts"
    reads, fields = vitally.user_told, vitally.USER_FIELDS


class VitallyTrackView(SuccessView):
    """`POST /analytics/v1/track`."""

    reads, fields = vitally.track, vitally.FIELDS
