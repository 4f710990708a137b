"""Suggested weights beside today's: what was learnt, how it was judged, what would change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Workspace
from accounts.permissions import may
from dashboards.panels.breakdown import anchor_of
from dashboards.panels.definitions import MEASURE_GROUPS
from dashboards.panels.figure import Figure
from dashboards.panels.moved import Moved, moved_rows, mrr_of, names_of, sides, ways
from dashboards.templatetags.figures import days, fixed, integer, signed
from metrics.drafts import newest
from metrics.models import BacktestDay, Scorecard, ScorecardVersion, Suggestion
from metrics.registry import MEASURES
from metrics.weights.effects import effect_of
from metrics.weights.reasons import reason
from metrics.whatif import WhatIf

POLL = 2
ROWS = 20
State = Suggestion.State


@dataclass(frozen=True)
class Weight:
    """A line, or all lines of a group: its weight today and as suggested."""

    name: str
    anchor: str
    now: float
    new: float

    @property
    def change(self) -> float:
        return self.new - self.now


@dataclass(frozen=True)
class Group(Weight):
    lines: tuple[Weight, ...]


@dataclass(frozen=True)
class Part:
    """A part of the past: what was learnt on, or judged by."""

    days: str
    accounts: int
    churned: int


@dataclass(frozen=True)
class Tile:
    """An AUC, or the gain: its number and its 95 % interval, and the entry of the definitions that says what it is."""

    name: str
    anchor: str
    value: str
    interval: str


@dataclass(frozen=True)
class Effect:
    """How many accounts would change colour, with their MRR; the largest of them. To or from grey is no way."""

    accounts: int
    down: int
    down_mrr: Figure
    up: int
    up_mrr: Figure
    grey: int
    grey_mrr: Figure
    rows: tuple[Moved, ...]

    @property
    def moved(self) -> int:
        return self.down + self.up + self.grey


@dataclass(frozen=True)
class SuggestionPage:
    """All that the page shows. `poll`: seconds after which it asks again; 0: never. `why`: no weights are suggested."""

    url: str
    scorecard: Scorecard
    newest: ScorecardVersion | None
    writes: bool
    today: date
    suggestion: Suggestion | None = None
    poll: int = 0
    done: int = 0
    days: int = 0
    why: str = ""
    learnt: Part | None = None
    judged: Part | None = None
    gap: int = 0
    by_line: bool = False
    tiles: tuple[Tile, ...] = ()
    groups: tuple[Group, ...] = ()
    widest: float = 1
    effect: Effect | None = None

    @property
    def steps(self) -> int:
        """The days of the past, and the fit."""
        return self.days + 1

    @property
    def is_stale(self) -> bool:
        """Whether another version was published since."""
        return bool(self.suggestion and self.newest and self.suggestion.version != self.newest)


def suggestion_page(member: Membership, scorecard: Scorecard, now: datetime) -> SuggestionPage:
    """The newest suggestion for a scorecard. A fixed number of queries."""
    workspace = member.workspace
    scorecard.workspace = workspace
    found = Suggestion.objects.of(workspace).filter(scorecard=scorecard).newest_first()
    suggestion = found.select_related(
        "workspace", "scorecard", "version__scorecard", "backtest", "asked_by__user"
    ).first()
    common: dict[str, Any] = {
        "url": reverse("suggestion", args=[workspace.slug, scorecard.pk]),
        "scorecard": scorecard,
        "newest": newest(scorecard),
        "writes": may(member.role, "scorecard.write"),
        "today": workspace.day_of(now),
        "suggestion": suggestion,
    }
    if suggestion is None:
        return SuggestionPage(**common)
    if suggestion.is_open:
        return SuggestionPage(**common, poll=POLL, **_progress(suggestion))
    if suggestion.state == State.FAILED:
        return SuggestionPage(**common)
    return SuggestionPage(**common, **_told(suggestion, now))


def _progress(suggestion: Suggestion) -> dict[str, Any]:
    """How many days of the past are read."""
    days = BacktestDay.objects.of(suggestion.workspace).filter(backtest=suggestion.backtest)
    count = days.aggregate(all=Count("pk"), read=Count("pk", filter=Q(is_read=True)))
    return {"done": count["read"], "days": count["all"]}


def _told(suggestion: Suggestion, now: datetime) -> dict[str, Any]:
    said = suggestion.result
    told: dict[str, Any] = {
        "why": reason(said, lambda each: signed(each, 3), integer),
        "learnt": _part(said.get("fitted")),
        "judged": _part(said.get("judged")),
        "gap": said.get("gap", 0),
        "by_line": said.get("by_line", False),
        "tiles": _tiles(said),
    }
    if suggestion.state == State.DONE:
        groups = _groups(said["weights"])
        widest = max(max(line.now, line.new) for group in groups for line in group.lines)
        told |= {
            "groups": groups,
            "widest": widest,
            "effect": _effect(suggestion.workspace, effect_of(suggestion, now)),
        }
    return told


def _part(said: dict[str, Any] | None) -> Part | None:
    if not said or not said["rows"]:
        return None
    span = days(date.fromisoformat(said["first"]), date.fromisoformat(said["last"]), with_year=True)
    return Part(span, said["accounts"], said["churned"])


def _tiles(said: dict[str, Any]) -> tuple[Tile, ...]:
    if not said.get("gain"):
        return ()
    new = _("AUC, weights that were tried") if said["refused"] else _("AUC, suggested weights")
    return (
        _tile(_("AUC, today's weights"), "backtest-auc", said["auc_now"]),
        _tile(new, "backtest-auc", said["auc_new"]),
        _tile(_("Gain"), "suggestion-gain", said["gain"]),
    )


def _tile(name: str, anchor: str, found: dict[str, float]) -> Tile:
    def write(each: float) -> str:
        return signed(each, 3) if anchor == "suggestion-gain" else fixed(each, 3)

    low, high = write(found["low"]), write(found["high"])
    return Tile(name, anchor, write(found["value"]), _("%(low)s to %(high)s") % {"low": low, "high": high})


def _groups(weights: list[dict[str, Any]]) -> tuple[Group, ...]:
    """In the order of the catalogue; a group's weight is the sum of its lines."""
    order = list(MEASURE_GROUPS)
    known = [each for each in weights if each["measure"] in MEASURES]
    known.sort(key=lambda each: order.index(MEASURES[each["measure"]].group))
    groups = []
    for group, some in groupby(known, key=lambda each: MEASURES[each["measure"]].group):
        lines = tuple(
            Weight(MEASURES[each["measure"]].name, anchor_of(each["measure"]), each["now"], each["new"])
            for each in some
        )
        now, new = sum(line.now for line in lines), sum(line.new for line in lines)
        groups.append(Group(str(MEASURE_GROUPS[group]), "", now, new, lines))
    return tuple(groups)


def _effect(workspace: Workspace, found: WhatIf) -> Effect:
    both = sides(found)
    largest = both.changes[:ROWS]
    way = ways(both, both.changes)
    return Effect(
        accounts=len(both.accounts),
        down=len(way["down"]),
        down_mrr=mrr_of(workspace, both, way["down"]),
        up=len(way["up"]),
        up_mrr=mrr_of(workspace, both, way["up"]),
        grey=len(way["grey"]),
        grey_mrr=mrr_of(workspace, both, way["grey"]),
        rows=moved_rows(workspace, both, largest, names_of(workspace, both.accounts[largest])),
    )
