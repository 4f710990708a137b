"""The rival that everybody writes first: a loop over accounts, a loop over the rows of each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from accounts.models import (
    Event,
    EventName,
    Invoice,
    Payment,
    Subscription,
    SurveyResponse,
    Ticket,
    TicketEvent,
    Workspace,
)
from metrics.registry import Floats


def six(workspace: Workspace, accounts: list[int], day: date) -> dict[str, Floats]:
    """The six measures of `night.SIX`."""
    ways: dict[str, Callable[[Workspace, int, date], float | None]] = {
        "usage.active_seats": _active_seats,
        "usage.usage_frequency": _usage_frequency,
        "usage.usage_trend": _usage_trend,
        "commercial.days_past_due": _days_past_due,
        "support.open_severe": _open_severe,
        "sentiment.recommendation": _recommendation,
    }
    return {
        key: np.array([way(workspace, account, day) for account in accounts], dtype=float) for key, way in ways.items()
    }


def _uses(workspace: Workspace, account: int, first: date, last: date) -> list[Event]:
    since, until = workspace.end_of(first), workspace.end_of(last)
    events = Event.objects.of(workspace).filter(account_id=account, occurred_at__gte=since, occurred_at__lt=until)
    used = {each.name for each in EventName.objects.of(workspace) if each.is_use}
    return [event for event in events if event.name in used and event.retracted_at is None and event.known_at < until]


def _active_seats(workspace: Workspace, account: int, day: date) -> float | None:
    people = {event.person for event in _uses(workspace, account, day - timedelta(days=28), day) if event.person}
    seats = 0
    for term in Subscription.objects.of(workspace).filter(account_id=account, retracted_at=None):
        if term.starts_on <= day and (term.ends_on is None or term.ends_on > day):
            seats += term.seats or 0
    return len(people) / seats if people and seats else None


def _usage_frequency(workspace: Workspace, account: int, day: date) -> float | None:
    events = _uses(workspace, account, day - timedelta(days=28), day)
    return len({workspace.day_of(event.occurred_at) for event in events})


def _usage_trend(workspace: Workspace, account: int, day: date) -> float | None:
    middle = day - timedelta(days=28)
    now = sum(event.count for event in _uses(workspace, account, middle, day))
    before = sum(event.count for event in _uses(workspace, account, middle - timedelta(days=28), middle))
    return max(-1.0, min(1.0, now / before - 1)) if before >= 20 else None


def _days_past_due(workspace: Workspace, account: int, day: date) -> float | None:
    counting = False
    oldest: date | None = None
    for invoice in Invoice.objects.of(workspace).filter(account_id=account, retracted_at=None, issued_on__lte=day):
        if invoice.is_void or invoice.is_disputed:
            continue
        counting, owed = True, invoice.amount
        for payment in Payment.objects.of(workspace).filter(account_id=account, invoice=invoice.external_id):
            if payment.paid_on <= day and payment.retracted_at is None:
                owed += payment.amount if payment.kind == Payment.Kind.REFUND else -payment.amount
        if owed > 1 and invoice.due_on < day and (oldest is None or invoice.due_on < oldest):
            oldest = invoice.due_on
    return (day - oldest).days if oldest else (0 if counting else None)


def _open_severe(workspace: Workspace, account: int, day: date) -> float | None:
    count = 0
    for ticket in Ticket.objects.of(workspace).filter(account_id=account, retracted_at=None):
        if ticket.priority not in ("high", "urgent") or ticket.occurred_at >= workspace.end_of(day):
            continue
        turns = TicketEvent.objects.of(workspace).filter(account_id=account, ticket=ticket.external_id)
        state = ""
        for turn in turns.order_by("occurred_at", "pk"):
            if turn.occurred_at < workspace.end_of(day) and turn.kind in ("opened", "reopened", "solved", "closed"):
                state = turn.kind
        count += state in ("opened", "reopened")
    return count


def _recommendation(workspace: Workspace, account: int, day: date) -> float | None:
    latest = {}
    answers = SurveyResponse.objects.of(workspace).filter(account_id=account, kind="nps", retracted_at=None)
    for answer in answers.order_by("occurred_at", "pk"):
        if day - timedelta(days=365) < workspace.day_of(answer.occurred_at) <= day:
            latest[answer.person] = (answer.score - answer.scale_min) / (answer.scale_max - answer.scale_min)
    return float(sum(latest.values()) / len(latest) * 10) if latest else None
