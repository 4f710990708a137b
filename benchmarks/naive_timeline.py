"""The timeline as everybody writes it first: every row of the account, of every kind, merged, sorted, cut."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from accounts import models
from accounts.models import Account
from metrics.models import ManualBand, ScoreSnapshot
from metrics.timeline import NUMBERS, Place

Told = Iterator[tuple[str, datetime, int]]
PLAIN = {
    "figure": models.ClientFigure,
    "goal": models.Goal,
    "term": models.Subscription,
    "purchase": models.Purchase,
    "deal": models.Deal,
    "churn": models.Churn,
    "invoice": models.Invoice,
    "payment": models.Payment,
    "ticket": models.Ticket,
    "survey": models.SurveyResponse,
    "feedback": models.Feedback,
    "touch": models.Touch,
    "pulse": models.Pulse,
}


def places(account: Account, today: date) -> list[Place]:
    """All places, newest first. Use counts by day, whoever used; so nobody may be one of ours."""
    found = [(at, NUMBERS[name], ordinal) for name, at, ordinal in _told(account, today)]
    return sorted(found, reverse=True)


def _rows(account: Account, model: Any, **filters: Any) -> list[Any]:
    return list(model.objects.of(account.workspace).filter(account_id=account.pk, **filters).order_by("pk"))


def _current(account: Account, model: Any) -> list[Any]:
    return _rows(account, model, retracted_at=None)


def _told(account: Account, today: date) -> Told:
    for name, model in PLAIN.items():
        yield from ((name, row.occurred_at, row.pk) for row in _current(account, model))
    steps = _current(account, models.TicketEvent)
    yield from (("ticket-event", row.occurred_at, row.pk) for row in steps if row.kind != "opened")
    yield from (("note", row.created_at, row.pk) for row in _current(account, models.Note))
    yield from (("manual", row.created_at, row.pk) for row in _rows(account, ManualBand))
    for row in _rows(account, ManualBand):
        if row.ended_on:
            yield "manual-end", max(account.workspace.start_of(row.ended_on), row.created_at), row.pk
    yield from (("history", row.since, row.pk) for row in _rows(account, models.AccountHistory))
    yield from _of_workspace(account)
    yield from _ends(account, today)
    yield from _progress(account)
    yield from _scores(account)
    use = {row.name: row.is_use for row in models.EventName.objects.of(account.workspace)}
    events = _current(account, models.Event)
    for day, is_use in {(account.workspace.day_of(row.occurred_at), use[row.name]) for row in events}:
        yield "use" if is_use else "event", account.workspace.start_of(day), 0


def _of_workspace(account: Account) -> Told:
    brought = _rows(account, models.AccountImport)
    yield from (("import", row.imported.started_at, row.imported_id) for row in brought)
    terms = _current(account, models.Subscription)
    for row in models.Release.objects.of(account.workspace).filter(retracted_at=None):
        in_force = [
            term
            for term in terms
            if term.starts_on <= row.released_on and (term.ends_on is None or row.released_on < term.ends_on)
        ]
        for_all = not row.plans and (account.started_on is None or account.started_on <= row.released_on)
        if for_all or any(not row.plans or term.product in row.plans for term in in_force):
            yield "release", row.occurred_at, row.pk


def _ends(account: Account, today: date) -> Told:
    """What has an end as well."""
    start = account.workspace.start_of
    yield from (("resolved", start(r.resolved_on), r.pk) for r in _current(account, models.Feedback) if r.resolved_on)
    deals = [row for row in _current(account, models.Deal) if row.closed_on and row.state != "open"]
    yield from (("deal-end", start(row.closed_on), row.pk) for row in deals)
    for row in _current(account, models.Contact):
        if not row.is_internal and (row.since_on or not row.left_on):
            yield "contact", row.occurred_at, row.pk
        if not row.is_internal and row.left_on:
            yield "left", start(row.left_on), row.pk
    terms = _current(account, models.Subscription)
    for row in terms:
        if row.ends_on and row.ends_on <= today and not any(_goes_on(row, each) for each in terms):
            yield "term-end", start(row.ends_on), row.pk


def _goes_on(term: Any, other: Any) -> bool:
    later = other.ends_on is None or other.ends_on > term.ends_on
    return bool(other.subscription == term.subscription and other.starts_on <= term.ends_on and later)


def _progress(account: Account) -> Told:
    before: dict[str, Any] = {}
    for row in _rows(account, models.Goal):
        told = before.get(row.external_id)
        if told and told != (row.value, row.state):
            yield "progress", row.known_at, row.pk
        before[row.external_id] = row.value, row.state


def _scores(account: Account) -> Told:
    """Changes from one published day to the next."""
    rows = ScoreSnapshot.objects.of(account.workspace).filter(account_id=account.pk).select_related("run")
    last: Any = None
    for row in [row for row in rows.order_by("day") if row.attempt == row.run.published_attempt]:
        at = account.workspace.start_of(row.day)
        if last is None or last.band != row.band:
            yield "band", at, 0
        if last is not None and last.version_id != row.version_id:
            yield "version", at, 0
        last = row
