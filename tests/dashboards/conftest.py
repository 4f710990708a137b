"""A small book of business with a story or two, scored for some nights."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Account, Membership, Workspace
from metrics.nightly import kpis
from tests.cast import Cast, account, night, tell
from tests.dashboards.browser import chromium, tab  # noqa: F401 - fixtures of the browser tests
from tests.kept import kept

TODAY = date(2025, 7, 1)
NOW = datetime(2025, 7, 1, 12, tzinfo=UTC)
FIRST_NIGHT = date(2025, 6, 22)


@dataclass(frozen=True)
class Book:
    """Nordlys sinks and owes, Sable thrives, both Alice's; Vela is nobody's; Quanta is known and no customer."""

    cast: Cast
    nordlys: Account
    sable: Account
    vela: Account
    quanta: Account


def sign_in(member: Membership) -> Client:
    """A browser in which a member is signed in."""
    client = Client()
    client.force_login(member.user)
    return client


def use(workspace: Workspace, external_id: str, people: int, first: date, last: date, every: int = 1) -> None:
    """Logins of so many people on every so-manieth day."""
    days = [first + timedelta(days=n) for n in range(0, (last - first).days + 1, every)]
    events = [
        {
            "account": external_id, "name": "login", "contact": f"p{n}@{external_id}.example",
            "occurred_at": datetime.combine(day, datetime.min.time(), UTC).replace(hour=9).isoformat(),
            "message_id": f"{external_id}-{day}-{n}",
        }
        for day in days
        for n in range(people)
    ]  # fmt: skip
    tell(workspace, "events", *events)


def pays(workspace: Workspace, external_id: str, amount: int, ends_on: str, seats: int = 10) -> None:
    """A paid term since 2025-01-01."""
    term = {"account": external_id, "id": f"{external_id}-term", "starts_on": "2025-01-01", "ends_on": ends_on}
    tell(workspace, "subscriptions", term | {"amount": amount, "seats": seats})


def _invoice(workspace: Workspace, external_id: str, due_on: str, paid_on: str | None) -> None:
    item: dict[str, Any] = {"account": external_id, "id": f"{external_id}-inv", "number": f"INV-{external_id}"}
    tell(workspace, "invoices", item | {"issued_on": "2025-05-01", "due_on": due_on, "amount": 1200})
    if paid_on:
        payment = {"account": external_id, "id": f"{external_id}-pay", "invoice": f"{external_id}-inv"}
        tell(workspace, "payments", payment | {"paid_on": paid_on, "amount": 1200})


def _sable(acme: Workspace) -> Account:
    owner = "alice@acme.example"
    found = account(acme, "sable", name="Sable Hotels", owner=owner, segment="Enterprise", stage="Growth")
    pays(acme, "sable", 900, "2025-08-15")
    use(acme, "sable", 9, date(2025, 4, 15), TODAY)
    _invoice(acme, "sable", "2025-05-31", "2025-05-20")
    answer = {"account": "sable", "id": "sable-nps", "kind": "nps", "score": 10, "contact": "p0@sable.example"}
    tell(acme, "survey_responses", answer | {"answered_at": "2025-06-01T10:00:00Z", "comment": "Just works."})
    touch = {"account": "sable", "id": "sable-call", "channel": "call", "happened_at": "2025-06-28T10:00:00Z"}
    tell(acme, "touches", touch | {"subject": "Quarterly review"})
    return found


def _nordlys(acme: Workspace) -> Account:
    owner = "alice@acme.example"
    found = account(acme, "nordlys", name="Nordlys Freight", owner=owner, segment="SMB", stage="Adoption")
    pays(acme, "nordlys", 1500, "2026-01-01")
    use(acme, "nordlys", 6, date(2025, 4, 15), date(2025, 6, 1))
    use(acme, "nordlys", 1, date(2025, 6, 3), date(2025, 6, 20), every=6)
    _invoice(acme, "nordlys", "2025-05-20", None)
    answer = {"account": "nordlys", "id": "nordlys-nps", "kind": "nps", "score": 2, "contact": "p0@nordlys.example"}
    tell(acme, "survey_responses", answer | {"answered_at": "2025-06-10T10:00:00Z", "comment": "Slow."})
    champion = {"account": "nordlys", "id": "lars", "name": "Lars Moe", "part": "champion", "since_on": "2025-01-05"}
    tell(acme, "contacts", champion | {"left_on": "2025-06-25", "known_at": "2025-06-25T10:00:00Z"})
    return found


@kept
def book(cast: Cast) -> Book:
    acme = cast.acme
    sable, nordlys = _sable(acme), _nordlys(acme)
    vela = account(acme, "vela", name="Vela Insurance", segment="SMB")
    pays(acme, "vela", 100, "2025-12-31")
    quanta = account(acme, "quanta", name="Quanta Legal")
    for n in range(9):
        night(acme, FIRST_NIGHT + timedelta(days=n))
    return Book(cast, nordlys, sable, vela, quanta)


@kept
def counted_book(book: Book) -> Book:
    """The book, and its KPIs."""
    assert kpis.count(book.cast.acme)
    return book


@pytest.fixture
def at_noon(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Pages believe that it is noon of 2025-07-01."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return NOW


@kept
def one(cast: Cast) -> Account:
    """A customer of Alice's of which nothing is known but its term."""
    found = account(cast.acme, "one", name="One Ltd", owner="alice@acme.example", started_on="2024-01-01")
    pays(cast.acme, "one", 100, "2026-01-01")
    return found


FADING = (date(2025, 6, 22), date(2025, 6, 30))


@kept
def fading(cast: Cast) -> Account:
    """Six people came every other day until June, now one comes now and then; it owes. Scored on the days FADING."""
    acme = cast.acme
    found = account(acme, "nordlys", name="Nordlys Freight", owner="alice@acme.example")
    pays(acme, "nordlys", 1500, "2026-01-01")
    use(acme, "nordlys", 6, date(2025, 4, 30), date(2025, 6, 1), every=2)
    use(acme, "nordlys", 1, date(2025, 6, 3), date(2025, 6, 20), every=6)
    item = {"account": "nordlys", "id": "nordlys-inv", "number": "INV-1", "issued_on": "2025-05-01", "amount": 1200}
    tell(acme, "invoices", item | {"due_on": "2025-05-20"})
    for day in FADING:
        night(acme, day)
    return found
