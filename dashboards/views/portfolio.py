"""The portfolio: a book of business, filtered by what the address says."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership, Workspace
from dashboards.export import send
from dashboards.panels import filters
from dashboards.panels.drawer import drawer_of
from dashboards.panels.portfolio import default_filters, portfolio_of
from dashboards.panels.sheets import portfolio_sheet
from dashboards.views.page import page, refuse, show


@require_safe
@page("portfolio.read")
def portfolio(request: HttpRequest, member: Membership) -> HttpResponse:
    """Lights, renewals, chips and rows; htmx swaps all below the head."""
    try:
        asked = filters.read(request.GET, default_filters(member))
    except filters.FilterError as error:
        return refuse(request, str(error))
    panel = portfolio_of(member, asked, timezone.now())
    response = show(request, "portfolio/page.html", panel, {"list": "portfolio/swap.html"})
    if request.htmx:  # type: ignore[attr-defined]
        response["HX-Push-Url"] = panel.here
    return response


@require_safe
@page("portfolio.read")
def drawer(request: HttpRequest, member: Membership) -> HttpResponse:
    """The filters that are no chips; htmx opens them in the place of the link that leads here."""
    try:
        asked = filters.read(request.GET, default_filters(member))
    except filters.FilterError as error:
        return refuse(request, str(error))
    return show(request, "portfolio/filters_page.html", drawer_of(member, asked), {"filter": "portfolio/filters.html"})


@require_safe
@page("portfolio.read")
def file(request: HttpRequest, member: Membership, form: str) -> HttpResponse:
    """All rows of the same address as a file."""
    try:
        asked = filters.read(request.GET, default_filters(member))
    except filters.FilterError as error:
        return refuse(request, str(error))
    return send(portfolio_sheet(member, asked, timezone.now()), form)


@require_POST
@page("settings.write")
def hide_first_steps(request: HttpRequest, member: Membership) -> HttpResponse:
    """Put the list of first steps away, for everybody in the workspace."""
    Workspace.objects.filter(pk=member.workspace_id).update(first_steps_hidden=True)
    return redirect("portfolio", workspace=member.workspace.slug)
