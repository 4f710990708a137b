"""What the customer gets out of it: goals, return, growth, and how its beginning goes."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db.models import Avg, Case, Count, F, IntegerField, Max, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast, Greatest, Least
from django.utils.translation import gettext_lazy as _

from accounts.models import Account, AccountHistory, ClientFigure, Goal, Stage, Workspace
from metrics.formulas.usage import Floats, change, ratio, zero
from metrics.measures.facts import (
    EXACT,
    days_between,
    exists,
    first_of,
    heard_of,
    in_reporting_currency,
    of_accounts,
    on,
)
from metrics.models import AccountDay
from metrics.registry import AsOf, Direction, Facts, Part, Unit, measure, worked

STEP = "onboarding_step"
# Days that a goal must have run before its progress says something.
SETTLED = 30
COUNTS = ["headcount", "customers"]


def _goals(as_of: AsOf) -> QuerySet[Any]:
    """Goals that count, with `attained`: 0…1."""
    closed_lately = ~Q(state=Goal.State.OPEN) & Q(due_on__gt=as_of.back(365))
    running = Q(state=Goal.State.OPEN, started_on__lte=as_of.back(SETTLED))
    one = Value(1, output_field=EXACT)
    elapsed = Cast(days_between("started_on", on(as_of)), EXACT)
    length = Cast(Greatest(days_between("started_on", "due_on"), Value(1)), EXACT)
    expected = Case(When(state=Goal.State.OPEN, then=Least(one, elapsed / length)), default=one)
    progress = Cast(F("value") - F("baseline"), EXACT) / Cast(F("target") - F("baseline"), EXACT)
    attained = Greatest(Value(0, output_field=EXACT), Least(one, progress / expected))
    goals = of_accounts(Goal, as_of).filter(closed_lately | running)
    return goals.filter(Q(state=Goal.State.MET) | ~Q(target=F("baseline"))).annotate(
        attained=Case(When(state=Goal.State.MET, then=one), default=attained)
    )


def _figures(as_of: AsOf) -> QuerySet[Any]:
    """The customer's figures of two years, with `worth`: counts as they are, amounts at the rate of their day."""
    money = in_reporting_currency(as_of, "value", "day")
    figures = of_accounts(ClientFigure, as_of).filter(day__gt=as_of.back(730))
    return figures.annotate(worth=Case(When(figure__in=COUNTS, then=F("value")), default=money))


def _steps_taken(workspace: Workspace, day: date, known: date) -> Any:
    days = AccountDay.objects.of(workspace).known(known)
    return days.filter(name=STEP, day__lte=day, day__gt=day - timedelta(days=365))


def onboarding_steps(workspace: Workspace, day: date, known: date) -> int:
    """How many onboarding steps there are: those that any account took in 365 days."""
    return int(_steps_taken(workspace, day, known).values("feature").distinct().count())


def _beginnings(as_of: AsOf) -> Any:
    """One row per account: how many onboarding steps are `done`, and for how many days they are `planned`, empty
    outside the first stage."""
    taken = _steps_taken(as_of.workspace, as_of.day, as_of.known)
    done = taken.filter(account_id=OuterRef("pk")).values("account_id").annotate(n=Count("feature", distinct=True))
    first = Stage.objects.of(as_of.workspace).order_by("position").first()
    history = AccountHistory.objects.of(as_of.workspace).filter(
        Q(until=None) | Q(until__gte=as_of.end), account_id=OuterRef("pk"), field="stage"
    )
    accounts = (
        Account.objects.of(as_of.workspace)
        .filter(pk__among=as_of.ids)
        .annotate(account_id=F("pk"), stage_then=Subquery(history.order_by("since").values("value")[:1]))
    )
    planned = When(stage_then=str(first.pk) if first else "", then=Value(first and first.target_days))
    return accounts.annotate(
        done=Subquery(done.values("n"), output_field=IntegerField()),
        planned=Case(planned, output_field=IntegerField()),
    )


def _steps(as_of: AsOf) -> Any:
    """The onboarding steps that the accounts have taken."""
    return _steps_taken(as_of.workspace, as_of.day, as_of.known).filter(account_id__among=as_of.ids)


def _latest(figure: str, first: int, last: int) -> Part:
    """The customer's newest figure of a name, of the days between so many ago."""
    return Part(
        FIGURES,
        lambda a: Q(figure=figure, day__gt=a.back(first), day__lte=a.back(last)),
        lambda q: first_of("worth", q, "-day", "-pk"),
    )


GOALS = Facts("goals", _goals, exists(Goal), kinds=("goals",))
FIGURES = Facts("client figures", _figures, exists(ClientFigure), kinds=("client_figures", "rates"))
BEGINNINGS = Facts("onboarding steps", _beginnings, lambda a: heard_of(a, (STEP,)), names=(STEP,), evidence=_steps)

ATTAINED = Part(GOALS, lambda a: Q(), lambda q: Avg("attained"))
RETURN, COST = _latest("return", 365, 0), _latest("cost", 365, 0)
HEADCOUNT, HEADCOUNT_BEFORE = _latest("headcount", 365, 0), _latest("headcount", 730, 365)
CUSTOMERS, CUSTOMERS_BEFORE = _latest("customers", 365, 0), _latest("customers", 730, 365)
REVENUE, REVENUE_BEFORE = _latest("revenue", 365, 0), _latest("revenue", 730, 365)
DONE = Part(BEGINNINGS, lambda a: Q(), lambda q: Max("done"))
PLANNED = Part(BEGINNINGS, lambda a: Q(), lambda q: Max("planned"))


@measure(
    _("Goal attainment"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"attained": ATTAINED},
    example=worked("0.85", attained=0.85),
    worst=0.40,
    neutral=0.70,
    best=1.00,
    weight=8,
    window=365,
)
def goal_attainment(attained: Floats) -> Floats:
    """Mean over the goals of progress ÷ the share of their time that has passed, each 0…1.

    Progress is (value − baseline) ÷ (target − baseline). Open goals count from 30 days after their start, after their
    due day with the whole of their time; met ones as 1, missed ones with their progress. Those met or missed count
    until 365 days after their due day.
    """
    return attained


@measure(
    _("Return on cost"),
    unit=Unit.TIMES,
    direction=Direction.HIGHER,
    parts={"gained": RETURN, "cost": COST},
    example=worked("2.5", gained=50_000, cost=20_000),
    worst=0.5,
    neutral=1,
    best=3,
    window=365,
)
def return_on_cost(gained: Floats, cost: Floats) -> Floats:
    """The customer's latest return ÷ its latest cost of the product, both of 365 days.

    Each at the rate of its day. Nothing where one is missing, or has no rate.
    """
    return ratio(gained, cost)


@measure(
    _("Customer's growth"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={
        "headcount": HEADCOUNT,
        "headcount_before": HEADCOUNT_BEFORE,
        "customers": CUSTOMERS,
        "customers_before": CUSTOMERS_BEFORE,
        "revenue": REVENUE,
        "revenue_before": REVENUE_BEFORE,
    },
    example=worked("0.1", headcount=220, headcount_before=200),
    worst=-0.20,
    neutral=0,
    best=0.20,
)
def client_growth(
    headcount: Floats,
    headcount_before: Floats,
    customers: Floats,
    customers_before: Floats,
    revenue: Floats,
    revenue_before: Floats,
) -> Floats:
    """The customer's latest headcount of 365 days ÷ the latest of the 365 days before − 1.

    Without both, its number of customers; without both of these, its revenue, each at the rate of its day. What was
    told of the time before it came to us counts as well.
    """
    growths = [
        change(headcount, headcount_before),
        change(customers, customers_before),
        change(revenue, revenue_before),
    ]
    return np.where(~np.isnan(growths[0]), growths[0], np.where(~np.isnan(growths[1]), growths[1], growths[2]))


@measure(
    _("Onboarding progress"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"done": DONE, "planned": PLANNED},
    example=worked("0.8", steps=10, done=4, planned=60, age=30),
    worst=0.40,
    neutral=0.80,
    best=1.00,
    window=365,
)
def onboarding_progress(steps: Floats, done: Floats, planned: Floats, age: Floats) -> Floats:
    """Onboarding steps done ÷ those expected at its age; nothing outside the first stage. Ahead is more than 1.

    A step is an event `onboarding_step`, its name is its feature. Expected are all the steps that the workspace's
    accounts took in 365 days × the share of the stage's target days that its age is, at most all. Who is in the first
    stage and has done none reads 0; nothing where the stage has no target days.
    """
    return ratio(zero(done), steps * np.minimum(1.0, ratio(age, planned)))
