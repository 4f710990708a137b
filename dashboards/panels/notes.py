"""The notes of an account, and those that call a member by name."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.markdown import to_html
from accounts.models import Account, Membership, Mention, Note, Workspace
from accounts.models.written import written_once
from dashboards.panels.lists import PAGE_SIZE, SHORT_PAGE, Pager, page_with, pager

LONGEST = 10_000


class NoteForm(forms.Form):
    """What is written; the ticket makes the same form sent twice one note."""

    ticket = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    body = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Markdown. @name or @&quot;First Last&quot; tells a colleague of this workspace."),
    )


@dataclass(frozen=True)
class NoteRow:
    """A note as it is shown. Its ways are empty for who may not go them."""

    key: int
    author: str
    at: datetime
    edited_at: datetime | None
    is_pinned: bool
    html: SafeString
    edit_url: str = ""
    pin_url: str = ""
    account: str = ""
    account_url: str = ""
    is_new: bool = False


@dataclass(frozen=True)
class NotePage:
    """The form of a note with what stands around it."""

    title: str
    account: str
    account_url: str
    url: str
    form: NoteForm
    take_back_url: str = ""


@dataclass(frozen=True)
class Notes:
    """The notes of an account, the pinned ones first; `form` for who may write one."""

    rows: tuple[NoteRow, ...]
    pager: Pager
    add_url: str
    form: NoteForm | None


@dataclass(frozen=True)
class Mentions:
    """The notes that call a member, the newest first."""

    rows: tuple[NoteRow, ...]
    pager: Pager


def notes_of(member: Membership, account: Account, writes: bool, page: int, url: str) -> Notes:
    """A page of them. Three queries."""
    found = Note.objects.of(member.workspace).of_account(account.pk)
    rows = list(found.select_related("author__user")[(page - 1) * SHORT_PAGE : page * SHORT_PAGE])
    names = _names(member.workspace, rows)
    return Notes(
        rows=tuple(_row(member, row, names.get(row.pk, {}), writes) for row in rows),
        pager=pager(page, found.count(), lambda n: f"{url}?notes={n}#notes" if n > 1 else f"{url}#notes", SHORT_PAGE),
        add_url=reverse("add-note", args=[member.workspace.slug, account.pk]) if writes else "",
        form=NoteForm(auto_id="note_%s") if writes else None,
    )


def page_of(account: Account, note: int) -> int:
    """On which page of them one stands."""
    return page_with(note, list(Note.objects.of(account.workspace).of_account(account.pk).values_list("pk", flat=True)))


def mentions_of(member: Membership, page: int) -> Mentions:
    """Whatever calls the member, of any account. Three queries."""
    workspace = member.workspace
    called = Mention.objects.of(workspace).filter(member=member, note__retracted_at=None)
    calls = called.order_by().values("note")
    rows = Note.objects.of(workspace).filter(pk__in=calls).order_by("-created_at", "-pk")
    shown = list(rows.select_related("author__user", "account")[(page - 1) * PAGE_SIZE : page * PAGE_SIZE])
    names, url = _names(workspace, shown), reverse("mentions", args=[workspace.slug])
    unseen = set(called.filter(seen_at=None).values_list("note_id", flat=True))
    return Mentions(
        rows=tuple(
            _row(member, row, names.get(row.pk, {}), is_new=row.pk in unseen, account=row.account) for row in shown
        ),
        pager=pager(page, rows.count(), lambda n: f"{url}?page={n}" if n > 1 else url),
    )


def unseen_mentions(member: Membership) -> int:
    """How many notes call the member that the member has not seen called so."""
    return sum(_unseen(member.workspace.pk, member.pk))


@written_once
def _unseen(workspace: int, member: int) -> QuerySet[Any]:
    called = Mention.objects.of(workspace).filter(member=member, seen_at=None, note__retracted_at=None)
    notes = called.order_by().values("workspace").annotate(notes=Count("note", distinct=True))
    return notes.values_list("notes", flat=True)  # type: ignore[no-any-return]


def note_page(account: Account, form: NoteForm, note: Note | None = None) -> NotePage:
    """The form alone, for a drawer or a page of its own."""
    place = [account.workspace.slug, account.pk]
    form.fields["body"].widget.attrs["autofocus"] = True
    return NotePage(
        title=_("Correct the note") if note else _("Write a note"),
        account=account.name,
        account_url=reverse("account-people", args=place),
        url=reverse("note", args=[*place, note.pk]) if note else reverse("add-note", args=place),
        form=form,
        take_back_url=reverse("take-back-note", args=[*place, note.pk]) if note else "",
    )


def _names(workspace: Workspace, notes: Iterable[Note]) -> dict[int, dict[str, str]]:
    """Of each note, who is meant by what it calls them."""
    mentions = Mention.objects.of(workspace).filter(note__in=[note.pk for note in notes])
    found: dict[int, dict[str, str]] = {}
    for mention in mentions.select_related("member__user"):
        found.setdefault(mention.note_id, {})[mention.called] = str(mention.member)
    return found


def _row(
    member: Membership,
    note: Any,
    names: dict[str, str],
    writes: bool = False,
    account: Any = None,
    is_new: bool = False,
) -> NoteRow:
    place = [member.workspace.slug, note.account_id]
    changes = note.is_changed_by(member, writes)
    return NoteRow(
        key=note.pk,
        author=str(note.author or _("Somebody who left")),
        at=note.created_at,
        edited_at=note.edited_at,
        is_pinned=note.is_pinned,
        html=SafeString(to_html(note.body, names)),
        edit_url=reverse("note", args=[*place, note.pk]) if changes else "",
        pin_url=reverse("pin-note", args=[*place, note.pk]) if writes else "",
        account=account.name if account else "",
        account_url=reverse("account-people", args=place),
        is_new=is_new,
    )
