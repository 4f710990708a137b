"""One object of every kind, as it is created, and what a correction of it may name. The tests send all of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

import msgspec

from accounts.ingest.text import plain
from accounts.kinds import KINDS
from accounts.models import Account

MOMENT = "2026-06-02T09:00:00Z"


@dataclass(frozen=True)
class Example:
    """An object as it is created, and a correction."""

    item: dict[str, Any]
    change: dict[str, Any]


EXAMPLES: dict[str, Example] = {
    "accounts": Example(
        {"id": "A-1", "name": "Nordlys Freight", "segment": "mid-market", "started_on": "2025-01-01", "country": "NO"},
        {"segment": "enterprise"},
    ),
    "contacts": Example(
        {"id": "C-1", "account": "A-1", "name": "Ada Holm", "email": "ada@nordlys.example", "since_on": "2025-01-01"},
        {"part": "champion"},
    ),
    "subscriptions": Example(
        {
            **{"id": "S-1", "account": "A-1", "subscription": "S-1", "product": "Pro", "starts_on": "2025-01-01"},
            **{"ends_on": "2027-01-01", "amount": "1200.50", "currency": "EUR", "interval_count": 12, "seats": 40},
        },
        {"auto_renew": False},
    ),
    "invoices": Example(
        {
            **{"id": "I-1", "account": "A-1", "number": "2025-117", "issued_on": "2025-06-01"},
            **{"due_on": "2025-06-15", "amount": "1200.50", "currency": "EUR"},
        },
        {"is_disputed": True},
    ),
    "payments": Example(
        {
            **{"id": "P-1", "account": "A-1", "invoice": "I-1", "paid_on": "2025-06-10"},
            **{"amount": "1200.50", "currency": "EUR"},
        },
        {"kind": "credit"},
    ),
    "purchases": Example(
        {
            **{"id": "B-1", "account": "A-1", "product": "Pallet scanner", "purchased_on": "2025-06-01"},
            **{"amount": "349", "currency": "EUR", "replace_by": "2028-06-01"},
        },
        {"kind": "web shop"},
    ),
    "deals": Example(
        {
            **{"id": "D-1", "account": "A-1", "name": "Twenty more seats", "amount": "6000"},
            **{"currency": "EUR", "opened_on": "2025-05-01"},
        },
        {"state": "won", "closed_on": "2025-06-01"},
    ),
    "tickets": Example(
        {
            **{"id": "T-1", "account": "A-1", "subject": "Export stops halfway", "priority": "high"},
            **{"opened_at": "2025-06-01T10:00:00Z", "replied_at": "2025-06-01T11:00:00Z"},
        },
        {"solved_at": "2025-06-02T10:00:00Z"},
    ),
    "survey_responses": Example(
        {
            **{"id": "R-1", "account": "A-1", "answered_at": "2025-06-01T10:00:00Z", "kind": "nps"},
            **{"score": "9", "contact": "ada@nordlys.example"},
        },
        {"comment": "It saves us a day a week."},
    ),
    "feedback": Example(
        {"id": "F-1", "account": "A-1", "given_at": "2025-06-01T10:00:00Z", "kind": "complaint", "topic": "price"},
        {"resolved_on": "2025-06-10"},
    ),
    "churns": Example(
        {"id": "X-1", "account": "A-1", "notice_on": "2025-06-01", "reason": "price"},
        {"churned_on": "2025-12-31"},
    ),
    "touches": Example(
        {
            **{"id": "H-1", "account": "A-1", "happened_at": "2025-06-01T10:00:00Z", "channel": "call"},
            **{"minutes": 20, "contact": "ada@nordlys.example"},
        },
        {"outcome": "Wants to see the new export."},
    ),
    "pulses": Example(
        {"id": "U-1", "account": "A-1", "given_at": "2025-06-01T10:00:00Z", "value": 4},
        {"comment": "Their new manager knows us."},
    ),
    "goals": Example(
        {
            **{"id": "G-1", "account": "A-1", "name": "Days from order to delivery", "unit": "days"},
            **{"baseline": "9", "target": "5", "value": "7", "started_on": "2025-01-01", "due_on": "2025-12-31"},
        },
        {"value": "4.5", "state": "met"},
    ),
    "client_figures": Example(
        {"id": "N-1", "account": "A-1", "figure": "revenue", "day": "2025-06-01", "value": "52000", "currency": "EUR"},
        {"value": "54000"},
    ),
    "costs": Example(
        {"month": "2025-06-01", "kind": "payroll", "amount": "7400", "currency": "EUR"}, {"amount": "7600"}
    ),
    "rates": Example({"currency": "JPY", "day": "2025-06-01", "rate": "0.00612345"}, {"rate": "0.00612"}),
    "releases": Example(
        {"feature": "sso", "released_on": "2025-06-01", "plans": ["Pro"]}, {"plans": ["Pro", "Enterprise"]}
    ),
}

EVENTS = {
    "events": [
        {
            **{"account": "A-1", "name": "login", "message_id": "m-1", "occurred_at": "2025-06-01T10:00:00Z"},
            **{"contact": "ada@nordlys.example"},
        },
        {"account": "A-1", "name": "feature", "message_id": "m-2", "feature": "export", "properties": {"rows": 120}},
        {"account": "A-9", "name": "login", "message_id": "m-3"},
    ],
    "retract": ["m-0"],
}
EVENTS_ANSWER = {
    "counts": {"accepted": 2, "already_known": 0, "conflict": 0, "rejected": 1},
    "results": [
        {"index": 0, "status": "accepted"},
        {"index": 1, "status": "accepted"},
        {
            **{"index": 2, "status": "rejected", "field": "account", "value": "A-9"},
            **{"reason": "no account has external id “A-9”"},
        },
    ],
    "retracted": [
        {
            **{"index": 0, "status": "rejected", "field": "retract", "value": "m-0"},
            **{"reason": "no event of this source has this message id"},
        }
    ],
}


def id_of(name: str) -> str:
    """The id of a kind's example: its own, or the one made of what it is about."""
    item = EXAMPLES[name].item
    return "-".join(item[field] for field in KINDS[name].key) or item["id"]


def answered(name: str) -> dict[str, Any]:
    """A kind's example as it is pulled: every field, and what is ours to say."""
    struct, item = KINDS[name].struct, EXAMPLES[name].item
    told = msgspec.convert(item, struct)
    values = {field: getattr(told, field) for field in struct.__struct_fields__}
    words = {field: plain(value) if isinstance(value, Decimal) else value for field, value in values.items()}
    if name == "accounts":
        nothing = {field: getattr(Account(), field) for field in words}
        return {**nothing, **item, "created_at": MOMENT, "updated_at": MOMENT}
    ours = {"id": id_of(name), "known_at": MOMENT, "retracted_at": None, "updated_at": MOMENT}
    return cast(dict[str, Any], msgspec.to_builtins(words | ours))
