"""Events as Stripe sends them, cut to what is looked at and some of what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any


def at(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp())


def event(name: str, kind: str, when: str, thing: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": name, "object": "event", "api_version": "2024-06-20", "created": at(when), "livemode": True,
        "pending_webhooks": 1, "request": {"id": "req_1", "idempotency_key": None}, "type": kind,
        "data": {"object": thing},
    }  # fmt: skip


def customer(**changed: Any) -> dict[str, Any]:
    return {
        "id": "cus_1", "object": "customer", "email": "billing@one.example", "name": "One Ltd", "currency": "eur",
        "balance": 0, "metadata": {}, "livemode": True, "created": at("2025-01-01"),
    } | changed  # fmt: skip


def item(quantity: int = 5, unit: int | None = 2000, every: str = "month", **changed: Any) -> dict[str, Any]:
    price = {
        "id": "price_1", "object": "price", "currency": "eur", "nickname": "Pro", "product": "prod_1",
        "recurring": {"interval": every, "interval_count": 1, "usage_type": "licensed"}, "type": "recurring",
        "unit_amount": unit, "unit_amount_decimal": None if unit is None else str(unit),
    }  # fmt: skip
    recurring = changed.pop("recurring", {})
    price["recurring"] |= recurring
    return {"id": "si_1", "object": "subscription_item", "price": price | changed, "quantity": quantity}


def subscription(
    *items: dict[str, Any], start: str = "2025-06-01", end: str = "2025-07-01", **changed: Any
) -> dict[str, Any]:
    return {
        "id": "sub_1", "object": "subscription", "customer": "cus_1", "status": "active", "currency": "eur",
        "cancel_at": None, "cancel_at_period_end": False, "canceled_at": None, "ended_at": None,
        "current_period_start": at(start), "current_period_end": at(end), "metadata": {},
        "items": {"object": "list", "data": list(items or [item()]), "has_more": False},
    } | changed  # fmt: skip


def invoice(**changed: Any) -> dict[str, Any]:
    moments = {"finalized_at": at("2025-06-01T01:00"), "marked_uncollectible_at": None, "paid_at": None}
    moments |= {"voided_at": None} | changed.pop("status_transitions", {})
    return {
        "id": "in_1", "object": "invoice", "customer": "cus_1", "customer_email": "billing@one.example",
        "number": "ABC-0001", "currency": "eur", "status": "open", "total": 10000, "amount_due": 10000,
        "amount_paid": 0, "amount_remaining": 10000, "created": at("2025-06-01"), "due_date": at("2025-06-15"),
        "metadata": {}, "status_transitions": moments,
    } | changed  # fmt: skip


def paid(when: str = "2025-06-03T09:00", **changed: Any) -> dict[str, Any]:
    told = {"status": "paid", "amount_paid": 10000, "amount_remaining": 0}
    return invoice(**told | {"status_transitions": {"paid_at": at(when)}} | changed)
