"""How much, how often and how widely the product is used."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
)
from django.db.models.functions import Greatest
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, Release, Subscription
from metrics.formulas.usage import Floats, change, first_known, ratio, zero
from metrics.measures.facts import (
    COUNTED,
    LAST_USE,
    PEOPLE,
    SEATS,
    USE,
    USERS,
    USES,
    days_between,
    days_of,
    known,
    on,
    rollup_exists,
)
from metrics.models import AccountDay, ContactDay
from metrics.registry import AsOf, Direction, Facts, Part, Unit, measure, worked

# A year as 13 times 28 days.
BLOCK, BLOCKS = 28, 13

DAYS = Part(USE, lambda a: Q(day__gt=a.back(28)), lambda q: Count("day", distinct=True, filter=q))
USES_BEFORE = Part(USE, lambda a: Q(day__gt=a.back(56), day__lte=a.back(28)), lambda q: Sum("count", filter=q))


def _listed(a: AsOf) -> Q:
    return Q(day__gt=a.back(28), feature__in=a.features)


FEATURES = Part(USE, _listed, lambda q: Count("feature", distinct=True, filter=q))
LAST_DAY = Part(LAST_USE, lambda a: Q(), lambda q: Max("last_use", filter=q))


def _people_of_a_year(as_of: AsOf) -> Any:
    """People by day, with `block`: which 28 days, 0 the last ones."""
    block: Any = Func(
        days_between("day", on(as_of)), template=f"((%(expressions)s) / {BLOCK})", output_field=IntegerField()
    )
    return days_of(ContactDay, as_of, BLOCK * BLOCKS).annotate(block=block)


def _most_people(q: Q | None) -> Any:
    return Greatest(*(Count("person", distinct=True, filter=Q(block=n)) for n in range(BLOCKS)))


def _use_of_a_year(as_of: AsOf) -> Any:
    return days_of(AccountDay, as_of, BLOCK * BLOCKS).filter(is_use=True)


def _time_tracked(as_of: AsOf) -> bool:
    rows = AccountDay.objects.of(as_of.workspace).known(as_of.known)
    return bool(rows.filter(day__lte=as_of.day, is_use=True, seconds__gt=0).exists())


def _released(as_of: AsOf, **account: Any) -> Any:
    """The features of 90 days that were released to the plans of an account."""
    running = Q(ends_on=None) | Q(ends_on__gt=as_of.day)
    plans = known(Subscription, as_of).filter(running, starts_on__lte=as_of.day, **account).values("product")
    new = known(Release, as_of).filter(released_on__gt=as_of.back(90), released_on__lte=as_of.day)
    return new.filter(Q(plans=[]) | Q(plans__overlap=ArraySubquery(plans)))


def _adopted(as_of: AsOf, **account: Any) -> Exists:
    """Whether an account used a released feature in these days."""
    return Exists(days_of(AccountDay, as_of, 90).filter(is_use=True, feature=OuterRef("feature"), **account))


def _new_features(as_of: AsOf) -> Any:
    """One row per account: how many features of 90 days were `released` to its plans, and how many it has `adopted`."""
    mine = {"account_id": OuterRef(OuterRef("pk"))}
    new = _released(as_of, **mine)

    def count(releases: Any) -> Subquery:
        return Subquery(releases.values("workspace").annotate(n=Count("pk")).values("n"), output_field=IntegerField())

    accounts = Account.objects.of(as_of.workspace).filter(pk__among=as_of.ids).annotate(account_id=F("pk"))
    return accounts.annotate(released=count(new), adopted=count(new.filter(_adopted(as_of, **mine))))


def _releases(as_of: AsOf) -> Any:
    """The releases to one account, each with `is_adopted`."""
    return _released(as_of, account_id__among=as_of.ids).annotate(is_adopted=_adopted(as_of))


def _anything_released(as_of: AsOf) -> bool:
    return bool(known(Release, as_of).exists())


PEOPLE_OF_A_YEAR = Facts("people of a year", _people_of_a_year, rollup_exists, of_use=True)
USE_OF_A_YEAR = Facts("use of a year", _use_of_a_year, rollup_exists, of_use=True)
TIME = Facts("time in the product", USE.rows, _time_tracked, of_use=True)
NEW_FEATURES = Facts(
    "releases",
    _new_features,
    _anything_released,
    of_use=True,
    kinds=("releases", "subscriptions"),
    evidence=_releases,
)

MOST_PEOPLE = Part(PEOPLE_OF_A_YEAR, lambda a: Q(), _most_people)
MOST_COUNTED = Part(USE_OF_A_YEAR, lambda a: Q(), lambda q: Max("users"))
SECONDS = Part(TIME, lambda a: Q(day__gt=a.back(28)), lambda q: Sum("seconds", filter=q))
PERSON_DAY: Any = Func("day", "person", template="(%(expressions)s)", output_field=TextField())
PERSON_DAYS = Part(PEOPLE, lambda a: Q(), lambda q: Count(PERSON_DAY, distinct=True))
RELEASED = Part(NEW_FEATURES, lambda a: Q(), lambda q: Max("released"))
ADOPTED = Part(NEW_FEATURES, lambda a: Q(), lambda q: Max("adopted"))


@measure(
    _("Active seats"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"users": USERS, "counted": COUNTED, "seats": SEATS},
    example=worked("0.6", users=12, seats=20),
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
    _("Active users of their peak"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"most": MOST_PEOPLE, "most_counted": MOST_COUNTED, "users": USERS, "counted": COUNTED},
    example=worked("0.75", most=16, users=12),
    worst=0.30,
    neutral=0.60,
    best=0.90,
    window=BLOCK * BLOCKS,
)
def active_of_peak(most: Floats, most_counted: Floats, users: Floats, counted: Floats) -> Floats:
    """People who used the product in 28 days ÷ the most that did so in any of the 13 times 28 days of a year.

    For products without seats. People are distinct where the events of the year name any, else the largest number that
    the source counted on one day. 0 where nobody came any more; nothing where nobody did in the whole year.
    """
    named = most > 0
    return np.where(named, ratio(zero(users), most), ratio(zero(counted), most_counted))


@measure(
    _("Usage frequency"),
    unit=Unit.DAYS,
    direction=Direction.HIGHER,
    parts={"days": DAYS},
    example=worked("21", days=21),
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
    example=worked("30", uses=600, seats=20, users=12),
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
    example=worked("-0.25", uses=450, uses_before=600),
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
    example=worked("0.5", features=6, listed=12),
    worst=0.10,
    neutral=0.30,
    best=0.60,
    weight=4,
    window=28,
)
def feature_breadth(features: Floats, listed: Floats) -> Floats:
    """Features used in 28 days ÷ those of the workspace's feature list.

    The list is chosen by hand; where it is not, it is the features that 5 % of the using accounts used in 90 days.
    """
    return ratio(zero(features), listed)


@measure(
    _("New features in use"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"released": RELEASED, "adopted": ADOPTED},
    example=worked("0.75", released=4, adopted=3),
    worst=0.20,
    neutral=0.60,
    best=0.90,
    window=90,
)
def new_features(released: Floats, adopted: Floats) -> Floats:
    """Features released in 90 days that it used in these days ÷ those released to its plans in these days.

    A release that names no plan is for all; the plans of an account are the products of its terms in force. Nothing
    where nothing was released to it.
    """
    return ratio(zero(adopted), released)


@measure(
    _("Time in the product"),
    unit=Unit.MINUTES,
    direction=Direction.HIGHER,
    parts={"seconds": SECONDS, "person_days": PERSON_DAYS},
    example=worked("12.5", seconds=90_000, person_days=120),
    worst=2,
    neutral=10,
    best=30,
    window=28,
)
def time_in_app(seconds: Floats, person_days: Floats) -> Floats:
    """Minutes told with use in 28 days ÷ days on which somebody used it, each person's days counted apart.

    Nothing where no time is told, or where the events name nobody.
    """
    return ratio(np.where(seconds > 0, seconds / 60, np.nan), person_days)


@measure(
    _("Days since last use"),
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    parts={"last_day": LAST_DAY},
    example=worked("3", last_day=97, today=100),
    worst=28,
    neutral=7,
    best=1,
)
def days_since_last_use(last_day: Floats, today: Floats) -> Floats:
    """Days since the product was last used; nothing if it never was."""
    return today - last_day
