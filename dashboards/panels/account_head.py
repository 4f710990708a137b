"""What stands above every page of an account: who it is, what can be added to it, the tabs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Membership
from accounts.models.written import written_once
from dashboards.addresses import address
from dashboards.panels.entries import ENTRIES, may_write, ways_to_add
from dashboards.panels.figure import Figure
from dashboards.panels.lists import Link, Said
from dashboards.panels.tags import Tags, tags_of
from dashboards.templatetags.figures import day, days_ago, figure
from metrics.models import Standing

# The pages of an account, in order, by the names of their addresses.
TABS: tuple[tuple[str, Promise], ...] = (
    ("account", gettext_lazy("Overview")),
    ("timeline", gettext_lazy("Timeline")),
    ("account-people", gettext_lazy("People and plan")),
    ("account-money", gettext_lazy("Money")),
    ("account-support", gettext_lazy("Support and surveys")),
)
# What is added most has a button beside the name; the others open from one.
BUTTONS = ("call", "pulse")


@dataclass(frozen=True)
class AccountHead:
    """The name, a line of facts, the ways to add of who may write, the tabs; `standing` is where the account stands
    now, None before its first score."""

    name: str
    initials: str
    facts: tuple[Said, ...]
    tags: Tags
    buttons: tuple[Link, ...]
    adds: tuple[Link, ...]
    tabs: tuple[Link, ...]
    standing: Any
    today: date
    writes: bool
    share_url: str


def head_of(member: Membership, account: Account, here: str, now: datetime) -> AccountHead:
    """`here` is the name of the page's address. Two queries."""
    workspace = member.workspace
    today = workspace.day_of(now)
    standing = next(iter(_standings(workspace.pk, account.pk)), None)
    writes = may_write(member, account)
    place = workspace.slug, account.pk
    note = Link(_("Note"), address("add-note", *place))
    return AccountHead(
        name=account.name,
        initials=account.initials,
        facts=_facts(account, standing, today),
        tags=tags_of(account, writes),
        buttons=(*ways_to_add(account, *BUTTONS), note) if writes else (),
        adds=ways_to_add(account, *(key for key in ENTRIES if key not in BUTTONS)) if writes else (),
        tabs=_tabs(account, here),
        standing=standing,
        today=today,
        writes=writes,
        share_url=address("share", *place) if writes else "",
    )


@written_once
def _standings(workspace: int, account: int) -> QuerySet[Any]:
    rows = Standing.objects.of(workspace).filter(account_id=account)
    return rows.select_related("version__scorecard")  # type: ignore[no-any-return]


def _tabs(account: Account, here: str) -> tuple[Link, ...]:
    place = account.workspace.slug, account.pk
    return tuple(Link(str(label), address(name, *place), here=name == here) for name, label in TABS)


def _facts(account: Account, standing: Any, today: date) -> tuple[Said, ...]:
    """The line below the name."""
    workspace = account.workspace
    parts = [Said(account.segment), Said(str(account.stage or "")), Said(str(account.owner or _("no owner")))]
    if standing is not None:
        if workspace.has_terms:
            mrr = figure(Figure("mrr", standing.mrr, workspace.currency, standing.day))
            parts.append(Said(_("%(mrr)s MRR") % {"mrr": mrr}, "kpi-revenue.mrr"))
        if standing.renews_on:
            words = {"day": day(standing.renews_on, today), "when": days_ago(standing.renews_on, today)}
            parts.append(Said(_("renews %(day)s (%(when)s)") % words, "count-renewing"))
        if standing.last_touch_at:
            touched = workspace.day_of(standing.last_touch_at)
            words = {"when": days_ago(touched, today)}
            parts.append(Said(_("last touch %(when)s") % words, "measure-engagement.days_since_touch"))
    return tuple(part for part in parts if part.text)
