"""Why one score of an account became another."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.panels.explanation import why_page
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
