"""A small workspace in which everything happens that a measure must cope with, by chance but always the same.

Facts are plain items with both clocks. `fill` tells them to a workspace, corrections after what they correct.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from accounts.models import EventName, ExchangeRate, Workspace
from accounts.retraction import retract
from metrics.nightly import rollups
from tests.cast import NOW, record, source_of
from tests.metrics.cases import DAY, ZONE

FEATURES = ["export", "search", "invite", "chart", None, None]
NAMES = ["login", "page", "feature", "signin", "sync", "email_opened", "ping"]
NOT_USE = {"email_opened", "ping"}
ALIASES = {"signin": "login"}
INTERNAL = {"ira@free.example"}
OWN_DOMAINS = ["acme.example"]
RATES = {("USD", date(2024, 1, 1)): Decimal("0.9"), ("USD", date(2025, 2, 1)): Decimal("0.95")}


@dataclass
class Crowd:
    """All that was told: `started` per account, facts as (kind, item), retractions as {message id: moment}."""

    started: dict[str, date]
    facts: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    taken_back: dict[str, datetime] = field(default_factory=dict)


def make(accounts: int, seed: int) -> Crowd:
    """Some accounts with a life each."""
    chance = Random(seed)
    ages = [chance.choice([9, 16, 30, 60, 88, 95, 200, 400]) for _ in range(accounts)]
    crowd = Crowd({f"a{n:03}": DAY - timedelta(days=age) for n, age in enumerate(ages)})
    for name, started in crowd.started.items():
        for part in (_terms, _events, _invoices, _tickets, _answers, _others):
            crowd.facts += part(chance, name, started)
    events = [item["message_id"] for kind, item in crowd.facts if kind == "events"]
    for message in chance.sample(events, len(events) // 20):
        crowd.taken_back[message] = _moment(chance, DAY - timedelta(days=chance.randint(0, 30)))
    return crowd


def fill(workspace: Workspace, crowd: Crowd) -> None:
    """Tell a workspace everything; each version of a fact in a round of its own."""
    workspace.own_domains = OWN_DOMAINS
    workspace.save()
    for (currency, since), rate in RATES.items():
        ExchangeRate.unscoped.create(workspace=workspace, currency=currency, day=since, rate=rate)
    record(workspace, "accounts", *({"id": name, "started_on": day} for name, day in crowd.started.items()))
    rounds: dict[tuple[int, str], list[dict[str, Any]]] = {}
    told: dict[tuple[str, str], int] = {}
    for kind, item in crowd.facts:
        key = (kind, item.get("id") or item["message_id"])
        told[key] = told.get(key, -1) + 1
        rounds.setdefault((told[key], kind), []).append(item)
    for (_, kind), items in sorted(rounds.items(), key=lambda pair: pair[0][0]):
        answers = {str(result.status) for result in record(workspace, kind, *items, history=True)}
        assert answers <= {"accepted", "updated", "already_known"}, answers
    names = EventName.objects.of(workspace)
    names.filter(name="ping").update(is_use=False)
    for name, other in ALIASES.items():
        names.filter(name=name).update(alias_of=other)
    for message, moment in crowd.taken_back.items():
        retract(workspace, source_of(workspace), [message], moment)
    rollups.refill_all(workspace)


# -- lives --------------------------------------------------------------------------------------------------

Facts = Iterator[tuple[str, dict[str, Any]]]


def _moment(chance: Random, day: date) -> datetime:
    """Any time of a local day, often close to its ends."""
    hour, minute = chance.choice([(0, 0), (0, 30), (1, 59), (12, 0), (23, 59), (chance.randrange(24), 7)])
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def _late(chance: Random, moment: datetime) -> datetime:
    """When it was heard of: mostly at once."""
    return min(moment + timedelta(hours=chance.choice([0, 0, 0, 1, 30, 24 * 9])), NOW)


def _between(chance: Random, first: date, last: date = DAY) -> date:
    return first + timedelta(days=chance.randint(0, max(0, (last - first).days)))


def _terms(chance: Random, name: str, started: date) -> Facts:
    start = started + timedelta(days=chance.choice([-3, 0, 0, 5]))
    for n in range(chance.randint(1, 3)):
        end = start + timedelta(days=chance.choice([20, 31, 90, 365]))
        item = {
            "id": f"{name}-t{n}",
            "account": name,
            "starts_on": start,
            "ends_on": end if n < 2 else None,
            "amount": Decimal(chance.choice(["99", "1200.50", "0", "33.33"])),
            "interval_count": chance.choice([1, 1, 12]),
            "interval": chance.choice(["month", "month", "week"]),
            "currency": chance.choice(["EUR", "EUR", "USD", "USD", "GBP"]),
            "seats": chance.choice([None, 3, 10]),
            "is_trial": chance.random() < 0.15,
        }
        known = _late(chance, _moment(chance, start))
        yield "subscriptions", item | {"known_at": known}
        if chance.random() < 0.2:
            yield "subscriptions", item | {"seats": 5, "known_at": min(known + timedelta(days=12), NOW)}
        start = chance.choice([end, end, end - timedelta(days=5), end + timedelta(days=2)])


def _events(chance: Random, name: str, started: date) -> Facts:
    people = [f"p{n}@{name}.example" for n in range(chance.choice([0, 1, 4, 6]))]
    people += [None, "ira@free.example", "alice@acme.example"]
    first = max(started, DAY - timedelta(days=150))
    for n in range(chance.choice([0, 5, 60, 90])):
        moment = _moment(chance, _between(chance, first))
        yield (
            "events",
            {
                "message_id": f"{name}-e{n}",
                "account": name,
                "name": chance.choice(NAMES),
                "contact": chance.choice(people),
                "feature": chance.choice(FEATURES),
                "count": chance.choice([1, 1, 1, 7]),
                "users": chance.choice([None, None, 2, 12]),
                "occurred_at": moment,
                "known_at": _late(chance, moment),
            },
        )


def _invoices(chance: Random, name: str, started: date) -> Facts:
    for n in range(chance.choice([0, 1, 6])):
        issued = _between(chance, started)
        due = issued + timedelta(days=chance.choice([0, 14, 30]))
        item = {
            "id": f"{name}-i{n}",
            "account": name,
            "issued_on": issued,
            "due_on": due,
            "amount": Decimal("120.00"),
            "is_disputed": chance.random() < 0.1,
            "is_void": chance.random() < 0.1,
        }
        known = _late(chance, _moment(chance, issued))
        yield "invoices", item | {"known_at": known}
        if chance.random() < 0.2:
            yield "invoices", item | {"amount": Decimal("60.50"), "known_at": min(known + timedelta(days=9), NOW)}
        for part in range(chance.choice([0, 1, 1, 2])):
            paid = due + timedelta(days=chance.choice([-5, 0, 3, 4, 30]))
            kind = chance.choice(["payment", "payment", "payment", "credit", "refund", "write_off"])
            amount = Decimal(chance.choice(["120", "60.50", "59.50", "119"]))
            payment = {"id": f"{name}-p{n}-{part}", "account": name, "invoice": f"{name}-i{n}", "paid_on": paid}
            known = _late(chance, _moment(chance, paid))
            yield "payments", payment | {"amount": amount, "kind": kind, "known_at": known}


def _tickets(chance: Random, name: str, started: date) -> Facts:
    for n in range(chance.choice([0, 1, 5])):
        opened = _moment(chance, _between(chance, started))
        steps = [opened + timedelta(hours=hours) for hours in (5, 30, 80, 200)]
        item = {
            "id": f"{name}-k{n}",
            "account": name,
            "opened_at": opened,
            "priority": chance.choice(["low", "normal", "high", "urgent"]),
        }
        known = _late(chance, opened)
        yield "tickets", item | {"known_at": known}
        for field_name, moment in zip(("replied_at", "solved_at", "reopened_at", "closed_at"), steps, strict=True):
            if moment > NOW or chance.random() < 0.3:
                break
            item = item | {field_name: moment}
            known = max(known, _late(chance, moment))
            yield "tickets", item | {"known_at": known}


def _answers(chance: Random, name: str, started: date) -> Facts:
    for n in range(chance.choice([0, 2, 9])):
        moment = _moment(chance, _between(chance, started))
        kind = chance.choice(["nps", "nps", "csat", "csat", "ces"])
        low, high = (0, 10) if kind == "nps" else chance.choice([(1, 5), (0, 10)])
        item = {
            "id": f"{name}-s{n}",
            "account": name,
            "answered_at": moment,
            "kind": kind,
            "scale_min": low,
            "scale_max": high,
            "score": Decimal(chance.randint(low * 10, high * 10)) / 10,
            "contact": chance.choice(["", "ann", "bea"]),
            "about": chance.choice(["", "ticket", "call"]) if kind == "csat" else "",
        }
        known = _late(chance, moment)
        yield "survey_responses", item | {"known_at": known}
        if chance.random() < 0.2:
            yield "survey_responses", item | {"score": low, "known_at": min(known + timedelta(days=5), NOW)}


def _others(chance: Random, name: str, started: date) -> Facts:
    for n in range(chance.choice([0, 0, 1, 4])):
        moment = _moment(chance, _between(chance, started))
        kind = chance.choice(["complaint", "complaint", "praise"])
        item = {"id": f"{name}-f{n}", "account": name, "given_at": moment, "kind": kind}
        yield "feedback", item | {"known_at": _late(chance, moment)}
        if chance.random() < 0.6:
            settled = _between(chance, moment.astimezone(ZONE).date())
            yield (
                "feedback",
                item | {"resolved_on": settled, "known_at": max(_late(chance, moment), _moment(chance, settled))},
            )
    champion = {"id": f"{name}-c", "account": name, "part": chance.choice(["champion", "user"]), "since_on": started}
    known = _moment(chance, started)
    yield "contacts", champion | {"known_at": known}
    if chance.random() < 0.4:
        left = _between(chance, started)
        yield "contacts", champion | {"left_on": left, "known_at": max(known, _late(chance, _moment(chance, left)))}
    if chance.random() < 0.4:
        notice = _between(chance, started)
        churned = notice + timedelta(days=chance.choice([0, 20, 90]))
        item = {"id": f"{name}-x", "account": name, "notice_on": notice, "churned_on": churned}
        yield "churns", item | {"known_at": _late(chance, _moment(chance, notice))}
    if name == "a000":
        ira = {"id": "ira", "account": name, "email": "ira@free.example", "is_internal": True}
        yield "contacts", ira | {"since_on": started, "known_at": known}
