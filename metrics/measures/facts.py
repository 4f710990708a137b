"""The facts that measures read, as known on a day: each source is one statement for all of its measures."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import (
    Case,
    Count,
    DateField,
    DecimalField,
    F,
    FloatField,
    Func,
    IntegerField,
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
from django_cte import CTE, with_cte

from accounts.models import (
    Account,
    Contact,
    EventName,
    ExchangeRate,
    Feedback,
    Pulse,
    Subscription,
    Survey,
    SurveyKind,
    SurveyResponse,
    Ticket,
    TicketEvent,
    Touch,
)
from metrics.models import AccountDay, ContactDay
from metrics.registry import AsOf, Facts, Part

MONEY: Any = DecimalField(max_digits=18, decimal_places=4)
EXACT: Any = DecimalField(max_digits=30, decimal_places=16)


def days_of(model: Any, as_of: AsOf, window: int) -> Any:
    rows = model.objects.of(as_of.workspace).known(as_of.known)
    return rows.filter(as_of.around, day__lte=as_of.day, day__gt=as_of.back(window))


def rollup_exists(as_of: AsOf) -> bool:
    rows = AccountDay.objects.of(as_of.workspace).known(as_of.known)
    return bool(rows.filter(day__lte=as_of.day, is_use=True).exists())


def known(model: Any, as_of: AsOf) -> Any:
    """The workspace's facts of a model that had occurred by the end of the day, as known."""
    return model.objects.of(as_of.workspace).known(as_of.workspace, as_of.known).filter(occurred_at__lt=as_of.end)


def of_accounts(model: Any, as_of: AsOf) -> QuerySet[Any]:
    rows: QuerySet[Any] = known(model, as_of).filter(account_id__among=as_of.ids)
    return rows


def exists(model: Any, **condition: Any) -> Any:
    return lambda as_of: known(model, as_of).filter(**condition).exists()


def events(name: str, days: int, *names: str) -> Facts:
    """What events of these names left in the rollups, in so many days. They tell of other things than use."""
    return Facts(
        name, lambda a: days_of(AccountDay, a, days).filter(name__in=names), lambda a: heard_of(a, names), names
    )


def heard_of(as_of: AsOf, names: tuple[str, ...]) -> bool:
    """Whether an event of these names was known. The catalogue comes first: what it has never seen
    needs no search."""
    heard = EventName.objects.of(as_of.workspace).filter(Q(name__in=names) | Q(alias_of__in=names))
    rows = AccountDay.objects.of(as_of.workspace).known(as_of.known)
    return bool(heard.exists() and rows.filter(day__lte=as_of.day, name__in=names).exists())


def in_reporting_currency(as_of: AsOf, amount: str, day: str) -> Any:
    """The column `amount` in the workspace's currency at the rate of the column `day`; empty where there is none."""
    rates = known(ExchangeRate, as_of).filter(currency=OuterRef("currency"), day__lte=OuterRef(day))
    rate = Case(
        When(currency=as_of.workspace.currency, then=Value(1)),
        default=Subquery(rates.order_by("-day").values("rate")[:1]),
        output_field=DecimalField(max_digits=18, decimal_places=8),
    )
    return F(amount) * rate


def days_between(first: Any, last: Any) -> Any:
    """Whole days from one date to another, each a column or a day."""
    return Func(last, first, template="(%(expressions)s)", arg_joiner=" - ", output_field=IntegerField())


def on(as_of: AsOf) -> Value:
    """The day itself, as a value in a statement."""
    return Value(as_of.day, output_field=DateField())


def first_of(column: str, condition: Q | None, *order: str) -> Any:
    """An aggregate: the column of the first row, in an order, of those that meet a condition."""
    values = ArrayAgg(column, filter=condition, order_by=order)
    return Func(values, template="(%(expressions)s)[1]", output_field=EXACT)


# Use by event name and day, and by person and day.
USE = Facts("use", lambda a: days_of(AccountDay, a, 56).filter(is_use=True), rollup_exists, of_use=True)
PEOPLE = Facts("people", lambda a: days_of(ContactDay, a, 28), rollup_exists, of_use=True)


def _last_day(as_of: AsOf, account: Any) -> Subquery:
    """The day of an account's last use; found by index, however long ago."""
    use = AccountDay.objects.of(as_of.workspace).known(as_of.known)
    last = use.filter(account_id=account, day__lte=as_of.day, is_use=True).order_by("-day").values("day")[:1]
    return Subquery(last, output_field=DateField())


def _accounts_with_last_use(as_of: AsOf) -> Any:
    """One row per account, with the day of its last use."""
    accounts = Account.objects.of(as_of.workspace).filter(pk__among=as_of.ids)
    return accounts.annotate(account_id=F("pk"), last_use=_last_day(as_of, OuterRef("pk")))


def _last_use(as_of: AsOf) -> Any:
    """What one account used on its last day with use."""
    use = AccountDay.objects.of(as_of.workspace).known(as_of.known)
    [account] = as_of.accounts
    return use.filter(account_id=account, is_use=True, day=_last_day(as_of, account))


LAST_USE = Facts("last use", _accounts_with_last_use, rollup_exists, of_use=True, evidence=_last_use)


def terms(as_of: AsOf) -> QuerySet[Any]:
    """Terms with `worth`: the monthly amount in the workspace's currency at the term's start (metrics.md 1, Money).
    A missing rate leaves it empty."""
    return of_accounts(Subscription, as_of).annotate(worth=in_reporting_currency(as_of, "mrr", "starts_on"))


TERMS = Facts("terms", terms, exists(Subscription), kinds=("subscriptions", "rates"))


def _tickets(as_of: AsOf) -> QuerySet[Any]:
    """Tickets with `state`, the last thing that opened or closed them by the end of the day, and `hours_waited`
    for the first that we did about them, or so far."""
    turns = [
        TicketEvent.Kind.OPENED,
        TicketEvent.Kind.REOPENED,
        TicketEvent.Kind.SOLVED,
        TicketEvent.Kind.CLOSED,
    ]
    ours = [TicketEvent.Kind.REPLIED, TicketEvent.Kind.SOLVED, TicketEvent.Kind.CLOSED]
    events = known(TicketEvent, as_of).filter(ticket=OuterRef("external_id"), account_id=OuterRef("account_id"))
    answers = events.filter(kind__in=ours, by_customer=False).order_by("occurred_at")
    return of_accounts(Ticket, as_of).annotate(
        state=Subquery(events.filter(kind__in=turns).order_by("-occurred_at", "-pk").values("kind")[:1]),
        hours_waited=Func(
            Coalesce(Subquery(answers.values("occurred_at")[:1]), Value(as_of.end)),
            F("occurred_at"),
            template="(extract(epoch FROM (%(expressions)s)) / 3600)",
            arg_joiner=" - ",
            output_field=FloatField(),
        ),
    )


TICKETS = Facts("tickets", _tickets, exists(Ticket), kinds=("tickets",))


def _answers(as_of: AsOf) -> QuerySet[Any]:
    """Answers with `scaled`, 0…1 on their own scale, the best answer 1; decimal, as a mean of floats depends on the
    order of rows."""
    scaled: Any = (F("score") - F("scale_min")) / (Cast("scale_max", IntegerField()) - F("scale_min"))
    turned = Survey.objects.of(as_of.workspace).filter(is_reversed=True).values("key")
    return of_accounts(SurveyResponse, as_of).annotate(
        scaled=Case(When(survey__in=turned, then=Value(1) - scaled), default=scaled, output_field=EXACT)
    )


ASKED = ("survey_responses",)
OPINION = [SurveyKind.RELATIONSHIP, SurveyKind.CUSTOM]
ANSWERS = Facts("satisfaction answers", _answers, exists(SurveyResponse, kind="csat"), kinds=ASKED)
OPINIONS = Facts("relationship answers", _answers, exists(SurveyResponse, kind__in=OPINION), kinds=ASKED)


def _latest_recommendations(as_of: AsOf) -> QuerySet[Any]:
    """The latest NPS answer of each contact; an answer without contact stands for itself."""
    answers = _answers(as_of).filter(kind="nps", occurred_at__gte=as_of.start_back(365))
    by_person = answers.annotate(alone=Case(When(person="", then="pk"))).order_by(
        "account_id", "person", "alone", "-occurred_at", "-pk"
    )
    latest = CTE(by_person.distinct("account_id", "person", "alone"), "latest")
    rows: QuerySet[Any] = with_cte(latest, select=latest)
    return rows


RECOMMENDATIONS = Facts("recommendations", _latest_recommendations, exists(SurveyResponse, kind="nps"), kinds=ASKED)


def _feedback(as_of: AsOf) -> QuerySet[Any]:
    return of_accounts(Feedback, as_of)


def said(name: str, *kinds: str) -> Facts:
    """Feedback, which a workspace tracks from the first of these kinds."""
    return Facts(name, _feedback, exists(Feedback, kind__in=kinds), kinds=("feedback",))


COMPLAINTS = said("complaints", Feedback.Kind.COMPLAINT)


def _touches(as_of: AsOf) -> QuerySet[Any]:
    return of_accounts(Touch, as_of)


MET = ("touches",)
TOUCHES = Facts("touches", _touches, exists(Touch, direction=Touch.Direction.TWO_WAY), kinds=MET)
INBOUND = Facts("contacts from the customer", _touches, exists(Touch, direction=Touch.Direction.INBOUND), kinds=MET)
TRAININGS = Facts("trainings", _touches, exists(Touch, channel=Touch.Channel.TRAINING), kinds=MET)
PULSES = Facts("pulses", lambda a: of_accounts(Pulse, a), exists(Pulse), kinds=("pulses",))
CHAMPIONS = Facts(
    "champions",
    lambda a: of_accounts(Contact, a).filter(part=Contact.Part.CHAMPION),
    exists(Contact),
    kinds=("contacts",),
)

# Numbers that several measures share.
USERS = Part(PEOPLE, lambda a: Q(), lambda q: Count("person", distinct=True, filter=q))
COUNTED = Part(USE, lambda a: Q(day__gt=a.back(28)), lambda q: Max("users", filter=q))
USES = Part(USE, lambda a: Q(day__gt=a.back(28)), lambda q: Sum("count", filter=q))
SEATS = Part(
    TERMS,
    lambda a: Q(starts_on__lte=a.day) & (Q(ends_on=None) | Q(ends_on__gt=a.day)),
    lambda q: Sum("seats", filter=q),
)
