"""The page that tells why one score became another: step by step from day to day, and what would turn the band."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import Account, Membership
from dashboards.panels.account_head import AccountHead, head_of
from dashboards.panels.changes import Change, changes_of, largest, remarks, score_words, unscored, word
from dashboards.panels.coverage import Coverage, coverage_of
from dashboards.panels.evidence.asked import evidence_url
from dashboards.panels.filters import FilterError, day_of
from dashboards.panels.lists import Link
from dashboards.panels.turning import Turning, turnings
from dashboards.panels.why import SINCE, nearest, title, why_url
from dashboards.templatetags.figures import day
from metrics.explain import End, Explanation, between, ends, scored_days
from metrics.models.snapshot import UNIT

# How much room the scale leaves on both sides, in points.
ROOM = 4.0


@dataclass(frozen=True)
class Step:
    """A row of the waterfall: from where to where the score went, in points. The first and the last are the days."""

    key: str
    label: str
    words: str
    printed: str
    begin: float
    end: float
    band: str = ""
    change: Change | None = None
    records: str = ""
    is_open: bool = False


@dataclass(frozen=True)
class Fall:
    """All rows on one scale; `zones`: where the bands lie on it, as (band, from, to)."""

    steps: tuple[Step, ...]
    low: float
    high: float
    zones: tuple[tuple[str, float, float], ...]


@dataclass(frozen=True)
class WhyPage:
    """All that the page shows. `error`: why it shows other days than those that were asked for."""

    head: AccountHead
    url: str
    error: str
    first: date | None
    last: date | None
    oldest: date | None
    newest: date | None
    choices: tuple[Link, ...]
    title: str
    words: str
    remarks: tuple[str, ...]
    fall: Fall | None
    turnings: tuple[Turning, ...]
    coverage: Coverage | None


def why_page(member: Membership, account: Account, asked: QueryDict, now: datetime) -> WhyPage:
    """The page for two days; by default the last seven. A fixed number of queries."""
    head, days = head_of(member, account, "account", now), scored_days(account)
    first, last, error = _read(asked, days, head.today)
    found = between(*ends(account, (first, last))) if first and last else None
    is_now = found is not None and last == days[-1]
    return WhyPage(
        head=head,
        url=why_url(account),
        error=error,
        first=first,
        last=last,
        oldest=days[0] if days else None,
        newest=days[-1] if days else None,
        choices=_choices(account, days, first, last),
        title=title(found) if found else "",
        words=_words(found, account.workspace.currency) if found else "",
        remarks=remarks(found) if found else (),
        fall=_fall(account, found, head.today, asked.get("open", "")) if found and found.units is not None else None,
        turnings=turnings(found.now, account.workspace.currency) if found and is_now else (),
        coverage=coverage_of(account, found.now, head.today) if found else None,
    )


def _read(asked: QueryDict, days: Sequence[date], today: date) -> tuple[date | None, date | None, str]:
    """The two days, and what was wrong with those that were asked for."""
    if not days:
        return None, None, ""
    last = days[-1]
    first = nearest(days, last - timedelta(days=SINCE["7"]))
    try:
        wanted = day_of(asked, "from"), day_of(asked, "to")
    except FilterError as error:
        return first, last, str(error)
    end = wanted[1] or last
    begin = wanted[0] or nearest(days, end - timedelta(days=SINCE["7"]))
    for name, value in (("from", begin), ("to", end)):
        if value not in days:
            return first, last, _("%(name)s: there is no score of %(day)s; the next is of %(near)s.") % {
                "name": name, "day": day(value, today), "near": day(nearest(days, value), today),  # type: ignore[arg-type]
            }  # fmt: skip
    if begin and begin > end:
        return first, last, _("from: %(first)s is later than %(last)s.") % {
            "first": day(begin, today), "last": day(end, today),
        }  # fmt: skip
    return begin, end, ""


def _choices(account: Account, days: Sequence[date], first: date | None, last: date | None) -> tuple[Link, ...]:
    """7, 30 and 90 days up to the last day."""
    if last is None:
        return ()
    begins = {length: nearest(days, last - timedelta(days=length)) for length in SINCE.values()}
    # Where the first day is younger, some choices are the same.
    kept = {begin: length for length, begin in reversed(begins.items()) if begin and begin < last}
    return tuple(
        Link(_("%(n)s d") % {"n": length}, why_url(account, begin, last), here=begin == first)
        for begin, length in sorted(kept.items(), key=lambda item: item[1])
    )


def _words(found: Explanation, currency: str) -> str:
    """What it was most of all, in a sentence."""
    if found.units is None:
        return _("On one of the two days there was no score: %(reason)s.") % {"reason": unscored(found)}
    changes = changes_of(found, currency)
    then, now = word(found.then), word(found.now)
    band = now if then == now else _("From %(then)s to %(now)s") % {"then": then.lower(), "now": now.lower()}
    if not changes:
        return _("%(band)s. Nothing in the score has moved.") % {"band": band}
    return _("%(band)s: %(changes)s.") % {"band": band, "changes": largest(changes)}


def _fall(account: Account, found: Explanation, today: date, opened: str) -> Fall:
    then, now = ((end.units or 0) / UNIT for end in (found.then, found.now))
    at, steps = then, []
    for change in changes_of(found, account.workspace.currency):
        records = evidence_url(account, change.key, found.then.day, found.now.day) if change.is_measure else ""
        begin, at = at, at + change.value
        words = (change.key, change.label, change.words, change.printed)
        steps.append(Step(*words, begin, at, "", change, records, is_open=change.key == opened))
    low, high = _scale([then, now, *(step.begin for step in steps)])
    rows = (_day_step(found.then, low, today), *steps, _day_step(found.now, low, today))
    red, green = found.now.run.borders_of(found.now.card.version)
    borders = (("red", 0.0, red), ("yellow", red, green), ("green", green, 100.0))
    zones = tuple((band, max(a, low), min(b, high)) for band, a, b in borders if b > low and a < high)
    return Fall(rows, low, high, zones)


def _scale(levels: Sequence[float]) -> tuple[float, float]:
    return math.floor(max(0.0, min(levels) - ROOM)), math.ceil(min(max(100.0, *levels), max(levels) + ROOM))


def _day_step(end: End, low: float, today: date) -> Step:
    return Step(
        key=f"day-{end.day}",
        label=day(end.day, today),
        words=word(end),
        printed=score_words(end),
        begin=low,
        end=float(Decimal(end.units or 0) / UNIT),
        band=end.band.name.lower(),
    )
