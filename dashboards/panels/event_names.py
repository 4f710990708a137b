"""The catalogue of events: names that came and names that did not, the feature list, the event of first value."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import DirtyDay, Membership, Workspace
from accounts.models.event import CATALOGUE
from accounts.permissions import may
from dashboards.panels.choices import Choices
from dashboards.panels.figure import Figure
from dashboards.panels.filters import Filters
from dashboards.panels.lists import PAGE_SIZE, Column, Pager, pager, way_to_sources
from dashboards.templatetags.figures import integer
from metrics import event_names as catalogue
from metrics.nightly.readings import FEATURE_DAYS, FEATURE_SHARE, feature_list
from metrics.registry import Measure

SORTS = tuple(catalogue.ORDERS)
DEFAULT = Filters(sort="-recent")


@dataclass(frozen=True)
class Row:
    """A name that was seen. `recent` and `accounts` are of 28 days."""

    url: str
    name: str
    is_ours: bool
    alias_of: str
    is_use: bool
    recent: Figure
    accounts: Figure
    total: Figure
    first_day: date | None
    last_day: date | None
    feeds: str


@dataclass(frozen=True)
class Silent:
    """A name of the catalogue that nobody sends; the measures that have no value for want of it, and the others."""

    name: str
    untracked: str
    tracked: str


@dataclass(frozen=True)
class Feature:
    """A feature with how many of the accounts with use used it in 90 days."""

    name: str
    accounts: Figure
    share: Figure
    listed: bool


@dataclass(frozen=True)
class FirstValue:
    """The event or feature of first value, and how soon it comes."""

    name: str
    days: Figure
    reached: Figure
    form: Any


@dataclass(frozen=True)
class EventNames:
    """All that the page shows. `waiting`: days that are still to be read again."""

    url: str
    here: str
    query: str
    today: date
    may_change: bool
    waiting: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    pager: Pager
    silent: tuple[Silent, ...]
    features: tuple[Feature, ...]
    is_chosen: bool
    summary: str
    first_value: FirstValue
    sources_url: str
    share: float = FEATURE_SHARE
    days: int = FEATURE_DAYS


@dataclass(frozen=True)
class EventNamePage:
    """One name, what it feeds, and what an admin may change."""

    url: str
    save_url: str
    today: date
    may_change: bool
    waiting: int
    row: Row
    measures: tuple[Measure, ...]
    form: Any


def event_names_of(member: Membership, now: datetime, asked: Filters, form: Any) -> EventNames:
    """The page. Seven queries at most."""
    workspace, url = member.workspace, reverse("event-names", args=[member.workspace.slug])
    today, choices = workspace.day_of(now), Choices(member.workspace, url, asked, DEFAULT)
    seen, total = catalogue.names_seen(workspace, today, asked.q, asked.sort, (asked.page - 1) * PAGE_SIZE, PAGE_SIZE)
    features = tuple(_features(workspace, today))
    return EventNames(
        url=url,
        here=choices.address(asked),
        query=asked.q,
        today=today,
        may_change=may(member.role, "source.write"),
        waiting=DirtyDay.objects.of(workspace).count(),
        columns=_columns(choices),
        rows=tuple(_row(workspace, name) for name in seen),
        pager=pager(asked.page, total, lambda page: choices.address(asked.but(page=page))),
        silent=tuple(_silent(workspace)),
        features=features,
        is_chosen=bool(workspace.features),
        summary=_summary(features),
        first_value=_first_value(workspace, today, form),
        sources_url=way_to_sources(member),
    )


def event_name_page(member: Membership, now: datetime, pk: int, form: Any) -> EventNamePage | None:
    """The page of one name; None where the workspace has none of this id."""
    workspace, today = member.workspace, member.workspace.day_of(now)
    seen = catalogue.name_seen(workspace, today, pk)
    if seen is None:
        return None
    return EventNamePage(
        url=reverse("event-names", args=[workspace.slug]),
        save_url=reverse("event-name-save", args=[workspace.slug, pk]),
        today=today,
        may_change=may(member.role, "source.write"),
        waiting=DirtyDay.objects.of(workspace).count(),
        row=_row(workspace, seen),
        measures=tuple(seen.feeds),
        form=form,
    )


def _columns(choices: Choices) -> tuple[Column, ...]:
    return (
        choices.column("name", _("Name"), "name"),
        Column("use", _("Counts as")),
        choices.column("recent", _("28 days"), "recent", first="-"),
        choices.column("accounts", _("Accounts"), "accounts", first="-"),
        choices.column("first", _("First"), "first", first="-"),
        choices.column("last", _("Last"), "last", first="-"),
        Column("feeds", _("Feeds")),
    )


def _row(workspace: Workspace, seen: catalogue.Seen) -> Row:
    return Row(
        url=reverse("event-name", args=[workspace.slug, seen.pk]),
        name=seen.name,
        is_ours=seen.name in CATALOGUE,
        alias_of=seen.alias_of,
        is_use=seen.is_use,
        recent=Figure("events", int(seen.recent)),
        accounts=Figure("accounts", seen.accounts),
        total=Figure("events", int(seen.total)),
        first_day=seen.first_day,
        last_day=seen.last_day,
        feeds=feeds_text(seen.alias_of or seen.name, seen.is_use),
    )


def feeds_text(name: str, is_use: bool) -> str:
    """The measures by name; those of all use, which are many, as their number."""
    return _words(catalogue.fed_by(name, is_use))


def _words(measures: list[Measure]) -> str:
    of_use = [measure for measure in measures if measure.reads("", True)]
    words = [str(measure.name) for measure in measures if measure not in of_use]
    if of_use:
        count = len(of_use)
        words.insert(0, ngettext("%(n)s measure of use", "%(n)s measures of use", count) % {"n": integer(count)})
    return " · ".join(words)


def _silent(workspace: Workspace) -> Iterable[Silent]:
    for name, feeds in catalogue.silent(workspace).items():
        untracked, tracked = ([each for each, fed in feeds if fed is state] for state in (False, True))
        yield Silent(name, _words(untracked), _words(tracked))


def _features(workspace: Workspace, today: date) -> Iterable[Feature]:
    """Those used, most used first, then those chosen that nobody used."""
    listed, used = set(feature_list(workspace, today, today)), catalogue.features_used(workspace, today)
    for each in used:
        share = Figure("share", each.accounts / each.of, "ratio")
        yield Feature(each.feature, Figure("accounts", each.accounts), share, each.feature in listed)
    for name in sorted(listed - {each.feature for each in used}):
        yield Feature(name, Figure("accounts", 0), Figure("share", 0, "ratio"), True)


def _summary(features: tuple[Feature, ...]) -> str:
    listed, count = sum(feature.listed for feature in features), len(features)
    return ngettext("%(listed)s of %(n)s feature", "%(listed)s of %(n)s features", count) % {
        "listed": integer(listed),
        "n": integer(count),
    }


def _first_value(workspace: Workspace, today: date, form: Any) -> FirstValue:
    if not workspace.first_value:
        return FirstValue("", Figure("days", None, "days"), Figure("accounts", None), form)
    found = catalogue.first_value(workspace, today)
    days = Figure("days", found.days, "days", today, found.reached)
    return FirstValue(workspace.first_value, days, Figure("accounts", found.reached, n=found.of), form)
