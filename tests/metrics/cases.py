"""Accounts with a few facts each, and what the measures read from them.

A case is a list of facts (kind, item); `told` gives each case an account of its own. Moments are told in days before
DAY, at local noon unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, groupby
from math import isnan
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from accounts.models import Account, Workspace
from metrics.customers import Customer, scored
from metrics.measures.value import onboarding_steps
from metrics.models import ScoreSnapshot
from metrics.nightly import rollups
from metrics.nightly.readings import feature_list, read
from metrics.registry import AsOf
from tests.cast import account, tell

DAY = date(2025, 6, 30)
ZONE = ZoneInfo("Europe/Madrid")
Fact = tuple[str, dict[str, Any]]
_ids = count(1)


def ago(days: float, hour: int = 12, minute: int = 0) -> datetime:
    """The moment, UTC, so many days before DAY, at an hour in Madrid."""
    local = datetime(DAY.year, DAY.month, DAY.day, hour, minute) - timedelta(days=days)
    return local.replace(tzinfo=ZONE).astimezone(UTC)


def day(days: int) -> date:
    return DAY - timedelta(days=days)


def identity(kind: str = "fact") -> str:
    return f"{kind}-{next(_ids)}"


def use(days: float, person: str | None = None, name: str = "login", **more: Any) -> Fact:
    """An event so many days ago; it may name a person."""
    more.setdefault("occurred_at", ago(days))
    return "events", {"name": name, "contact": person, **more}


def term(seats: int | None = 10, starts: int = 900, ends: int | None = None, amount: Any = 100, **more: Any) -> Fact:
    """A term that starts and ends so many days before DAY."""
    item = {"id": identity("term"), "starts_on": day(starts), "amount": amount, "seats": seats}
    return "subscriptions", item | {"ends_on": None if ends is None else day(ends)} | more


def told(workspace: Workspace, cases: dict[str, Iterable[Fact]], started: int = 900) -> None:
    """Make an account for each case and tell its facts, kind by kind; those that name no time of hearing were known
    when they happened."""
    for name, facts in cases.items():
        account(workspace, name, started_on=str(day(started)))
        for kind, items in groupby(facts, key=lambda fact: fact[0]):
            tell(workspace, kind, *({"account": name, **item} for _, item in items))


def read_all(
    workspace: Workspace, keys: list[str], on: date = DAY, known: date | None = None
) -> dict[str, dict[str, float | None]]:
    """Per account that is scored, by external id: the values of the measures; None is nothing."""
    customers, as_of = whom(workspace, on, known)
    ages = np.array([customer.age for customer in customers], dtype=float)
    values = read(as_of, keys, ages)
    names = dict(Account.objects.of(workspace).values_list("pk", "external_id"))
    return {
        names[customer.account_id]: {key: _plain(values[key][n]) for key in keys}
        for n, customer in enumerate(customers)
    }


def whom(workspace: Workspace, on: date = DAY, known: date | None = None) -> tuple[list[Customer], AsOf]:
    """Who is scored on a day, and the question about them; dirty days are refilled first."""
    rollups.refill_all(workspace)
    known = known or on
    ids = tuple(Account.objects.of(workspace).order_by("pk").values_list("pk", flat=True))
    features, steps = tuple(feature_list(workspace, on, known)), onboarding_steps(workspace, on, known)
    everyone = AsOf(workspace, on, known, ids, features, steps)
    customers = scored(everyone)
    return customers, replace(everyone, accounts=tuple(customer.account_id for customer in customers))


def readings(workspace: Workspace, key: str, on: date = DAY, known: date | None = None) -> dict[str, float | None]:
    """The values of one measure by external id."""
    return {name: values[key] for name, values in read_all(workspace, [key], on, known).items()}


def _plain(value: float) -> float | None:
    return None if isnan(value) else float(value)


def invoice(id: str, due: int, amount: Any = 100, **more: Any) -> Fact:
    """An invoice that falls due so many days before DAY, issued 14 days earlier."""
    return "invoices", {"id": id, "issued_on": day(due + 14), "due_on": day(due), "amount": amount} | more


def paid(invoice: str, days: int, amount: Any = 100, **more: Any) -> Fact:
    """A payment so many days before DAY."""
    return "payments", {"id": identity("pay"), "invoice": invoice, "paid_on": day(days), "amount": amount} | more


def ticket(opened: float, priority: str = "normal", **more: Any) -> Fact:
    """A ticket opened so many days before DAY."""
    return "tickets", {"id": identity("ticket"), "opened_at": ago(opened), "priority": priority} | more


def answer(days: float, score: Any, kind: str = "csat", about: str = "ticket", person: str = "", **more: Any) -> Fact:
    """A survey answer so many days before DAY; 1 to 5 unless said otherwise, 0 to 10 for NPS."""
    scale = {} if kind == "nps" else {"scale_min": 1, "scale_max": 5}
    about = "" if kind == "nps" else about
    item = {"id": identity("answer"), "answered_at": ago(days), "score": score, "kind": kind, "about": about}
    return "survey_responses", item | scale | {"contact": person} | more


def complaint(days: float, resolved: int | None = None, **more: Any) -> Fact:
    """A complaint made so many days before DAY, and on which day it was settled."""
    item = {"id": identity("complaint"), "given_at": ago(days), "kind": "complaint"}
    return "feedback", item | {"resolved_on": None if resolved is None else day(resolved)} | more


COMPARED = [
    field.attname for field in ScoreSnapshot._meta.concrete_fields if field.attname not in {"computed_at", "attempt"}
]


def rows(workspace, on=DAY):
    """The published snapshots of a day, as text: NaN is not equal to itself."""
    of_day = ScoreSnapshot.objects.of(workspace).published().filter(day=on)
    return [str(row) for row in of_day.order_by("account_id").values_list(*COMPARED)]


def sign(days: float, name: str, **more: Any) -> Fact:
    """An event that is not use."""
    return use(days, name=name, **more)


def touch(days: float, channel: str = "call", direction: str = "two_way", **more: Any) -> Fact:
    """A contact so many days before DAY."""
    item = {"id": identity("touch"), "happened_at": ago(days), "channel": channel, "direction": direction}
    return "touches", item | more


def said(days: float, kind: str, **more: Any) -> Fact:
    """A word of the customer so many days before DAY."""
    return "feedback", {"id": identity("said"), "given_at": ago(days), "kind": kind} | more


def figure(days: int, name: str, value: Any, **more: Any) -> Fact:
    """One of the customer's own figures."""
    return "client_figures", {"id": identity("figure"), "figure": name, "day": day(days), "value": value} | more


def correct(workspace: Workspace, account: str, fact: Fact, days: float) -> None:
    """Tell another version of a fact so many days before DAY."""
    kind, item = fact
    tell(workspace, kind, {"account": account, **item}, at=ago(days))
