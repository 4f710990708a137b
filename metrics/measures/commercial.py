"""What the customer pays, and how."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from django.db.models import Avg, Count, F, Max, Min, Q, Sum
from django.utils.translation import gettext_lazy as _

from metrics.formulas.usage import Floats, change, ratio, zero
from metrics.measures.facts import TERMS, first_of
from metrics.measures.money import (
    DEALS,
    ENDED_TERMS,
    FIRST_TERMS,
    INVOICES,
    MRR,
    NOTICES,
    PAID,
    PURCHASES,
    REMINDERS,
    TURNED_OFF,
    UNRATED_NOW,
    mrr,
    unrated,
)
from metrics.registry import AsOf, Direction, Part, Unit, measure, worked

GRACE = timedelta(days=3)
# Fewer invoices than this say nothing about how somebody pays.
LEAST_INVOICES = 2

MRR_BEFORE = mrr(90)
UNRATED = unrated(TERMS, lambda a: PAID & (Q(ends_on=None) | Q(ends_on__gt=a.back(90))))
FIRST_MRR = Part(FIRST_TERMS, lambda a: Q(), lambda q: Sum("worth"))
UNRATED_FIRST = unrated(FIRST_TERMS)
RENEWED = Part(ENDED_TERMS, lambda a: Q(), lambda q: first_of("renewed", q, "-ends_on", "-renewed"))
BOUGHT = Part(PURCHASES, lambda a: Q(purchased_on__gt=a.back(365)), lambda q: Sum("worth", filter=q))
BUYING_DAYS = Part(
    PURCHASES,
    lambda a: Q(purchased_on__gt=a.back(365), amount__gt=0),
    lambda q: Count("purchased_on", distinct=True, filter=q),
)
LAST_PURCHASE = Part(PURCHASES, lambda a: Q(amount__gt=0), lambda q: Max("purchased_on", filter=q))
UNRATED_PURCHASES = unrated(PURCHASES, lambda a: Q(purchased_on__gt=a.back(365)))
OFFERED = Part(DEALS, lambda a: Q(), lambda q: Sum("worth"))
UNRATED_DEALS = unrated(DEALS)
REMINDED = Part(REMINDERS, lambda a: Q(), lambda q: Sum("count"))
INVOICED = Part(INVOICES, lambda a: Q(), lambda q: Count("pk", filter=q))
OLDEST_UNPAID = Part(INVOICES, lambda a: Q(balance__gt=1, due_on__lt=a.day), lambda q: Min("due_on", filter=q))
DUE = Part(INVOICES, lambda a: Q(due_on__gt=a.back(180), due_on__lte=a.day), lambda q: Count("pk", filter=q))


def _late(a: AsOf) -> Q:
    unpaid = Q(balance__gt=1, due_on__lt=a.day - GRACE)
    settled_late = Q(balance__lte=1, settled_on__gt=F("due_on") + GRACE)
    return Q(due_on__gt=a.back(180), due_on__lte=a.day) & (unpaid | settled_late)


def _due_lately(a: AsOf) -> Q:
    return Q(due_on__gt=a.back(90), due_on__lte=a.day)


def _due_the_year_before(a: AsOf) -> Q:
    return Q(due_on__gt=a.back(90 + 365), due_on__lte=a.back(90))


def _settled_lately(a: AsOf) -> Q:
    return Q(balance__lte=1, settled_on__gt=a.back(180))


LATE = Part(INVOICES, _late, lambda q: Count("pk", filter=q))
LATENESS = Part(INVOICES, _due_lately, lambda q: Avg("days_late", filter=q))
LATENESS_BEFORE = Part(INVOICES, _due_the_year_before, lambda q: Avg("days_late", filter=q))
DUE_LATELY = Part(INVOICES, _due_lately, lambda q: Count("pk", filter=q))
DUE_BEFORE = Part(INVOICES, _due_the_year_before, lambda q: Count("pk", filter=q))
SETTLED = Part(INVOICES, _settled_lately, lambda q: Avg("days_late", filter=q))


def _announced(a: AsOf) -> Q:
    """Told by the day and still ahead; where no day of the notice is told, it was given when we heard."""
    told = Q(notice_on__lte=a.day) | Q(notice_on=None, known_at__lt=a.end)
    return told & (Q(churned_on=None) | Q(churned_on__gt=a.day))


ANNOUNCED = Part(NOTICES, _announced, lambda q: Count("pk", filter=q))
NOT_RENEWING = Part(TURNED_OFF, lambda a: Q(), lambda q: Count("pk"))


@measure(
    _("Spend trend"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"mrr": MRR, "mrr_before": MRR_BEFORE, "unrated": UNRATED},
    example=worked("0.1", mrr=1100, mrr_before=1000, unrated=0),
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
    _("Spend since the start"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"mrr": MRR, "first_mrr": FIRST_MRR, "unrated": UNRATED_NOW, "unrated_first": UNRATED_FIRST},
    example=worked("0.25", mrr=1000, first_mrr=800, unrated=0, unrated_first=0),
    worst=-0.30,
    neutral=0,
    best=0.30,
)
def spend_since_start(mrr: Floats, first_mrr: Floats, unrated: Floats, unrated_first: Floats) -> Floats:
    """MRR ÷ MRR on the first day with a paid term − 1; nothing where a term's currency has no rate at its start.

    Who paid once and pays nothing now (on trial again) reads −100 %; who never paid has no value.
    """
    return np.where(zero(unrated) + zero(unrated_first) > 0, np.nan, change(zero(mrr), first_mrr))


@measure(
    _("Purchases"),
    unit=Unit.MONEY,
    direction=Direction.HIGHER,
    parts={"bought": BOUGHT, "unrated": UNRATED_PURCHASES},
    example=worked("1450", bought=1450, unrated=0),
    by_rank=True,
    window=365,
)
def purchases_365d(bought: Floats, unrated: Floats) -> Floats:
    """One-off purchases in 365 days, each at the rate of its day; returns (negative amounts) are taken off.

    Of a young account all that it has bought: one purchase is not projected to a year. Nothing where a rate is missing.
    """
    return np.where(zero(unrated) > 0, np.nan, zero(bought))


@measure(
    _("Days with a purchase"),
    unit=Unit.DAYS,
    direction=Direction.HIGHER,
    parts={"buying_days": BUYING_DAYS},
    example=worked("9", buying_days=9),
    by_rank=True,
    window=365,
)
def purchase_frequency(buying_days: Floats) -> Floats:
    """Days with a purchase in 365 days; what was sent back is none, and several purchases of one day are one.

    Of a young account all its days: a first purchase is not projected to a year.
    """
    return zero(buying_days)


@measure(
    _("Days since the last purchase"),
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    parts={"last_purchase": LAST_PURCHASE},
    example=worked("20", last_purchase=80, today=100),
    worst=180,
    neutral=90,
    best=14,
)
def days_since_purchase(last_purchase: Floats, today: Floats) -> Floats:
    """Days since something was last bought; nothing if it never was. What was sent back is no purchase."""
    return today - last_purchase


@measure(
    _("Days past due"),
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    parts={"oldest_unpaid": OLDEST_UNPAID, "invoiced": INVOICED},
    example=worked("22", oldest_unpaid=78, invoiced=5, today=100),
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
    _("Payment drift"),
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    parts={"late": LATENESS, "late_before": LATENESS_BEFORE, "due": DUE_LATELY, "due_before": DUE_BEFORE},
    example=worked("6", late=8, late_before=2, due=3, due_before=12),
    worst=20,
    neutral=5,
    best=-2,
    weight=4,
    window=90 + 365,
    trend=True,
)
def payment_drift(late: Floats, late_before: Floats, due: Floats, due_before: Floats) -> Floats:
    """Mean days late of the invoices due in 90 days − that of the 365 days before; at least 2 invoices in each.

    An invoice paid early counts with the days it was early, one of which more than one unit is owed with its age so
    far. Disputed ones do not count.
    """
    enough = (zero(due) >= LEAST_INVOICES) & (zero(due_before) >= LEAST_INVOICES)
    return np.where(enough, late - late_before, np.nan)


@measure(
    _("Payment timing"),
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    parts={"settled": SETTLED},
    example=worked("-4", settled=-4),
    worst=15,
    neutral=0,
    best=-10,
    window=180,
)
def payment_timing(settled: Floats) -> Floats:
    """Mean days from due to paid of the invoices that were settled in 180 days, negative where paid early.

    Settled is an invoice with its last payment, once not more than one unit is owed. Unpaid ones are not in it:
    days past due tells of those.
    """
    return settled


@measure(
    _("Late payments"),
    unit=Unit.RATIO,
    direction=Direction.LOWER,
    parts={"due": DUE, "late": LATE},
    example=worked("0.25", due=8, late=2),
    worst=0.60,
    neutral=0.25,
    best=0,
    window=180,
)
def late_payment_share(due: Floats, late: Floats) -> Floats:
    """Invoices due in 180 days and paid more than 3 days late, or unpaid for longer, ÷ all due."""
    return ratio(zero(late), zero(due))


@measure(
    _("Payment reminders"),
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    parts={"reminded": REMINDED},
    example=worked("2", reminded=2),
    worst=4,
    neutral=1,
    best=0,
    window=180,
)
def reminders_needed(reminded: Floats) -> Floats:
    """Payment reminders sent in 180 days: events named `payment_reminder`."""
    return zero(reminded)


@measure(
    _("Renewed"),
    unit=Unit.FLAG,
    direction=Direction.HIGHER,
    parts={"renewed": RENEWED},
    example=worked("1", renewed=1),
    worst=0,
    neutral=0.5,
    best=1,
    window=365,
)
def renewed_365d(renewed: Floats) -> Floats:
    """1 where the last paid term that ended in 365 days was renewed, 0 where it was not; nothing without one.

    Terms of at least 90 days count. Renewed: another paid term, of whatever plan, began within 30 days before or after
    the end and outlasts it. Until these 30 days are over, an end without one is undecided and left out.
    """
    return renewed


@measure(
    _("Open expansion"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"offered": OFFERED, "unrated": UNRATED_DEALS, "mrr": MRR, "unrated_mrr": UNRATED_NOW},
    example=worked("0.15", offered=1800, unrated=0, mrr=1000, unrated_mrr=0),
    worst=0,
    neutral=0,
    best=0.2,
)
def open_expansion(offered: Floats, unrated: Floats, mrr: Floats, unrated_mrr: Floats) -> Floats:
    """Amounts of the open expansion deals ÷ (MRR × 12), each at the rate of the day it was opened; 0 without one.

    Nothing for one who has a deal but pays nothing yet, or where a rate is missing. A bonus: none is not bad.
    """
    share = np.where(zero(unrated_mrr) > 0, np.nan, ratio(zero(offered), zero(mrr) * 12))
    return np.where(zero(unrated) > 0, np.nan, np.where(zero(offered) == 0, 0.0, share))


@measure(
    _("Notice given"),
    unit=Unit.FLAG,
    direction=Direction.LOWER,
    parts={"announced": ANNOUNCED, "not_renewing": NOT_RENEWING},
    example=worked("1", announced=1, not_renewing=0),
    worst=1,
    neutral=0,
    best=0,
)
def notice_given(announced: Floats, not_renewing: Floats) -> Floats:
    """1 from the day on which the customer said that it will leave until it has left, else 0.

    Said is: a churn with that day as its notice, a churn recorded ahead without one, or the automatic renewal of a paid
    term turned off while it runs, unless another paid term goes on for longer.
    """
    return np.where(zero(announced) + zero(not_renewing) > 0, 1.0, 0.0)
