"""Items that are told again and again, and the answers to them in a word each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from accounts.batch import Result
from accounts.models import Workspace
from tests.cast import record

THEN = datetime(2025, 6, 1, 10, tzinfo=UTC)
LOGIN = {"account": "one", "name": "login", "occurred_at": THEN}
INVOICE = {"id": "i1", "account": "one", "issued_on": "2025-06-01", "due_on": "2025-06-15", "amount": 100}
TERM = {"id": "s", "account": "one", "starts_on": "2025-06-01", "amount": 1, "interval": "week"}
ANSWER = {"id": "r", "account": "one", "answered_at": THEN, "kind": "nps", "score": 9}
CHURN = {"id": "c", "account": "one", "churned_on": "2025-06-01"}
CONTACT = {"id": "c", "account": "one", "since_on": "2025-06-01"}
TICKET = {"id": "t", "account": "one", "opened_at": THEN}

# One item of every kind with versions, each field said; without the id and the account.
WHOLE: dict[str, dict[str, Any]] = {
    "contacts": {
        "name": "Ann", "email": "ann@one.example", "part": "champion", "since_on": "2025-01-01",
        "left_on": "2025-06-01", "is_internal": True,
    },
    "subscriptions": {
        "subscription": "plan", "product": "Pro", "starts_on": "2025-01-01", "ends_on": "2026-01-01",
        "amount": "1200.5", "currency": "USD", "interval": "month", "interval_count": 12, "seats": 10,
        "is_trial": False, "auto_renew": True,
    },
    "invoices": {
        "number": "2025-1", "issued_on": "2025-06-01", "due_on": "2025-06-15", "amount": "-100.0001",
        "currency": "USD", "is_disputed": True, "is_void": False,
    },
    "payments": {
        "invoice": "i1", "paid_on": "2025-06-10", "amount": "100", "currency": "USD", "kind": "refund",
    },
    "purchases": {
        "product": "Lamp", "purchased_on": "2025-06-01", "amount": "-12.5", "currency": "USD", "kind": "web",
        "replace_by": "2026-06-01",
    },
    "deals": {
        "name": "More", "kind": "upsell", "amount": "500", "currency": "USD", "state": "won",
        "opened_on": "2025-05-01", "closed_on": "2025-06-01",
    },
    "tickets": {
        "opened_at": "2025-06-01T10:00:00Z", "subject": "Help", "priority": "high", "theme": "login",
        "contact": "ann", "replied_at": "2025-06-01T11:00:00Z", "solved_at": "2025-06-02T10:00:00.123456Z",
        "reopened_at": "2025-06-03T10:00:00Z", "closed_at": "2025-06-04T10:00:00Z",
    },
    "survey_responses": {
        "answered_at": "2025-06-01T10:00:00Z", "kind": "csat", "score": "4.5", "scale_min": 1, "scale_max": 5,
        "survey": "q2", "contact": "ann", "about": "ticket", "ticket": "t1", "comment": "Fine",
    },
    "feedback": {
        "given_at": "2025-06-01T10:00:00Z", "kind": "complaint", "topic": "price", "text": "Dear", "contact": "ann",
        "resolved_on": "2025-06-10",
    },
    "churns": {
        "churned_on": "2025-06-30", "notice_on": "2025-06-01", "reason": "price", "comment": "Bye", "refund": "9.99",
        "is_reactivation": True,
    },
    "touches": {
        "happened_at": "2025-06-01T10:00:00Z", "channel": "call", "direction": "inbound", "subject": "Hello",
        "outcome": "Good", "minutes": 20, "contact": "ann", "attendees": 3, "member": "alice@acme.example",
    },
    "pulses": {"given_at": "2025-06-01T10:00:00Z", "value": 4, "comment": "Fine", "member": "alice@acme.example"},
    "goals": {
        "name": "Faster", "unit": "days", "baseline": "-1", "target": "9", "value": "3.25",
        "started_on": "2025-06-01", "due_on": "2025-12-01", "state": "met",
    },
    "client_figures": {"figure": "revenue", "day": "2025-06-01", "value": "-5", "currency": "USD"},
    "costs": {"month": "2025-06-01", "kind": "payroll", "amount": "7400", "currency": "USD"},
    "rates": {"currency": "JPY", "day": "2025-06-01", "rate": "0.00612345"},
    "releases": {"feature": "sso", "released_on": "2025-06-01", "plans": ["Pro", 'a "b", {c}\\d']},
}  # fmt: skip


def statuses(results: list[Result]) -> list[str]:
    return [str(result.status) for result in results]


def told(workspace: Workspace, kind: str, *items: dict[str, Any], **more: Any) -> list[str]:
    return statuses(record(workspace, kind, *items, **more))


def versions(model: Any, workspace: Workspace) -> list[tuple[Any, ...]]:
    """(id, amount, known, retracted) of all versions, as they came."""
    rows = model.objects.of(workspace).order_by("pk")
    return list(rows.values_list("external_id", "amount", "known_at", "retracted_at"))
