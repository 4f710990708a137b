"""The few happenings worth a word on the chart of the score."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import Churn, Contact, Feedback, Workspace
from dashboards.charts.score_line import Mark

MARKS, ROWS = 4, 30


def marks_of(workspace: Workspace, account: int, days: list[date]) -> list[Mark]:
    """At most one a day, the newest where there are many. Three queries."""
    if not days:
        return []
    span = workspace.start_of(days[0]), workspace.end_of(days[-1])
    found: dict[date, str] = {}
    for at, mark in _marks(workspace, account, days, span):
        found.setdefault(at, mark)
    return [Mark(at, found[at]) for at in sorted(found)[-MARKS:]]


def _marks(
    workspace: Workspace, account: int, days: list[date], span: tuple[datetime, datetime]
) -> Iterator[tuple[date, str]]:
    def current(model: Any) -> Any:
        return model.objects.of(workspace).current().filter(account_id=account)

    left = current(Contact).filter(left_on__range=(days[0], days[-1]), part=Contact.Part.CHAMPION, is_internal=False)
    for at in left.order_by("-left_on").values_list("left_on", flat=True)[:ROWS]:
        yield at, _("Champion left")
    inside = Q(occurred_at__gte=span[0], occurred_at__lt=span[1])
    for row in current(Churn).filter(inside).order_by("-occurred_at")[:ROWS]:
        left_word = _("Left") if row.churned_on else _("Notice given")
        yield workspace.day_of(row.occurred_at), _("Came back") if row.is_reactivation else left_word
    complaints = current(Feedback).filter(inside, kind=Feedback.Kind.COMPLAINT)
    for moment in complaints.order_by("-occurred_at").values_list("occurred_at", flat=True)[:ROWS]:
        yield workspace.day_of(moment), _("Complaint")
