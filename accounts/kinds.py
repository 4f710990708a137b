"""Which rows an item of each kind makes. The one place where a kind's fields meet its model's columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from accounts import facts, models
from accounts.bounds import DIGITS
from accounts.models import Account, Workspace
from accounts.models.billing import monthly_amount
from accounts.models.fact import Fact


@dataclass(frozen=True, slots=True)
class Row:
    """One row to be stored: the model, its id, its clocks, and the model's own columns."""

    model: Any
    external_id: str
    occurred_at: datetime
    known_at: datetime | None
    values: dict[str, Any]


Fault = tuple[str, str, str]


@dataclass(frozen=True)
class Kind:
    """A kind of fact: the shape of an item, the model, and the field that says when it happened."""

    struct: Any
    model: Any = None
    moment: str = ""
    check: Callable[[Any], Fault | None] = lambda item: None
    more: Callable[[Any, Workspace], Iterator[Row]] = lambda item, workspace: iter(())
    derived: Callable[[Any], dict[str, Any]] = lambda item: {}
    others: tuple[Any, ...] = ()

    @property
    def models(self) -> tuple[Any, ...]:
        return (*((self.model,) if self.model else ()), *self.others)

    def fault(self, item: Any) -> Fault | None:
        """What is wrong with the item's fields taken together: (field, value, reason)."""
        return self.check(item)

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
        yield Row(self.model, item.id, occurred, item.known_at, values)
        yield from self.more(item, workspace)

    def item(self, row: Any, account: Account) -> Any:
        """The item that would make a stored row again; for kinds whose items make one row."""
        told = {name: getattr(row, _stored(name), None) for name in self.struct.__struct_fields__}
        if self.moment and not hasattr(row, self.moment):
            by_day = self.moment.endswith("_on")
            told[self.moment] = account.workspace.day_of(row.occurred_at) if by_day else row.occurred_at
        return self.struct(**told | {"account": account.external_id, "known_at": None})


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


def _first_moment(item: Any, workspace: Workspace) -> datetime:
    """For items with two dates of which one is enough."""
    days = [
        getattr(item, name) for name in ("notice_on", "churned_on", "since_on", "left_on") if getattr(item, name, None)
    ]
    return workspace.start_of(min(days)) if days else item.known_at


def _is_a_term(item: facts.SubscriptionItem) -> Fault | None:
    if item.ends_on is not None and item.ends_on < item.starts_on:
        return "ends_on", str(item.ends_on), f"is before the start, {item.starts_on}"
    if monthly_amount(item.amount, item.interval, item.interval_count).adjusted() >= DIGITS:
        return "amount", str(item.amount), f"is larger than {DIGITS} digits a month"
    return None


def _on_scale(item: facts.SurveyResponseItem) -> Fault | None:
    if item.scale_min >= item.scale_max:
        return "scale_max", str(item.scale_max), f"must be above scale_min, {item.scale_min}"
    if not item.scale_min <= item.score <= item.scale_max:
        return "score", str(item.score), f"is outside the scale {item.scale_min} to {item.scale_max}"
    return None


def _has_a_day(item: facts.ChurnItem) -> Fault | None:
    if item.churned_on is None and item.notice_on is None:
        return "churned_on", "", "a churn needs churned_on or notice_on"
    return None


def _known_somehow(item: facts.ContactItem) -> Fault | None:
    if item.since_on is None and item.known_at is None and item.left_on is None:
        return "since_on", "", "a contact needs since_on or known_at"
    return None


def _ticket_events(item: facts.TicketItem, workspace: Workspace) -> Iterator[Row]:
    moments = [
        ("opened", item.opened_at, True),
        ("replied", item.replied_at, False),
        ("solved", item.solved_at, False),
        ("reopened", item.reopened_at, True),
        ("closed", item.closed_at, False),
    ]
    for kind, moment, by_customer in moments:
        if moment is not None:
            values = {"ticket": item.id, "kind": kind, "by_customer": by_customer}
            external_id = f"{item.id}/{kind}/{moment:%Y%m%d%H%M%S}"
            yield Row(models.TicketEvent, external_id, moment, item.known_at, values)


def _term(item: facts.SubscriptionItem) -> dict[str, Any]:
    return {
        "subscription": item.subscription or item.id,
        "mrr": monthly_amount(item.amount, item.interval, item.interval_count),
    }


KINDS: dict[str, Kind] = {
    "accounts": Kind(facts.AccountItem),
    "events": Kind(facts.EventItem),
    "contacts": Kind(facts.ContactItem, models.Contact, "since_on", check=_known_somehow),
    "subscriptions": Kind(facts.SubscriptionItem, models.Subscription, "starts_on", check=_is_a_term, derived=_term),
    "invoices": Kind(facts.InvoiceItem, models.Invoice, "issued_on"),
    "payments": Kind(facts.PaymentItem, models.Payment, "paid_on"),
    "purchases": Kind(facts.PurchaseItem, models.Purchase, "purchased_on"),
    "deals": Kind(facts.DealItem, models.Deal, "opened_on"),
    "tickets": Kind(facts.TicketItem, models.Ticket, "opened_at", more=_ticket_events, others=(models.TicketEvent,)),
    "survey_responses": Kind(facts.SurveyResponseItem, models.SurveyResponse, "answered_at", check=_on_scale),
    "feedback": Kind(facts.FeedbackItem, models.Feedback, "given_at"),
    "churns": Kind(facts.ChurnItem, models.Churn, check=_has_a_day),
    "touches": Kind(facts.TouchItem, models.Touch, "happened_at"),
    "pulses": Kind(facts.PulseItem, models.Pulse, "given_at"),
    "goals": Kind(facts.GoalItem, models.Goal, "started_on"),
    "client_figures": Kind(facts.ClientFigureItem, models.ClientFigure, "day"),
}
