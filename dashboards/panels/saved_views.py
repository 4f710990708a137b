"""What stands beside the head of the portfolio: the saved views, and the columns to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise

from accounts.models import Membership, Role, SavedView
from dashboards.panels.choices import DRAWER, Choices
from dashboards.panels.filters import FilterError, Filters, read

# Says that nothing is filtered, where the bare address opens a view.
PLAIN = "view=none"


@dataclass(frozen=True)
class ViewLink:
    """A view in the list: `opens` where the reader's portfolio begins with it."""

    name: str
    url: str
    change_url: str
    by: str
    shared: str
    here: bool
    opens: bool
    may_change: bool


@dataclass(frozen=True)
class Tools:
    """The views a reader can open, the one that is shown, the query that would be saved, the columns."""

    save_url: str
    plain_url: str
    query: str
    views: tuple[ViewLink, ...]
    sharing: tuple[tuple[str, Promise], ...]
    columns: tuple[tuple[str, Promise, bool], ...]
    hidden: tuple[tuple[str, str], ...]

    @property
    def current(self) -> ViewLink | None:
        return next((view for view in self.views if view.here), None)


def tools(member: Membership, choices: Choices) -> Tools:
    """One query."""
    slug = member.workspace.slug
    views = (
        SavedView.objects.of(member.workspace).visible_to(member).select_related("owner__user").order_by("name", "pk")
    )
    return Tools(
        save_url=reverse("views", args=[slug]),
        plain_url=choices.address(choices.default),
        query=query_of(choices.asked, choices.default),
        views=tuple(_link(member, choices, view) for view in views),
        sharing=sharing(member),
        columns=choices.offered(),
        hidden=tuple((name, value) for name, value in choices.asked.but().pairs(choices.default) if name != "columns"),
    )


def plain_of(member: Membership) -> str:
    """What the address of all accounts says, for who has a view that the bare address opens."""
    return PLAIN if member.opens_with_id else ""  # type: ignore[attr-defined]


def sharing(member: Membership) -> tuple[tuple[str, Any], ...]:
    """With whom a member may share a view: who only reads keeps views to themselves."""
    if member.role == Role.VIEWER:
        return ()
    return tuple(each for each in SavedView.Shared.choices if each[0] != SavedView.Shared.TEAM or member.team)


def query_of(asked: Filters, default: Filters) -> str:
    """What a view keeps: all but the page. Without a CSM it is every reader's own book."""
    return urlencode(asked.but().pairs(default))


def opened(choices: Choices, view: SavedView) -> tuple[Filters, list[str]]:
    """The filters of a view, and the names of those that nothing fits any more: they are left out. Four queries."""
    asked, lost = kindly(view.query, choices.default)
    options = {select.name: {value for value, _label, _here in select.options} for select in choices.selects}
    gone = [name for name in DRAWER if getattr(asked, name) not in options[name]]
    return asked.but(**{name: getattr(choices.default, name) for name in gone}), [*lost, *gone]


def kindly(query: str, default: Filters) -> tuple[Filters, list[str]]:
    """Filters as far as they are known, and the names of what is not."""
    told = QueryDict(query)
    try:
        return read(told, default).but(), []
    except FilterError:
        pass
    kept, lost = QueryDict(mutable=True), []
    for name in told:
        for value in told.getlist(name):
            try:
                read(QueryDict(urlencode([(name, value)])), default)
            except FilterError:
                lost.append(name)
            else:
                kept.appendlist(name, value)
    return read(kept, default).but(), lost


def _link(member: Membership, choices: Choices, view: SavedView) -> ViewLink:
    slug = member.workspace.slug
    return ViewLink(
        name=view.name,
        url=f"{choices.url}?view={view.pk}",
        change_url=reverse("view", args=[slug, view.pk]),
        by="" if view.owner == member else str(view.owner),
        shared="" if view.shared == SavedView.Shared.NOBODY else view.shared,
        here=kindly(view.query, choices.default)[0] == choices.asked.but(),
        opens=member.opens_with_id == view.pk,  # type: ignore[attr-defined]
        may_change=view.may_change(member),
    )
