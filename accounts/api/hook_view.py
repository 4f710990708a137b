"""`POST /hooks/<token>`: what a provider sends, once its signature is found to be good (docs/webhooks.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import IO, Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import parser
from accounts.api.auth import SEEN_EVERY
from accounts.api.errors import ApiError
from accounts.api.view import MAX_ITEMS, AlwaysJson, ApiView
from accounts.batch import BAD, Status, refusal
from accounts.dialects import webhook
from accounts.hooking import Outcome, take
from accounts.models import Hook, Refused, Secret, Source
from accounts.providers import PROVIDERS, Provider

# Who sends wrong signatures all the time is remembered so often.
REMEMBERED_EVERY = timedelta(minutes=1)


class RawParser(BaseParser):
    """The body as it was sent: that is what is signed."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, context: Any = None) -> bytes:
        return parser.sent(context["request"], stream)


class HookView(ApiView):
    """Takes what is signed. 200 once it could be read, whatever became of it, so that nothing is sent for ever."""

    content_negotiation_class = AlwaysJson

    authentication_classes: Sequence[Any] = ()
    permission_classes: Sequence[Any] = ()
    throttle_classes: Sequence[Any] = ()
    parser_classes = [RawParser]

    def post(self, request: Request, hook: str) -> Response:
        """200 with counts; 400, 411, 413, 415: cannot be read; 401: the signature; 404: no such address; 503: again."""
        body = request.data if isinstance(request.data, bytes) else b""
        return Response(receive(_hook(hook), request.headers, body, timezone.now()))

    def options(self, request: Request, hook: str, *args: Any, **kwargs: Any) -> Response:
        """May you send? is what CloudEvents asks first; nobody else asks."""
        origin = request.headers.get("WebHook-Request-Origin")
        if _hook(hook).source.kind != Source.Kind.CLOUDEVENTS or not origin:
            raise MethodNotAllowed(str(request.method))
        return Response(headers={"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*", "Allow": "POST"})


def receive(hook: Hook, headers: Mapping[str, str], body: bytes, now: datetime) -> dict[str, Any]:
    """Record what came for a hook, if a secret of it has signed it, and answer. Raises ApiError."""
    provider = PROVIDERS[hook.source.kind]
    secrets = Secret.objects.of(hook.workspace_id).filter(hook=hook).living().texts()
    signer = provider.signature(secrets, headers, body, now)
    if not signer:
        _remember_unsigned(hook, provider, now)
        reason = _("The signature is wrong, missing, or more than five minutes old.")
        raise ApiError(401, provider.header, "", reason)
    _remember_use(hook, now)
    documents = _documents(hook, provider, headers, body)
    if len(documents) == 1 and provider.needs_mapping and (said := webhook.challenge(documents[0], signer)):
        return said
    return _answer(take(hook, documents, now))


def _hook(token: str) -> Hook:
    found: Hook | None = Hook.unscoped.filter(token=token).select_related("source__workspace").first()
    if found is None or found.source.kind not in PROVIDERS:
        raise Http404
    return found


def _documents(hook: Hook, provider: Provider, headers: Mapping[str, str], body: bytes) -> list[Any]:
    """The JSON of a body. Raises ApiError."""
    plain = parser.unpacked(body, headers.get("Content-Encoding", "identity").lower())
    found = provider.documents(headers, plain, Decimal if hook.mapping else float)
    if len(found) > MAX_ITEMS:
        raise ApiError(413, "body", len(found), _("A request carries at most %s.") % MAX_ITEMS)
    for document in found:
        if reason := parser.fault(document):
            raise ApiError(400, "body", "", reason)
    return found


def _remember_use(hook: Hook, now: datetime) -> None:
    if hook.source.last_seen_at is None or now - hook.source.last_seen_at >= SEEN_EVERY:
        Source.objects.of(hook.workspace_id).filter(pk=hook.source_id).update(last_seen_at=now)


def _remember_unsigned(hook: Hook, provider: Provider, now: datetime) -> None:
    """That something came which nobody we know signed; of what it said, nothing."""
    field = provider.header[:60]
    refused = Refused.objects.of(hook.workspace_id).filter(source=hook.source, field=field)
    if refused.filter(at__gt=now - REMEMBERED_EVERY).exists():
        return
    why = refusal(field, "", _("the signature is wrong, missing, or more than five minutes old"))
    Refused.of(hook.source, str(hook.source.kind), 0, why, now).save()


def _answer(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What became of the messages, counted; each that was refused, with its reason."""
    taken = [each.status for each in outcomes if each is not None]
    refused = [
        {"index": n, "field": each.field, "value": each.value, "reason": each.reason}
        for n, each in enumerate(outcomes)
        if each is not None and each.status in BAD
    ]
    known = taken.count(Status.KNOWN)
    return {
        "accepted": len(taken) - known - len(refused),
        "already_known": known,
        "left_out": len(outcomes) - len(taken),
        "refused": refused,
    }
