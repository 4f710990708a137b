"""The pages of an account that are tables, Money and Support, and the tables of all its pages as files."""

from __future__ import annotations

from collections.abc import Mapping

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Membership
from dashboards.export import send
from dashboards.panels import filters
from dashboards.panels.account_tables import Place, TableKind, sheet_of
from dashboards.panels.money import page as of_money
from dashboards.panels.money.history import NAME as MRR
from dashboards.panels.money.history import mrr_history
from dashboards.panels.people.contacts import CONTACTS
from dashboards.panels.people.family import CHILDREN
from dashboards.panels.people.goals import GOALS
from dashboards.panels.people.pulses import PULSES
from dashboards.panels.support import page as of_support
from dashboards.views.account import account_of
from dashboards.views.page import page, refuse, show

KINDS = (CONTACTS, GOALS, PULSES, CHILDREN, *of_money.KINDS, *of_support.KINDS)
TABLES: Mapping[str, TableKind] = {kind.key: kind for kind in KINDS}


@require_safe
@page("account.read")
def money(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """Terms, MRR, invoices, payments, purchases, deals."""
    found = account_of(member, account)
    try:
        pages = filters.page_numbers(request.GET, of_money.PAGED)
    except filters.FilterError as error:
        return refuse(request, str(error))
    return show(request, "accounts/money_page.html", of_money.money_page(member, found, pages, timezone.now()))


@require_safe
@page("account.read")
def support(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """Tickets, surveys, complaints and feedback."""
    found = account_of(member, account)
    try:
        pages = filters.page_numbers(request.GET, of_support.PAGED)
    except filters.FilterError as error:
        return refuse(request, str(error))
    return show(request, "accounts/support_page.html", of_support.support_page(member, found, pages, timezone.now()))


@require_safe
@page("account.read")
def file(request: HttpRequest, member: Membership, account: int, kind: str, form: str) -> HttpResponse:
    """All rows of a table."""
    found = account_of(member, account)
    place = Place(found, timezone.now(), writes=False)
    if kind == MRR:
        return send(mrr_history(place).sheet, form)
    if kind not in TABLES:
        raise Http404
    return send(sheet_of(TABLES[kind], place), form)
