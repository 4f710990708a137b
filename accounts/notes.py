"""Notes about accounts: written, changed, taken back, put back, and the colleagues whom they call by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.markdown import called_in
from accounts.models import Account, Membership, Mention, Note, Workspace


@transaction.atomic
def write(account: Account, author: Membership, body: str, ticket: UUID, now: datetime) -> Note:
    """A new note. The same form sent twice makes one; gone back to and changed, it changes what it made."""
    found, made = Note.unscoped.get_or_create(
        workspace=account.workspace,
        account=account,
        ticket=ticket,
        defaults={"author": author, "body": body, "created_at": now},
    )
    note: Note = found
    if made:
        _call(note)
    elif note.is_changed_by(author, writes=True):
        change(note, body, now)
    return note


@transaction.atomic
def change(note: Note, body: str, now: datetime) -> None:
    """Other words. Whom they call for the first time has it among the unseen; whom they no longer call has not."""
    if note.body == body:
        return
    note.body, note.edited_at = body, now
    note.save(update_fields=["body", "edited_at"])
    _call(note)


def take_back(note: Note, now: datetime) -> None:
    """No longer shown to anybody, until it is put back. Twice is once."""
    if note.retracted_at is None:
        note.retracted_at = now
        note.save(update_fields=["retracted_at"])


def put_back(note: Note) -> None:
    """Shown again, with its words of before."""
    if note.retracted_at is not None:
        note.retracted_at = None
        note.save(update_fields=["retracted_at"])


def pin(note: Note, is_pinned: bool) -> None:
    """Above the others, or among them again."""
    if note.is_pinned != is_pinned:
        note.is_pinned = is_pinned
        note.save(update_fields=["is_pinned"])


def members_called(workspace: Workspace, names: Iterable[str]) -> dict[str, Membership]:
    """Each name that means one living member: the whole name, the e-mail address, what stands before its @, or the
    first name. What could mean two of them means nobody."""
    members = list(Membership.objects.of(workspace).filter(ended_at=None).select_related("user"))
    meant: dict[str, set[Membership]] = {}
    for member in members:
        name, email = member.user.name.lower(), member.user.email.lower()
        for called in {name, email, email.partition("@")[0], name.partition(" ")[0]}:
            meant.setdefault(called, set()).add(member)
    return {name: next(iter(meant[name])) for name in names if len(meant.get(name, ())) == 1}


def nobody(note: Note) -> list[str]:
    """The names in a note that mean nobody, or could mean several."""
    called = set(Mention.objects.of(note.workspace_id).filter(note=note).values_list("called", flat=True))
    return [name for name in called_in(note.body) if name not in called]


def _call(note: Note) -> None:
    """Keep whom the note calls; who has seen it has seen it."""
    names = called_in(note.body)
    members = members_called(note.workspace, names) if names else {}
    kept = Mention.objects.of(note.workspace_id).filter(note=note)
    kept.exclude(called__in=members).delete()
    fresh = [
        Mention(workspace_id=note.workspace_id, note=note, member=member, called=name)
        for name, member in members.items()
    ]
    Mention.unscoped.bulk_create(fresh, ignore_conflicts=True)


def write_all(
    workspace: Workspace, accounts: Iterable[int], author: Membership, body: str, ticket: UUID, now: datetime
) -> None:
    """The same new note about many accounts. A few statements, however many."""
    told = {"workspace": workspace, "author": author, "body": body, "ticket": ticket, "created_at": now}
    written = Note.unscoped.bulk_create(Note(account_id=account, **told) for account in accounts)
    names = called_in(body)
    members = members_called(workspace, names) if names else {}
    Mention.unscoped.bulk_create(
        Mention(workspace=workspace, note=each, member=member, called=name)
        for each in written
        for name, member in members.items()
    )
