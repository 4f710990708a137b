"""What all views of the API have in common."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.api.errors import ApiError
from accounts.batch import Result, Status
from accounts.models import Refused, Source

if TYPE_CHECKING:
    from accounts.api.openapi.operations import Operations

MAX_ITEMS, MAX_REFUSED = 2_500, 100
BAD = (Status.REJECTED, Status.CONFLICT)


class ApiView(APIView):
    """A view that names the scope of each method: `scopes = {"GET": "read"}`."""

    scopes: dict[str, str] = {}

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


def results_of(results: Iterable[Result]) -> list[dict[str, Any]]:
    """Results as they are answered, by their place in the request."""
    return [_answer(n, result) for n, result in enumerate(results)]


def _answer(index: int, result: Result) -> dict[str, Any]:
    answer: dict[str, Any] = {"index": index, "status": result.status}
    if result.reason:
        answer |= {"field": result.field, "value": result.value, "reason": result.reason}
    return answer


def remember_refused(source: Source, kind: str, results: Iterable[Result], moment: datetime) -> None:
    """Keep the first refused items of a request, for the page Sources."""
    refused = [(n, each) for n, each in enumerate(results) if each.status in BAD]
    Refused.unscoped.bulk_create([Refused.of(source, kind, n, each, moment) for n, each in refused[:MAX_REFUSED]])
