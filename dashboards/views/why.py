"""Why one score of an account became another."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.panels.coverage import oldest_words
from dashboards.panels.explanation import why_page
from dashboards.panels.why import why_url
from dashboards.views.account import account_of
from dashboards.views.page import page, show


@require_safe
@page("account.read")
def why(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """The steps from one scored day to another; for days without a score the last seven, and what was wrong."""
    panel = why_page(member, account_of(member, account), request.GET, timezone.now())
    response = show(request, "accounts/why.html", panel)
    response.status_code = HTTPStatus.BAD_REQUEST if panel.error else HTTPStatus.OK
    return response


@require_safe
@page("account.read")
def oldest(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """How old the facts are that a score rests on, in two words: what the overview asks for once it stands. Opened by
    itself it is the card that tells it whole."""
    found = account_of(member, account)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{why_url(found)}#coverage")
    return show(request, "accounts/oldest.html", oldest_words(found))
