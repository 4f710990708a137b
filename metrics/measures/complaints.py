"""What customers complain about. The caps of the default scorecard read these."""

from __future__ import annotations

from django.db.models import Count, Min, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Feedback
from metrics.formulas.usage import Floats, zero
from metrics.measures.facts import COMPLAINTS
from metrics.registry import AsOf, Direction, Part, Unit, measure, worked

COMPLAINT = Q(kind=Feedback.Kind.COMPLAINT)


def _recent(a: AsOf) -> Q:
    return COMPLAINT & Q(occurred_at__gte=a.start_back(90))


def _unresolved(a: AsOf) -> Q:
    return COMPLAINT & (Q(resolved_on=None) | Q(resolved_on__gt=a.day))


RECENT = Part(COMPLAINTS, _recent, lambda q: Count("pk", filter=q))
UNRESOLVED = Part(COMPLAINTS, _unresolved, lambda q: Count("pk", filter=q))
OLDEST = Part(COMPLAINTS, _unresolved, lambda q: Min("occurred_at", filter=q))


@measure(
    _("Complaints"),
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    parts={"recent": RECENT},
    example=worked("1", recent=1),
    worst=4,
    neutral=1,
    best=0,
    window=90,
)
def complaints(recent: Floats) -> Floats:
    """Complaints of the last 90 days."""
    return zero(recent)


@measure(
    _("Unresolved complaints"),
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    parts={"unresolved": UNRESOLVED},
    example=worked("1", unresolved=1),
    worst=2,
    neutral=1,
    best=0,
    weight=7,
)
def unresolved_complaints(unresolved: Floats) -> Floats:
    """Complaints that are open at the end of the day."""
    return zero(unresolved)


@measure(
    _("Oldest open complaint"),
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    parts={"oldest": OLDEST},
    example=worked("9", oldest=91, today=100),
    worst=14,
    neutral=7,
    best=0,
)
def oldest_open_complaint(oldest: Floats, today: Floats) -> Floats:
    """Days since the oldest open complaint was made; 0 without one."""
    return zero(today - oldest)
