"""Many accounts at once: which were selected, and the form of what is done to them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.bulk import MOST
from accounts.models import Account, BulkChange, Membership, Role, Stage, Tag, Workspace
from accounts.models.ids import Ids
from accounts.places import segment_names
from dashboards.panels import filters
from dashboards.panels.accounts import known_accounts
from dashboards.panels.bulk_bar import DEEDS
from dashboards.panels.bulk_changes import NAMED, listed
from dashboards.panels.entry_form import Radios
from dashboards.panels.notes import LONGEST
from dashboards.panels.portfolio import default_filters, scored_accounts
from dashboards.templatetags.figures import accounts, integer

Action = BulkChange.Action


def selected(member: Membership, asked: QueryDict, now: datetime) -> list[int]:
    """The ids that an address or a form names: some, or all that match a filter. Raises FilterError."""
    if "all" in asked:
        found = list(_matching(member, asked, now)[: MOST + 1])
    else:
        named = [*asked.getlist("account"), *filter(None, asked.get("accounts", "").split(","))]
        found = [int(filters.number(QueryDict(f"account={key}"), "account", "")) for key in dict.fromkeys(named)]
    if not found:
        raise filters.FilterError(_("account: select at least one."))
    if len(found) > MOST:
        words = _("account: more than %(most)s at a time. Narrow the filter.")
        raise filters.FilterError(words % {"most": integer(MOST)})
    return found


def _matching(member: Membership, asked: QueryDict, now: datetime) -> Any:
    if asked.get("of") == "accounts":
        found = filters.read(asked, filters.Filters())
        return known_accounts(member.workspace, found.q, filters.key(asked, "tag")).values_list("pk", flat=True)
    found = filters.read(asked, default_filters(member))
    return scored_accounts(member.workspace, found, member.workspace.day_of(now))


def action_of(asked: QueryDict) -> Action:
    """What is to be done. Raises FilterError."""
    found = str(asked.get("action", ""))
    if found not in Action.values:
        raise filters.bad("action", found)
    return Action(found)


# -- the form -----------------------------------------------------------------------------------------------


class BulkForm(forms.Form):
    """What the selected accounts get."""

    ticket = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, workspace: Workspace, action: Action, data: Any = None) -> None:
        super().__init__(data)
        self.fields["value"] = FIELDS[action](workspace)
        self.fields["value"].widget.attrs["autofocus"] = True
        if action == Action.PULSE:
            self.fields["said"] = forms.CharField(
                label=_("Why"), max_length=2000, required=False, widget=forms.Textarea({"rows": 3})
            )

    @property
    def value(self) -> str:
        return str(self.cleaned_data["value"])

    @property
    def said(self) -> str:
        """What the value is called; of a pulse, why; of a note nothing, it says it itself."""
        if "said" in self.cleaned_data:
            return str(self.cleaned_data["said"])
        choices = getattr(self.fields["value"], "choices", ())
        return str(dict(choices).get(self.value, ""))


def _choice(label: Any, choices: Callable[[Workspace], list[tuple[str, Any]]], *, required: bool) -> Any:
    return lambda workspace: forms.ChoiceField(label=label, choices=choices(workspace), required=required)


def _owners(workspace: Workspace) -> list[tuple[str, Any]]:
    rows = Membership.objects.of(workspace).filter(ended_at=None).exclude(role=Role.VIEWER).select_related("user")
    people = sorted(((str(row.pk), str(row)) for row in rows), key=lambda person: person[1].casefold())
    return [*people, ("", _("Nobody"))]


def _stages(workspace: Workspace) -> list[tuple[str, Any]]:
    rows = [(str(pk), name) for pk, name in Stage.objects.of(workspace).values_list("pk", "name")]
    return [*rows, ("", _("No stage"))]


def _tags(workspace: Workspace) -> list[tuple[str, Any]]:
    rows = Tag.objects.of(workspace).order_by("name").values_list("pk", "name")
    return [(str(pk), name) for pk, name in rows]


def _segment(workspace: Workspace) -> forms.Field:
    return forms.CharField(
        label=_("Segment"), max_length=60, required=False, widget=forms.TextInput({"list": "segments"}),
        help_text=_("One that is there, or a new one; empty is none."),
    )  # fmt: skip


def _pulse(workspace: Workspace) -> forms.Field:
    marks = [("1", _("1 Poor")), ("2", "2"), ("3", _("3 Fair")), ("4", "4"), ("5", _("5 Very good"))]
    return forms.ChoiceField(label=_("How does it go?"), choices=marks, widget=Radios, initial="3")


def _note(workspace: Workspace) -> forms.Field:
    words = _("Markdown. It stands on the page of each account.")
    return forms.CharField(label=_("Note"), max_length=LONGEST, widget=forms.Textarea({"rows": 5}), help_text=words)


FIELDS: dict[Action, Callable[[Workspace], forms.Field]] = {
    Action.OWNER: _choice(gettext_lazy("Owner"), _owners, required=False),
    Action.STAGE: _choice(gettext_lazy("Stage"), _stages, required=False),
    Action.SEGMENT: _segment,
    Action.TAG: _choice(gettext_lazy("Tag"), _tags, required=True),
    Action.UNTAG: _choice(gettext_lazy("Tag"), _tags, required=True),
    Action.PULSE: _pulse,
    Action.NOTE: _note,
}


# -- the page before ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BulkPage:
    """The accounts, those that this person may not change, and the form. `ids`: exactly what was shown is done."""

    title: str
    url: str
    back: str
    action: str
    form: BulkForm
    ids: str
    count: int
    names: str
    refused: int
    refused_names: str
    segments: tuple[str, ...]
    no_tags: bool
    button: str


def bulk_page(member: Membership, action: Action, ids: list[int], form: BulkForm, back: str) -> BulkPage | None:
    """Nothing where an account is not in the workspace. Four queries, however many accounts."""
    workspace = member.workspace
    found = Account.objects.of(workspace).filter(pk__among=Ids(ids))
    names = dict(found.order_by("name").values_list("pk", "name"))
    if len(names) < len(ids):
        return None
    mine = set(found.writable_by(member).values_list("pk", flat=True))
    count = len(mine)
    return BulkPage(
        title=_("%(accounts)s → %(what)s") % {"accounts": accounts(count), "what": DEEDS[action]},
        url=reverse("bulk", args=[workspace.slug]),
        back=back,
        action=action.value,
        form=form,
        ids=",".join(map(str, ids)),
        count=count,
        names=_listed(names, mine),
        refused=len(names) - count,
        refused_names=_listed(names, names.keys() - mine),
        segments=tuple(segment_names(workspace)) if action == Action.SEGMENT else (),
        no_tags=action in (Action.TAG, Action.UNTAG) and not form.fields["value"].choices,  # type: ignore[attr-defined]
        button=_("Change %(accounts)s") % {"accounts": accounts(count)},
    )


def _listed(names: dict[int, str], chosen: Set[int]) -> str:
    found = [name for pk, name in names.items() if pk in chosen]
    return listed(found[:NAMED], len(found))
