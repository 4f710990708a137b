"""Accounts and people by what is typed into the box that stands on every page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.panels.filters import FilterError, text
from dashboards.panels.found import BRIEF, FULL, found
from dashboards.views.page import page, refuse, show


@require_safe
@page("account.read")
def search(request: HttpRequest, member: Membership) -> HttpResponse:
    """The page; htmx asks for the few best below the box of every page, or for the list of this one."""
    try:
        query = text(request.GET, "q").strip()[:100]
    except FilterError as error:
        return refuse(request, str(error))
    is_brief = bool(request.htmx) and request.htmx.target == "found"  # type: ignore[attr-defined]
    panel = found(member, query, BRIEF if is_brief else FULL)
    response = show(request, "search/page.html", panel, {"found": "search/found.html", "list": "search/list.html"})
    if request.htmx and not is_brief:  # type: ignore[attr-defined]
        response["HX-Push-Url"] = panel.here
    return response
