"""The catalogue of events: which names came, how often, what each stands for, and which measures it feeds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import EventName, Workspace
from accounts.models.event import CATALOGUE, is_use_by_default
from metrics.models import AccountDay
from metrics.nightly.readings import FEATURE_DAYS
from metrics.registry import MEASURES, Measure
from metrics.sql import statement

RECENT_DAYS = 28
FEATURES_SHOWN = 200
# What a list can be sorted by; with a minus the other way round.
ORDERS = {
    "name": "lower(n.name)",
    "recent": "coalesce(t.recent, 0)",
    "accounts": "coalesce(t.accounts, 0)",
    "first": "t.first_day",
    "last": "t.last_day",
}


@dataclass(frozen=True)
class Seen:
    """A name that was seen; `recent` and `accounts` are of 28 days, days are None where no day counted it."""

    pk: int
    name: str
    alias_of: str
    is_use: bool
    recent: int
    accounts: int
    total: int
    first_day: date | None
    last_day: date | None

    @property
    def feeds(self) -> list[Measure]:
        return fed_by(self.alias_of or self.name, self.is_use)


def names_seen(
    workspace: Workspace, today: date, query: str = "", sort: str = "-recent", offset: int = 0, limit: int = 50
) -> tuple[list[Seen], int]:
    """Some of the names whose text has `query` in it, sorted, and how many there are. One query."""
    return _read(workspace, today, {"query": query, "offset": offset, "limit": limit}, sort)


def name_seen(workspace: Workspace, today: date, pk: int) -> Seen | None:
    """One name."""
    found, _total = _read(workspace, today, {"id": pk})
    return found[0] if found else None


def _read(workspace: Workspace, today: date, asked: dict[str, Any], sort: str = "name") -> tuple[list[Seen], int]:
    order = f"{ORDERS[sort.removeprefix('-')]} {'DESC' if sort.startswith('-') else 'ASC'} NULLS LAST"
    usual = {"id": None, "query": "", "limit": 1, "offset": 0}
    window = {"workspace": workspace.pk, "day": today, "after": today - timedelta(days=RECENT_DAYS)}
    with connection.cursor() as cursor:
        cursor.execute(statement("event_names").format(order=order), usual | window | asked)
        rows = cursor.fetchall()
    return [_seen(*row[:-1]) for row in rows], rows[0][-1] if rows else 0


def _seen(pk: int, name: str, alias_of: str, is_use: bool | None, *figures: Any) -> Seen:
    """An alias of what was never seen is what the catalogue says."""
    return Seen(pk, name, alias_of, is_use_by_default(alias_of) if is_use is None else is_use, *figures)


def fed_by(name: str, is_use: bool) -> list[Measure]:
    """The measures that events of a name can change, as the measures themselves say."""
    return [measure for measure in MEASURES.values() if measure.reads(name, is_use)]


def silent(workspace: Workspace) -> dict[str, list[tuple[Measure, bool]]]:
    """The catalogue's names that nobody sends: what each would feed, and whether something else feeds it already."""
    rows = list(EventName.objects.of(workspace).values_list("name", "alias_of", "is_use"))
    heard = {name: is_use for name, alias, is_use in rows if not alias}
    heard |= {alias: heard.get(alias, CATALOGUE[alias]) for _name, alias, _is_use in rows if alias}
    missing = {name: fed_by(name, is_use) for name, is_use in CATALOGUE.items() if name not in heard}
    fed = {key for key, each in MEASURES.items() if any(each.reads(*sent) for sent in heard.items())}
    return {name: [(each, each.key in fed) for each in measures] for name, measures in missing.items()}


@dataclass(frozen=True)
class FeatureUse:
    """A feature and the accounts that used it in 90 days, of those that used anything."""

    feature: str
    accounts: int
    of: int


def features_used(workspace: Workspace, today: date) -> list[FeatureUse]:
    """The most used features of 90 days. One query."""
    after = today - timedelta(days=FEATURE_DAYS)
    values = {"workspace": workspace.pk, "day": today, "after": after, "limit": FEATURES_SHOWN}
    with connection.cursor() as cursor:
        cursor.execute(statement("feature_use"), values)
        return [FeatureUse(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class FirstValue:
    """Median days from start to first value, over those who reached it."""

    days: float | None
    reached: int
    of: int


def first_value(workspace: Workspace, today: date) -> FirstValue:
    """How soon accounts first had the event or feature of first value, as is known today. One query."""
    with connection.cursor() as cursor:
        values = {"workspace": workspace.pk, "day": today, "what": workspace.first_value}
        cursor.execute(statement("first_value"), values)
        return FirstValue(*cursor.fetchone())


def is_known(workspace: Workspace, what: str) -> bool:
    """Whether an event or a feature was ever called so."""
    rows = AccountDay.objects.of(workspace).filter(Q(name=what) | Q(feature=what))
    return bool(EventName.objects.of(workspace).filter(name=what).exists() or rows.exists())


def fed_by_kind(kind: str) -> list[Measure]:
    """The measures that facts of a kind can change."""
    return [
        measure for measure in MEASURES.values() if any(kind in part.facts.kinds for part in measure.parts.values())
    ]
