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
from dashboards.templatetags.figures import fixed, integer
from metrics.models import Backtest, BacktestDay, Scorecard, ScorecardVersion

KEPT = 12
NO_INPUTS = ("outcomes",)


@dataclass(frozen=True)
class Running:
    """A back-test under way: how many of its days are read. The page asks for it by `url`."""

    url: str
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
    """All that the page shows: one that ended, how far the one is that runs, and `starts`, the versions of which one
    may begin another."""

    scorecard: Scorecard
    studio_url: str
    today: date
    starts: tuple[Link, ...]
    running: Running | None
    backtest: Backtest | None
    said: Said | None
    version: str
    earlier: tuple[Earlier, ...]


def backtest_page(member: Membership, scorecard: Scorecard, asked: int | None, now: datetime) -> BacktestPage:
    """The back-test of this number, else the newest that ended; one that still runs is told of as running. Raises
    Http404 for one that is not of the scorecard. Five queries."""
    workspace = member.workspace
    rows = Backtest.objects.of(workspace).filter(scorecard=scorecard).select_related("version").defer(*NO_INPUTS)
    newest = list(rows.newest_first()[:KEPT])
    ended = [row for row in newest if not row.is_open]
    chosen = rows.filter(pk=asked).first() if asked is not None else None
    if asked is not None and chosen is None:
        raise Http404
    is_past = chosen is not None and not chosen.is_open
    shown = chosen if is_past else next(iter(ended), None)
    live = chosen if chosen and not is_past else next((row for row in newest if row.is_open), None)
    url = _url(scorecard)
    may_start = may(member.role, "scorecard.write") and live is None
    return BacktestPage(
        scorecard=scorecard,
        studio_url=reverse("scorecard", args=[workspace.slug, scorecard.pk]),
        today=workspace.day_of(now),
        starts=_starts(scorecard) if may_start else (),
        running=_running(live, f"{url}?run={asked}" if is_past else url) if live else None,
        backtest=shown,
        said=said_of(shown) if shown and shown.result and shown.result.get("auc") else None,
        version=_version(shown.version) if shown else "",
        earlier=tuple(_earlier(row, f"{url}?run={row.pk}", row == shown) for row in ended),
    )


def running_of(scorecard: Scorecard, asked: int | None) -> Running | None:
    """How far the one is that runs, for a page that shows the back-test of this number; None where none runs. Two
    queries."""
    rows = Backtest.objects.of(scorecard.workspace).unfinished().filter(scorecard=scorecard).defer(*NO_INPUTS)
    live, url = rows.newest_first().first(), _url(scorecard)
    return _running(live, url if asked is None else f"{url}?run={asked}") if live else None


def _url(scorecard: Scorecard) -> str:
    return reverse("backtest", args=[scorecard.workspace.slug, scorecard.pk])


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


def _running(backtest: Any, url: str) -> Running:
    days = BacktestDay.objects.of(backtest.workspace_id).filter(backtest=backtest)
    counts: dict[str, Any] = days.aggregate(days=Count("pk"), done=Count("pk", filter=Q(is_read=True)))
    return Running(url, backtest.get_state_display(), **counts)


def _earlier(row: Any, url: str, here: bool) -> Earlier:
    said = row.result or {}
    auc = said.get("auc") or {}
    words = row.get_state_display()
    if auc.get("value") is not None:
        words = _("AUC %(value)s, %(low)s–%(high)s") % {key: fixed(auc[key], 2) for key in ("value", "low", "high")}
    elif row.state == Backtest.State.REFUSED:
        words = _("Too few to tell (%(n)s; %(needed)s needed)") % {
            "n": integer(said["churned"]), "needed": integer(said["needed"]),
        }  # fmt: skip
    return Earlier(url, row.known_day, _version(row.version), words, here)
