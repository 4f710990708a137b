"""Notes about an account: written, changed, taken back, pinned; and those that call the reader."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import notes
from accounts.models import Account, Membership, Mention, Note
from dashboards.panels import filters
from dashboards.panels.entries import may_write
from dashboards.panels.notes import NoteForm, mentions_of, note_page
from dashboards.views.account import account_of, account_to_write
from dashboards.views.page import page, refuse, show

PARTS = {"entry": "accounts/entry_form.html"}


@require_http_methods(["GET", "HEAD", "POST"])
@page("account.write")
def add(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """The form of a new note; sent twice, it makes one."""
    found = account_to_write(member, account)
    form = NoteForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _form(request, found, form)
    told = form.cleaned_data
    note = notes.write(found, member, told["body"], told["ticket"], timezone.now())
    return _done(request, note, _saved(note))


@require_http_methods(["GET", "HEAD", "POST"])
@page("account.write")
def note(request: HttpRequest, member: Membership, account: int, note: int) -> HttpResponse:
    """The form of a note that is there, for its author and for admins."""
    found = account_of(member, account)
    row = _changed_by(member, found, note)
    first = {"body": row.body, "ticket": row.ticket}
    form = NoteForm(request.POST if request.method == "POST" else None, initial=first)
    if not form.is_valid():
        return _form(request, found, form, row)
    notes.change(row, form.cleaned_data["body"], timezone.now())
    return _done(request, row, _saved(row))


@require_POST
@page("account.write")
def take_back(request: HttpRequest, member: Membership, account: int, note: int) -> HttpResponse:
    """Gone for everybody, until it is put back. Twice is once."""
    row = _changed_by(member, account_of(member, account), note, is_gone=True)
    notes.take_back(row, timezone.now())
    undo = reverse("restore-note", args=[member.workspace.slug, account, row.pk])
    return _done(request, row, _("Note taken back."), undo)


@require_POST
@page("account.write")
def restore(request: HttpRequest, member: Membership, account: int, note: int) -> HttpResponse:
    """Shown again."""
    row = _changed_by(member, account_of(member, account), note, is_gone=True)
    notes.put_back(row)
    return _done(request, row, _("Note put back."))


@require_POST
@page("account.write")
def pin(request: HttpRequest, member: Membership, account: int, note: int) -> HttpResponse:
    """Above the others, or no longer, as `pinned` says."""
    row = _note(account_to_write(member, account), note)
    notes.pin(row, request.POST.get("pinned") == "1")
    return _done(request, row, _("Note pinned.") if row.is_pinned else _("Note no longer pinned."))


@require_safe
@page("account.read")
def mentions(request: HttpRequest, member: Membership) -> HttpResponse:
    """The notes that call the reader; once listed, they are seen."""
    try:
        number = filters.page_number(request.GET.get("page") or "1")
    except filters.FilterError as error:
        return refuse(request, str(error))
    panel = mentions_of(member, number)
    unseen = Mention.objects.of(member.workspace).filter(member=member, seen_at=None)
    unseen.filter(note__in=[row.key for row in panel.rows]).update(seen_at=timezone.now())
    return show(request, "accounts/mentions_page.html", panel)


def _note(account: Account, note: int, is_gone: bool = False) -> Note:
    """A note of this account. Raises Http404, for one that was taken back as well unless `is_gone`."""
    rows = Note.objects.of(account.workspace).filter(account=account, pk=note).select_related("workspace")
    row: Note | None = (rows if is_gone else rows.current()).first()
    if row is None:
        raise Http404
    return row


def _changed_by(member: Membership, account: Account, note: int, is_gone: bool = False) -> Note:
    """A note that the member may change. Raises Http404, and PermissionDenied for the note of another."""
    row = _note(account, note, is_gone)
    if not row.is_changed_by(member, may_write(member, account)):
        raise PermissionDenied
    return row


def _form(request: HttpRequest, account: Account, form: NoteForm, note: Note | None = None) -> HttpResponse:
    response = show(request, "accounts/note_page.html", note_page(account, form, note), PARTS)
    response.status_code = 400 if form.is_bound else 200
    return response


def _saved(note: Note) -> str:
    """What was done, and which names mean nobody here."""
    missed = ", ".join(f"@{name}" for name in notes.nobody(note))
    if missed:
        return _("Note saved. Nobody was told by %(names)s: it is no member's name, or that of several.") % {
            "names": missed
        }
    return _("Note saved.")


def _done(request: HttpRequest, note: Note, words: str, undo: str = "") -> HttpResponse:
    messages.success(request, words, extra_tags=undo)
    return redirect(reverse("account-people", args=[note.workspace.slug, note.account_id]) + "#notes")
