"""The health of one account for who has a link to it. Nobody signs in here."""

from __future__ import annotations

from allauth.decorators import rate_limit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.sharing import link_of
from dashboards.panels.shared import shared_page


@require_safe
@rate_limit(action="shared", limit_get=True)
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The page; one and the same 404 for a link that never was, has ended or was taken back."""
    now = timezone.now()
    link = link_of(token, now)
    if link is None:
        response = render(request, "shared/closed.html", status=404)
    else:
        with timezone.override(link.workspace.zone):
            response = render(request, "shared/page.html", {"panel": shared_page(link, now)})
    response["Cache-Control"] = "private, no-store"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
