"""What a value may be: each bound from both sides."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from accounts.bounds import every_fault
from accounts.models import (
    Event,
)
from tests.accounts.items import ANSWER, CHURN, CONTACT, INVOICE, LOGIN, TERM, THEN, TICKET, statuses, told
from tests.cast import NOW, account, batch_of, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(acme):
    return account(acme, "one")


EVENT_BOUNDS = [
    ("occurred_at", "2000-01-01T00:00:00Z", "1999-12-31T23:59:59Z", "between 2000 and tomorrow"),
    ("occurred_at", NOW + timedelta(days=1), NOW + timedelta(days=1, seconds=1), "between 2000 and tomorrow"),
    ("occurred_at", "2025-06-01T10:00:00+14:00", "2025-06-01T10:00:00", "UTC offset"),
    ("occurred_at", "2025-06-01T10:00:00-12:00", "2025-06-01T10:00:00+14:01", "no place has"),
    ("known_at", NOW + timedelta(days=1), NOW + timedelta(days=1, seconds=1), "between 2000 and tomorrow"),
    ("quantity", "99999999999999.9999", "100000000000000", "larger than 14 digits"),
    ("quantity", "0", "-0.0001", "must be at least 0"),
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
    bad_item = batch_of(acme, "events", LOGIN | {field: bad}).items[0]
    assert list(every_fault(bad_item, NOW)) == [results[1]], "alone as in a column"
    assert Event.objects.of(acme).count() == 2


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
    ("contacts", CONTACT, "since_on", "2000-01-01", "1999-12-31", "between 2000 and 2100"),
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
