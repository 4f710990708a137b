"""Lists of named things that the workspace keeps: each opens to be renamed, moved or deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import places
from accounts.models import Membership
from accounts.permissions import may
from dashboards.panels.team.words import GROUPS
from dashboards.templatetags.figures import accounts, integer
from metrics import kpis  # noqa: F401 - registers every KPI
from metrics.registry import KPIS


@dataclass(frozen=True)
class Item:
    """One of them. `why_kept` says why it cannot be deleted; `up` and `down` are places, counted from 0."""

    title: str
    about: str
    form: Any
    url: str
    delete_url: str = ""
    why_kept: str = ""
    up: int | None = None
    down: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether its form was sent and refused."""
        return bool(self.form.is_bound)


@dataclass(frozen=True)
class ItemsPage:
    """A title, what the things are for, the things, and a form for another one."""

    title: str
    about: str
    empty: str
    items: tuple[Item, ...]
    may_change: bool
    form: Any = None
    add_url: str = ""


# A thing → the form that changes it.
FormOf = Callable[[Any], Any]


def teams_page(member: Membership, form_of: FormOf, form: Any) -> ItemsPage:
    """Teams with their members and accounts. Three queries."""
    used = places.ever(member.workspace, "team")
    rows = list(places.teams(member.workspace))
    kept = {
        row.pk: _("It has members.") if row.members else _("Accounts are or were in it: their history names it.")
        for row in rows
        if row.members or row.pk in used
    }
    about = {row.pk: f"{accounts(row.accounts)} · {_members(row.members)}" for row in rows}
    return ItemsPage(
        title=_("Teams"),
        about=_("Some CSMs and their manager. A manager writes the accounts of the own team."),
        empty=_("No team yet: a manager without a team looks after all accounts."),
        items=tuple(_item(member, "team", row, about[row.pk], form_of, kept.get(row.pk, "")) for row in rows),
        **_common(member, "team", form),
    )


def stages_page(member: Membership, form_of: FormOf, form: Any) -> ItemsPage:
    """Stages in their order. Three queries."""
    used = places.ever(member.workspace, "stage")
    rows = list(places.stages(member.workspace))
    why = _("Accounts are or were in it: their history names it.")
    return ItemsPage(
        title=_("Stages"),
        about=_(
            "The steps of a customer's life, in their order, with the days each should take and the KPI by which it is"
            " judged."
        ),
        empty=_("No stage yet: accounts have none until there is one."),
        items=tuple(
            _item(
                member, "stage", row, _about_stage(row), form_of,
                why if row.pk in used else "", n - 1 if n else None, n + 1 if n + 1 < len(rows) else None,
            )
            for n, row in enumerate(rows)
        ),
        **_common(member, "stage", form),
    )  # fmt: skip


def _about_stage(row: Any) -> str:
    """12 accounts · 60 days · Time to first value"""
    parts = [accounts(row.accounts), _target(row.target_days), str(KPIS[row.kpi].name) if row.kpi in KPIS else ""]
    return " · ".join(part for part in parts if part)


def kpi_choices() -> list[tuple[str, Any]]:
    """No KPI, or one of those there are, by group."""
    groups = {group: [(kpi.key, kpi.name) for kpi in KPIS.values() if kpi.group == group] for group in GROUPS}
    return [("", _("None")), *((str(GROUPS[group]), found) for group, found in groups.items())]


def tags_page(member: Membership, form_of: FormOf, form: Any) -> ItemsPage:
    """Tags with their accounts. One query."""
    rows = places.tags(member.workspace)
    return ItemsPage(
        title=_("Tags"),
        about=_("Words that people put on accounts, on the page of each, to find them again."),
        empty=_("No tag yet: add one, then put it on an account on its page."),
        items=tuple(_item(member, "tag", row, accounts(row.accounts), form_of) for row in rows),
        **_common(member, "tag", form),
    )


def segments_page(member: Membership, form_of: FormOf, form: Any) -> ItemsPage:
    """The segments that accounts have. One query."""
    url = reverse("settings-segment", args=[member.workspace.slug])
    return ItemsPage(
        title=_("Segments"),
        about=_(
            "Groups of accounts, as the files and programs name them. A new name counts from now on, an existing one"
            " joins the two; what comes in under the old name makes it again."
        ),
        empty=_("No account has a segment yet: it comes in with the accounts."),
        items=tuple(
            Item(name, accounts(count), form_of(name), url) for name, count in places.segments(member.workspace)
        ),
        may_change=may(member.role, "settings.write"),
    )


def _item(
    member: Membership, name: str, row: Any, about: str, form_of: FormOf, why_kept: str = "",
    up: int | None = None, down: int | None = None,
) -> Item:  # fmt: skip
    args = [member.workspace.slug, row.pk]
    url, delete_url = (reverse(f"settings-{name}{end}", args=args) for end in ("", "-delete"))
    return Item(row.name, about, form_of(row), url, "" if why_kept else delete_url, why_kept, up, down)


def _common(member: Membership, name: str, form: Any) -> dict[str, Any]:
    return {
        "may_change": may(member.role, "settings.write"),
        "form": form,
        "add_url": reverse(f"settings-{name}-add", args=[member.workspace.slug]),
    }


def _members(count: int) -> str:
    return ngettext("%(n)s member", "%(n)s members", count) % {"n": integer(count)}


def _target(days: int | None) -> str:
    if days is None:
        return _("no target")
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": integer(days)}
