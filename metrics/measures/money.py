"""The facts about money that commercial measures read, as known on a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    OuterRef,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models import QuerySet as Rows
from django.db.models.functions import Coalesce
from django.db.models.sql.constants import LOUTER
from django_cte import CTE, with_cte

from accounts.models import Churn, Deal, Invoice, Payment, Purchase, Subscription, Workspace
from metrics.measures.facts import (
    MONEY,
    TERMS,
    days_between,
    events,
    exists,
    in_reporting_currency,
    known,
    of_accounts,
    on,
    terms,
)
from metrics.registry import AsOf, Facts, Part

PAID = Q(is_trial=False, mrr__gt=0)
# A next term may begin so long before or after the end of the one it renews; so long must a term be to count.
RENEWED_WITHIN = timedelta(days=30)
RENEWABLE = timedelta(days=90)


def _invoices(as_of: AsOf) -> Rows[Any]:
    """Invoices that count, with `balance` still owed on the day, `settled_on`, the day of the last payment, and
    `days_late`, negative where it was paid early; unpaid: up to now."""
    signed = Case(When(kind=Payment.Kind.REFUND, then=-F("amount")), default=F("amount"), output_field=MONEY)
    # In order, so that they are summed and matched account by account: faster than by way of tables that hold a shard.
    payments = of_accounts(Payment, as_of).order_by("account_id", "invoice").values("account_id", "invoice")
    paid = CTE(payments.annotate(total=Sum(signed), last=Max("paid_on")), "paid")
    invoices = of_accounts(Invoice, as_of).filter(is_void=False, is_disputed=False)
    matched = paid.join(invoices, account_id=paid.col.account_id, external_id=paid.col.invoice, _join_type=LOUTER)
    rows: Rows[Any] = with_cte(paid, select=matched)
    return rows.annotate(
        balance=F("amount") - Coalesce(paid.col.total, Value(0), output_field=MONEY), settled_on=paid.col.last
    ).annotate(
        days_late=Case(
            When(balance__gt=1, then=days_between("due_on", on(as_of))),
            default=days_between("due_on", Coalesce("settled_on", "due_on")),
        )
    )


INVOICES = Facts("invoices", _invoices, exists(Invoice), kinds=("invoices", "payments"))
REMINDERS = events("payment reminders", 180, "payment_reminder")


def _first_terms(as_of: AsOf) -> Rows[Any]:
    """The paid terms that were in force on the first day on which any was."""
    begun = PAID & (Q(ends_on=None) | Q(ends_on__gt=F("starts_on")))
    earlier = known(Subscription, as_of).filter(
        begun, account_id=OuterRef("account_id"), starts_on__lt=OuterRef("starts_on")
    )
    return terms(as_of).filter(begun & ~Exists(earlier))


FIRST_TERMS = Facts("first terms", _first_terms, TERMS.any, kinds=TERMS.kinds)


def _ended_terms(as_of: AsOf) -> Rows[Any]:
    """Paid terms of at least 90 days that ended in 365 days and are decided, with `renewed`: 1 or 0."""
    near = {
        "starts_on__gte": OuterRef("ends_on") - RENEWED_WITHIN,
        "starts_on__lte": OuterRef("ends_on") + RENEWED_WITHIN,
    }
    following = known(Subscription, as_of).filter(
        PAID, Q(ends_on=None) | Q(ends_on__gt=OuterRef("ends_on")), account_id=OuterRef("account_id"), **near
    )
    return (
        of_accounts(Subscription, as_of)
        .filter(PAID, ends_on__gt=as_of.back(365), ends_on__lte=as_of.day, ends_on__gte=F("starts_on") + RENEWABLE)
        .annotate(renewed=Case(When(Exists(following), then=Value(1)), default=Value(0), output_field=IntegerField()))
        .filter(Q(renewed=1) | Q(ends_on__lt=as_of.day - RENEWED_WITHIN))
    )


ENDED_TERMS = Facts("ended terms", _ended_terms, TERMS.any, kinds=("subscriptions",))


def _purchases(as_of: AsOf) -> Rows[Any]:
    return of_accounts(Purchase, as_of).annotate(worth=in_reporting_currency(as_of, "amount", "purchased_on"))


def _expansion_deals(as_of: AsOf) -> Rows[Any]:
    """Expansion deals that are open at the end of the day, with `worth` at the rate of the day they were opened."""
    still_open = Q(state=Deal.State.OPEN) | Q(closed_on__gt=as_of.day)
    deals = of_accounts(Deal, as_of).filter(still_open, kind="expansion")
    return deals.annotate(worth=in_reporting_currency(as_of, "amount", "opened_on"))


PURCHASES = Facts("purchases", _purchases, exists(Purchase), kinds=("purchases", "rates"))
DEALS = Facts("expansion deals", _expansion_deals, exists(Deal, kind="expansion"), kinds=("deals", "rates"))


def _churns(as_of: AsOf) -> Rows[Any]:
    """Churns as known, those that are still ahead among them."""
    known_by_then: Rows[Any] = Churn.objects.of(as_of.workspace).known(as_of.workspace, as_of.known)
    return known_by_then.filter(account_id__among=as_of.ids)


def _turned_off(as_of: AsOf) -> Rows[Any]:
    """Paid terms in force that are known not to renew by themselves any more, and that no other paid term outlasts.
    Those which never did so were sold that way."""
    versions = Subscription.objects.of(as_of.workspace)
    before = versions.filter(external_id=OuterRef("external_id"), auto_renew=True, pk__lt=OuterRef("pk"))
    longer = versions.known(as_of.workspace, as_of.known).filter(
        PAID, Q(ends_on=None) | Q(ends_on__gt=OuterRef("ends_on")), account_id=OuterRef("account_id")
    )
    terms = of_accounts(Subscription, as_of).filter(PAID, running(as_of, 0), auto_renew=False, known_at__lt=as_of.end)
    return terms.filter(Exists(before), ~Exists(longer.exclude(pk=OuterRef("pk"))))


def _any_notice(as_of: AsOf) -> bool:
    off = known(Subscription, as_of).filter(auto_renew=False)
    told = Exists(known(Churn, as_of)) | Exists(off)
    return bool(Workspace.objects.filter(told, pk=as_of.workspace.pk).exists())


NOTICES = Facts("notices", _churns, _any_notice, kinds=("churns",))
TURNED_OFF = Facts("renewals turned off", _turned_off, _any_notice, kinds=("subscriptions",))


# Numbers that several measures share.


def mrr(back: int) -> Part:
    """Monthly amount of the paid terms in force so many days ago."""
    return Part(TERMS, lambda a: PAID & running(a, back), lambda q: Sum("worth", filter=q))


def running(a: AsOf, back: int) -> Q:
    """The terms in force so many days ago."""
    day = a.back(back)
    return Q(Q(ends_on=None) | Q(ends_on__gt=day), starts_on__lte=day)


def unrated(facts: Facts, condition: Any = lambda a: Q()) -> Part:
    """How many of them cannot be told in the workspace's currency."""
    return Part(facts, lambda a: Q(worth=None) & condition(a), lambda q: Count("pk", filter=q))


MRR = mrr(0)
UNRATED_NOW = unrated(TERMS, lambda a: PAID & running(a, 0))
