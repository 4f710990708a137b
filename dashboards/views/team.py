"""The numbers of a team, a CSM, a segment or the whole workspace."""

from __future__ import annotations

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.export import send
from dashboards.panels.filters import FilterError
from dashboards.panels.team.asked import Asked, read
from dashboards.panels.team.page import TABLES, TeamPage, kpis_page, team_page, team_sheet
from dashboards.views.page import page, refuse, show


@require_safe
@page("team.read")
def team(request: HttpRequest, member: Membership) -> HttpResponse:
    """Tiles, charts and tables over a period, beside an earlier one."""
    return _page(request, member, team_page, "team")


@require_safe
@page("team.read")
def kpis(request: HttpRequest, member: Membership) -> HttpResponse:
    """Every KPI over a period, beside an earlier one."""
    return _page(request, member, kpis_page, "kpis")


def _page(
    request: HttpRequest, member: Membership, panel_of: Callable[[Membership, Asked], TeamPage], name: str
) -> HttpResponse:
    try:
        panel = panel_of(member, read(request.GET))
    except FilterError as error:
        return refuse(request, str(error))
    response = show(request, f"{name}/page.html", panel, {"team": f"{name}/swap.html"})
    if request.htmx:  # type: ignore[attr-defined]
        response["HX-Push-Url"] = panel.here
    return response


@require_safe
@page("team.read")
def table(request: HttpRequest, member: Membership, table: str, form: str) -> HttpResponse:
    """A table of the same address as a file."""
    if table not in TABLES:
        raise Http404
    try:
        sheet = team_sheet(member, read(request.GET), table)
    except FilterError as error:
        return refuse(request, str(error))
    return send(sheet, form)
