"""The scored days of an account between which records are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import isnan
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account
from dashboards.panels.filters import FilterError
from dashboards.templatetags.figures import day as written
from metrics.evidence import asked
from metrics.models import Line, Run, ScoreSnapshot, Standing
from metrics.models.snapshot import UNIT
from metrics.registry import AsOf

BACK = (7, 30, 90)


@dataclass(frozen=True)
class ScoredDay:
    """A day with a score: how a measure's value was then asked for, and what was stored of it. Nothing is stored of a
    measure that is not in the scorecard: `is_line` says so."""

    as_of: AsOf
    is_line: bool
    value: float | None = None
    points: float | None = None
    contribution: Decimal | None = None


def scored_days(account: Account, measure: str, days: Sequence[date]) -> list[ScoredDay]:
    """Days as they were published, or the day of the standing. Four queries. Raises FilterError for one without a
    score of its own."""
    snapshots = ScoreSnapshot.objects.of(account.workspace).published()
    rows: dict[date, Any] = {
        row.day: row for row in snapshots.filter(account_id=account.pk, day__in=days).select_related("run")
    }
    stands = Standing.objects.of(account.workspace).filter(account_id=account.pk).first()
    last = Run.objects.of(account.workspace).published().order_by("-day").first()
    if stands and stands.day in days:
        rows.setdefault(stands.day, stands)
    for day in days:
        if day not in rows:
            raise FilterError(_("There is no score of this account for %(day)s.") % {"day": written(day)})
    places = _places(account, measure, {row.version_id for row in rows.values()})
    return [_scored(account, rows[day], getattr(rows[day], "run", last), places) for day in days]


def _places(account: Account, measure: str, versions: set[int]) -> dict[int, int]:
    """Where the measure stands in the arrays of each version."""
    order: dict[int, list[str]] = {version: [] for version in versions}
    lines = Line.objects.of(account.workspace).filter(version_id__in=versions).order_by("version_id", "position")
    for version, key in lines.values_list("version_id", "measure"):
        order[version].append(key)
    return {version: keys.index(measure) for version, keys in order.items() if measure in keys}


def _scored(account: Account, row: Any, run: Run | None, places: dict[int, int]) -> ScoredDay:
    run = run or Run(day=row.day, known_day=row.known_day)
    run.workspace = account.workspace
    as_of, place = asked(row, run), places.get(row.version_id)
    if place is None:
        return ScoredDay(as_of, is_line=False)
    return ScoredDay(
        as_of,
        True,
        _known(row.values[place]),
        _known(row.points[place]),
        None if row.score_units is None else Decimal(row.contributions[place]) / UNIT,
    )


def earlier_days(account: Account, last: date) -> list[tuple[int, date]]:
    """The days so many before that have a score."""
    days = {last - timedelta(days=back): back for back in BACK}
    snapshots = ScoreSnapshot.objects.of(account.workspace).published().filter(account_id=account.pk)
    found = snapshots.filter(day__in=days).values_list("day", flat=True)
    return sorted((days[day], day) for day in found)


def _known(value: float) -> float | None:
    return None if isnan(value) else value
