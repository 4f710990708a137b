"""How far the scores are: the day they are for, and what to say where the night did not end well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Subquery
from django.utils.translation import gettext as _

from accounts.models import Workspace
from dashboards.templatetags.figures import day
from metrics.models import Run


@dataclass(frozen=True)
class Night:
    """`scored_on` is the newest day whose scores are out; `alert` is empty where nothing is amiss."""

    scored_on: date | None
    alert: str


def last_night(workspace: Workspace, today: date) -> Night:
    """One query."""
    runs = Run.objects.of(workspace).order_by("-day")
    newest = runs.annotate(scored_on=Subquery(runs.published().values("day")[:1])).values("day", "state", "scored_on")
    night = newest.first() or {"day": today, "state": None, "scored_on": None}
    scored_on = night["scored_on"]
    if night["state"] == Run.State.PARTIAL:
        return Night(scored_on, _partial(night["day"], today))
    if scored_on is not None and (today - scored_on).days > 2:
        words = _("The scores are those of %(day)s: no night since then has been published.")
        return Night(scored_on, words % {"day": day(scored_on, today)})
    return Night(scored_on, "")


def _partial(of: date, today: date) -> str:
    words = _("The night of %(day)s is incomplete: where accounts failed, the scores of the day before are shown.")
    return words % {"day": day(of, today)}
