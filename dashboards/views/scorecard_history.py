"""How the shares of the bands moved, and which measures moved the book."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.export import send
from dashboards.panels.filters import FilterError
from dashboards.panels.scorecards.history import SHEETS, history_page, history_sheet, read
from dashboards.views.page import page, refuse, show


@require_safe
@page("scorecard.read")
def history(request: HttpRequest, member: Membership) -> HttpResponse:
    """The page of a book over some days."""
    try:
        panel = history_page(member, read(request.GET))
    except FilterError as error:
        return refuse(request, str(error))
    return show(request, "scorecards/history.html", panel)


@require_safe
@page("scorecard.read")
def file(request: HttpRequest, member: Membership, block: str, form: str) -> HttpResponse:
    """One of its tables as a file."""
    if block not in SHEETS:
        raise Http404
    try:
        return send(history_sheet(member, read(request.GET), block), form)
    except FilterError as error:
        return refuse(request, str(error))
