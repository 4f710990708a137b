"""The records behind a measure's value of one account."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.export import send
from dashboards.panels.cursor import CursorError
from dashboards.panels.evidence.asked import read
from dashboards.panels.evidence.events import events_page, read_events
from dashboards.panels.evidence.page import evidence_page, evidence_part, evidence_sheet
from dashboards.panels.filters import FilterError
from dashboards.views.account import account_of
from dashboards.views.page import page, refuse, show
from metrics.registry import MEASURES, Measure

# How the ids begin of what a bar of another page opens into.
OPENED = "records-"


@require_safe
@page("account.read")
def evidence(request: HttpRequest, member: Membership, account: int, measure: str) -> HttpResponse:
    """What the value on a day rests on, or what changed between two; the short of it where htmx opens a bar."""
    of, found, now = _found(measure), account_of(member, account), timezone.now()
    target = (request.htmx.target or "") if request.htmx else ""  # type: ignore[attr-defined]
    try:
        asked = read(request.GET)
        if target.startswith(OPENED):
            return show(request, "evidence/opened.html", evidence_part(found, of, asked, now))
        panel = evidence_page(member, found, of, asked, now)
    except FilterError as error:
        return refuse(request, str(error))
    return show(request, "evidence/page.html", panel, {"list": "evidence/list.html"})


@require_safe
@page("account.read")
def file(request: HttpRequest, member: Membership, account: int, measure: str, form: str) -> HttpResponse:
    """All of the same records as a file."""
    of, found = _found(measure), account_of(member, account)
    try:
        sheet = evidence_sheet(found, of, read(request.GET), timezone.now())
    except FilterError as error:
        return refuse(request, str(error))
    return send(sheet, form)


@require_safe
@page("account.read")
def events(request: HttpRequest, member: Membership, account: int, measure: str) -> HttpResponse:
    """The events that one record of use counts."""
    of, found, now = _found(measure), account_of(member, account), timezone.now()
    try:
        panel = events_page(member, found, of, read_events(request.GET, member.workspace.day_of(now)), now)
    except (FilterError, CursorError) as error:
        return refuse(request, str(error))
    return show(request, "evidence/events.html", panel)


def _found(key: str) -> Measure:
    """Raises Http404 for a measure that is none."""
    if key not in MEASURES:
        raise Http404
    return MEASURES[key]
