"""The people of an account and the plan with them; the account above it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Membership
from dashboards.panels import filters
from dashboards.panels.people.page import PAGED, people_page
from dashboards.panels.people.parent import ParentForm, parent_page
from dashboards.views.account import account_of, account_to_write
from dashboards.views.page import page, refuse, show


@require_safe
@page("account.read")
def people(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """Contacts, goals, the pulse, notes, parent and children."""
    found = account_of(member, account)
    try:
        pages = filters.page_numbers(request.GET, PAGED)
        person, note = (filters.key(request.GET, name) for name in ("person", "note"))
    except filters.FilterError as error:
        return refuse(request, str(error))
    panel = people_page(member, found, pages, timezone.now(), person, note)
    return show(request, "accounts/people_page.html", panel)


@require_http_methods(["GET", "HEAD", "POST"])
@page("account.write")
def parent(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """The form of the account above; sent, it is told like any other change."""
    found = account_to_write(member, account)
    form = ParentForm(found, request.POST if request.method == "POST" else None)
    if form.is_valid() and form.save(timezone.now()):
        messages.success(request, _("The parent is kept."))
        return redirect("account-people", workspace=member.workspace.slug, account=found.pk)
    response = show(request, "accounts/parent_page.html", parent_page(form), {"entry": "accounts/parent.html"})
    response.status_code = 400 if form.is_bound else 200
    return response
