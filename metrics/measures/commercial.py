"""What the customer pays, and how."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from django.db.models import Count, F, Max, Min, Q, Sum
from django.utils.translation import gettext_lazy as _

from metrics.formulas.usage import Floats, change, ratio, zero
from metrics.measures.facts import INVOICES, NOTICES, TERMS
from metrics.registry import AsOf, Direction, Part, Unit, measure

GRACE = timedelta(days=3)


def _in_force(day_of: int) -> Part:
    """Monthly amount of the paid terms in force `day_of` days ago."""

    def condition(a: AsOf) -> Q:
        day = a.back(day_of)
        return Q(Q(ends_on=None) | Q(ends_on__gt=day), starts_on__lte=day, is_trial=False, mrr__gt=0)

    return Part(TERMS, condition, lambda q: Sum("worth", filter=q))


def _unrated(a: AsOf) -> Q:
    return Q(worth=None, is_trial=False, mrr__gt=0) & (Q(ends_on=None) | Q(ends_on__gt=a.back(90)))


MRR = _in_force(0)
MRR_BEFORE = _in_force(90)
UNRATED = Part(TERMS, _unrated, lambda q: Count("pk", filter=q))
INVOICED = Part(INVOICES, lambda a: Q(), lambda q: Count("pk", filter=q))
OLDEST_UNPAID = Part(INVOICES, lambda a: Q(balance__gt=1, due_on__lt=a.day), lambda q: Min("due_on", filter=q))
DUE = Part(INVOICES, lambda a: Q(due_on__gt=a.back(180), due_on__lte=a.day), lambda q: Count("pk", filter=q))


def _late(a: AsOf) -> Q:
    unpaid = Q(balance__gt=1, due_on__lt=a.day - GRACE)
    settled_late = Q(balance__lte=1, settled_on__gt=F("due_on") + GRACE)
    return Q(due_on__gt=a.back(180), due_on__lte=a.day) & (unpaid | settled_late)


LATE = Part(INVOICES, _late, lambda q: Count("pk", filter=q))
NOTICE_DAY = Part(
    NOTICES,
    lambda a: Q(Q(churned_on=None) | Q(churned_on__gt=a.day), notice_on__lte=a.day),
    lambda q: Max("notice_on", filter=q),
)


@measure(
    _("Spend trend"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"mrr": MRR, "mrr_before": MRR_BEFORE, "unrated": UNRATED},
    worst=-0.30,
    neutral=-0.05,
    best=0.15,
    weight=4,
    window=90,
    trend=True,
)
def spend_trend(mrr: Floats, mrr_before: Floats, unrated: Floats) -> Floats:
    """MRR ÷ MRR 90 days ago − 1; nothing where a term's currency has no rate at its start."""
    return np.where(zero(unrated) > 0, np.nan, change(zero(mrr), mrr_before))


@measure(
    _("Days past due"),
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    parts={"oldest_unpaid": OLDEST_UNPAID, "invoiced": INVOICED},
    worst=45,
    neutral=15,
    best=0,
    weight=9,
)
def days_past_due(oldest_unpaid: Floats, invoiced: Floats, today: Floats) -> Floats:
    """Days since the oldest invoice fell due of which more than one unit is owed; disputed ones do not count.

    0 once the account has had an invoice and owes none; nothing before its first invoice.
    """
    owes = today - oldest_unpaid
    return np.where(np.isnan(owes), np.where(zero(invoiced) > 0, 0.0, np.nan), owes)


@measure(
    _("Late payments"),
    unit=Unit.RATIO,
    direction=Direction.LOWER,
    parts={"due": DUE, "late": LATE},
    worst=0.60,
    neutral=0.25,
    best=0,
    window=180,
)
def late_payment_share(due: Floats, late: Floats) -> Floats:
    """Invoices due in 180 days and paid more than 3 days late, or unpaid for longer, ÷ all due."""
    return ratio(zero(late), zero(due))


@measure(
    _("Notice given"),
    unit=Unit.FLAG,
    direction=Direction.LOWER,
    parts={"notice_day": NOTICE_DAY},
    worst=1,
    neutral=0,
    best=0,
)
def notice_given(notice_day: Floats) -> Floats:
    """1 from the day on which the customer said that it will leave until it has left, else 0."""
    return np.where(np.isnan(notice_day), 0.0, 1.0)
