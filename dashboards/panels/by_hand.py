"""Bands by hand: the running ones with the computed one beside, the past ones, and how often they were right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Role
from dashboards.panels.lists import PAGE_SIZE, Pager, pager
from dashboards.templatetags.figures import day, integer, percent
from metrics.formulas.by_hand import Side, Tally, Verdict, tally
from metrics.manual_bands import Outcome, outcomes
from metrics.models import Band, ManualBand, Run, Standing
from metrics.models.snapshot import UNIT

# What began before is not looked at any more.
YEARS = timedelta(days=730)


@dataclass(frozen=True)
class Row:
    """One band by hand. `computed` is the band by the score: now for a running one, on the eve for a past one."""

    url: str
    account: str
    band: str
    computed: str
    score: Decimal | None
    author: str
    reason: str
    set_on: date
    ends_on: date
    how: str
    verdict: str


@dataclass(frozen=True)
class Line:
    """How often some of them were right."""

    name: str
    n: str
    share: str
    interval: str
    is_thin: bool
    waiting: int
    neither: int


@dataclass(frozen=True)
class ByHand:
    """The page."""

    url: str
    today: date
    running: tuple[Row, ...]
    past: tuple[Row, ...]
    lines: tuple[Line, ...]
    pager: Pager


@dataclass(frozen=True)
class _Told:
    """A band by hand, what became of it, and where its account stands."""

    row: ManualBand
    slug: str
    outcome: Outcome
    standing: Any
    today: date
    known: date | None

    @property
    def is_due(self) -> bool:
        """Whether its time is not over."""
        return self.row.ended_on is None and self.row.ends_on > self.today

    @property
    def is_running(self) -> bool:
        return self.is_due and self.standing is not None and self.standing.is_scored and self.standing.manual

    @property
    def verdict(self) -> Verdict:
        return self.outcome.verdict(self.row, self.known)

    @property
    def counts(self) -> bool:
        """What was taken back on its first day never showed."""
        return self.row.ended_on is None or self.row.ended_on > self.row.starts_on


def by_hand_of(member: Membership, page: int, now: datetime) -> ByHand:
    """A CSM sees those of the own book and the own ones, a manager the team's, others all. Four queries."""
    workspace = member.workspace
    url = reverse("manual-bands", args=[workspace.slug])
    told = _told(member, workspace.day_of(now))
    running = [each for each in told if each.is_running]
    past = [each for each in told if not each.is_running]
    first = (page - 1) * PAGE_SIZE
    return ByHand(
        url=url,
        today=workspace.day_of(now),
        running=tuple(_row(each, each.standing.held_band) for each in sorted(running, key=lambda e: e.row.ends_on)),
        past=tuple(_row(each, each.outcome.computed) for each in past[first : first + PAGE_SIZE]),
        lines=tuple(_lines(member, [each for each in told if each.counts])),
        pager=pager(page, len(past), lambda number: f"{url}?page={number}"),
    )


def _told(member: Membership, today: date) -> list[_Told]:
    """The newest first."""
    workspace = member.workspace
    rows = ManualBand.objects.of(workspace).filter(_seen_by(member), starts_on__gt=today - YEARS)
    found = list(rows.select_related("account", "author__user").order_by("-starts_on", "-pk"))
    standings = Standing.objects.of(workspace).filter(account_id__in={row.account.pk for row in found})
    at = {each.account_id: each for each in standings.only("is_scored", "manual", "held_band", "score_units")}
    known = Run.objects.of(workspace).published().order_by("-day").values_list("day", flat=True).first()
    became = outcomes(workspace, [row.pk for row in found])
    return [_Told(row, workspace.slug, became[row.pk], at.get(row.account.pk), today, known) for row in found]


def _seen_by(member: Membership) -> Q:
    if member.role == Role.CSM:
        return Q(account__owner=member) | Q(author=member)
    if member.role == Role.MANAGER and member.team:
        return Q(account__team=member.team) | Q(author__team=member.team)
    return Q()


def _row(told: _Told, computed: int) -> Row:
    row = told.row
    units = told.standing.score_units if told.is_running else None
    return Row(
        url=reverse("account", args=[told.slug, row.account.pk]),
        account=row.account.name,
        band=_name(row.band),
        computed=_name(computed),
        score=None if units is None else Decimal(units) / UNIT,
        author=str(row.author or _("somebody")),
        reason=row.reason,
        set_on=row.starts_on,
        ends_on=row.ends_on,
        how=_how(told),
        verdict=_verdict(told),
    )


def _name(band: int) -> str:
    return Band(band).name.lower()


def _how(told: _Told) -> str:
    """What ended it."""
    row, dropped_on = told.row, told.outcome.dropped_on
    if dropped_on is not None:
        return _("a new cap, %(day)s") % {"day": day(dropped_on, told.today)}
    if row.ended_on is not None:
        return _("taken back, %(day)s") % {"day": day(row.ended_on, told.today)}
    if told.is_due:
        return _("the account left") if told.standing and not told.standing.is_scored else _("a new cap")
    return _("its end, %(day)s") % {"day": day(row.ends_on, told.today)}


def _verdict(told: _Told) -> str:
    """In words; empty for what does not count."""
    if not told.counts:
        return ""
    why = told.outcome
    words = {
        Verdict.RIGHT: _("Right"),
        Verdict.WRONG: _("Not right"),
        Verdict.WAITING: _("waits for 90 days"),
        Verdict.NEITHER: _("same as computed"),
    }[told.verdict]
    if told.verdict not in (Verdict.RIGHT, Verdict.WRONG):
        return words
    lowered = why.side(told.row) is Side.LOWERED
    cause = (
        _("left") if why.has_left else _("gave notice") if why.gave_notice
        else _("the score came down") if lowered and told.verdict is Verdict.RIGHT else _("stayed")
    )  # fmt: skip
    return _("%(verdict)s: %(cause)s") % {"verdict": words, "cause": cause}


def _lines(member: Membership, told: list[_Told]) -> Iterable[Line]:
    """All together, by side, by author. A CSM is told of the own ones."""
    mine = [each for each in told if member.role != Role.CSM or each.row.author == member]
    if not mine:
        return
    yield _line(_("All"), mine)
    for which, name in ((Side.LIFTED, _("Lifted above the score")), (Side.LOWERED, _("Lowered below the score"))):
        yield _line(name, [each for each in mine if each.outcome.side(each.row) is which])
    by_author = _grouped(mine, lambda each: str(each.row.author or _("somebody")))
    if len(by_author) > 1:
        for name in sorted(by_author, key=str.casefold):
            yield _line(name, by_author[name])


def _grouped(told: list[_Told], key: Callable[[_Told], str]) -> Mapping[str, list[_Told]]:
    groups: dict[str, list[_Told]] = {}
    for each in told:
        groups.setdefault(key(each), []).append(each)
    return groups


def _line(name: str, told: list[_Told]) -> Line:
    found: Tally = tally(each.verdict for each in told)
    interval = found.interval
    n = _("%(right)s of %(decided)s") % {"right": integer(found.right), "decided": integer(found.decided)}
    return Line(
        name=name,
        n=n if found.decided else "–",
        share=percent(found.share),
        interval=f"{percent(interval[0])} – {percent(interval[1])}" if interval else "–",
        is_thin=found.is_thin,
        waiting=found.waiting,
        neither=found.neither,
    )
