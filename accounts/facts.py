"""The shape of what can be told, kind by kind: the fields of files and of REST, typed and bounded.

Every kind has a Struct. Its field names are the columns of `import_csv` and the keys of the REST resources.
A field that may be absent has a default; `msgspec.UNSET` means "not said", which an upsert leaves as it is.
What a type cannot say of a number stands in the Struct's LEAST (field → lowest value) and DECIMALS (field → how many).
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[str, Meta(min_length=1, max_length=200)]
Short = Annotated[str, Meta(max_length=100)]
Text = Annotated[str, Meta(max_length=20_000)]
Person = Annotated[str, Meta(max_length=200)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$")]
Count = Annotated[int, Meta(ge=0, le=2_000_000_000)]


class Item(Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One thing told about an account (its external id). Nothing in it can point back at it: no cycles to look for."""

    account: Id


class EventItem(Item, kw_only=True):
    """Something a person did. Without message_id each push is an event of its own."""

    LEAST: ClassVar[dict[str, int]] = {"quantity": 0}

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    message_id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    occurred_at: datetime | None = None
    contact: Person | None = None
    feature: Annotated[str, Meta(max_length=200)] | None = None
    count: Annotated[int, Meta(ge=1, le=2_000_000_000)] = 1
    quantity: Decimal | None = None
    seconds: Count | None = None
    users: Count | None = None
    properties: dict[str, Any] | None = None
    known_at: datetime | None = None


class AccountItem(Struct, forbid_unknown_fields=True, kw_only=True):
    """A customer company. Absent fields keep their value; null clears."""

    id: Id
    name: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    owner: Annotated[str, Meta(max_length=254)] | None | UnsetType = UNSET
    team: Short | None | UnsetType = UNSET
    segment: Annotated[str, Meta(max_length=60)] | None | UnsetType = UNSET
    stage: Annotated[str, Meta(max_length=60)] | None | UnsetType = UNSET
    parent: Id | None | UnsetType = UNSET
    started_on: date | None | UnsetType = UNSET
    industry: Short | None | UnsetType = UNSET
    country: Annotated[str, Meta(max_length=60)] | None | UnsetType = UNSET
    domain: Annotated[str, Meta(max_length=200)] | None | UnsetType = UNSET
    properties: dict[str, Any] | UnsetType = UNSET


class FactItem(Item, kw_only=True):
    """A fact with an id of its source; the same id with other content is a correction."""

    id: Id
    known_at: datetime | None = None


class ContactItem(FactItem, kw_only=True):
    """A person there; leaving is `left_on`."""

    name: Annotated[str, Meta(max_length=200)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    part: Literal["champion", "decision_maker", "user"] = "user"
    since_on: date | None = None
    left_on: date | None = None
    is_internal: bool = False


class SubscriptionItem(FactItem, kw_only=True):
    """One term, half-open [starts_on, ends_on)."""

    LEAST: ClassVar[dict[str, int]] = {"amount": 0}

    subscription: Annotated[str, Meta(max_length=200)] = ""
    product: Short = ""
    starts_on: date
    ends_on: date | None = None
    amount: Decimal
    currency: Currency | None = None
    interval: Literal["month", "week"] = "month"
    interval_count: Annotated[int, Meta(ge=1, le=600)] = 1
    seats: Count | None = None
    is_trial: bool = False
    auto_renew: bool | None = None


class InvoiceItem(FactItem, kw_only=True):
    """A demand for money; a credit note is one below zero."""

    number: Short = ""
    issued_on: date
    due_on: date
    amount: Decimal
    currency: Currency | None = None
    is_disputed: bool = False
    is_void: bool = False


class PaymentItem(FactItem, kw_only=True):
    """What made an invoice smaller; `kind` says which way the money went, never a minus sign."""

    LEAST: ClassVar[dict[str, int]] = {"amount": 0}

    invoice: Id
    paid_on: date
    amount: Decimal
    currency: Currency | None = None
    kind: Literal["payment", "refund", "credit", "write_off"] = "payment"


class PurchaseItem(FactItem, kw_only=True):
    """A one-off purchase; goods that came back are one below zero."""

    product: Annotated[str, Meta(max_length=200)] = ""
    purchased_on: date
    amount: Decimal
    currency: Currency | None = None
    kind: Annotated[str, Meta(max_length=30)] = ""
    replace_by: date | None = None


class DealItem(FactItem, kw_only=True):
    """A sale under way to an account that is already a customer."""

    name: Annotated[str, Meta(max_length=200)] = ""
    kind: Annotated[str, Meta(max_length=20)] = "expansion"
    amount: Decimal
    currency: Currency | None = None
    state: Literal["open", "won", "lost"] = "open"
    opened_on: date
    closed_on: date | None = None


class ChurnItem(FactItem, kw_only=True):
    """That a customer left, or said it would."""

    LEAST: ClassVar[dict[str, int]] = {"refund": 0}

    churned_on: date | None = None
    notice_on: date | None = None
    reason: Short = ""
    comment: Text = ""
    refund: Decimal | None = None
    is_reactivation: bool = False


class TicketItem(FactItem, kw_only=True):
    """A request for help and what happened to it; each moment becomes a TicketEvent."""

    opened_at: datetime
    subject: Annotated[str, Meta(max_length=300)] = ""
    priority: Literal["low", "normal", "high", "urgent"] = "normal"
    theme: Annotated[str, Meta(max_length=60)] = ""
    contact: Person = ""
    replied_at: datetime | None = None
    solved_at: datetime | None = None
    reopened_at: datetime | None = None
    closed_at: datetime | None = None


class SurveyResponseItem(FactItem, kw_only=True):
    """One answer to one question."""

    DECIMALS: ClassVar[dict[str, int]] = {"score": 2}

    answered_at: datetime
    kind: Literal["nps", "csat", "ces", "resolved", "relationship", "custom"]
    score: Decimal
    scale_min: Annotated[int, Meta(ge=-100, le=100)] = 0
    scale_max: Annotated[int, Meta(ge=-100, le=100)] = 10
    survey: Annotated[str, Meta(max_length=60)] = ""
    contact: Person = ""
    about: Literal["ticket", "call", "chat", "training", ""] = ""
    ticket: Annotated[str, Meta(max_length=200)] = ""
    comment: Text = ""


class GoalItem(FactItem, kw_only=True):
    """Each progress report is a correction of the same goal, known when it was made."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    unit: Annotated[str, Meta(max_length=30)] = ""
    baseline: Decimal = Decimal(0)
    target: Decimal
    value: Decimal
    started_on: date
    due_on: date
    state: Literal["open", "met", "missed"] = "open"


class TouchItem(FactItem, kw_only=True):
    """A contact between us and them."""

    happened_at: datetime
    channel: Literal["call", "meeting", "email", "chat", "training", "review"]
    direction: Literal["inbound", "outbound", "two_way"] = "two_way"
    subject: Annotated[str, Meta(max_length=300)] = ""
    outcome: Text = ""
    minutes: Count | None = None
    contact: Person = ""
    attendees: Count | None = None
    member: Annotated[str, Meta(max_length=254)] = ""


class PulseItem(FactItem, kw_only=True):
    """The CSM's own judgement."""

    given_at: datetime
    value: Annotated[int, Meta(ge=1, le=5)]
    comment: Text = ""
    member: Annotated[str, Meta(max_length=254)] = ""


class FeedbackItem(FactItem, kw_only=True):
    """Praise, problem, request, complaint, referral, future talk, review, reference, case study."""

    given_at: datetime
    kind: Literal[
        "praise",
        "problem",
        "request",
        "complaint",
        "referral",
        "future_talk",
        "review",
        "reference",
        "case_study",
    ]
    topic: Annotated[str, Meta(max_length=30)] = ""
    text: Text = ""
    contact: Person = ""
    resolved_on: date | None = None


class ClientFigureItem(FactItem, kw_only=True):
    """A number of the customer's own business, or what our product cost and returned there."""

    figure: Literal["headcount", "customers", "revenue", "cost", "return"]
    day: date
    value: Decimal
    currency: Currency | None = None


class WorkspaceItem(Struct, forbid_unknown_fields=True, kw_only=True):
    """Something that holds for the whole workspace. Its id is made of what it is about."""

    id: Id | None = None
    known_at: datetime | None = None


class CostItem(WorkspaceItem, kw_only=True):
    """What customer success cost in a month, by kind."""

    LEAST: ClassVar[dict[str, int]] = {"amount": 0}

    month: date
    kind: Literal["payroll", "engagement", "services", "marketing"]
    amount: Decimal
    currency: Currency | None = None


class RateItem(WorkspaceItem, kw_only=True):
    """What one unit of a currency is worth in the workspace's, from a day on."""

    DECIMALS: ClassVar[dict[str, int]] = {"rate": 8}

    currency: Currency
    day: date
    rate: Decimal


class ReleaseItem(WorkspaceItem, kw_only=True):
    """A feature, when it came, and to which plans (none named: to all)."""

    feature: Annotated[str, Meta(min_length=1, max_length=100)]
    released_on: date
    plans: Annotated[list[Annotated[str, Meta(min_length=1, max_length=100)]], Meta(max_length=100)] = []
