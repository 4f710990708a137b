"""The audit log: who, when, what, before and after; pages by key, so the thousandth is as fast as the first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import AuditEntry, Membership
from dashboards.panels.filters import FilterError
from dashboards.panels.lists import PAGE_SIZE, Select

SHOWN = 120
PROGRAMS = "programs"


@dataclass(frozen=True)
class Asked:
    """Whose entries, of which kind, and older than which; empty is all."""

    who: str = ""
    kind: str = ""
    before: int | None = None

    def address(self, url: str, before: int | None) -> str:
        pairs = [(name, value) for name, value in (("who", self.who), ("kind", self.kind), ("before", before)) if value]
        return f"{url}?{urlencode(pairs)}" if pairs else url


@dataclass(frozen=True)
class Change:
    """One field: what it was, what it is."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """What somebody did at one moment."""

    at: datetime
    who: str
    verb: str
    kind: str
    thing: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class AuditPage:
    """All that the page shows; `older` leads on, empty at the end."""

    url: str
    entries: tuple[Entry, ...]
    selects: tuple[Select, ...]
    is_filtered: bool
    newest: str
    older: str


def kinds() -> dict[str, str]:
    """What the kinds of thing are called."""
    return {
        "account": _("Account"), "apikey": _("API key"), "bulkchange": _("Bulk change"), "cap": _("Cap"),
        "eventname": _("Event name"), "exchangerate": _("Rate"), "import": _("File"), "invitation": _("Invitation"),
        "line": _("Line of a scorecard"), "manualband": _("Manual band"), "membership": _("Member"),
        "programcost": _("Cost"),
        "scorecard": _("Scorecard"), "scorecardversion": _("Version of a scorecard"),
        "sharelink": _("Link for others"), "stage": _("Stage"),
        "tag": _("Tag"), "target": _("Target"), "team": _("Team"), "workspace": _("Workspace"),
    }  # fmt: skip


def read(asked: QueryDict) -> Asked:
    """What an address asks for. Raises FilterError."""
    return Asked(_known(asked, "who", PROGRAMS), _known(asked, "kind", *kinds()), _number(asked, "before"))


def _known(asked: QueryDict, name: str, *words: str) -> str:
    value = asked.get(name, "")
    if value and value not in words and (name != "who" or not _is_key(value)):
        raise FilterError(_("%(name)s: “%(value)s” is not known.") % {"name": name, "value": value[:20]})
    return value


def _number(asked: QueryDict, name: str) -> int | None:
    value = asked.get(name, "")
    if value and not _is_key(value):
        raise FilterError(_("%(name)s: “%(value)s” is not known.") % {"name": name, "value": value[:20]})
    return int(value) if value else None


def _is_key(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) < 18


def audit_page(member: Membership, asked: Asked) -> AuditPage:
    """One page of entries. Two queries."""
    workspace = member.workspace
    url = reverse("settings-audit", args=[workspace.slug])
    rows = AuditEntry.objects.of(workspace).order_by("-pk")
    if asked.who:
        rows = rows.filter(actor=None) if asked.who == PROGRAMS else rows.filter(actor_id=int(asked.who))
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.before:
        rows = rows.filter(pk__lt=asked.before)
    found = list(rows[: PAGE_SIZE + 1])
    older = asked.address(url, found[PAGE_SIZE - 1].pk) if len(found) > PAGE_SIZE else ""
    return AuditPage(
        url=url,
        entries=tuple(_entry(row) for row in found[:PAGE_SIZE]),
        selects=(_people(member, asked), _select("kind", _("Kind"), list(kinds().items()), asked.kind)),
        is_filtered=bool(asked.who or asked.kind),
        newest=asked.address(url, None) if asked.before else "",
        older=older,
    )


def _people(member: Membership, asked: Asked) -> Select:
    """Everybody who is or was a member."""
    rows = Membership.objects.of(member.workspace).values_list("user_id", "user__name", "user__email")
    people = sorted(((str(pk), name or email) for pk, name, email in rows), key=lambda person: person[1].casefold())
    return _select("who", _("Who"), [*people, (PROGRAMS, _("Programs and commands"))], asked.who)


def _select(name: str, label: str, options: list[tuple[str, str]], chosen: str) -> Select:
    return Select(name, label, tuple((value, text, value == chosen) for value, text in [("", _("All")), *options]))


def _entry(row: AuditEntry) -> Entry:
    return Entry(
        at=row.at,
        who=row.by or _("Command line"),
        verb=str(AuditEntry.Action(row.action).label),
        kind=kinds().get(row.kind, row.kind),
        thing=row.thing,
        changes=tuple(
            Change(name.replace("_", " "), _text(before), _text(after)) for name, (before, after) in row.changes.items()
        ),
    )


def _text(value: Any) -> str:
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"
