"""What surrounds every page: the theme, the menu, who is signed in. Looked up only where a template asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Membership, Workspace
from accounts.permissions import may
from dashboards.addresses import address
from dashboards.panels.first_steps import FirstSteps, first_steps_of
from dashboards.panels.lists import Link
from dashboards.panels.notes import unseen_mentions
from dashboards.panels.portfolio import book_size

THEMES = ("light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True)
class Page:
    """A line of the menu; `below` are the pages that light it up as well."""

    name: str
    label: Promise
    permission: str
    below: tuple[str, ...] = ()
    count: Callable[[Membership], int | None] | None = None


@dataclass(frozen=True)
class Group:
    """Some links of the menu below a title."""

    title: Any
    links: tuple[Link, ...]


# What stands beside every page of settings.
SECTIONS: tuple[Page, ...] = (
    Page("settings-calendar", _("Calendar"), "settings.read", ("settings-calendar-save",)),
    Page(
        "settings-members",
        _("Members"),
        "settings.read",
        ("settings-member", "settings-member-save", "settings-member-end", "settings-invite", "settings-invite-again"),
    ),
    Page("settings-customers", _("Customers"), "settings.read", ("settings-customers-save",)),
    Page("settings-money", _("Money"), "settings.read", ("settings-money-save",)),
    Page("settings-rates", _("Rates"), "settings.read", ("settings-rate-add", "settings-rates-upload")),
    Page("settings-costs", _("Costs"), "settings.read", ("settings-cost-add", "settings-costs-upload")),
    Page("settings-targets", _("Targets"), "settings.read", ("settings-target-add", "settings-targets-upload")),
    Page("settings-teams", _("Teams"), "settings.read", ("settings-team", "settings-team-add")),
    Page("settings-stages", _("Stages"), "settings.read", ("settings-stage", "settings-stage-add")),
    Page("settings-segments", _("Segments"), "settings.read", ("settings-segment",)),
    Page("settings-tags", _("Tags"), "settings.read", ("settings-tag", "settings-tag-add")),
    Page("settings-mail", _("Inbound mail"), "settings.read", ("settings-mail-renew",)),
    Page("settings-retention", _("Retention"), "settings.read", ("settings-retention-save",)),
    Page("settings-links", _("Links for others"), "settings.write"),
    Page("settings-audit", _("Audit log"), "settings.audit"),
)


def names_of(pages: Iterable[Page]) -> Iterator[str]:
    """The names of pages and of what lies below them."""
    return chain.from_iterable((page.name, *page.below) for page in pages)


MENU: tuple[tuple[Any, tuple[Page, ...]], ...] = (
    (
        "",
        (
            Page("portfolio", _("Portfolio"), "portfolio.read", ("portfolio-filters",), count=book_size),
            Page(
                "accounts",
                _("Accounts"),
                "account.read",
                (
                    *("account", "timeline", "timeline-day", "account-people", "account-money", "account-support"),
                    *("account-parent", "add-entry", "entry", "add-note", "note"),
                    *("manual-band", "manual-bands", "bulk", "bulk-changes"),
                    *("evidence", "evidence-events"),
                ),
            ),
            Page("mentions", _("Mentions"), "account.read", count=lambda member: unseen_mentions(member) or None),
            Page("feedback", _("Feedback"), "feedback.read", ("feedback-file",)),
        ),
    ),
    (
        _("Managers"),
        (
            Page("team", _("Team"), "team.read", ("team-table", "kpis", "kpi", "kpi-file")),
            Page("journey", _("Journey map"), "team.read", ("journey-accounts",)),
            Page(
                "scorecards",
                _("Scorecards"),
                "scorecard.read",
                (
                    *("scorecard", "scorecard-change", "scorecard-publish", "scorecard-add", "scorecard-save"),
                    *("scorecard-compare", "scorecard-upload", "scorecard-history", "backtest", "suggestion"),
                ),
            ),
        ),
    ),
    (
        _("Workspace"),
        (
            Page("definitions", _("Definitions"), "definition.read"),
            Page("runs", _("Runs"), "run.read"),
            Page(
                "sources",
                _("Sources"),
                "source.read",
                (
                    *("import", "source", "source-add", "source-test", "create-key", "rotate-key"),
                    *("rotate-secret", "source-mapping"),
                    *("upload-file", "upload", "upload-save"),
                ),
            ),
            Page(
                "event-names",
                _("Events"),
                "source.read",
                ("event-name", "event-name-save", "features-save", "first-value-save"),
            ),
            Page("settings", _("Settings"), "settings.read", tuple(names_of(SECTIONS))),
        ),
    ),
)


class Frame:
    """The parts are worked out when first asked for, so a part of a page costs none of them."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.member: Membership | None = getattr(request, "member", None)

    @property
    def theme(self) -> str:
        chosen = self.request.COOKIES.get(THEME_COOKIE, "")
        return chosen if chosen in THEMES else ""

    @property
    def workspace(self) -> Workspace | None:
        return self.member.workspace if self.member else None

    @property
    def home(self) -> str:
        return address("portfolio", self.member.workspace.slug) if self.member else "/"

    @cached_property
    def nav(self) -> tuple[Group, ...]:
        if self.member is None:
            return ()
        groups = (Group(title, tuple(self._links(self.member, pages))) for title, pages in MENU)
        return tuple(group for group in groups if group.links)

    @cached_property
    def sections(self) -> tuple[Link, ...]:
        """The sections of settings that the member may see."""
        return tuple(self._links(self.member, SECTIONS)) if self.member else ()

    @cached_property
    def first_steps(self) -> FirstSteps | None:
        """What a new workspace still needs, for who can do it."""
        base = f"{self.request.scheme}://{self.request.get_host()}"
        return first_steps_of(self.member, base) if self.member else None

    @cached_property
    def workspaces(self) -> tuple[Link, ...]:
        """The workspaces of the person who is signed in."""
        found = (each.workspace for each in getattr(self.request, "memberships", ()))
        return tuple(Link(each.name, address("portfolio", each.slug), here=each == self.workspace) for each in found)

    def _links(self, member: Membership, pages: tuple[Page, ...]) -> Iterator[Link]:
        at = self.request.resolver_match.url_name if self.request.resolver_match else ""
        for page in pages:
            if may(member.role, page.permission):
                yield Link(
                    str(page.label),
                    address(page.name, member.workspace.slug),
                    here=at in (page.name, *page.below),
                    count=page.count(member) if page.count else None,
                )


def frame(request: HttpRequest) -> dict[str, Frame]:
    """For every template: `frame`."""
    return {"frame": Frame(request)}
