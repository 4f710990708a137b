"""The only writer of facts: what it answers, what it refuses, what it never stores twice."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import chain

import msgspec
import pytest
from django.db import connection, transaction

from accounts import partitions
from accounts.batch import Batch
from accounts.ingest import record as ingest
from accounts.kinds import KINDS
from accounts.models import (
    Account,
    Churn,
    Contact,
    DirtyDay,
    Event,
    EventKey,
    EventName,
    Import,
    Invoice,
    Subscription,
    Ticket,
    TicketEvent,
)
from accounts.retraction import retract, undo
from metrics.models import AccountDay
from metrics.nightly.rollups import refill, refill_all
from tests.cast import NOW, account, batch_of, record, source_of, tell
from tests.concurrency import beside, somebody_waits, until

pytestmark = pytest.mark.django_db

THEN = datetime(2025, 6, 1, 10, tzinfo=UTC)
LOGIN = {"account": "one", "name": "login", "occurred_at": THEN}
INVOICE = {"id": "i1", "account": "one", "issued_on": "2025-06-01", "due_on": "2025-06-15", "amount": 100}


@pytest.fixture
def one(acme):
    return account(acme, "one")


def statuses(results):
    return [str(result.status) for result in results]


def told(workspace, kind, *items, **more):
    return statuses(record(workspace, kind, *items, **more))


# -- events -------------------------------------------------------------------------------------------------


def test_every_answer_that_events_get(acme, one):
    first = LOGIN | {"message_id": "m1"}
    assert told(acme, "events", first) == ["accepted"]
    results = record(
        acme,
        "events",
        first,
        first | {"occurred_at": THEN + timedelta(hours=3)},
        first | {"name": "logout"},
        first | {"message_id": "m2"},
        first | {"message_id": "m2"},
        first | {"message_id": "m2", "count": 2},
        first | {"message_id": "m3", "account": "nobody"},
        first | {"message_id": "m4", "occurred_at": NOW + timedelta(days=2)},
        LOGIN,
        LOGIN,
    )
    assert statuses(results) == [
        *("already_known", "already_known", "conflict", "accepted", "already_known", "conflict"),
        *("rejected", "rejected", "accepted", "accepted"),
    ]
    assert (results[2].field, results[2].value) == ("message_id", "m1")
    assert (results[6].field, results[6].value, "nobody" in results[6].reason) == ("account", "nobody", True)
    assert results[7].field == "occurred_at"
    assert Event.objects.of(acme).count() == EventKey.objects.of(acme).count() == 4


def test_what_makes_the_content_of_an_event(acme, one):
    whole = LOGIN | {
        "message_id": "m",
        "contact": "ann",
        "feature": "sso",
        "count": 2,
        "quantity": "1.5",
        "seconds": 3,
        "users": 4,
        "properties": {"a": 1, "b": [2]},
    }
    account(acme, "two")
    tell(acme, "events", whole)
    assert told(acme, "events", whole | {"properties": {"b": [2], "a": 1}}) == ["already_known"]
    changes = {
        "account": "two",
        "name": "page",
        "contact": "bea",
        "feature": None,
        "count": 1,
        "quantity": 2,
        "seconds": None,
        "users": 5,
        "properties": {"a": 1},
    }
    for name, value in changes.items():
        assert told(acme, "events", whole | {name: value}) == ["conflict"], name


def test_ids_are_their_sources_own(acme, evil, one):
    account(evil, "one")
    first = LOGIN | {"message_id": "m1"}
    assert told(acme, "events", first) == ["accepted"]
    assert told(acme, "events", first | {"name": "page"}, source=source_of(acme, "Other")) == ["accepted"]
    assert told(evil, "events", first | {"name": "page"}) == ["accepted"]


def test_an_empty_batch(acme):
    for kind in KINDS:
        assert record(acme, kind) == []
    with pytest.raises(KeyError):
        ingest(Batch(acme, source_of(acme), "wishes", [], NOW))


def test_texts_survive_the_copy(acme, one):
    name = "tab\tnew\nline\rreturn \\N \\. quote\" 'single' ünï 日本 𝒳"
    tell(acme, "events", LOGIN | {"name": name, "contact": "\\N", "properties": {name: name}})
    event = Event.objects.of(acme).get()
    assert (event.name, event.person, event.properties) == (name, "\\N", {name: name})
    tell(acme, "feedback", {"id": "f", "account": "one", "given_at": THEN, "kind": "praise", "text": name})
    assert KINDS["feedback"].model.objects.of(acme).get().text == name


def test_both_clocks(acme, one):
    told_at = THEN + timedelta(days=3)
    tell(acme, "events", LOGIN | {"name": "live"}, at=told_at)
    tell(acme, "events", LOGIN | {"name": "history"}, at=told_at, history=True)
    tell(acme, "events", LOGIN | {"name": "said", "known_at": THEN + timedelta(days=1)}, at=told_at)
    tell(acme, "events", {"account": "one", "name": "now"}, at=told_at)
    tell(acme, "events", LOGIN | {"name": "zone", "occurred_at": "2025-06-01T23:30:00-05:00"}, at=told_at)
    clocks = {event.name: (event.occurred_at, event.known_at) for event in Event.objects.of(acme)}
    assert clocks == {
        "live": (THEN, told_at),
        "history": (THEN, THEN),
        "said": (THEN, THEN + timedelta(days=1)),
        "now": (told_at, told_at),
        "zone": (datetime(2025, 6, 2, 4, 30, tzinfo=UTC), told_at),
    }


def test_days_get_dirty_in_the_workspaces_zone_and_only_by_what_was_new(acme, one):
    late = LOGIN | {"message_id": "m1", "occurred_at": "2025-05-31T22:30:00Z"}
    tell(acme, "events", late, LOGIN | {"message_id": "m2", "account": "one", "occurred_at": "2025-05-31T21:30:00Z"})
    assert set(DirtyDay.objects.of(acme).values_list("day", flat=True)) == {date(2025, 6, 1), date(2025, 5, 31)}
    DirtyDay.objects.of(acme).delete()
    record(acme, "events", late, late | {"name": "page"}, late | {"message_id": "m4", "account": "nobody"})
    assert not DirtyDay.objects.of(acme).exists()
    record(acme, "events", late, late | {"message_id": "m5", "occurred_at": "2025-06-09T10:00:00Z"})
    assert list(DirtyDay.objects.of(acme).values_list("day", flat=True)) == [date(2025, 6, 9)]


def test_names_enter_the_catalogue_once(acme, evil, one):
    account(evil, "one")
    tell(acme, "events", *(LOGIN | {"name": name} for name in ("login", "email_opened", "dance", "dance")))
    EventName.objects.of(acme).filter(name="dance").update(is_use=False)
    tell(acme, "events", LOGIN | {"name": "dance"})
    tell(evil, "events", LOGIN | {"name": "dance"})
    names = EventName.objects.of(acme).values_list("name", "is_use")
    assert set(names) == {("login", True), ("email_opened", False), ("dance", False)}
    assert EventName.objects.of(evil).get().is_use


def test_unknown_accounts_are_created_where_the_key_says_so(acme):
    items = [LOGIN, LOGIN | {"account": "two"}, LOGIN]
    assert told(acme, "events", *items) == ["rejected"] * 3
    assert told(acme, "events", *items, creates_accounts=True) == ["accepted"] * 3
    assert told(acme, "invoices", INVOICE | {"account": "three"}, creates_accounts=True) == ["accepted"]
    names = Account.objects.of(acme).order_by("external_id").values_list("external_id", "name")
    assert list(names) == [("one", "one"), ("three", "three"), ("two", "two")]
    bad = LOGIN | {"account": "four", "occurred_at": NOW + timedelta(days=9)}
    assert told(acme, "events", bad, creates_accounts=True) == ["rejected"]
    assert not Account.objects.of(acme).filter(external_id="four").exists()


def test_partitions_come_by_month_and_the_default_stays_empty(acme, one):
    moments = ["2001-01-31T23:59:59Z", "2001-02-01T00:00:00Z", "2001-01-31T20:00:00-05:00", "2024-02-29T12:00:00Z"]
    tell(acme, "events", *(LOGIN | {"occurred_at": moment} for moment in moments))
    assert {"2001-01", "2001-02", "2024-02"} <= partitions.existing()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM ONLY accounts_event_default")
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM accounts_event GROUP BY 1 ORDER BY 1")
        assert cursor.fetchall() == [
            ("accounts_event_2001_01", 1),
            ("accounts_event_2001_02", 2),
            ("accounts_event_2024_02", 1),
        ]


def test_partitions_are_made_ahead():
    for moment in (datetime(2031, 1, 31, 23, tzinfo=UTC), datetime(2031, 12, 1, tzinfo=UTC)):
        partitions.ensure_ahead(moment)
        partitions.ensure_ahead(moment)
    assert {"2031-01", "2031-03", "2031-04", "2031-12", "2032-01", "2032-02"} <= partitions.existing()


# -- bounds -------------------------------------------------------------------------------------------------

EVENT_BOUNDS = [
    ("occurred_at", "2000-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "between 2000 and tomorrow"),
    ("occurred_at", NOW + timedelta(days=1), NOW + timedelta(days=1, seconds=1), "between 2000 and tomorrow"),
    ("occurred_at", "2025-06-01T10:00:00+14:00", "2025-06-01T10:00:00", "UTC offset"),
    ("known_at", NOW + timedelta(days=1), NOW + timedelta(days=1, seconds=1), "between 2000 and tomorrow"),
    ("quantity", "99999999999999.9999", "100000000000000", "larger than 14 digits"),
    ("quantity", "-99999999999999.9999", "-100000000000000", "larger than 14 digits"),
    ("quantity", "0.1230000000", "0.12345", "more than 4 decimals"),
    ("quantity", "1E+13", "1E+14", "larger than 14 digits"),
    ("quantity", "0", "NaN", "not a number"),
    ("quantity", "0E-20", "Infinity", "not a number"),
    ("quantity", "1E-4", "1E-5", "more than 4 decimals"),
    ("name", "ünï\u202etest", "a\x00b", "NUL"),
    ("contact", "日本", "a\ud800b", "surrogate"),
    ("feature", "𝒳", "\udfff", "surrogate"),
    ("message_id", "m" * 200, "\x00", "NUL"),
    ("properties", {"a": ["ü"]}, {"a": ["\x00"]}, "NUL"),
    ("properties", {"ü": 1}, {"\ud800": 1}, "surrogate"),
]


@pytest.mark.parametrize(("field", "good", "bad", "reason"), EVENT_BOUNDS)
def test_bounds_of_events(acme, one, field, good, bad, reason):
    results = record(acme, "events", LOGIN | {field: good}, LOGIN | {field: bad}, LOGIN)
    assert statuses(results) == ["accepted", "rejected", "accepted"]
    assert (results[1].field, reason in results[1].reason) == (field, True)
    assert all(character.isprintable() for character in results[1].value)
    assert Event.objects.of(acme).count() == 2


TERM = {"id": "s", "account": "one", "starts_on": "2025-06-01", "amount": 1, "interval": "week"}
ANSWER = {"id": "r", "account": "one", "answered_at": THEN, "kind": "nps", "score": 9}
CHURN = {"id": "c", "account": "one", "churned_on": "2025-06-01"}
CONTACT = {"id": "c", "account": "one", "since_on": "2025-06-01"}
TICKET = {"id": "t", "account": "one", "opened_at": THEN}
FACT_BOUNDS = [
    ("invoices", INVOICE, "issued_on", "2000-01-01", "1999-12-31", "between 2000 and 2100"),
    ("invoices", INVOICE, "due_on", "2100-01-01", "2100-01-02", "between 2000 and 2100"),
    ("invoices", INVOICE, "amount", "-99999999999999.9999", "1E+14", "larger than 14 digits"),
    ("invoices", INVOICE, "amount", 0, "0.00001", "more than 4 decimals"),
    ("invoices", INVOICE, "id", "ü\n", "a\x00", "NUL"),
    ("invoices", INVOICE, "known_at", NOW, NOW + timedelta(days=3), "between 2000 and tomorrow"),
    ("subscriptions", TERM, "ends_on", "2025-06-01", "2025-05-31", "before the start"),
    ("subscriptions", TERM, "amount", "23076923076923.07", "99999999999999", "14 digits a month"),
    ("survey_responses", ANSWER, "score", 10, "10.1", "outside the scale"),
    ("survey_responses", ANSWER, "score", 0, -1, "outside the scale"),
    ("survey_responses", ANSWER, "scale_max", 9, 0, "above scale_min"),
    ("churns", CHURN, "churned_on", "2025-06-01", None, "needs churned_on or notice_on"),
    ("contacts", CONTACT, "since_on", "2025-06-01", None, "needs since_on or known_at"),
    ("tickets", TICKET, "solved_at", THEN, NOW + timedelta(days=2), "between 2000 and tomorrow"),
]


@pytest.mark.parametrize(("kind", "item", "field", "good", "bad", "reason"), FACT_BOUNDS)
def test_bounds_of_facts(acme, one, kind, item, field, good, bad, reason):
    results = record(acme, kind, item | {"id": "g", field: good}, item | {"id": "b", field: bad}, item | {"id": "x"})
    assert statuses(results) == ["accepted", "rejected", "accepted"]
    assert (results[1].field, reason in results[1].reason) == (field, True)


SHAPES = [
    ("events", LOGIN, {"count": 0}),
    ("events", LOGIN, {"count": 2_000_000_001}),
    ("events", LOGIN, {"name": ""}),
    ("events", LOGIN, {"name": "n" * 201}),
    ("events", LOGIN, {"seconds": -1}),
    ("events", LOGIN, {"surprise": 1}),
    ("invoices", INVOICE, {"currency": "euro"}),
    ("invoices", INVOICE, {"id": ""}),
    ("subscriptions", TERM, {"interval": "year"}),
    ("subscriptions", TERM, {"interval_count": 0}),
    ("tickets", TICKET, {"priority": "mild"}),
]


@pytest.mark.parametrize(("kind", "item", "change"), SHAPES)
def test_shapes_are_refused_before(acme, one, kind, item, change):
    """The Structs see to these, whoever calls."""
    assert told(acme, kind, item) == ["accepted"]
    with pytest.raises(msgspec.ValidationError):
        batch_of(acme, kind, item | change)


# -- facts with versions ------------------------------------------------------------------------------------


def versions(model, workspace):
    rows = model.objects.of(workspace).order_by("pk")
    return list(rows.values_list("external_id", "amount", "known_at", "retracted_at"))


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


# -- taking back --------------------------------------------------------------------------------------------


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
    assert undo(wrong, NOW) == 2
    assert list(Event.objects.of(acme).values_list("message_id", flat=True)) == ["m1"]
    assert list(EventKey.objects.of(acme).values_list("message_id", flat=True)) == ["m1"]
    refill_all(acme)
    assert AccountDay.objects.of(acme).get().count == 1
    wrong.refresh_from_db()
    assert wrong.state == Import.State.UNDONE
    assert undo(wrong, NOW) == 0
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
    assert undo(wrong, NOW) == 2
    assert [version[:2] + version[3:] for version in versions(Invoice, acme)] == [("i1", 100, None), ("i2", 100, None)]
    assert versions(Invoice, evil) == before


def test_undo_of_an_import_that_was_corrected_since(acme, one):
    wrong = imported(acme, "invoices")
    tell(acme, "invoices", INVOICE, imported=wrong)
    tell(acme, "invoices", INVOICE | {"amount": 1})
    assert undo(wrong, NOW) == 1
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
    assert undo(wrong, NOW) == 3
    assert not Ticket.objects.of(acme).exists()
    assert not TicketEvent.objects.of(acme).exists()


def test_two_rows_of_one_import_with_the_same_id_conflict(acme, one):
    first = imported(acme, "invoices")
    tell(acme, "invoices", INVOICE, imported=first)
    assert told(acme, "invoices", INVOICE | {"amount": 5}, imported=first) == ["conflict"]
    assert told(acme, "invoices", INVOICE | {"amount": 5}, imported=imported(acme, "invoices")) == ["updated"]


# -- several at once ----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_same_ids_from_two_connections_are_stored_once(acme):
    account(acme, "one")
    events = [LOGIN | {"message_id": f"m{n}"} for n in range(5)]
    other = [*reversed(events), LOGIN | {"message_id": "m9"}, events[0] | {"name": "page"}]
    with beside(told, acme, "events", *other) as second, transaction.atomic():
        assert told(acme, "events", *events) == ["accepted"] * 5
        second.start()
        until(somebody_waits)
    assert second.result() == ["already_known"] * 5 + ["accepted", "conflict"]
    assert Event.objects.of(acme).count() == EventKey.objects.of(acme).count() == 6
    with beside(told, acme, "invoices", INVOICE, INVOICE | {"id": "i2"}) as second, transaction.atomic():
        assert told(acme, "invoices", INVOICE) == ["accepted"]
        second.start()
        until(somebody_waits)
    assert second.result() == ["already_known", "accepted"]
    assert Invoice.objects.of(acme).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_refill_and_an_ingest_wait_for_each_other(acme):
    """Whoever comes first: in the end the rollup is whole, or the day is dirty."""
    pk = account(acme, "one").pk
    tell(acme, "events", LOGIN)
    # An ingest is under way as a refill begins: it waits, and then sees both events.
    with beside(refill, acme, [pk]) as refilling, transaction.atomic():
        tell(acme, "events", LOGIN)
        refilling.start()
        until(somebody_waits)
    assert refilling.result() == 1
    assert AccountDay.objects.of(acme).get().count == 2
    assert not DirtyDay.objects.of(acme).exists()
    # A refill is under way as events come in: they wait, and leave the day dirty.
    tell(acme, "events", LOGIN)
    with beside(tell, acme, "events", LOGIN) as telling, transaction.atomic():
        assert refill(acme, [pk]) == 1
        telling.start()
        until(somebody_waits)
    telling.result()
    assert AccountDay.objects.of(acme).get().count == 3
    assert DirtyDay.objects.of(acme).count() == 1
    # A day that is clean as both begin: the refill finds nothing to do, and the day stays dirty for the next.
    refill(acme, [pk])
    with beside(refill, acme, [pk]) as refilling, transaction.atomic():
        tell(acme, "events", LOGIN)
        refilling.start()
        assert refilling.result() == 0
    assert DirtyDay.objects.of(acme).count() == 1
    refill(acme, [pk])
    assert AccountDay.objects.of(acme).get().count == 5


@pytest.mark.django_db(transaction=True)
def test_batches_over_the_same_days_do_not_lock_each_other_out(acme):
    names = ["a", "b", "c", "d"]
    for name in names:
        account(acme, name)
    batches = [[LOGIN | {"account": name} for name in order] * 20 for order in (names, names[::-1]) * 3]
    with ExitStack() as stack:
        running = [stack.enter_context(beside(told, acme, "events", *batch)) for batch in batches]
        for each in running:
            each.start()
    assert set(chain.from_iterable(each.result() for each in running)) == {"accepted"}
    assert Event.objects.of(acme).count() == 6 * 80
