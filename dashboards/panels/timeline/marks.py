"""The few happenings worth a word on the chart of the score."""

from __future__ import annotations

from datetime import date

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Account
from dashboards.charts.score_line import Mark
from metrics.timeline import marks

MARKS = 4
WORDS: dict[str, Promise] = {
    "champion-left": _("Champion left"),
    "left": _("Left"),
    "notice": _("Notice given"),
    "back": _("Came back"),
    "complaint": _("Complaint"),
}


def marks_of(account: Account, days: list[date]) -> list[Mark]:
    """At most one a day, the newest where there are many. One query."""
    if not days:
        return []
    found: dict[date, str] = {}
    for at, what in marks(account, days[0], days[-1]):
        found.setdefault(at, str(WORDS[what]))
    return [Mark(at, found[at]) for at in sorted(found)[-MARKS:]]
