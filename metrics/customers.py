"""Who is a customer, or on trial, on a day, as known on a day (metrics.md 1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Max, Min, Q

from accounts.models import Account, AccountHistory, Churn, Purchase, Stage, Workspace
from metrics.measures.facts import TERMS
from metrics.measures.money import MRR
from metrics.registry import AsOf


class Customer(NamedTuple):
    """An account that is scored: its monthly amount, whether it is on trial, and how many days it has
    been with us. The amount is None where a rate is missing."""

    account_id: int
    mrr: Decimal | None
    is_trial: bool
    age: int
    segment: str
    stage: str


# What the terms of an account say: its MRR, how many of those in force have no rate, how many are paid and trial (gaps
# allowed), the first and the newest start. A plain tuple, of which the garbage collector need not look after thousands.
Terms = tuple[Decimal | None, int, int, int, date | None, date | None]
NONE: Terms = (None, 0, 0, 0, None, None)
ZERO = Decimal(0)


def scored(as_of: AsOf) -> list[Customer]:
    """The customers and trials among the accounts asked for, by id."""
    terms = _terms(as_of)
    gone = _gone(as_of, terms) if as_of.workspace.churn_rule == Workspace.ChurnRule.EVENTS else set()
    buyers = {} if as_of.workspace.has_terms else _buyers(as_of)
    place = _places(as_of)
    rows = (
        Account.objects.of(as_of.workspace).filter(pk__among=as_of.ids).order_by("pk").values_list("pk", "started_on")
    )
    found = []
    for account_id, started_on in rows:
        worth, unrated, paid, trial, first, _newest = terms.get(account_id, NONE)
        is_paid, is_trial = (paid > 0, trial > 0) if account_id not in gone else (False, False)
        if not is_paid and not is_trial and account_id not in buyers:
            continue
        mrr = (None if unrated else worth or ZERO) if is_paid else ZERO
        begun = min(filter(None, (started_on, first, buyers.get(account_id), as_of.day)))
        age = (as_of.day - begun).days + 1
        found.append(Customer(account_id, mrr, is_trial and not is_paid, age, *place(account_id)))
    return found


def _terms(as_of: AsOf) -> dict[int, Terms]:
    """Per account what its terms say."""
    gap = as_of.workspace.churn_gap_days
    running = Q(starts_on__lte=as_of.day) & (Q(ends_on=None) | Q(ends_on__gt=as_of.day - timedelta(days=gap)))
    paid = Q(is_trial=False, mrr__gt=0)
    rows = (
        TERMS.rows(as_of)
        .values_list("account_id")
        .annotate(
            worth_now=MRR.aggregate(MRR.condition(as_of)),
            unrated=Count("pk", filter=MRR.condition(as_of) & Q(worth=None)),
            paid=Count("pk", filter=running & paid),
            trial=Count("pk", filter=running & Q(is_trial=True)),
            first=Min("starts_on"),
            newest=Max("starts_on", filter=paid),
        )
    )
    with connection.cursor() as cursor:  # as they come: Django would go through each number of thousands of rows again
        cursor.execute(*rows.query.sql_with_params())
        return {row[0]: row[1:] for row in cursor.fetchall()}


def _gone(as_of: AsOf, terms: dict[int, Terms]) -> set[int]:
    """Churn from events: those who churned and have begun no paid term since."""
    churns = Churn.objects.of(as_of.workspace).known(as_of.workspace, as_of.known)
    rows = (
        churns.filter(account_id__among=as_of.ids, churned_on__lte=as_of.day)
        .values("account_id")
        .annotate(last=Max("churned_on"))
        .values_list("account_id", "last")
    )
    return {account_id for account_id, last in rows if (terms.get(account_id, NONE)[-1] or date.min) <= last}


def _buyers(as_of: AsOf) -> dict[int, date]:
    """In a workspace of purchases: who bought in the last days that count, with the first purchase."""
    rows = (
        Purchase.objects.of(as_of.workspace)
        .known(as_of.workspace, as_of.known)
        .filter(account_id__among=as_of.ids, purchased_on__lte=as_of.day, amount__gt=0)
        .values("account_id")
        .annotate(first=Min("purchased_on"), last=Max("purchased_on"))
        .filter(last__gt=as_of.back(as_of.workspace.purchase_days))
    )
    return {row["account_id"]: row["first"] for row in rows}


def _places(as_of: AsOf) -> Callable[[int], tuple[str, str]]:
    """Segment and stage name of an account at the end of the day; before its history began, the first known."""
    rows = (
        AccountHistory.objects.of(as_of.workspace)
        .filter(account_id__among=as_of.ids, field__in=["segment", "stage"])
        .filter(Q(until=None) | Q(until__gte=as_of.end))
        .order_by("account_id", "field", "since")
        .distinct("account_id", "field")
        .values_list("account_id", "field", "value")
    )
    names, found = _stage_names(as_of.workspace), list(rows)
    segments = {account_id: value for account_id, field, value in found if field == "segment"}
    stages = {account_id: names.get(value, "") for account_id, field, value in found if field == "stage"}
    return lambda account_id: (segments.get(account_id, ""), stages.get(account_id, ""))


def _stage_names(workspace: Workspace) -> dict[str, str]:
    return {str(pk): name for pk, name in Stage.objects.of(workspace).values_list("pk", "name")}
