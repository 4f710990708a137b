"""Who is a customer, or on trial, on a day, as known on a day (metrics.md 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q

from accounts.models import Account, AccountHistory, Churn, Purchase, Stage, Workspace
from metrics.measures.facts import TERMS
from metrics.measures.money import MRR
from metrics.registry import AsOf


@dataclass(frozen=True)
class Customer:
    """An account that is scored: its monthly amount, whether it is on trial, and how many days it has
    been with us. The amount is None where a rate is missing."""

    account_id: int
    mrr: Decimal | None
    is_trial: bool
    age: int
    segment: str
    stage: str


def scored(as_of: AsOf) -> list[Customer]:
    """The customers and trials among the accounts asked for, by id."""
    terms = _terms(as_of)
    gone = _gone(as_of, terms) if as_of.workspace.churn_rule == Workspace.ChurnRule.EVENTS else set()
    buyers = _buyers(as_of) if as_of.workspace.kind == Workspace.Kind.PURCHASES else {}
    places = _places(as_of)
    rows = (
        Account.objects.of(as_of.workspace).filter(pk__among=as_of.ids).order_by("pk").values_list("pk", "started_on")
    )
    found = []
    for account_id, started_on in rows:
        term = terms.get(account_id, {})
        paid = bool(term.get("paid")) and account_id not in gone
        trial = bool(term.get("trial")) and not paid and account_id not in gone
        if not paid and not trial and account_id not in buyers:
            continue
        begun = min(d for d in (started_on, term.get("first"), buyers.get(account_id), as_of.day) if d)
        segment, stage = places.get(account_id, ("", ""))
        found.append(Customer(account_id, _mrr(term, paid), trial, (as_of.day - begun).days + 1, segment, stage))
    return found


def _mrr(term: dict[str, Any], paid: bool) -> Decimal | None:
    if not paid:
        return Decimal(0)
    return None if term["unrated"] else term["worth_now"] or Decimal(0)


def _terms(as_of: AsOf) -> dict[int, dict[str, Any]]:
    """Per account: its MRR, whether a paid or trial term is in force (gaps allowed), its first and newest start."""
    gap = as_of.workspace.churn_gap_days
    running = Q(starts_on__lte=as_of.day) & (Q(ends_on=None) | Q(ends_on__gt=as_of.day - timedelta(days=gap)))
    paid = Q(is_trial=False, mrr__gt=0)
    rows = (
        TERMS.rows(as_of)
        .values("account_id")
        .annotate(
            worth_now=MRR.aggregate(MRR.condition(as_of)),
            unrated=Count("pk", filter=MRR.condition(as_of) & Q(worth=None)),
            paid=Count("pk", filter=running & paid),
            trial=Count("pk", filter=running & Q(is_trial=True)),
            first=Min("starts_on"),
            newest=Max("starts_on", filter=paid),
        )
    )
    return {row["account_id"]: row for row in rows}


def _gone(as_of: AsOf, terms: dict[int, dict[str, Any]]) -> set[int]:
    """Churn from events: those who churned and have begun no paid term since."""
    churns = Churn.objects.of(as_of.workspace).known(as_of.workspace, as_of.known)
    rows = (
        churns.filter(account_id__among=as_of.ids, churned_on__lte=as_of.day)
        .values("account_id")
        .annotate(last=Max("churned_on"))
        .values_list("account_id", "last")
    )
    newest = {account_id: term["newest"] for account_id, term in terms.items()}
    return {account_id for account_id, last in rows if not (newest.get(account_id) and newest[account_id] > last)}


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


def _places(as_of: AsOf) -> dict[int, tuple[str, str]]:
    """Segment and stage name of each account at the end of the day; before its history began, the first known."""
    rows = (
        AccountHistory.objects.of(as_of.workspace)
        .filter(account_id__among=as_of.ids, field__in=["segment", "stage"])
        .filter(Q(until=None) | Q(until__gte=as_of.end))
        .order_by("account_id", "field", "since")
        .distinct("account_id", "field")
        .values_list("account_id", "field", "value")
    )
    names = _stage_names(as_of.workspace)
    places: dict[int, tuple[str, str]] = {}
    for account_id, field, value in rows:
        segment, stage = places.get(account_id, ("", ""))
        places[account_id] = (value, stage) if field == "segment" else (segment, names.get(value, ""))
    return places


def _stage_names(workspace: Workspace) -> dict[str, str]:
    return {str(pk): name for pk, name in Stage.objects.of(workspace).values_list("pk", "name")}
