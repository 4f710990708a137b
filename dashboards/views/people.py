"""The people of an account and the plan with them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.panels import filters
from dashboards.panels.people import people_page
from dashboards.views.account import account_of
from dashboards.views.page import page, refuse, show


@require_safe
@page("account.read")
def people(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """Contacts, goals, the pulse, notes."""
    found = account_of(member, account)
    try:
        notes_page = filters.page_number(request.GET.get("notes") or "1")
    except filters.FilterError as error:
        return refuse(request, str(error))
    return show(request, "accounts/people_page.html", people_page(member, found, notes_page, timezone.now()))
