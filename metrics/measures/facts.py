"""The facts that measures read, as known on a day: each source is one statement for all of its measures."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    Case,
    Count,
    DateField,
    DecimalField,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from accounts.models import (
    Account,
    Churn,
    Contact,
    ExchangeRate,
    Feedback,
    Invoice,
    Payment,
    Subscription,
    SurveyResponse,
    Ticket,
    TicketEvent,
)
from metrics.models import AccountDay, ContactDay
from metrics.registry import AsOf, Facts, Part

MONEY: Any = DecimalField(max_digits=18, decimal_places=4)
EXACT: Any = DecimalField(max_digits=30, decimal_places=16)


def _days(model: Any, as_of: AsOf, window: int) -> Any:
    rows = model.objects.of(as_of.workspace).known(as_of.known)
    return rows.filter(account_id__in=as_of.accounts, day__lte=as_of.day, day__gt=as_of.back(window))


def _rollup_exists(as_of: AsOf) -> bool:
    rows = AccountDay.objects.of(as_of.workspace).known(as_of.known)
    return bool(rows.filter(day__lte=as_of.day, is_use=True).exists())


def _known(model: Any, as_of: AsOf) -> Any:
    """The workspace's facts of a model that had occurred by the end of the day, as known."""
    return model.objects.of(as_of.workspace).known(as_of.workspace, as_of.known).filter(occurred_at__lt=as_of.end)


def _of_accounts(model: Any, as_of: AsOf) -> QuerySet[Any]:
    rows: QuerySet[Any] = _known(model, as_of).filter(account_id__in=as_of.accounts)
    return rows


def _exists(model: Any, **condition: Any) -> Any:
    return lambda as_of: _known(model, as_of).filter(**condition).exists()


# Use by event name and day, and by person and day.
USE = Facts("use", lambda a: _days(AccountDay, a, 56).filter(is_use=True), _rollup_exists)
PEOPLE = Facts("people", lambda a: _days(ContactDay, a, 28), _rollup_exists)


def _accounts_with_last_use(as_of: AsOf) -> Any:
    """One row per account, with the day of its last use; found by index, however long ago."""
    use = AccountDay.objects.of(as_of.workspace).known(as_of.known)
    last = use.filter(account_id=OuterRef("pk"), day__lte=as_of.day, is_use=True).order_by("-day").values("day")[:1]
    accounts = Account.objects.of(as_of.workspace).filter(pk__in=as_of.accounts)
    return accounts.annotate(account_id=F("pk"), last_use=Subquery(last, output_field=DateField()))


LAST_USE = Facts("last use", _accounts_with_last_use, _rollup_exists)


def _terms(as_of: AsOf) -> QuerySet[Any]:
    """Terms with `worth`: the monthly amount in the workspace's currency at the term's start (metrics.md 1, Money).
    A missing rate leaves it empty."""
    rates = ExchangeRate.objects.of(as_of.workspace).filter(
        currency=OuterRef("currency"), day__lte=OuterRef("starts_on")
    )
    rate = Case(
        When(currency=as_of.workspace.currency, then=Value(1)),
        default=Subquery(rates.order_by("-day").values("rate")[:1]),
        output_field=DecimalField(max_digits=18, decimal_places=8),
    )
    return _of_accounts(Subscription, as_of).annotate(worth=F("mrr") * rate)


TERMS = Facts("terms", _terms, _exists(Subscription))


def _invoices(as_of: AsOf) -> QuerySet[Any]:
    """Invoices that count, with `balance` still owed on the day and `settled_on`, the day of the last payment."""
    payments = _known(Payment, as_of).filter(invoice=OuterRef("external_id"), account_id=OuterRef("account_id"))
    signed = Case(When(kind=Payment.Kind.REFUND, then=-F("amount")), default=F("amount"), output_field=MONEY)
    paid = payments.order_by().values("invoice").annotate(total=Sum(signed)).values("total")
    last = payments.order_by().values("invoice").annotate(last=Max("paid_on")).values("last")
    return (
        _of_accounts(Invoice, as_of)
        .filter(is_void=False, is_disputed=False)
        .annotate(
            balance=F("amount") - Coalesce(Subquery(paid, output_field=MONEY), Value(0), output_field=MONEY),
            settled_on=Subquery(last, output_field=DateField()),
        )
    )


INVOICES = Facts("invoices", _invoices, _exists(Invoice))


def _tickets(as_of: AsOf) -> QuerySet[Any]:
    """Tickets with `state`, the last thing that opened or closed them by the end of the day."""
    turns = [
        TicketEvent.Kind.OPENED,
        TicketEvent.Kind.REOPENED,
        TicketEvent.Kind.SOLVED,
        TicketEvent.Kind.CLOSED,
    ]
    events = _known(TicketEvent, as_of).filter(
        ticket=OuterRef("external_id"), account_id=OuterRef("account_id"), kind__in=turns
    )
    return _of_accounts(Ticket, as_of).annotate(
        state=Subquery(events.order_by("-occurred_at", "-pk").values("kind")[:1])
    )


TICKETS = Facts("tickets", _tickets, _exists(Ticket))


def _answers(as_of: AsOf) -> QuerySet[Any]:
    """Answers with `scaled`, 0…1 on their own scale; decimal, as a mean of floats depends on the order of rows."""
    score, low, high = (Cast(name, EXACT) for name in ("score", "scale_min", "scale_max"))
    scaled = (score - low) / (high - low)
    return _of_accounts(SurveyResponse, as_of).annotate(scaled=scaled)


ANSWERS = Facts("satisfaction answers", _answers, _exists(SurveyResponse, kind="csat"))


def _latest_recommendations(as_of: AsOf) -> QuerySet[Any]:
    """The latest NPS answer of each contact; an answer without contact stands for itself."""
    answers = _answers(as_of).filter(kind="nps", occurred_at__gte=as_of.start_back(365))
    later = _known(SurveyResponse, as_of).filter(
        Q(occurred_at__gt=OuterRef("occurred_at")) | Q(occurred_at=OuterRef("occurred_at"), pk__gt=OuterRef("pk")),
        kind="nps",
        account_id=OuterRef("account_id"),
        person=OuterRef("person"),
    )
    return answers.filter(Q(person="") | ~Exists(later))


RECOMMENDATIONS = Facts("recommendations", _latest_recommendations, _exists(SurveyResponse, kind="nps"))

COMPLAINTS = Facts(
    "complaints",
    lambda a: _of_accounts(Feedback, a).filter(kind="complaint"),
    _exists(Feedback, kind="complaint"),
)
NOTICES = Facts("notices", lambda a: _of_accounts(Churn, a), _exists(Churn))
CHAMPIONS = Facts("champions", lambda a: _of_accounts(Contact, a).filter(part=Contact.Part.CHAMPION), _exists(Contact))

# Numbers that several measures share.
USERS = Part(PEOPLE, lambda a: Q(), lambda q: Count("person", distinct=True, filter=q))
COUNTED = Part(USE, lambda a: Q(day__gt=a.back(28)), lambda q: Max("users", filter=q))
USES = Part(USE, lambda a: Q(day__gt=a.back(28)), lambda q: Sum("count", filter=q))
SEATS = Part(
    TERMS,
    lambda a: Q(starts_on__lte=a.day) & (Q(ends_on=None) | Q(ends_on__gt=a.day)),
    lambda q: Sum("seats", filter=q),
)
