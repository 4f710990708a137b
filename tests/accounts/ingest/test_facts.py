"""Facts with versions: a correction retracts what was believed and adds what is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import (
    Churn,
    Contact,
    DirtyDay,
    Invoice,
    Subscription,
    Ticket,
    TicketEvent,
)
from tests.accounts.items import INVOICE, LOGIN, THEN, statuses, told, versions
from tests.cast import NOW, account, record, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(acme):
    return account(acme, "one")


def test_every_answer_that_facts_get(acme, one):
    assert told(acme, "invoices", INVOICE) == ["accepted"]
    results = record(
        acme,
        "invoices",
        INVOICE,
        INVOICE | {"id": "i2"},
        INVOICE | {"id": "i2"},
        INVOICE | {"id": "i2", "amount": 5},
        INVOICE | {"id": "i3", "account": "nobody"},
    )
    assert statuses(results) == ["already_known", "accepted", "already_known", "conflict", "rejected"]
    assert told(acme, "invoices", INVOICE | {"amount": 90}) == ["updated"]
    assert told(acme, "invoices", INVOICE | {"amount": 90}) == ["already_known"]
    assert Invoice.objects.of(acme).count() == 3


def test_a_correction_retracts_and_adds(acme, one):
    june, july = datetime(2025, 6, 20, tzinfo=UTC), datetime(2025, 6, 28, tzinfo=UTC)
    issued = acme.start_of(date(2025, 6, 1))
    tell(acme, "invoices", INVOICE)
    tell(acme, "invoices", INVOICE | {"amount": 90}, at=june)
    tell(acme, "invoices", INVOICE | {"amount": 80, "known_at": july}, at=NOW)
    assert versions(Invoice, acme) == [
        ("i1", 100, issued, june),
        ("i1", 90, june, july),
        ("i1", 80, july, None),
    ]
    # History that says something else is a correction of today.
    tell(acme, "invoices", INVOICE | {"amount": 70}, at=NOW, history=True)
    assert versions(Invoice, acme)[-2:] == [("i1", 80, july, NOW), ("i1", 70, NOW, None)]


def test_the_same_amount_in_other_words_is_no_correction(acme, one):
    tell(acme, "invoices", INVOICE)
    for amount in ("100", "100.00", "1E+2", 100.0):
        assert told(acme, "invoices", INVOICE | {"amount": amount}) == ["already_known"], amount
    tell(acme, "events", LOGIN | {"message_id": "m", "quantity": "1.50"})
    assert told(acme, "events", LOGIN | {"message_id": "m", "quantity": "1.5"}) == ["already_known"]


def test_a_correction_makes_both_days_dirty(acme, one):
    tell(acme, "tickets", {"id": "t", "account": "one", "opened_at": THEN})
    DirtyDay.objects.of(acme).delete()
    tell(acme, "tickets", {"id": "t", "account": "one", "opened_at": THEN + timedelta(days=4), "priority": "high"})
    assert date(2025, 6, 5) in set(DirtyDay.objects.of(acme).values_list("day", flat=True))


def test_a_fact_may_change_its_account(acme, one):
    two = account(acme, "two")
    tell(acme, "invoices", INVOICE)
    DirtyDay.objects.of(acme).delete()
    assert told(acme, "invoices", INVOICE | {"account": "two"}) == ["updated"]
    assert Invoice.objects.of(acme).current().get().account == two
    assert set(DirtyDay.objects.of(acme).values_list("account_id", flat=True)) == {one.pk, two.pk}


def test_a_ticket_and_its_moments(acme, one):
    ticket = {"id": "t", "account": "one", "opened_at": THEN, "priority": "high"}
    solved = ticket | {"solved_at": THEN + timedelta(hours=5)}
    assert told(acme, "tickets", ticket) == ["accepted"]
    assert told(acme, "tickets", ticket) == ["already_known"]
    assert told(acme, "tickets", solved) == ["accepted"]
    assert told(acme, "tickets", solved | {"priority": "low"}) == ["updated"]
    moments = TicketEvent.objects.of(acme).order_by("occurred_at").values_list("kind", "by_customer")
    assert list(moments) == [("opened", True), ("solved", False)]
    assert [row.priority for row in Ticket.objects.of(acme).order_by("pk")] == ["high", "low"]


def test_facts_of_two_dates_happen_on_the_first(acme, one):
    tell(acme, "churns", {"id": "a", "account": "one", "churned_on": "2025-06-20", "notice_on": "2025-05-02"})
    tell(acme, "churns", {"id": "b", "account": "one", "churned_on": "2025-06-20"})
    tell(acme, "contacts", {"id": "a", "account": "one", "left_on": "2025-05-02"})
    tell(acme, "contacts", {"id": "b", "account": "one", "known_at": THEN})
    moments = [churn.occurred_at for churn in Churn.objects.of(acme).order_by("external_id")]
    assert moments == [acme.start_of(date(2025, 5, 2)), acme.start_of(date(2025, 6, 20))]
    moments = [contact.occurred_at for contact in Contact.objects.of(acme).order_by("external_id")]
    assert moments == [acme.start_of(date(2025, 5, 2)), THEN]


def test_a_term_has_a_monthly_amount_and_the_workspaces_currency(acme, one):
    term = {"account": "one", "starts_on": "2025-06-01"}
    tell(
        acme,
        "subscriptions",
        term | {"id": "a", "amount": 100, "interval_count": 3},
        term | {"id": "b", "amount": 12, "interval": "week", "currency": "USD", "subscription": "plan"},
    )
    a, b = Subscription.objects.of(acme).order_by("external_id")
    assert (a.mrr, a.currency, a.subscription) == (Decimal("33.33"), "EUR", "a")
    assert (b.mrr, b.currency, b.subscription) == (52, "USD", "plan")


def test_versions_of_one_workspace_are_not_those_of_another(acme, evil, one):
    account(evil, "one")
    tell(acme, "invoices", INVOICE)
    assert told(evil, "invoices", INVOICE | {"amount": 5}) == ["accepted"]
    assert told(evil, "invoices", INVOICE | {"amount": 6}) == ["updated"]
    assert [version[1] for version in versions(Invoice, acme)] == [100]


def test_another_time_is_a_correction(acme, one):
    call = {"account": "one", "id": "call", "channel": "call", "happened_at": THEN}
    assert told(acme, "touches", call) == ["accepted"]
    assert told(acme, "touches", call | {"happened_at": THEN + timedelta(hours=1)}) == ["updated"]
    assert told(acme, "touches", call | {"happened_at": THEN + timedelta(hours=1)}) == ["already_known"]
    # Nobody said since when: then it is since it was heard, which is no correction when it is heard again.
    contact = {"account": "one", "id": "ann", "name": "Ann"}
    assert told(acme, "contacts", contact | {"known_at": THEN}) == ["accepted"]
    assert told(acme, "contacts", contact | {"known_at": THEN + timedelta(days=1)}) == ["already_known"]
