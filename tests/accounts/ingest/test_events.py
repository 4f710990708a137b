"""Events: what they are answered, what they store, and that nothing is stored twice."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from random import Random

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.batch import Batch
from accounts.ingest import record as ingest
from accounts.ingest.asking import Remembered
from accounts.kinds import KINDS
from accounts.models import (
    Account,
    DirtyDay,
    Event,
    EventKey,
    EventName,
    Invoice,
)
from metrics.models import AccountDay
from metrics.nightly.rollups import refill
from tests.accounts.items import INVOICE, LOGIN, THEN, statuses, told
from tests.cast import NOW, account, record, source_of, tell
from tests.concurrency import another_connection, beside, somebody_waits, until

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(acme):
    return account(acme, "one")


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


def test_equal_numbers_are_equal_content_whatever_comes_beside_them(acme, one):
    numbers = ("1.50", "100", "1E+2", "0", "-0")
    whole = [LOGIN | {"message_id": f"m{number}", "quantity": number} for number in numbers]
    tell(acme, "events", *whole)
    equal = dict(zip(numbers, ("1.5", "1E+2", "100.0", "-0.0", "0.00"), strict=True))
    for item in whole:
        assert told(acme, "events", item | {"quantity": equal[item["quantity"]]}) == ["already_known"]
    assert told(acme, "events", *(item | {"quantity": "0"} for item in whole))[3:] == ["already_known"] * 2


def test_repeats_in_any_mixture(acme, one):
    """Batches at random, against a dictionary."""
    dice, first, stored = Random(7), {}, 0
    for size in range(1, 25):
        batch = [(f"m\\{dice.randrange(9 + 3 * size)}\t", dice.choice(("login", "login", "page"))) for _ in range(size)]
        expected = [
            "accepted" if before is None else "already_known" if before == name else "conflict"
            for message, name in batch
            for before in [first.get(message)]
            if first.setdefault(message, name)
        ]
        sent = [LOGIN | {"message_id": message, "name": name} for message, name in batch]
        assert told(acme, "events", *sent) == expected
        stored += expected.count("accepted")
    assert Event.objects.of(acme).count() == EventKey.objects.of(acme).count() == len(first) == stored
    assert dict(Event.objects.of(acme).values_list("message_id", "name")) == first


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


def test_a_day_that_begins_with_a_quarter_of_an_hour(acme, one):
    acme.time_zone = "Asia/Kathmandu"
    late = [LOGIN | {"occurred_at": f"2025-06-01T18:{time}Z"} for time in ("14:59.999999", "15:00", "29:59")]
    tell(acme, "events", *late)
    assert set(DirtyDay.objects.of(acme).values_list("day", flat=True)) == {date(2025, 6, 1), date(2025, 6, 2)}


def test_a_time_is_of_the_day_that_it_was_in_the_workspace_whatever_its_offset(acme, one):
    acme.time_zone = "Asia/Kolkata"
    tell(acme, "events", LOGIN | {"occurred_at": "2025-03-02T00:10:00+05:30"})
    tell(
        acme,
        "events",
        LOGIN | {"occurred_at": "2025-03-04T18:29:59-00:00"},
        LOGIN | {"occurred_at": "2025-03-06T19:00:00Z"},
    )
    days = DirtyDay.objects.of(acme).order_by("day").values_list("day", flat=True)
    assert list(days) == [date(2025, 3, 2), date(2025, 3, 4), date(2025, 3, 7)]


def test_a_day_that_begins_within_an_hour(acme, one):
    acme.time_zone = "America/St_Johns"  # back at 00:01, which was 02:31 UTC
    tell(acme, "events", LOGIN | {"occurred_at": "2006-10-29T02:31:00Z"})
    assert list(DirtyDay.objects.of(acme).values_list("day", flat=True)) == [date(2006, 10, 28)]
    tell(acme, "events", LOGIN | {"occurred_at": "2006-10-29T02:30:59Z"})
    assert date(2006, 10, 29) in DirtyDay.objects.of(acme).values_list("day", flat=True)


def test_no_partition_is_made_between_the_names_and_the_events(acme, one):
    with CaptureQueriesContext(connection) as queries:
        tell(acme, "events", LOGIN)
    lock = next(n for n, each in enumerate(queries) if "ROW EXCLUSIVE" in each["sql"])
    [names] = [n for n, each in enumerate(queries) if each["sql"].startswith('INSERT INTO "accounts_eventname"')]
    assert lock < names


def _asked(acme, **item):
    """The questions that a push of an event asks."""
    with CaptureQueriesContext(connection) as queries:
        assert told(acme, "events", LOGIN | item) != ["rejected"]
    return " ".join(each["sql"] for each in queries if "events_known" in each["sql"])


def test_ids_are_looked_up_only_where_the_last_batch_had_one_that_was_seen(acme, one):
    assert "m1" not in _asked(acme, message_id="m1")
    assert _asked(acme, message_id="m1").count("m1") == 1  # once it could not be stored
    assert "m2" in _asked(acme, message_id="m2")
    assert "m3" not in _asked(acme, message_id="m3")
    assert sorted(EventKey.objects.of(acme).values_list("message_id", flat=True)) == ["m1", "m2", "m3"]


def test_names_and_months_are_asked_for_once_a_minute(acme, one, monkeypatch, django_capture_on_commit_callbacks):
    clock = 1_000.0
    monkeypatch.setattr("accounts.ingest.asking.monotonic", lambda: clock)
    monkeypatch.setattr("accounts.ingest.asking.REMEMBERED", Remembered())
    with django_capture_on_commit_callbacks(execute=True):
        assert "2025-06" in _asked(acme)  # it is made, and the name
    with django_capture_on_commit_callbacks():  # as if it were rolled back
        assert "login" in _asked(acme)
    with django_capture_on_commit_callbacks(execute=True):
        assert "login" in _asked(acme)
    assert "login" not in _asked(acme)
    assert "2025-06" not in _asked(acme)
    clock += 61
    asked = _asked(acme)
    assert "login" in asked and "2025-06" in asked


def test_an_error_of_the_copy_is_djangos(acme, one):
    with another_connection() as other, connection.cursor() as cursor:
        other.execute("LOCK TABLE accounts_eventkey IN SHARE MODE")
        cursor.execute("SET LOCAL lock_timeout = '50ms'")
        with pytest.raises(OperationalError), transaction.atomic():
            tell(acme, "events", LOGIN)
        cursor.execute("CREATE TEMP TABLE incoming_accounts_invoice (LIKE accounts_invoice, CHECK (false))")
    with pytest.raises(IntegrityError), transaction.atomic():
        tell(acme, "invoices", INVOICE)


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


@pytest.mark.django_db(transaction=True)
def test_the_same_ids_from_two_connections_are_stored_once(acme):
    account(acme, "one")
    tell(acme, "events", LOGIN, LOGIN | {"name": "page"})  # else the second waits for the names, not for the ids
    events = [LOGIN | {"message_id": f"m{n}"} for n in range(5)]
    other = [*reversed(events), LOGIN | {"message_id": "m9"}, events[0] | {"name": "page"}]
    with beside(told, acme, "events", *other) as second, transaction.atomic():
        assert told(acme, "events", *events) == ["accepted"] * 5
        second.start()
        until(somebody_waits)
    assert second.result() == ["already_known"] * 5 + ["accepted", "conflict"]
    given_up = LOGIN | {"message_id": "m10"}
    with beside(told, acme, "events", given_up) as second, transaction.atomic():
        assert told(acme, "events", given_up) == ["accepted"]
        second.start()
        until(somebody_waits)
        transaction.set_rollback(True)
    assert second.result() == ["accepted"]
    assert Event.objects.of(acme).count() == EventKey.objects.of(acme).count() == 2 + 7
    unseen = LOGIN | {"message_id": "m11"}
    with beside(told, acme, "events", unseen) as second, pytest.raises(IntegrityError), transaction.atomic():
        connection.cursor().execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        second.start()
        assert second.result() == ["accepted"]
        tell(acme, "events", unseen)
    with beside(told, acme, "invoices", INVOICE, INVOICE | {"id": "i2"}) as second, transaction.atomic():
        assert told(acme, "invoices", INVOICE) == ["accepted"]
        second.start()
        until(somebody_waits)
    assert second.result() == ["already_known", "accepted"]
    assert Invoice.objects.of(acme).count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_same_ids_from_many_connections_are_accepted_once(acme):
    account(acme, "one")
    tell(acme, "events", LOGIN)
    events = [LOGIN | {"message_id": f"m{n}"} for n in range(400)]
    parts = [events[:300], events[::-1], events[100:], events[:100] + events[:250:-1]]
    with ExitStack() as stack:
        running = [stack.enter_context(beside(told, acme, "events", *part)) for part in parts]
        for each in running:
            each.start()
    answers = Counter(chain.from_iterable(each.result() for each in running))
    assert answers == {"accepted": 400, "already_known": sum(map(len, parts)) - 400}
    assert Event.objects.of(acme).count() == EventKey.objects.of(acme).count() == 401


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
