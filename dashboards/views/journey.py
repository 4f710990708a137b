"""The journey map, and the accounts behind it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.export import send
from dashboards.panels.filters import FilterError
from dashboards.panels.journey.accounts import accounts_page, accounts_sheet
from dashboards.panels.journey.asked import read
from dashboards.panels.journey.page import journey_page
from dashboards.panels.journey.sheet import SHEETS, journey_sheet
from dashboards.views.page import page, refuse, show


@require_safe
@page("team.read")
def journey(request: HttpRequest, member: Membership) -> HttpResponse:
    """Stages by health, moves, who is stuck."""
    try:
        panel = journey_page(member, read(request.GET), timezone.now())
    except FilterError as error:
        return refuse(request, str(error))
    response = show(request, "journey/page.html", panel, {"journey": "journey/swap.html"})
    if request.htmx:  # type: ignore[attr-defined]
        response["HX-Push-Url"] = panel.here
    return response


@require_safe
@page("team.read")
def accounts(request: HttpRequest, member: Membership) -> HttpResponse:
    """The accounts of a stage, a health, or those that are stuck."""
    try:
        panel = accounts_page(member, read(request.GET), timezone.now())
    except FilterError as error:
        return refuse(request, str(error))
    return show(request, "journey/accounts.html", panel)


@require_safe
@page("team.read")
def file(request: HttpRequest, member: Membership, form: str) -> HttpResponse:
    """The accounts of the same address as a file."""
    try:
        return send(accounts_sheet(member, read(request.GET), timezone.now()), form)
    except FilterError as error:
        return refuse(request, str(error))


@require_safe
@page("team.read")
def sheet(request: HttpRequest, member: Membership, sheet: str, form: str) -> HttpResponse:
    """The map, its moves, or what pulls down, of the same address as a file."""
    if sheet not in SHEETS:
        raise Http404
    try:
        return send(journey_sheet(member, read(request.GET), sheet, timezone.now()), form)
    except FilterError as error:
        return refuse(request, str(error))
