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


def statuses(results: list[Result]) -> list[str]:
    return [str(result.status) for result in results]


def told(workspace: Workspace, kind: str, *items: dict[str, Any], **more: Any) -> list[str]:
    return statuses(record(workspace, kind, *items, **more))


def versions(model: Any, workspace: Workspace) -> list[tuple[Any, ...]]:
    """(id, amount, known, retracted) of all versions, as they came."""
    rows = model.objects.of(workspace).order_by("pk")
    return list(rows.values_list("external_id", "amount", "known_at", "retracted_at"))
