"""The nights."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.panels import filters
from dashboards.panels.runs import runs_of
from dashboards.views.page import page, refuse, show


@require_safe
@page("run.read")
def runs(request: HttpRequest, member: Membership) -> HttpResponse:
    """The newest first, with live progress while one is under way."""
    try:
        asked = filters.read(request.GET, filters.Filters())
    except filters.FilterError as error:
        return refuse(request, str(error))
    return show(request, "runs/page.html", runs_of(member, asked.page, timezone.now()), {"list": "runs/list.html"})
