"""Where mail servers hand over what came for a workspace's address (docs/inbound_mail.md)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, JsonResponse, UnreadablePostError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.api.errors import body as told
from accounts.batch import refusal, shown
from accounts.dialects import mail as dialect
from accounts.dialects.signature import is_good
from accounts.filing import Filed, file, refuse
from accounts.models import MailAddress, Source
from accounts.models.inbound import LOCAL


@csrf_exempt
@require_POST
def mail(request: HttpRequest) -> JsonResponse:
    """One message. 200: filed, or known already; 202: kept among the refused; 401, 404, 413, 422: not taken at all."""
    now = timezone.now()
    try:
        body = request.body
    except RequestDataTooBig:
        return _error(413, "body", "", _("is larger than %s bytes") % settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    except UnreadablePostError:
        return _error(400, "body", "", _("ended before it was complete"))
    if not is_good(settings.INBOUND_MAIL_SECRETS, request.headers, body, now):
        return _error(401, "webhook-signature", "", _("is not one of ours, or older than five minutes"))
    try:
        message, reason = dialect.read(body), ""
    except dialect.Unreadable as error:
        message, reason = None, str(error)
    recipient = message.delivered_to if message else dialect.delivered_to(body)
    address = _address(recipient)
    if address is None:
        return _error(404, "Delivered-To", shown(recipient), _("is no mail address of a workspace"))
    if message is None:
        source = Source.by_mail(address.workspace, now)
        return _answer(refuse(source, refusal("message", "", reason), now))
    return _answer(file(address, message, now))


def _address(recipient: str) -> MailAddress | None:
    local, _at, _domain = recipient.partition("@")
    if not local.startswith(LOCAL):
        return None
    living = MailAddress.unscoped.filter(token=local.removeprefix(LOCAL), retired_at=None)
    return living.select_related("workspace").first()


def _answer(filed: Filed) -> JsonResponse:
    if filed.refused:
        why = {"field": filed.refused.field, "value": filed.refused.value, "reason": filed.refused.reason}
        return JsonResponse({"result": "refused", **why}, status=202)
    result: dict[str, Any] = {"result": "filed", "touches": filed.touches}
    return JsonResponse(result if filed.touches else {"result": "already_known"})


def _error(code: int, field: str, value: str, reason: str) -> JsonResponse:
    return JsonResponse(told(field, value, reason), status=code)
