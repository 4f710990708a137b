"""What can be told of an account by hand: one table, from the word on the page to the fact that is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.kinds import KINDS
from accounts.models import Account, Contact, Membership, Workspace
from accounts.models.written import written_once
from dashboards.addresses import address
from dashboards.panels.lists import Link
from metrics.registry import MEASURES, Measure

# Stands for the day on which the form is opened.
TODAY = "today"
# How the ids begin of what was first told by hand, and may therefore be taken back by hand.
BY_HAND = "hand-"
# So many of each sort that are not over stand on an account's first page.
GOING_ON = 5


@dataclass(frozen=True)
class Act:
    """What is done next to an entry as long as it is open: which rows are, and what the form then holds."""

    label: Promise
    rows: Mapping[str, Any]
    values: Mapping[str, Any] = field(default_factory=dict)

    def preset(self, today: date) -> dict[str, Any]:
        return {name: today if value == TODAY else value for name, value in self.values.items()}


@dataclass(frozen=True)
class EntryKind:
    """One thing to add: the kind of fact it becomes, the fields of its form, and the facts of measures it is.

    `only` tells it from the other entries of its kind; of one value it is fixed, of several it is a field.
    `later` are the fields that a correction has besides.
    """

    key: str
    label: Promise
    title: Promise
    kind: str
    fields: tuple[str, ...]
    feeds: tuple[str, ...]
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    later: tuple[str, ...] = ()
    initial: Mapping[str, Any] = field(default_factory=dict)
    act: Act | None = None

    @property
    def model(self) -> Any:
        return KINDS[self.kind].model

    @property
    def fixed(self) -> dict[str, str]:
        return {name: values[0] for name, values in self.only.items() if len(values) == 1}

    @property
    def measures(self) -> tuple[Measure, ...]:
        """Those that read the facts it becomes."""
        return tuple(
            each for each in MEASURES.values() if any(part.facts.name in self.feeds for part in each.parts.values())
        )

    def versions(self, account: Account) -> Any:
        """All versions of the account's facts of this sort."""
        return self._versions(account.workspace.pk, account.pk)

    def _versions(self, workspace: int, account: int) -> Any:
        sort = {f"{name}__in": values for name, values in self.only.items()}
        return self.model.objects.of(workspace).filter(account_id=account, **sort)

    @cached_property
    def going_on(self) -> Callable[[int, int], list[Any]]:
        """The newest facts that are not over, of an account of a workspace."""

        def newest(workspace: int, account: int) -> QuerySet[Any]:
            rows = self._versions(workspace, account).current().filter(**self.act.rows if self.act else {})
            return rows.order_by("-occurred_at", "-pk")[:GOING_ON]  # type: ignore[no-any-return]

        return written_once(newest)


TOUCH = ("happened_at", "minutes", "contact", "direction", "subject", "outcome")
SAID = ("given_at", "contact", "text")
KEY_PEOPLE = [Contact.Part.CHAMPION, Contact.Part.DECISION_MAKER]

_ENTRIES = (
    EntryKind(
        "call", gettext_lazy("Call"), gettext_lazy("Log a call"), "touches", TOUCH,
        ("touches", "contacts from the customer"), {"channel": ("call",)}, initial={"minutes": 30},
    ),
    EntryKind(
        "meeting", gettext_lazy("Meeting"), gettext_lazy("Log a meeting"), "touches",
        ("channel", "happened_at", "minutes", "contact", "attendees", "direction", "subject", "outcome"),
        ("touches",), {"channel": ("meeting", "review")}, initial={"minutes": 60},
    ),
    EntryKind(
        "email", gettext_lazy("E-mail"), gettext_lazy("Log an e-mail"), "touches",
        ("channel", "happened_at", "contact", "direction", "subject", "outcome"),
        ("touches", "contacts from the customer"), {"channel": ("email", "chat")},
    ),
    EntryKind(
        "training", gettext_lazy("Training"), gettext_lazy("Log a training"), "touches",
        ("happened_at", "minutes", "contact", "attendees", "subject", "outcome"), ("touches", "trainings"),
        {"channel": ("training",)}, initial={"minutes": 60},
    ),
    EntryKind(
        "pulse", gettext_lazy("Pulse"), gettext_lazy("Set the pulse"), "pulses",
        ("value", "given_at", "comment"), ("pulses",),
    ),
    EntryKind(
        "complaint", gettext_lazy("Complaint"), gettext_lazy("Note a complaint"), "feedback", SAID, ("complaints",),
        {"kind": ("complaint",)}, ("resolved_on",),
        act=Act(gettext_lazy("Resolve"), {"resolved_on": None}, {"resolved_on": TODAY}),
    ),
    EntryKind(
        "feedback", gettext_lazy("Feedback"), gettext_lazy("Note praise, a problem or a request"), "feedback",
        ("kind", "given_at", "contact", "topic", "text"), ("product feedback",),
        {"kind": ("praise", "problem", "request")},
    ),
    EntryKind(
        "referral", gettext_lazy("Referral"), gettext_lazy("Note a referral"), "feedback", SAID, ("referrals",),
        {"kind": ("referral",)},
    ),
    EntryKind(
        "future-talk", gettext_lazy("Future talk"), gettext_lazy("Note talk of the future"), "feedback", SAID,
        ("future talk",), {"kind": ("future_talk",)},
    ),
    EntryKind(
        "review", gettext_lazy("Review"), gettext_lazy("Note a review, reference or case study"), "feedback",
        ("kind", *SAID), ("reviews, references and case studies",), {"kind": ("review", "reference", "case_study")},
    ),
    EntryKind(
        "figure", gettext_lazy("Figure"), gettext_lazy("Note a figure of theirs"), "client_figures",
        ("figure", "value", "day"), ("client figures",),
    ),
    EntryKind(
        "goal", gettext_lazy("Goal"), gettext_lazy("Set a goal"), "goals",
        ("name", "baseline", "target", "unit", "started_on", "due_on"), ("goals",), later=("value", "state"),
        act=Act(gettext_lazy("Progress"), {"state": "open"}),
    ),
    EntryKind(
        "contact", gettext_lazy("Contact"), gettext_lazy("Add a contact"), "contacts",
        ("name", "email", "part", "since_on"), ("champions",), later=("left_on",),
        act=Act(
            gettext_lazy("Left"), {"left_on": None, "is_internal": False, "part__in": KEY_PEOPLE},
            {"left_on": TODAY},
        ),
    ),
    EntryKind(
        "deal", gettext_lazy("Deal"), gettext_lazy("Add an expansion deal"), "deals", ("name", "amount", "opened_on"),
        ("expansion deals",), later=("state", "closed_on"),
        act=Act(gettext_lazy("Close"), {"state": "open"}, {"state": "won", "closed_on": TODAY}),
    ),
)  # fmt: skip
ENTRIES = {entry.key: entry for entry in _ENTRIES}


def may_write(member: Membership, account: Account) -> bool:
    """Whether the account is one of those that the member writes."""
    return account.workspace_id == member.workspace_id and account.is_writable_by(member)  # type: ignore[attr-defined]


def ways_to_add(account: Account, *keys: str) -> tuple[Link, ...]:
    """A link for each thing that can be added."""
    slug = account.workspace.slug
    return tuple(Link(str(ENTRIES[key].label), address("add-entry", slug, account.pk, key)) for key in keys)


def way_to_correct(workspace: Workspace, row: Any) -> Link | None:
    """The link to the form of a fact, if it is of a sort that the table knows."""
    for entry in _ENTRIES:
        if isinstance(row, entry.model) and all(getattr(row, name) in values for name, values in entry.only.items()):
            return Link(_("Edit"), _way_to(workspace, entry, row))
    return None


def way_to_act(workspace: Workspace, entry: EntryKind, row: Any) -> Link | None:
    """The link to the form in which the next thing is done about a fact that is not over."""
    return Link(str(entry.act.label), f"{_way_to(workspace, entry, row)}?act") if entry.act else None


def _way_to(workspace: Workspace, entry: EntryKind, row: Any) -> str:
    return address("entry", workspace.slug, row.account_id, entry.key, row.pk)
