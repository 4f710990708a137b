"""What all views of the API have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.errors import ApiError
from accounts.batch import ACCEPTED, BAD, Result, Status, shown
from accounts.ingest.accounts import misses_an_account
from accounts.models import Refused, Source

if TYPE_CHECKING:
    from accounts.api.openapi.operations import Operations

MAX_ITEMS, MAX_REFUSED, MAX_REPEATED = 2_500, 100, 3
TAKEN, REPEATED = Status.ACCEPTED.value, (Status.KNOWN,)


class AlwaysJson(BaseContentNegotiation):
    """Whatever a sender says it accepts, and with whatever it says its body is: we read bytes and answer JSON."""

    def select_parser(self, request: Request, parsers: Sequence[Any]) -> Any:
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Sequence[Any], format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type


class ApiView(APIView):
    """A view that names the scope of each method: `scopes = {"GET": "read"}`."""

    scopes: dict[str, str] = {}
    # Key, scope and number of calls were looked at.
    is_let_in = False

    def operations(self) -> Operations:
        """What each method takes and answers, for the OpenAPI document."""
        raise NotImplementedError

    def schemas(self) -> dict[str, Any]:
        """Schemas that these name, and that no kind of fact has."""
        return {}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.headers.get("Transfer-Encoding") and not request.headers.get("Content-Length"):
            # Django reads no body without a length: what was sent would silently be nothing.
            raise ApiError(411, "Transfer-Encoding", request.headers["Transfer-Encoding"], _("needs a Content-Length"))
        self.is_let_in = True

    def handle_exception(self, exc: Exception) -> Response:
        """What named an account that was removed meanwhile is done again, once."""
        if not (self.is_let_in and misses_an_account(exc)):
            return super().handle_exception(exc)
        handler = getattr(self, self.request.method.lower())
        try:
            return handler(self.request, *self.args, **self.kwargs)  # type: ignore[no-any-return]
        except Exception as again:
            return super().handle_exception(again)


def results_of(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Results as they are answered, by their place in the request."""
    return [
        {"index": n, "status": TAKEN} if result is ACCEPTED else _answer(n, result) for n, result in enumerate(results)
    ]


def _answer(index: int, result: Result) -> dict[str, Any]:
    answer: dict[str, Any] = {"index": index, "status": result.status}
    if result.reason:
        answer |= {"field": result.field, "value": result.value, "reason": result.reason}
    return answer


def remember_refused(
    source: Source, kind: str, results: Sequence[Result], moment: datetime, items: Sequence[Any] = ()
) -> None:
    """Keep the first items of a request that were refused, and the first that were known, for the page Sources; the
    last of each stands for those beyond. `items`: what was said, by the places of the results."""
    if results.count(ACCEPTED) == len(results):
        return
    rows = []
    for statuses, most in ((BAD, MAX_REFUSED), (REPEATED, MAX_REPEATED)):
        places = [n for n, each in enumerate(results) if each.status in statuses]
        kept = [_row(source, kind, n, results[n], moment, items[n] if items else None) for n in places[:most]]
        if kept:
            kept[-1].count += len(places) - len(kept)
        rows += kept
    Refused.unscoped.bulk_create(rows)


def _row(source: Source, kind: str, n: int, result: Result, moment: datetime, sent: Any) -> Refused:
    """A message says several things; the row tells of the first."""
    if isinstance(sent, list | tuple):
        part = next((part for part in sent if hasattr(part, "item")), None)
        kind, sent = (part.kind, part.item) if part else (kind, None)
    if result.status is Status.KNOWN:
        result = Result(Status.KNOWN, "message_id", _text(sent, "message_id") or _text(sent, "id"))
    name = _text(sent, "name") if kind == "events" else ""
    said = {"name": name, "account": _text(sent, "account"), "person": _text(sent, "contact")}
    return Refused.of(source, kind, n, result, moment, **said)


def _text(sent: Any, name: str) -> str:
    found = sent.get(name) if isinstance(sent, dict) else getattr(sent, name, None)
    return shown(found) if isinstance(found, str) else ""
