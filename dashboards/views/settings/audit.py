"""Who decided what."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.panels.filters import FilterError
from dashboards.panels.settings.audit import audit_page, read
from dashboards.views.page import page, refuse, show


@require_safe
@page("settings.audit")
def audit(request: HttpRequest, member: Membership) -> HttpResponse:
    """The newest first; the address says whose, of what, and after which."""
    try:
        asked = read(request.GET)
    except FilterError as error:
        return refuse(request, str(error))
    return show(request, "settings/audit.html", audit_page(member, asked), {"list": "settings/entries.html"})
