"""Which days, teams and rules moved since the KPIs were last counted, and which periods that concerns."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zlib import crc32

from django.db.models import Exists, Min, OuterRef

from accounts.models import AccountHistory, ExchangeRate, ProgramCost, Workspace
from metrics.kpis.parts import PARTS
from metrics.kpis.periods import Period, months_later
from metrics.kpis.places import FIELDS
from metrics.models import PeriodKind, Run, Uncounted
from metrics.registry import KPIS

# How far back pages can look, and late facts reach; of weeks, just past a year.
MONTHS_BACK, WEEKS_BACK = 25, 54
# The settings that change what KPIs of the past are.
RULES = (
    *("time_zone", "week_start", "fiscal_year_start", "currency", "gross_margin"),
    *("kind", "churn_rule", "churn_gap_days", "purchase_days"),
)
# What pages show first.
KINDS = (PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.WEEK, PeriodKind.YEAR)
# Told of the whole workspace, so that no account's day says it: each with the day it is about.
OF_WORKSPACE = ((ExchangeRate, "day"), (ProgramCost, "month"))


def rules(workspace: Workspace) -> str:
    """The workspace's rules, and what is counted by them, as one text."""
    return " ".join([*(str(getattr(workspace, name)) for name in RULES), _counted()])


def _counted() -> str:
    """Which KPIs there are, and parts of them."""
    return f"{crc32(' '.join(sorted((*KPIS, *PARTS))).encode()):08x}"


def is_updated(workspace: Workspace) -> bool:
    """Whether an update brought KPIs, or parts of them, since the last count."""
    last = _last_counted(workspace)
    return last is not None and not last.counted_by.endswith(_counted())


def _last_counted(workspace: Workspace) -> Run | None:
    nights = Run.objects.of(workspace).published()
    return nights.exclude(counted_at=None).order_by("-counted_at", "-day").first()


def furthest(day: date) -> date:
    """The first day whose periods are counted."""
    return months_later(day, -MONTHS_BACK)


def periods_since(workspace: Workspace, day: date, first: date) -> list[Period]:
    """The periods that have days between `first` and `day`, as far as they have run, and as much of those that running
    ones are compared with. What pages show first comes first: the running ones, then the newest."""
    running = [Period.of(workspace, kind, day, day) for kind in KINDS]
    compared = [each for now in running for each in (now, now.before(), now.year_before())]
    ended = [period for now in running for period in _ended(now, day, first)]
    return list(dict.fromkeys([*compared, *sorted(ended, key=lambda period: period.until, reverse=True)]))


def _ended(running: Period, day: date, first: date) -> Iterator[Period]:
    oldest = max(first, day - timedelta(weeks=WEEKS_BACK)) if running.kind == PeriodKind.WEEK else first
    earlier = running.moved(-1)
    while earlier.until > oldest:
        yield earlier
        earlier = earlier.moved(-1)


def since(workspace: Workspace, day: date) -> date:
    """The first day about which something was heard, or that was scored, after the KPIs were last counted; all of them
    where the workspace's rules are no longer those."""
    nights = Run.objects.of(workspace).published()
    counted = nights.exclude(counted_at=None)
    last = _last_counted(workspace)
    if last is None or last.counted_by != rules(workspace):
        return furthest(day)
    # What came by then is in the book of the newest night that was counted.
    known = workspace.end_of(counted.order_by("-day").values_list("day", flat=True)[0])
    firsts = [
        nights.filter(counted_at=None).aggregate(first=Min("day"))["first"],
        Uncounted.objects.of(workspace).aggregate(first=Min("since"))["first"],
        _first_moved(workspace, known),
        *(_first_told(workspace, model, about, known) for model, about in OF_WORKSPACE),
    ]
    return max(furthest(day), min([day, *(first for first in firsts if first)]))


def _first_told(workspace: Workspace, model: Any, about: str, moment: datetime) -> date | None:
    """The first day about which facts of the workspace came, or were taken back, since a moment."""
    first: date | None = model.objects.of(workspace).filter(updated_at__gte=moment).aggregate(first=Min(about))["first"]
    return first


def _first_moved(workspace: Workspace, moment: datetime) -> date | None:
    """The first day on which an account belongs to somebody else than when the KPIs were counted. The first owner that
    is told counts for all days before."""
    moves = AccountHistory.objects.of(workspace).filter(field__in=FIELDS.values())
    earlier = moves.filter(account_id=OuterRef("account_id"), field=OuterRef("field"), since__lt=OuterRef("since"))
    fresh = moves.filter(since__gte=moment)
    if fresh.filter(~Exists(earlier)).exists():
        return date.min
    first = fresh.aggregate(first=Min("since"))["first"]
    return workspace.day_of(first) if first else None
