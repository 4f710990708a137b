"""One account, and the pages of its timeline."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Account, Membership
from dashboards.panels.account import account_page
from dashboards.panels.account_head import head_of
from dashboards.panels.cursor import CursorError
from dashboards.panels.entries import may_write
from dashboards.panels.filters import FilterError
from dashboards.panels.timeline import TimelinePage, timeline_of, use_of
from dashboards.views.page import page, refuse, show

PARTS = {"timeline": "accounts/timeline.html", "more": "accounts/entries.html"}


@require_safe
@page("account.read")
def account(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """The whole page, or the card of the score where htmx asks for another range."""
    found = account_of(member, account)
    try:
        panel = account_page(member, found, request.GET.get("range", "90"), timezone.now())
    except FilterError as error:
        return refuse(request, str(error))
    return show(request, "accounts/page.html", panel, {"score": "accounts/score.html"})


@require_safe
@page("account.read")
def timeline(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """What happened, or the days of use, after a place in it."""
    found, now = account_of(member, account), timezone.now()
    workspace = member.workspace
    today = workspace.day_of(now)
    try:
        if "use" in request.GET:
            panel = use_of(workspace, found.pk, today, request.GET.get("before", ""))
        else:
            after = request.GET.get("after", "")
            panel = timeline_of(workspace, found.pk, today, after, may_write(member, found))
    except CursorError as error:
        return refuse(request, str(error))
    if request.htmx and request.htmx.target in PARTS:  # type: ignore[attr-defined]
        return show(request, PARTS[request.htmx.target], panel)  # type: ignore[attr-defined]
    return show(request, "accounts/timeline_page.html", TimelinePage(head_of(member, found, "timeline", now), panel))


def account_of(member: Membership, account: int) -> Account:
    """An account of this workspace with what its page names. Raises Http404."""
    rows = Account.objects.of(member.workspace).select_related("workspace", "owner__user", "stage", "team")
    found = rows.filter(pk=account).first()
    if found is None:
        raise Http404
    return found  # type: ignore[no-any-return]


def account_to_write(member: Membership, account: int) -> Account:
    """An account that the member writes. Raises Http404, and PermissionDenied for one that it only reads."""
    found = account_of(member, account)
    if not may_write(member, found):
        raise PermissionDenied
    return found
