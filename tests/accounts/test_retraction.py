"""Taking back events and imports."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import (
    DirtyDay,
    Event,
    EventKey,
    Import,
    Invoice,
    Ticket,
    TicketEvent,
)
from accounts.retraction import retract, take_back, undo
from metrics.models import AccountDay
from metrics.nightly.rollups import refill_all
from tests.accounts.items import INVOICE, LOGIN, THEN, statuses, told, versions
from tests.cast import NOW, account, record, source_of, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(acme):
    return account(acme, "one")


def imported(workspace, kind="events"):
    return Import.unscoped.create(workspace=workspace, source=source_of(workspace), kind=kind, file_name="x.csv")


def test_retract(acme, one):
    other = source_of(acme, "Other")
    tell(acme, "events", LOGIN | {"message_id": "m1"}, LOGIN | {"message_id": "m2"})
    tell(acme, "events", LOGIN | {"message_id": "m1"}, source=other)
    DirtyDay.objects.of(acme).delete()
    results = retract(acme, source_of(acme), ["m1", "m9", "m1"], NOW)
    assert statuses(results) == ["accepted", "rejected", "accepted"]
    assert statuses(retract(acme, source_of(acme), ["m1"], NOW + timedelta(hours=1))) == ["already_known"]
    retracted = {event.source.name: event.retracted_at for event in Event.objects.of(acme).filter(message_id="m1")}
    assert retracted == {"Tests": NOW, "Other": None}
    assert list(DirtyDay.objects.of(acme).values_list("day", flat=True)) == [date(2025, 6, 1)]
    # Its id stays taken.
    assert told(acme, "events", LOGIN | {"message_id": "m1"}) == ["already_known"]


def test_undo_takes_events_and_their_keys(acme, one):
    wrong = imported(acme)
    tell(acme, "events", LOGIN | {"message_id": "m1"})
    tell(acme, "events", LOGIN | {"message_id": "m2"}, LOGIN | {"message_id": "m3"}, imported=wrong)
    record(acme, "events", LOGIN | {"message_id": "m1"}, imported=wrong)
    refill_all(acme)
    assert AccountDay.objects.of(acme).get().count == 3
    assert undo(wrong, NOW)["facts"] == 2
    assert list(Event.objects.of(acme).values_list("message_id", flat=True)) == ["m1"]
    assert list(EventKey.objects.of(acme).values_list("message_id", flat=True)) == ["m1"]
    refill_all(acme)
    assert AccountDay.objects.of(acme).get().count == 1
    wrong.refresh_from_db()
    assert wrong.state == Import.State.UNDONE
    assert undo(wrong, NOW)["facts"] == 2
    assert told(acme, "events", LOGIN | {"message_id": "m2"}) == ["accepted"]


def test_undo_believes_again_what_the_import_had_corrected(acme, evil, one):
    account(evil, "one")
    tell(evil, "invoices", INVOICE)
    tell(evil, "invoices", INVOICE | {"amount": 1})
    before = versions(Invoice, evil)
    tell(acme, "invoices", INVOICE, INVOICE | {"id": "i2"})
    wrong = imported(acme, "invoices")
    tell(acme, "invoices", INVOICE | {"amount": 1}, INVOICE | {"id": "i3"}, imported=wrong)
    record(acme, "invoices", INVOICE | {"id": "i2"}, imported=wrong)
    assert undo(wrong, NOW)["facts"] == 2
    assert [version[:2] + version[3:] for version in versions(Invoice, acme)] == [("i1", 100, None), ("i2", 100, None)]
    assert versions(Invoice, evil) == before


def test_undo_of_an_import_that_was_corrected_since(acme, one):
    wrong = imported(acme, "invoices")
    tell(acme, "invoices", INVOICE, imported=wrong)
    tell(acme, "invoices", INVOICE | {"amount": 1})
    assert undo(wrong, NOW)["facts"] == 1
    assert [version[:2] + version[3:] for version in versions(Invoice, acme)] == [("i1", 1, None)]


def test_undo_of_the_version_in_the_middle(acme, one):
    tell(acme, "invoices", INVOICE)
    wrong = imported(acme, "invoices")
    june, july = datetime(2025, 6, 20, tzinfo=UTC), datetime(2025, 6, 28, tzinfo=UTC)
    tell(acme, "invoices", INVOICE | {"amount": 90}, imported=wrong, at=june)
    tell(acme, "invoices", INVOICE | {"amount": 80}, at=july)
    undo(wrong, NOW)
    assert [version[1:] for version in versions(Invoice, acme)] == [
        (100, acme.start_of(date(2025, 6, 1)), july),
        (80, july, None),
    ]


def test_undo_of_tickets_takes_their_moments(acme, one):
    wrong = imported(acme, "tickets")
    tell(acme, "tickets", {"id": "t", "account": "one", "opened_at": THEN, "solved_at": THEN}, imported=wrong)
    assert undo(wrong, NOW)["facts"] == 3
    assert not Ticket.objects.of(acme).exists()
    assert not TicketEvent.objects.of(acme).exists()


def test_two_rows_of_one_import_with_the_same_id_conflict(acme, one):
    first = imported(acme, "invoices")
    tell(acme, "invoices", INVOICE, imported=first)
    assert told(acme, "invoices", INVOICE | {"amount": 5}, imported=first) == ["conflict"]
    assert told(acme, "invoices", INVOICE | {"amount": 5}, imported=imported(acme, "invoices")) == ["updated"]


def test_a_fact_is_taken_back_once_and_may_come_again(acme, one):
    tell(acme, "invoices", INVOICE)
    DirtyDay.objects.of(acme).delete()
    invoice = Invoice.objects.of(acme).get()
    assert take_back(invoice, NOW)
    assert not take_back(invoice, NOW + timedelta(hours=1))
    assert Invoice.objects.of(acme).get().retracted_at == NOW
    assert list(DirtyDay.objects.of(acme).values_list("day", flat=True)) == [date(2025, 6, 1)]
    assert told(acme, "invoices", INVOICE, at=NOW + timedelta(hours=2)) == ["accepted"]
