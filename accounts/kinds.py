"""Which rows an item of each kind makes. The one place where a kind's fields meet its model's columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from babel.numbers import list_currencies
from django.utils.translation import gettext as _

from accounts import facts, models
from accounts.bounds import DIGITS
from accounts.models import Account, Workspace
from accounts.models.billing import monthly_amount
from accounts.models.fact import Fact

# What the column of a rate holds.
RATE = 10**10


@dataclass(frozen=True, slots=True)
class Row:
    """One row to be stored: the model, its id, its clocks, and the model's own columns.

    Without a moment of its own it happened when it was heard.
    """

    model: Any
    external_id: str
    occurred_at: datetime | None
    known_at: datetime | None
    values: dict[str, Any]


Fault = tuple[str, str, str]
# Fields, and what is wrong with them taken together.
Check = tuple[tuple[str, ...], Callable[[Any], Fault | None]]


@dataclass(frozen=True)
class Part:
    """Rows of another model that an item also makes, one for each of these fields: field → the row's `kind`."""

    model: Any
    whole: str
    fields: dict[str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of fact: the shape of an item, the model, and the field that says when it happened."""

    struct: Any
    model: Any = None
    moment: str = ""
    checks: tuple[Check, ...] = ()
    more: Callable[[Any, Workspace], Iterator[Row]] = lambda item, workspace: iter(())
    derived: Callable[[Any], dict[str, Any]] = lambda item: {}
    parts: tuple[Part, ...] = ()
    # What an id is made of, where it is not its source's own.
    key: tuple[str, ...] = ()

    @property
    def of_workspace(self) -> bool:
        """Whether it is about the workspace and not about one account. Then it was so before we heard of it."""
        return bool(self.key)

    @property
    def models(self) -> tuple[Any, ...]:
        return (*((self.model,) if self.model else ()), *(part.model for part in self.parts))

    def fault(self, item: Any) -> Fault | None:
        """The first that is wrong with the item's fields taken together: (field, value, reason)."""
        return next(self.faults(item), None)

    def faults(self, item: Any, wrong: Collection[str] = ()) -> Iterator[Fault]:
        """All that is wrong with the item's fields taken together; fields that are `wrong` by themselves are not."""
        for fields, check in ((("id", *self.key), self._wrong_id), (("currency",), _wrong_currency), *self.checks):
            if not (wrong and any(field in wrong for field in fields)) and (fault := check(item)):
                yield fault

    def _wrong_id(self, item: Any) -> Fault | None:
        if not self.key or item.id in (None, self.id_of(item)):
            return None
        told = {"fields": ", ".join(self.key), "id": self.id_of(item)}
        return "id", item.id, _("is made of %(fields)s: %(id)s") % told

    def id_of(self, item: Any) -> str:
        """The id of an item: its own, or the one made of what it is about."""
        return "-".join(str(getattr(item, name)) for name in self.key) if self.key else item.id

    def rows(self, item: Any, workspace: Workspace) -> Iterator[Row]:
        """The rows an item makes."""
        values = {name: getattr(item, name, None) for name in own_columns(self.model)}
        if "person" in values:
            values["person"] = item.contact
        if "currency" in values:
            values["currency"] = item.currency or workspace.currency
        values.update(self.derived(item))
        occurred = _moment(getattr(item, self.moment), workspace) if self.moment else None
        occurred = occurred or _first_moment(item, workspace)
        yield Row(self.model, self.id_of(item), occurred, item.known_at, values)
        yield from self.more(item, workspace)

    def item(self, row: Any, account: Account | None = None) -> Any:
        """The item that would make a stored row again, without its parts; `account` is that of the row."""
        told = {name: getattr(row, _stored(name), None) for name in self.struct.__struct_fields__}
        if self.moment and not hasattr(row, self.moment):
            told[self.moment] = row.occurred_at
        of = {"account": account.external_id} if account else {}
        return self.struct(**told | of | {"known_at": None})


def _stored(name: str) -> str:
    """Under which name a row holds a field of its item."""
    return {"id": "external_id", "contact": "person"}.get(name, name)


def own_columns(model: Any) -> list[str]:
    """The columns a model adds to those every fact has."""
    common = {field.name for field in Fact._meta.get_fields()} | {"id"}
    return [field.column for field in model._meta.concrete_fields if field.name not in common]


def _moment(value: date | datetime | None, workspace: Workspace) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return workspace.start_of(value)


def _first_moment(item: Any, workspace: Workspace) -> datetime | None:
    """For items with two dates of which one is enough."""
    days = [
        getattr(item, name) for name in ("notice_on", "churned_on", "since_on", "left_on") if getattr(item, name, None)
    ]
    return workspace.start_of(min(days)) if days else item.known_at


@cache
def _currencies() -> frozenset[str]:
    return frozenset(list_currencies())


def _wrong_currency(item: Any) -> Fault | None:
    currency = getattr(item, "currency", None)
    if currency is None or currency in _currencies():
        return None
    return "currency", currency, _("is no currency of ISO 4217")


def _ends_after_its_start(item: facts.SubscriptionItem) -> Fault | None:
    if item.ends_on is not None and item.ends_on < item.starts_on:
        return "ends_on", str(item.ends_on), _("is before the start, %s") % item.starts_on
    return None


def _fits_by_month(item: facts.SubscriptionItem) -> Fault | None:
    if monthly_amount(item.amount, item.interval, item.interval_count).adjusted() >= DIGITS:
        return "amount", str(item.amount), _("is larger than %s digits a month") % DIGITS
    return None


def _is_a_scale(item: facts.SurveyResponseItem) -> Fault | None:
    if item.scale_min >= item.scale_max:
        return "scale_max", str(item.scale_max), _("must be above scale_min, %s") % item.scale_min
    return None


def _on_scale(item: facts.SurveyResponseItem) -> Fault | None:
    if not item.scale_min <= item.score <= item.scale_max:
        scale = {"least": item.scale_min, "most": item.scale_max}
        return "score", str(item.score), _("is outside the scale %(least)s to %(most)s") % scale
    return None


def _has_a_day(item: facts.ChurnItem) -> Fault | None:
    if item.churned_on is None and item.notice_on is None:
        return "churned_on", "", _("a churn needs churned_on or notice_on")
    return None


TICKET_MOMENTS = {"replied_at": "replied", "solved_at": "solved", "reopened_at": "reopened", "closed_at": "closed"}
BY_CUSTOMER = {"opened", "reopened"}


def _ticket_events(item: facts.TicketItem, workspace: Workspace) -> Iterator[Row]:
    """A ticket is opened once; the rest may happen to it again and again."""
    for field, kind in {"opened_at": "opened", **TICKET_MOMENTS}.items():
        moment = getattr(item, field)
        if moment is not None:
            values = {"ticket": item.id, "kind": kind, "by_customer": kind in BY_CUSTOMER}
            again = f"/{moment.astimezone(UTC):%Y%m%d%H%M%S}" if field in TICKET_MOMENTS else ""
            yield Row(models.TicketEvent, f"{item.id}/{kind}{again}", moment, item.known_at, values)


def _term(item: facts.SubscriptionItem) -> dict[str, Any]:
    return {
        "subscription": item.subscription or item.id,
        "mrr": monthly_amount(item.amount, item.interval, item.interval_count),
    }


def _is_worth_something(item: facts.RateItem) -> Fault | None:
    if 0 < item.rate < RATE:
        return None
    return "rate", str(item.rate), _("must be above 0 and below %s") % f"{RATE:,}"


def _is_a_month(item: facts.CostItem) -> Fault | None:
    if item.month.day == 1:
        return None
    return "month", str(item.month), _("must be the first day of a month")


_TERM: tuple[Check, ...] = (
    (("starts_on", "ends_on"), _ends_after_its_start),
    (("amount", "interval", "interval_count"), _fits_by_month),
)
_SCALE: tuple[Check, ...] = (
    (("scale_min", "scale_max"), _is_a_scale),
    (("score", "scale_min", "scale_max"), _on_scale),
)

KINDS: dict[str, Kind] = {
    "accounts": Kind(facts.AccountItem),
    "events": Kind(facts.EventItem),
    "contacts": Kind(facts.ContactItem, models.Contact, "since_on"),
    "subscriptions": Kind(facts.SubscriptionItem, models.Subscription, "starts_on", checks=_TERM, derived=_term),
    "invoices": Kind(facts.InvoiceItem, models.Invoice, "issued_on"),
    "payments": Kind(facts.PaymentItem, models.Payment, "paid_on"),
    "purchases": Kind(facts.PurchaseItem, models.Purchase, "purchased_on"),
    "deals": Kind(facts.DealItem, models.Deal, "opened_on"),
    "tickets": Kind(
        facts.TicketItem,
        models.Ticket,
        "opened_at",
        more=_ticket_events,
        parts=(Part(models.TicketEvent, "ticket", TICKET_MOMENTS),),
    ),
    "survey_responses": Kind(facts.SurveyResponseItem, models.SurveyResponse, "answered_at", checks=_SCALE),
    "feedback": Kind(facts.FeedbackItem, models.Feedback, "given_at"),
    "churns": Kind(facts.ChurnItem, models.Churn, checks=((("churned_on", "notice_on"), _has_a_day),)),
    "touches": Kind(facts.TouchItem, models.Touch, "happened_at"),
    "pulses": Kind(facts.PulseItem, models.Pulse, "given_at"),
    "goals": Kind(facts.GoalItem, models.Goal, "started_on"),
    "client_figures": Kind(facts.ClientFigureItem, models.ClientFigure, "day"),
    "costs": Kind(
        facts.CostItem, models.ProgramCost, "month", checks=((("month",), _is_a_month),), key=("month", "kind")
    ),
    "rates": Kind(
        facts.RateItem, models.ExchangeRate, "day", checks=((("rate",), _is_worth_something),), key=("currency", "day")
    ),
    "releases": Kind(facts.ReleaseItem, models.Release, "released_on", key=("feature",)),
}

# The kinds that have versions, each by its name in the address. Accounts and events have views of their own.
RESOURCES = {name.replace("_", "-"): name for name, kind in KINDS.items() if kind.model}
