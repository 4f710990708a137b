"""One account, and the pages of its timeline."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Account, Membership
from accounts.models.written import written_once
from dashboards.panels import filters
from dashboards.panels.account import account_page
from dashboards.panels.cursor import CursorError
from dashboards.panels.entries import may_write
from dashboards.panels.filters import FilterError
from dashboards.panels.timeline import asked
from dashboards.panels.timeline.page import day_page, timeline_page
from dashboards.views.page import page, refuse, show

SWAPPED = {"score": "accounts/score.html", "why": "accounts/contributions.html"}


@require_safe
@page("account.read")
def account(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """The whole page, or one of its cards where htmx asks for another range."""
    found = account_of(member, account)
    try:
        ranges = request.GET.get("range", "90"), request.GET.get("since", "7")
        panel = account_page(member, found, ranges[0], timezone.now(), ranges[1])
    except FilterError as error:
        return refuse(request, str(error))
    return show(request, "accounts/page.html", panel, SWAPPED)


@require_safe
@page("account.read")
def timeline(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """All that happened: a page of it, of some kinds, with some words."""
    found = account_of(member, account)
    try:
        panel = timeline_page(member, found, asked.read(request.GET), timezone.now())
    except (FilterError, CursorError) as error:
        return refuse(request, str(error))
    return show(request, "accounts/timeline_page.html", panel, {"list": "accounts/timeline_list.html"})


@require_safe
@page("account.read")
def timeline_day(request: HttpRequest, member: Membership, account: int, day: date) -> HttpResponse:
    """The single events of a day."""
    found = account_of(member, account)
    try:
        panel = day_page(member, found, day, filters.text(request.GET, "after")[:80], timezone.now())
    except (FilterError, CursorError) as error:
        return refuse(request, str(error))
    return show(request, "accounts/timeline_day.html", panel)


def account_of(member: Membership, account: int) -> Account:
    """An account of this workspace with what its page names. Raises Http404."""
    for found in _accounts(member.workspace.pk, account):
        found.workspace = member.workspace
        return found  # type: ignore[no-any-return]
    raise Http404


@written_once
def _accounts(workspace: int, account: int) -> QuerySet[Account]:
    return Account.objects.of(workspace).select_related("owner__user", "stage", "team").filter(pk=account)  # type: ignore[no-any-return]


def account_to_write(member: Membership, account: int) -> Account:
    """An account that the member writes. Raises Http404, and PermissionDenied for one that it only reads."""
    found = account_of(member, account)
    if not may_write(member, found):
        raise PermissionDenied
    return found
