"""What was done to many accounts at once lately, in words, and the ways to undo it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, BulkChange, Membership, Role, Workspace
from accounts.models.ids import Ids
from dashboards.templatetags.figures import accounts, integer

Action = BulkChange.Action
# So many accounts are named; of the others it is said how many they are.
NAMED = 12
RECENT = 50


@dataclass(frozen=True)
class Change:
    """One of the recent ones; `undo_url` for who may undo it."""

    what: str
    author: str
    made_at: datetime
    accounts: int
    notes: tuple[str, ...]
    undone: str
    undo_url: str


@dataclass(frozen=True)
class Changes:
    """The recent ones, the newest first."""

    rows: tuple[Change, ...]


def changes_of(member: Membership) -> Changes:
    """A CSM sees the own ones, others all. Two queries."""
    found = BulkChange.objects.of(member.workspace).select_related("author__user", "undone_by__user").order_by("-pk")
    rows = list((found.filter(author=member) if member.role == Role.CSM else found)[:RECENT])
    names = names_of(member.workspace, rows)
    return Changes(tuple(_change(member, row, names) for row in rows))


def names_of(workspace: Workspace, rows: Iterable[BulkChange]) -> dict[int, str]:
    """The names of the accounts that are named one by one. One query."""
    wanted = {pk for row in rows for pk in (*row.refused[:NAMED], *row.left[:NAMED])}
    found = Account.objects.of(workspace).filter(pk__among=Ids(wanted))
    return dict(found.values_list("pk", "name"))


def what_of(row: BulkChange) -> str:
    """What was done, in words: “14 accounts → owner Ana Rojas”."""
    nothing = {Action.OWNER: _("nobody"), Action.STAGE: _("none"), Action.SEGMENT: _("none")}
    words = {
        "accounts": accounts(len(row.accounts)),
        "what": str(Action(row.action).label).lower(),
        "value": row.value if row.action in (Action.PULSE, Action.SEGMENT) else row.said,
    }
    if row.action == Action.NOTE:
        words["value"] = f"“{row.value[:60]}{'…' if len(row.value) > 60 else ''}”"
    words["value"] = words["value"] or str(nothing.get(Action(row.action), ""))
    return _("%(accounts)s → %(what)s %(value)s") % words


def notes_of(row: BulkChange, names: dict[int, str]) -> tuple[str, ...]:
    """What was not done, and why."""
    found = []
    if row.unchanged:
        found.append(_("%(n)s had it already.") % {"n": integer(row.unchanged)})
    if row.refused:
        told = _("Not to be changed by who did it: %(names)s.")
        found.append(told % {"names": _named(row.refused, names)})
    return (*found, *left_of(row, names))


def left_of(row: BulkChange, names: dict[int, str]) -> tuple[str, ...]:
    """What undoing left."""
    told = _("Left as they are, for they were changed since or are not to be changed: %(names)s.")
    return (told % {"names": _named(row.left, names)},) if row.left else ()


def _named(ids: list[int], names: dict[int, str]) -> str:
    return listed([names.get(pk, "–") for pk in ids[:NAMED]], len(ids))


def _change(member: Membership, row: BulkChange, names: dict[int, str]) -> Change:
    may_undo = row.undone_at is None and row.accounts
    return Change(
        what=what_of(row),
        author=str(row.author or _("somebody")),
        made_at=row.made_at,
        accounts=len(row.accounts),
        notes=notes_of(row, names),
        undone=str(row.undone_by or _("somebody")) if row.undone_at else "",
        undo_url=reverse("bulk-undo", args=[member.workspace.slug, row.pk]) if may_undo else "",
    )


def listed(names: list[str], total: int) -> str:
    """The first names, and how many more there are."""
    if total <= NAMED:
        return ", ".join(names)
    words = {"names": ", ".join(names[: NAMED - 1]), "more": integer(total - NAMED + 1)}
    return _("%(names)s and %(more)s more") % words
