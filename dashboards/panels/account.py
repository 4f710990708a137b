"""One account: its score and band, the line over the bands, what makes the score, every measure, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Account, Membership
from accounts.models.written import written_once
from dashboards.addresses import address
from dashboards.charts.score_line import Figure as Chart
from dashboards.charts.score_line import Mark, score_line
from dashboards.panels.account_head import AccountHead, head_of
from dashboards.panels.breakdown import Contribution, MeasureRow, breakdown, left_out, measure_rows, moved, sum_text
from dashboards.panels.coverage import coverage_words, oldest_fact
from dashboards.panels.evidence.asked import evidence_url
from dashboards.panels.filters import FilterError
from dashboards.panels.lists import Link
from dashboards.panels.notices import Notice, notices
from dashboards.panels.risk import risk_of, risks_of
from dashboards.panels.timeline.marks import marks_of
from dashboards.panels.timeline.stream import Entry, Reader, Timeline, going_on, head_of_timeline
from dashboards.panels.turning import nearest_turn
from dashboards.panels.why import Why, read_since, since_links, why_card
from dashboards.templatetags.figures import band_word, day, fixed, score
from metrics.explain import End, last_run
from metrics.models import Band, Run, ScorecardVersion, ScoreSnapshot
from metrics.models.snapshot import UNIT
from metrics.scorecards import Card, published_card

USUAL_SINCE = "7"
RANGES = {"30": 30, "90": 90, "365": 365}
FIELDS = ("day", "score_units", "points", "version_id")


@dataclass(frozen=True)
class AccountPage:
    """All that the page shows. Without a standing there is no score yet, and `why_no_line` says why."""

    head: AccountHead
    url: str
    today: date
    band: str
    score: Decimal | None
    headline: str
    change: Decimal | None
    coverage: str
    oldest_url: str
    risk: str
    ranges: tuple[Link, ...]
    notices: tuple[Notice, ...]
    band_link: Link | None
    line: tuple[tuple[date, float], ...]
    chart: Chart | None
    chart_label: str
    why_no_line: str
    contributions: tuple[Contribution, ...]
    widest: float
    sum: str
    moved: str
    why: Why | None
    since: tuple[Link, ...]
    turn: str
    measures: tuple[MeasureRow, ...]
    left_out: str
    going_on: tuple[Entry, ...]
    timeline: Timeline


@dataclass(frozen=True)
class History:
    """The published snapshots of some days up to today, and what the account stands at now."""

    standing: Any
    days: list[date]
    scores: list[float | None]
    snapshots: list[dict[str, Any]]


def account_page(
    member: Membership, account: Account, asked_range: str, now: datetime, asked_since: str = USUAL_SINCE
) -> AccountPage:
    """The page of one account. A fixed number of queries. Raises FilterError for an unknown range."""
    if asked_range not in RANGES:
        raise FilterError(_("range: “%(value)s” is none of 30, 90, 365.") % {"value": asked_range[:20]})
    since = read_since(asked_since)
    head = head_of(member, account, "account", now)
    url = address("account", member.workspace.slug, account.pk)
    common: dict[str, Any] = {
        "head": head,
        "url": url,
        "today": head.today,
        "ranges": _ranges(url, asked_range),
        "since": since_links(url, since),
        "going_on": going_on(account, head.today, head.writes),
        "timeline": head_of_timeline(account, head.today, Reader(member.role, head.writes)),
    }
    if head.standing is None:
        return AccountPage(**common, **_unscored(), band_link=None, oldest_url="")
    history = _history(account, head.standing, RANGES[asked_range])
    link = _band_link(account, head.standing) if head.writes and head.standing.is_scored else None
    oldest_url = address("account-oldest", account.workspace.slug, account.pk)
    scored = _Scored(account, history, head.today).all(since)
    return AccountPage(**common, **scored, band_link=link, oldest_url=oldest_url)


def score_of(account: Account, standing: Any, length: int, today: date) -> dict[str, Any]:
    """What a page says of a score, its line of so many days and what makes it, whoever reads it."""
    if standing is None:
        return _unscored() | {"scores": (), "borders": None}
    history, version = _history(account, standing, length), standing.version
    borders = None if version.bands_by_rank else (version.red_below, version.green_from)
    told = _Scored(account, history, today).told()
    return told | {"scores": tuple(history.scores), "borders": borders}


def _ranges(url: str, asked: str) -> tuple[Link, ...]:
    labels = {"30": _("30 d"), "90": _("90 d"), "365": _("1 y")}
    return tuple(
        Link(label, url if key == "90" else f"{url}?range={key}", here=key == asked) for key, label in labels.items()
    )


def _band_link(account: Account, standing: Any) -> Link:
    """The way to set the band by hand, or to change that."""
    label = _("Change it") if standing.manual else _("Set by hand")
    return Link(label, address("manual-band", account.workspace.slug, account.pk))


def _unscored() -> dict[str, Any]:
    return {
        "band": "grey", "score": None, "headline": band_word("grey"), "change": None,
        "coverage": _("never scored"), "risk": "", "notices": (), "line": (), "chart": None, "chart_label": "",
        "why_no_line": _("Scores are made every night for customers and trials; on no night yet was this one."),
        "contributions": (), "widest": 1.0, "sum": "", "moved": "", "why": None, "turn": "",
        "measures": (), "left_out": "",
    }  # fmt: skip


def _history(account: Account, standing: Any, length: int) -> History:
    """Up to the standing's day, which is the last point; at least the 90 days that the measures' lines need."""
    first = standing.day - timedelta(days=max(length, 90))
    rows = _snapshots(account.workspace.pk, account.pk, first)
    if not rows or rows[-1]["day"] < standing.day:
        rows.append({name: getattr(standing, name) for name in FIELDS})
    begin = max(rows[0]["day"], rows[-1]["day"] - timedelta(days=length))
    days = [begin + timedelta(days=n) for n in range((rows[-1]["day"] - begin).days + 1)]
    known = {row["day"]: row["score_units"] for row in rows}
    scores = [None if known.get(each) is None else known[each] / UNIT for each in days]
    return History(standing, days, scores, rows)


@written_once
def _snapshots(workspace: int, account: int, first: date) -> QuerySet[Any]:
    rows = ScoreSnapshot.objects.of(workspace).published().filter(account_id=account, day__gte=first)
    return rows.order_by("day").values(*FIELDS)  # type: ignore[no-any-return]


class _Scored:
    """What a scored account tells: `told` to whoever reads it, `all` to those who work on it."""

    def __init__(self, account: Account, history: History, today: date) -> None:
        self.account, self.workspace, self.today = account, account.workspace, today
        self.history, self.standing = history, history.standing
        self.cards = _cards(account, history)
        self.card = self.cards[self.standing.version_id]
        run = last_run(self.workspace)
        self.tracked = frozenset(run.tracked) if run else frozenset(line.measure for line in self.card.lines)
        version = self.card.version
        self.borders = run.borders_of(version) if run else (version.red_below, version.green_from)
        self.end = End(self.standing, run or Run(workspace=self.workspace, tracked=sorted(self.tracked)), self.card)

    def told(self, tells_age: bool = True) -> dict[str, Any]:
        """Score, line and what makes it; how old the oldest of that is takes a dear query."""
        standing, card, records = self.standing, self.card, partial(evidence_url, self.account)
        contributions = breakdown(standing, card, records)
        oldest = oldest_fact(self.account, self.end) if tells_age else None
        words = coverage_words(self.end, oldest), _by_rank(card, self.borders)
        line = zip(self.history.days, self.history.scores, strict=True)
        return {
            "band": Band(standing.band).name.lower(),
            "score": standing.score,
            "headline": _headline(standing, self.today),
            "coverage": " · ".join(filter(None, words)),
            "line": tuple((at, value) for at, value in line if value is not None),
            "chart_label": _chart_label(self.history, self.today),
            "contributions": contributions,
            "widest": max((abs(each.value) for each in contributions), default=1.0) or 1.0,
            "sum": sum_text(standing, card),
            "measures": measure_rows(
                standing, card, self.cards, self.history.snapshots, self.tracked, self.workspace.currency, records
            ),
        }

    def all(self, since: str) -> dict[str, Any]:
        """That without the age, what has moved, and what to do about it."""
        standing, card, days = self.standing, self.card, [row["day"] for row in self.history.snapshots]
        why = why_card(self.account, self.end, self.cards, days, since)
        return self.told(tells_age=False) | {
            "change": None if standing.change is None else Decimal(standing.change) / UNIT,
            "risk": self._risk(),
            "notices": notices(self.account, standing, card, self.today),
            "chart": _chart(self.account, self.history, self.cards, self.borders, self.today),
            "why_no_line": _("No day of this range has a score: too little is known."),
            "moved": "" if why else moved(self.account, standing, card, self.today),
            "why": why,
            "turn": nearest_turn(self.end, self.workspace.currency),
            "left_out": left_out(card, self.tracked),
        }

    def _risk(self) -> str:
        """How likely it is to leave; nothing of who has left, and where no back-test says it."""
        if not self.standing.is_scored:
            return ""
        risks = risks_of(self.workspace, self.today)
        return str(risk_of(risks, self.standing.version_id, self.standing.score_units) or "")


def _cards(account: Account, history: History) -> dict[int, Card]:
    """That of the standing, and those that scored before it."""
    version = history.standing.version
    others = {row["version_id"] for row in history.snapshots} - {version.pk}
    rows = ScorecardVersion.objects.of(account.workspace).filter(pk__in=others).select_related("scorecard")
    return {each.pk: published_card(each) for each in (version, *(rows if others else ()))}


def _headline(standing: Any, today: date) -> str:
    word = band_word(Band(standing.band).name.lower())
    if standing.band_since is None:
        return word
    return _("%(band)s, since %(day)s") % {"band": word, "day": day(standing.band_since, today)}


def _by_rank(card: Card, borders: tuple[float, float]) -> str:
    """Where the bands lie, if they move with the scores of the others."""
    if not card.version.bands_by_rank:
        return ""
    words = {"red": fixed(borders[0]), "green": fixed(borders[1])}
    return _("bands by rank: poor under %(red)s, healthy from %(green)s") % words


def _chart(
    account: Account, history: History, cards: dict[int, Card], borders: tuple[float, float], today: date
) -> Chart | None:
    if all(value is None for value in history.scores):
        return None
    marks = [*version_marks(history.snapshots, cards), *marks_of(account, history.days)]
    return score_line(history.days, history.scores, marks, borders, lambda each: day(each, today))


def version_marks(snapshots: list[dict[str, Any]], cards: dict[int, Card]) -> list[Mark]:
    """The days from which another scorecard version scored the account."""
    return [
        Mark(row["day"], str(cards[row["version_id"]].version))
        for before, row in pairwise(snapshots)
        if row["version_id"] != before["version_id"]
    ]


def _chart_label(history: History, today: date) -> str:
    known = [(at, value) for at, value in zip(history.days, history.scores, strict=True) if value is not None]
    if not known:
        return ""
    (first, before), (last, after) = known[0], known[-1]
    words = {
        "first": day(first, today), "last": day(last, today), "before": score(before), "after": score(after),
    }  # fmt: skip
    return _("Score from %(first)s to %(last)s: from %(before)s to %(after)s") % words
