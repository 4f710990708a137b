"""Why one score became another: the card on an account's overview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from accounts.models import Account
from dashboards.addresses import address
from dashboards.panels.changes import Change, changes_of, remarks, unscored
from dashboards.panels.filters import FilterError
from dashboards.panels.lists import Link
from dashboards.templatetags.figures import day, score, signed
from metrics.explain import End, Explanation, between, snapshot
from metrics.models.snapshot import UNIT
from metrics.scorecards import Card

SINCE = {"7": 7, "30": 30, "90": 90}
SHOWN = 7


@dataclass(frozen=True)
class Bar:
    """A change as a bar; `url` opens it."""

    label: str
    words: str
    note: str
    value: float
    printed: str
    url: str


@dataclass(frozen=True)
class Why:
    """The card. Without bars `words` say why."""

    title: str
    days: str
    bars: tuple[Bar, ...]
    widest: float
    words: str
    url: str


def read_since(asked: str) -> str:
    """How many days back the card looks; empty: it tells what the score is made of. Raises FilterError."""
    if asked not in (*SINCE, "none"):
        raise FilterError(_("since: “%(value)s” is none of 7, 30, 90, none.") % {"value": asked[:20]})
    return asked.removesuffix("none")


def since_links(url: str, asked: str) -> tuple[Link, ...]:
    """7, 30, 90 days, or what it is made of."""
    labels = {"7": _("7 d"), "30": _("30 d"), "90": _("90 d"), "": _("Now")}
    return tuple(
        Link(label, url if key == "7" else f"{url}?since={key or 'none'}", here=key == asked)
        for key, label in labels.items()
    )


def why_card(account: Account, now: End, cards: dict[int, Card], days: Sequence[date], asked: str) -> Why | None:
    """Why the account stands where it does and not where it stood so many days ago; `days` are those with a snapshot.
    None where there is no day to compare with. A query, and the ranks of two nights."""
    then = nearest(days, now.day - timedelta(days=SINCE[asked])) if asked else None
    row = snapshot(account, then) if then is not None and then < now.day else None
    if row is None:
        return None
    return _card(account, between(End(row, row.run, cards[row.version_id]), now), now.day)


def nearest(days: Sequence[date], wanted: date) -> date | None:
    """The last of some days that is not later, else the first."""
    return max((each for each in days if each <= wanted), default=min(days, default=None))


def _card(account: Account, found: Explanation, today: date) -> Why:
    changes = changes_of(found, account.workspace.currency)
    url = why_url(account, found.then.day, found.now.day)
    bars = _bars(changes, url)
    return Why(
        title=title(found),
        days=_("%(first)s → %(last)s") % {"first": day(found.then.day, today), "last": day(found.now.day, today)},
        bars=bars,
        widest=max((abs(bar.value) for bar in bars), default=1.0) or 1.0,
        words=_words(found, changes),
        url=url,
    )


def title(found: Explanation) -> str:
    """“Why 47 became 28”."""
    if found.units is None:
        return _("What changed")
    then, now = (score(Decimal(end.units or 0) / UNIT) for end in (found.then, found.now))
    return _("Why %(then)s became %(now)s") % {"then": then, "now": now} if then != now else _("What moved in it")


def _bars(changes: Sequence[Change], url: str) -> tuple[Bar, ...]:
    """The largest first; what is small is summed up."""
    ordered = sorted(changes, key=lambda change: -abs(change.value))
    head = ordered if len(ordered) <= SHOWN else ordered[: SHOWN - 1]
    bars = [Bar(c.label, c.words, c.note, c.value, c.printed, f"{url}&open={c.key}#{c.key}") for c in head]
    if rest := ordered[len(head) :]:
        shown = signed(sum((change.shown for change in rest), Decimal(0)), 1)
        label, value = _("%(n)s others") % {"n": len(rest)}, sum(change.value for change in rest)
        bars.append(Bar(label, "", "", value, shown, url))
    return tuple(bars)


def _words(found: Explanation, changes: Sequence[Change]) -> str:
    if found.units is None:
        return _("On one of the two days there was no score: %(reason)s.") % {"reason": unscored(found)}
    if not changes:
        return _("Nothing in it has moved.")
    moves = sorted(changes, key=lambda change: -abs(change.value))[:2]
    return " ".join((*remarks(found), ", ".join(f"{change.label} {change.words}" for change in moves) + "."))


def why_url(account: Account, first: date | None = None, last: date | None = None) -> str:
    """The page that tells it whole."""
    url = address("why", account.workspace.slug, account.pk)
    days = [(name, str(value)) for name, value in (("from", first), ("to", last)) if value]
    return f"{url}?{urlencode(days)}" if days else url
