"""Whether a scorecard told who left: the newest back-test of it, the one that runs, and those before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.permissions import may
from dashboards.panels.backtest.said import Said, said_of
from dashboards.panels.lists import Link
from metrics.models import Backtest, BacktestDay, Scorecard, ScorecardVersion

POLL = 2
KEPT = 12
NO_INPUTS = ("outcomes",)


@dataclass(frozen=True)
class Running:
    """A back-test under way: how many of its days are read."""

    words: str
    done: int
    days: int


@dataclass(frozen=True)
class Earlier:
    """A back-test before: when, of which version, what it said."""

    url: str
    day: date
    version: str
    words: str
    here: bool


@dataclass(frozen=True)
class BacktestPage:
    """All that the page shows; it asks again after `poll` seconds while one runs, 0 is never."""

    scorecard: Scorecard
    url: str
    studio_url: str
    poll: int
    today: date
    may_start: bool
    starts: tuple[Link, ...]
    running: Running | None
    backtest: Backtest | None
    said: Said | None
    version: str
    earlier: tuple[Earlier, ...]


def backtest_page(member: Membership, scorecard: Scorecard, asked: int | None, now: datetime) -> BacktestPage:
    """The back-test of this number, else the newest that ended. Raises Http404 for one that is not of the scorecard.
    Five queries."""
    workspace = member.workspace
    rows = Backtest.objects.of(workspace).filter(scorecard=scorecard).select_related("version").defer(*NO_INPUTS)
    newest = list(rows.newest_first()[:KEPT])
    ended = [row for row in newest if not row.is_open]
    shown = rows.filter(pk=asked).first() if asked is not None else next(iter(ended), None)
    if asked is not None and shown is None:
        raise Http404
    live = next((row for row in newest if row.is_open), None)
    url = reverse("backtest", args=[workspace.slug, scorecard.pk])
    return BacktestPage(
        scorecard=scorecard,
        url=url,
        studio_url=reverse("scorecard", args=[workspace.slug, scorecard.pk]),
        poll=POLL if live and asked is None else 0,
        today=workspace.day_of(now),
        may_start=may(member.role, "scorecard.write") and live is None,
        starts=_starts(scorecard) if may(member.role, "scorecard.write") else (),
        running=_running(live) if live else None,
        backtest=shown,
        said=said_of(shown) if shown and shown.result and shown.result.get("auc") else None,
        version=_version(shown.version) if shown else "",
        earlier=tuple(_earlier(row, f"{url}?run={row.pk}", row == shown) for row in ended),
    )


def _starts(scorecard: Any) -> tuple[Link, ...]:
    """The versions that can be judged: the newest published, and the draft."""
    versions = ScorecardVersion.objects.of(scorecard.workspace_id).filter(scorecard=scorecard).order_by("-number")
    found = list(versions[:20])
    published = next((each for each in found if each.published_at), None)
    draft = next((each for each in found if not each.published_at), None)
    return tuple(Link(_version(each), str(each.pk)) for each in (published, draft) if each)


def _version(version: ScorecardVersion) -> str:
    words = _("v%s") if version.published_at else _("draft v%s")
    return str(words % version.number)


def _running(backtest: Any) -> Running:
    days = BacktestDay.objects.of(backtest.workspace_id).filter(backtest=backtest)
    counts: dict[str, Any] = days.aggregate(days=Count("pk"), done=Count("pk", filter=Q(is_read=True)))
    return Running(backtest.get_state_display(), **counts)


def _earlier(row: Any, url: str, here: bool) -> Earlier:
    said = row.result or {}
    auc = said.get("auc") or {}
    words = row.get_state_display()
    if auc.get("value") is not None:
        words = _("AUC %(value).2f, %(low).2f–%(high).2f") % auc
    elif row.state == Backtest.State.REFUSED:
        words = _("Too few to tell (%(churned)d; %(needed)d needed)") % said
    return Earlier(url, row.known_day, _version(row.version), words, here)
