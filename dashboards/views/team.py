"""The numbers of a team, a CSM, a segment or the whole workspace."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.export import send
from dashboards.panels.filters import FilterError
from dashboards.panels.team.asked import read
from dashboards.panels.team.page import TABLES, team_page, team_sheet
from dashboards.views.page import page, refuse, show


@require_safe
@page("team.read")
def team(request: HttpRequest, member: Membership) -> HttpResponse:
    """Tiles, charts and tables over a period, beside an earlier one."""
    try:
        panel = team_page(member, read(request.GET))
    except FilterError as error:
        return refuse(request, str(error))
    response = show(request, "team/page.html", panel, {"team": "team/swap.html"})
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
