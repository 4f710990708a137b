"""The list of all accounts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.export import send
from dashboards.panels import filters
from dashboards.panels.accounts import accounts_of
from dashboards.panels.sheets import accounts_sheet
from dashboards.views.page import page, refuse, show


@require_safe
@page("account.read")
def accounts(request: HttpRequest, member: Membership) -> HttpResponse:
    """Every account, by name; the address says which names and which page."""
    try:
        asked = filters.read(request.GET, filters.Filters())
        tag = filters.key(request.GET, "tag")
    except filters.FilterError as error:
        return refuse(request, str(error))
    panel = accounts_of(member, asked.q, asked.page, tag)
    response = show(request, "accounts/list_page.html", panel, {"list": "accounts/list.html"})
    if request.htmx:  # type: ignore[attr-defined]
        response["HX-Push-Url"] = panel.here
    return response


@require_safe
@page("account.read")
def file(request: HttpRequest, member: Membership, form: str) -> HttpResponse:
    """All accounts of the same address as a file."""
    try:
        asked = filters.read(request.GET, filters.Filters())
        tag = filters.key(request.GET, "tag")
    except filters.FilterError as error:
        return refuse(request, str(error))
    return send(accounts_sheet(member, asked.q, tag), form)
