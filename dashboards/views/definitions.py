"""What every number means."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.panels.definitions import definitions_of
from dashboards.views.page import page, show


@require_safe
@page("definition.read")
def definitions(request: HttpRequest, member: Membership) -> HttpResponse:
    """Every measure and KPI; those that tell of all words of `q`."""
    url = reverse("definitions", args=[member.workspace.slug])
    panel = definitions_of(url, request.GET.get("q", "").strip()[:100])
    return show(request, "definitions/page.html", panel, {"list": "definitions/list.html"})
