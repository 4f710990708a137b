"""The portfolio: a book of business, filtered by what the address says."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership, SavedView, Workspace
from dashboards.export import send
from dashboards.panels import filters
from dashboards.panels.choices import Choices
from dashboards.panels.drawer import drawer_of
from dashboards.panels.portfolio import default_filters, portfolio_of
from dashboards.panels.saved_views import PLAIN, opened
from dashboards.panels.sheets import portfolio_sheet
from dashboards.views.page import page, refuse, show


@require_safe
@page("portfolio.read")
def portfolio(request: HttpRequest, member: Membership) -> HttpResponse:
    """Lights, renewals, chips and rows; htmx swaps all below the head."""
    view = request.GET.get("view", "") if request.GET else str(member.opens_with_id or "")
    if view not in ("", "none"):
        return _open(request, member, view)
    try:
        asked = filters.read(request.GET, default_filters(member))
    except filters.FilterError as error:
        return refuse(request, str(error))
    panel = portfolio_of(member, asked, timezone.now())
    response = show(request, "portfolio/page.html", panel, {"list": "portfolio/swap.html"})
    if request.htmx:  # type: ignore[attr-defined]
        response["HX-Push-Url"] = panel.here
    return response


def _open(request: HttpRequest, member: Membership, view: str) -> HttpResponse:
    """To the address of a saved view. Of filters that fit nothing any more it says that they are left out."""
    default, url = default_filters(member), reverse("portfolio", args=[member.workspace.slug])
    views = SavedView.objects.of(member.workspace).visible_to(member)
    found = views.filter(pk=view).first() if view.isascii() and view.isdigit() and len(view) < 18 else None
    if found is None:
        messages.warning(request, _("This view is not there (any more)."))
        return redirect(f"{url}?{PLAIN}")
    choices = Choices(member.workspace, url, default, default, PLAIN)
    asked, lost = opened(choices, found)
    if lost:
        words = {"name": found.name, "lost": ", ".join(dict.fromkeys(lost))}
        messages.warning(request, _("Of “%(name)s” nothing fits any more, and is left out: %(lost)s.") % words)
    return redirect(choices.address(asked))


@require_safe
@page("portfolio.read")
def drawer(request: HttpRequest, member: Membership) -> HttpResponse:
    """The filters that are no chips; htmx opens them in the place of the link that leads here."""
    try:
        asked = filters.read(request.GET, default_filters(member))
    except filters.FilterError as error:
        return refuse(request, str(error))
    return show(request, "portfolio/filters_page.html", drawer_of(member, asked), {"filter": "portfolio/filters.html"})


@require_safe
@page("portfolio.read")
def file(request: HttpRequest, member: Membership, form: str) -> HttpResponse:
    """All rows of the same address as a file."""
    try:
        asked = filters.read(request.GET, default_filters(member))
    except filters.FilterError as error:
        return refuse(request, str(error))
    return send(portfolio_sheet(member, asked, timezone.now()), form)


@require_POST
@page("settings.write")
def hide_first_steps(request: HttpRequest, member: Membership) -> HttpResponse:
    """Put the list of first steps away, for everybody in the workspace."""
    Workspace.objects.filter(pk=member.workspace_id).update(first_steps_hidden=True)
    return redirect("portfolio", workspace=member.workspace.slug)
