"""The records behind a KPI."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.export import send
from dashboards.panels.filters import FilterError
from dashboards.panels.records import read, records_page, records_sheet
from dashboards.views.page import page, refuse, show
from metrics.registry import KPIS, Kpi


@require_safe
@page("team.read")
def kpi(request: HttpRequest, member: Membership, group: str, name: str) -> HttpResponse:
    """What a KPI of a period and a scope counts."""
    try:
        panel = records_page(member, read(_found(group, name), request.GET), timezone.now())
    except FilterError as error:
        return refuse(request, str(error))
    response = show(request, "records/page.html", panel, {"list": "records/list.html"})
    if request.htmx:  # type: ignore[attr-defined]
        response["HX-Push-Url"] = panel.here
    return response


@require_safe
@page("team.read")
def file(request: HttpRequest, member: Membership, group: str, name: str, form: str) -> HttpResponse:
    """All of the same records as a file."""
    try:
        sheet = records_sheet(member, read(_found(group, name), request.GET), timezone.now())
    except FilterError as error:
        return refuse(request, str(error))
    return send(sheet, form)


def _found(group: str, name: str) -> Kpi:
    """Raises Http404 for a KPI that is none."""
    if f"{group}.{name}" not in KPIS:
        raise Http404
    return KPIS[f"{group}.{name}"]
