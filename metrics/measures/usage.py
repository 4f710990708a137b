"""How much, how often and how widely the product is used."""

from __future__ import annotations

import numpy as np
from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext_lazy as _

from metrics.formulas.usage import Floats, change, first_known, ratio, zero
from metrics.measures.facts import COUNTED, LAST_USE, SEATS, USE, USERS, USES
from metrics.registry import AsOf, Direction, Part, Unit, measure

DAYS = Part(USE, lambda a: Q(day__gt=a.back(28)), lambda q: Count("day", distinct=True, filter=q))
USES_BEFORE = Part(USE, lambda a: Q(day__gt=a.back(56), day__lte=a.back(28)), lambda q: Sum("count", filter=q))


def _listed(a: AsOf) -> Q:
    return Q(day__gt=a.back(28), feature__in=a.features)


FEATURES = Part(USE, _listed, lambda q: Count("feature", distinct=True, filter=q))
LAST_DAY = Part(LAST_USE, lambda a: Q(), lambda q: Max("last_use", filter=q))


@measure(
    _("Active seats"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"users": USERS, "counted": COUNTED, "seats": SEATS},
    worst=0.10,
    neutral=0.40,
    best=0.80,
    weight=10,
    window=28,
)
def active_seats(users: Floats, counted: Floats, seats: Floats) -> Floats:
    """People who used the product in 28 days ÷ seats of the terms in force.

    People are distinct where the events name them, else the largest number that the source counted on one day.
    Without seats, or without any use, there is no value.
    """
    return ratio(first_known(users, counted), seats)


@measure(
    _("Usage frequency"),
    unit=Unit.DAYS,
    direction=Direction.HIGHER,
    parts={"days": DAYS},
    worst=4,
    neutral=14,
    best=26,
    weight=8,
    window=28,
    scaled=True,
)
def usage_frequency(days: Floats) -> Floats:
    """Days with use in the last 28."""
    return zero(days)


@measure(
    _("Usage volume"),
    unit=Unit.PER_SEAT,
    direction=Direction.HIGHER,
    parts={"uses": USES, "seats": SEATS, "users": USERS, "counted": COUNTED},
    by_rank=True,
    weight=8,
    window=28,
    scaled=True,
)
def usage_volume(uses: Floats, seats: Floats, users: Floats, counted: Floats) -> Floats:
    """Events of use in 28 days per seat; per person where the terms name no seats."""
    return np.where(zero(uses) == 0, 0.0, ratio(zero(uses), first_known(seats, users, counted)))


@measure(
    _("Usage trend"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"uses": USES, "uses_before": USES_BEFORE},
    worst=-0.50,
    neutral=-0.10,
    best=0.25,
    weight=5,
    window=56,
    trend=True,
)
def usage_trend(uses: Floats, uses_before: Floats) -> Floats:
    """Events of use in 28 days ÷ those of the 28 days before − 1, capped to ±1; nothing under 20 before."""
    return change(zero(uses), zero(uses_before), least=20, cap=1)


@measure(
    _("Feature breadth"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"features": FEATURES},
    worst=0.10,
    neutral=0.30,
    best=0.60,
    weight=4,
    window=28,
)
def feature_breadth(features: Floats, listed: Floats) -> Floats:
    """Features used in 28 days ÷ the workspace's feature list: those that 5 % of the using accounts used in 90 days."""
    return ratio(zero(features), listed)


@measure(
    _("Days since last use"),
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    parts={"last_day": LAST_DAY},
    worst=28,
    neutral=7,
    best=1,
)
def days_since_last_use(last_day: Floats, today: Floats) -> Floats:
    """Days since the product was last used; nothing if it never was."""
    return today - last_day
