"""How far the scores are: the day they are for, and what to say where the night did not end well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

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
    """Two queries."""
    runs = Run.objects.of(workspace).order_by("-day")
    newest, published = runs.first(), runs.published().first()
    scored_on = published.day if published else None
    if newest is not None and newest.state == Run.State.PARTIAL:
        return Night(scored_on, _partial(newest, today))
    if scored_on is not None and (today - scored_on).days > 2:
        words = _("The scores are those of %(day)s: no night since then has been published.")
        return Night(scored_on, words % {"day": day(scored_on, today)})
    return Night(scored_on, "")


def _partial(run: Run, today: date) -> str:
    words = _("The night of %(day)s is incomplete: where accounts failed, the scores of the day before are shown.")
    return words % {"day": day(run.day, today)}
