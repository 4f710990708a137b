"""All scorecards in the order in which an account looks for its own, with what each has to say for itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Account, Membership, Workspace
from accounts.permissions import may
from dashboards.panels.scorecards.tried import Tried
from dashboards.panels.scorecards.words import scope_text
from dashboards.templatetags.figures import day, integer
from metrics.lineup import first_fit, reached
from metrics.models import Scorecard, ScorecardVersion, Standing

# A scorecard → the form that changes it.
FormOf = Callable[[Scorecard], Any]


@dataclass(frozen=True)
class Row:
    """A scorecard. `newest` is its published version, `draft` its unpublished one; `warning`: why no account can get
    it; `up` and `down` are places in the order, counted from 0."""

    name: str
    kind: str
    is_points: bool
    scope: str
    accounts: int
    newest: ScorecardVersion | None
    published: str
    draft: ScorecardVersion | None
    closed_at: datetime | None
    warning: str
    url: str
    versions_url: str
    save_url: str
    close_url: str
    form: Any
    up: int | None = None
    down: int | None = None

    @property
    def is_open(self) -> bool:
        """Whether its form was sent and refused."""
        return bool(self.form.is_bound)


@dataclass(frozen=True)
class LineupPage:
    """All that the page shows."""

    rows: tuple[Row, ...]
    closed: tuple[Row, ...]
    uncovered: str
    tried: Tried
    may_change: bool
    form: Any
    add_url: str


def lineup_page(member: Membership, tried: Tried, form_of: FormOf, form: Any) -> LineupPage:
    """The page; `tried` is what came of its test field, `form` makes a new one. Four queries."""
    workspace = member.workspace
    scorecards = list(Scorecard.objects.of(workspace).in_order())
    versions = _versions(workspace)
    counts = _counts(workspace)
    usable = [each for each in scorecards if any(version.published_at for version in versions.get(each.pk, ()))]
    rows = [_row(member, each, versions.get(each.pk, []), counts.get(each.pk, 0), form_of) for each in scorecards]
    got, opened = reached(usable), [n for n, each in enumerate(scorecards) if each.closed_at is None]
    for n in opened:
        warning = "" if scorecards[n] not in usable or scorecards[n].pk in got else _warning(usable, scorecards[n])
        up, down = n - 1 if n else None, n + 1 if n + 1 < len(opened) else None
        rows[n] = replace(rows[n], warning=warning, up=up, down=down)
    return LineupPage(
        rows=tuple(rows[n] for n in opened),
        closed=tuple(row for row in rows if row.closed_at is not None),
        uncovered=_uncovered(workspace, usable),
        tried=tried,
        may_change=may(member.role, "scorecard.write"),
        form=form,
        add_url=reverse("scorecard-add", args=[workspace.slug]),
    )


def _versions(workspace: Workspace) -> dict[int, list[ScorecardVersion]]:
    """Scorecard → its versions, the newest first."""
    found: dict[int, list[ScorecardVersion]] = {}
    for version in ScorecardVersion.objects.of(workspace).select_related("published_by__user").order_by("-number"):
        found.setdefault(version.scorecard_id, []).append(version)
    return found


def _counts(workspace: Workspace) -> dict[int, int]:
    """Scorecard → how many accounts stand by it."""
    rows = Standing.objects.of(workspace).filter(is_scored=True).order_by()
    counted = rows.values("version__scorecard").annotate(n=Count("account_id"))
    return dict(counted.values_list("version__scorecard", "n"))


def _uncovered(workspace: Workspace, usable: list[Scorecard]) -> str:
    """What is to be said of the accounts that no scorecard is for."""
    rows = Account.objects.of(workspace).order_by().values("segment", "stage__name").annotate(n=Count("pk"))
    left = sum(row["n"] for row in rows if first_fit(usable, (row["segment"], row["stage__name"] or "")) is None)
    if not left:
        return ""
    words = ngettext(
        "No scorecard is for %(n)s account: it is not scored.",
        "No scorecard is for %(n)s of the accounts: these are not scored.",
        left,
    )
    return words % {"n": integer(left)}


def _published(version: ScorecardVersion | None) -> str:
    """Aug 2, 2026, by Carol Whitfield"""
    if version is None or version.published_at is None:
        return ""
    when = day(localtime(version.published_at).date())
    who = version.published_by
    return _("%(day)s, by %(name)s") % {"day": when, "name": who.user} if who else when


def _warning(usable: list[Scorecard], scorecard: Scorecard) -> str:
    """Why no account can get it: one before it takes all, or several do together."""
    before = usable[: usable.index(scorecard)]
    whole = next((each for each in before if each.closed_at is None and not each.segments and not each.stages), None)
    if whole is not None:
        return _("No account can get it: “%(name)s”, which comes first, is for all accounts.") % {"name": whole.name}
    return _("No account can get it: those that come first take all the accounts that it is for.")


def _row(
    member: Membership, scorecard: Scorecard, versions: list[ScorecardVersion], accounts: int, form_of: FormOf
) -> Row:
    def way(name: str) -> str:
        return reverse(name, args=[member.workspace.slug, scorecard.pk])

    newest = next((version for version in versions if version.published_at), None)
    return Row(
        name=scorecard.name,
        kind=str(Scorecard.Kind(scorecard.kind).label),
        is_points=scorecard.kind == Scorecard.Kind.POINTS,
        scope=scope_text(scorecard),
        accounts=accounts,
        newest=newest,
        published=_published(newest),
        draft=next((version for version in versions if not version.published_at), None),
        closed_at=scorecard.closed_at,
        warning="",
        url=way("scorecard"),
        versions_url=way("scorecard-compare"),
        save_url=way("scorecard-save"),
        close_url=way("scorecard-close"),
        form=form_of(scorecard),
    )
