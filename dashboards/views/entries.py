"""By hand: adding to an account, correcting, taking back and putting back. All of it goes through ingest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import ingest
from accounts.batch import BAD, Batch, Result
from accounts.kinds import KINDS
from accounts.models import Account, Membership, Source
from accounts.retraction import take_back as retract
from dashboards.panels.account_head import TABS
from dashboards.panels.entries import BY_HAND, ENTRIES, EntryKind
from dashboards.panels.entry_form import OVERVIEW, EntryForm, entry_page, leading
from dashboards.views.account import account_to_write
from dashboards.views.page import page, show

PARTS = {"entry": "accounts/entry.html"}


@require_http_methods(["GET", "HEAD", "POST"])
@page("account.write")
def add(request: HttpRequest, member: Membership, account: int, entry: str) -> HttpResponse:
    """The form of a new entry; sent, it is recorded. The same form sent twice makes one fact."""
    found, kind, now = account_to_write(member, account), _kind(entry), timezone.now()
    form = EntryForm(kind, found, now, data=request.POST if request.method == "POST" else None)
    if not _saved(member, form, now):
        return _form(request, form)
    fact = kind.versions(found).current().get(external_id=form.external_id)
    words = _("%(what)s saved. The score follows within a minute.") % {"what": kind.label}
    return _done(request, member, words, _url("take-back", member, kind, fact))


@require_http_methods(["GET", "HEAD", "POST"])
@page("account.write")
def entry(request: HttpRequest, member: Membership, account: int, entry: str, fact: int) -> HttpResponse:
    """The form of a fact that is there; sent, it becomes its next version."""
    found, kind, now = account_to_write(member, account), _kind(entry), timezone.now()
    before = _current(kind, found, _fact(kind, found, fact))
    base = KINDS[kind.kind].item(before, found)
    data = request.POST if request.method == "POST" else None
    form = EntryForm(kind, found, now, base, act="act" in request.GET, data=data)
    if not _saved(member, form, now):
        return _form(request, form, before)
    words = _("%(what)s saved. The score follows within a minute.") % {"what": kind.label}
    return _done(request, member, words, _url("restore", member, kind, before))


@require_POST
@page("account.write")
def take_back(request: HttpRequest, member: Membership, account: int, entry: str, fact: int) -> HttpResponse:
    """What was entered by hand is believed no longer; doing it twice changes nothing."""
    found, kind = account_to_write(member, account), _kind(entry)
    row = _fact(kind, found, fact)
    if not row.external_id.startswith(BY_HAND):
        raise Http404
    current = kind.versions(found).current().filter(external_id=row.external_id).first() or row
    retract(current, timezone.now())
    return _done(
        request, member, _("%(what)s taken back.") % {"what": kind.label}, _url("restore", member, kind, current)
    )


@require_POST
@page("account.write")
def restore(request: HttpRequest, member: Membership, account: int, entry: str, fact: int) -> HttpResponse:
    """A version is believed again, as a new one."""
    found, kind = account_to_write(member, account), _kind(entry)
    row = _fact(kind, found, fact)
    _record(member, kind, KINDS[kind.kind].item(row, found), timezone.now())
    return _done(request, member, _("%(what)s put back.") % {"what": kind.label})


def _kind(entry: str) -> EntryKind:
    if entry not in ENTRIES:
        raise Http404
    return ENTRIES[entry]


def _fact(kind: EntryKind, account: Account, fact: int) -> Any:
    """A version of a fact of the account, whether or not it is still believed. Raises Http404."""
    row = kind.versions(account).select_related("workspace").filter(pk=fact).first()
    if row is None:
        raise Http404
    return row


def _current(kind: EntryKind, account: Account, row: Any) -> Any:
    """The version that is believed now. Raises Http404 where the fact was taken back."""
    found = kind.versions(account).current().filter(external_id=row.external_id).first()
    if found is None:
        raise Http404
    return found


def _saved(member: Membership, form: EntryForm, now: datetime) -> bool:
    """Whether the form was sent, and taken; what is wrong with it stands in it."""
    if not form.is_valid():
        return False
    item = form.item(member)
    result = item if isinstance(item, Result) else _record(member, form.entry, item, now)
    if result.status in BAD:
        form.refuse(result)
    return result.status not in BAD


def _record(member: Membership, kind: EntryKind, item: Any, now: datetime) -> Result:
    source = Source.by_hand(member.workspace, now)
    return ingest.record(Batch(member.workspace, source, kind.kind, [item], received_at=now))[0]


def _form(request: HttpRequest, form: EntryForm, fact: Any = None) -> HttpResponse:
    response = show(request, "accounts/entry_page.html", entry_page(form, fact, _back(request)), PARTS)
    response.status_code = 400 if form.is_bound else 200
    return response


def _url(name: str, member: Membership, kind: EntryKind, fact: Any) -> str:
    return reverse(name, args=[member.workspace.slug, fact.account_id, kind.key, fact.pk])


def _done(request: HttpRequest, member: Membership, words: str, undo: str = "") -> HttpResponse:
    """Back to where one was, with a word on what was done and the way to undo it, which the toast finds in its tags."""
    back = _back(request)
    messages.success(request, words, extra_tags=undo and undo + leading(back))
    return redirect(back, workspace=member.workspace.slug, account=request.resolver_match.kwargs["account"])


def _back(request: HttpRequest) -> str:
    """The page of the account from which one came; the overview unless the address names another."""
    asked = request.GET.get("back", "")
    return asked if asked in {name for name, _label in TABS} else OVERVIEW
