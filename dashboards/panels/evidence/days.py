"""The scored days of an account between which records are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan

from django.utils.translation import gettext as _

from accounts.models import Account
from dashboards.panels.filters import FilterError
from dashboards.templatetags.figures import day as written
from metrics.evidence import asked
from metrics.explain import At, NotScoredError, ends
from metrics.models import ScoreSnapshot
from metrics.registry import AsOf

BACK = (7, 30, 90)


@dataclass(frozen=True)
class ScoredDay:
    """A day with a score: how a measure's value was then asked for, whether it was kept and as what, and its line in
    the scorecard, if it has one."""

    as_of: AsOf
    is_kept: bool
    value: float | None
    line: At | None


def scored_days(account: Account, measure: str, days: Sequence[date]) -> list[ScoredDay]:
    """Days as they were published, or the day of the standing. Raises FilterError for one without a score."""
    try:
        found = ends(account, days)
    except NotScoredError as error:
        raise FilterError(_("There is no score of this account for %(day)s.") % {"day": written(error.day)}) from None
    return [
        ScoredDay(
            asked(account.workspace, end.row, end.run),
            measure in end.readings,
            _known(end.readings.get(measure)),
            end.lines.get(measure),
        )
        for end in found
    ]


def earlier_days(account: Account, last: date) -> list[tuple[int, date]]:
    """The days so many before that have a score."""
    days = {last - timedelta(days=back): back for back in BACK}
    snapshots = ScoreSnapshot.objects.of(account.workspace).published().filter(account_id=account.pk)
    found = snapshots.filter(day__in=days).values_list("day", flat=True)
    return sorted((days[day], day) for day in found)


def _known(value: float | None) -> float | None:
    return None if value is None or isnan(value) else value
