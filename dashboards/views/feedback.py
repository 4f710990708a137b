"""What customers say: a list to search and filter, and the same as a file."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.export import send
from dashboards.panels.cursor import CursorError
from dashboards.panels.feedback.asked import read
from dashboards.panels.feedback.page import Builder, default_of, feedback_page
from dashboards.panels.feedback.sheet import feedback_sheet
from dashboards.panels.filters import FilterError
from dashboards.views.page import page, refuse, show


@require_safe
@page("feedback.read")
def feedback(request: HttpRequest, member: Membership) -> HttpResponse:
    """Chips, tiles, themes, comments; htmx swaps all below the head."""
    try:
        asked = read(request.GET, default_of(member))
        panel = feedback_page(member, asked, member.workspace.day_of(timezone.now()))
    except (FilterError, CursorError) as error:
        return refuse(request, str(error))
    response = show(request, "feedback/page.html", panel, {"list": "feedback/swap.html"})
    if request.htmx:  # type: ignore[attr-defined]
        response["HX-Push-Url"] = panel.here
    return response


@require_safe
@page("feedback.read")
def file(request: HttpRequest, member: Membership, form: str) -> HttpResponse:
    """All comments of the same address as a file."""
    try:
        asked = read(request.GET, default_of(member))
        choice = Builder(member, asked, member.workspace.day_of(timezone.now())).choice
    except FilterError as error:
        return refuse(request, str(error))
    return send(feedback_sheet(choice), form)
