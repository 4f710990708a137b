"""The way into settings."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.context import Frame
from dashboards.views.page import page


@require_safe
@page("settings.read")
def first(request: HttpRequest, member: Membership) -> HttpResponse:
    """To the first section that the member may see."""
    return redirect(Frame(request).sections[0].url)
