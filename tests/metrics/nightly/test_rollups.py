"""Dirty days become rollups, again and again the same."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from accounts.models import Account, DirtyDay, EventName
from accounts.retraction import retract
from metrics.models import AccountDay, ContactDay
from metrics.nightly.rollups import dirty_accounts, refill, refill_all
from tests.cast import account, record, source_of, tell
from tests.metrics import crowd
from tests.metrics.cases import ago, day, told, use

pytestmark = pytest.mark.django_db

NEVER = date.max


def days(workspace):
    """(days before DAY, name, feature, use, count, quantity, seconds, users, known, retracted) of every row."""
    rows = AccountDay.objects.of(workspace).order_by(
        "day", "account_id", "name", "feature", "known_day", "retracted_day"
    )
    columns = (
        "day",
        "name",
        "feature",
        "is_use",
        "count",
        "quantity",
        "seconds",
        "users",
        "known_day",
        "retracted_day",
    )
    return list(rows.values_list(*columns))


def people(workspace):
    rows = ContactDay.objects.of(workspace).order_by("day", "account_id", "person", "known_day", "retracted_day")
    return list(rows.values_list("day", "person", "known_day", "retracted_day"))


def test_events_add_up_by_day_name_and_feature(acme):
    told(
        acme,
        {
            "one": [
                use(1, "ann", quantity=2, seconds=30, users=3),
                use(1, "bea", count=4, quantity=Decimal("0.5"), users=5),
                use(1, "ann", feature="export", seconds=7),
                use(1, "ann", name="email_opened"),
                use(2, None),
            ]
        },
    )
    assert refill_all(acme) == 2
    one, two = day(1), day(2)
    assert days(acme) == [
        (two, "login", "login", True, 1, 0, 0, 0, two, NEVER),
        (one, "email_opened", "email_opened", False, 1, 0, 0, 0, one, NEVER),
        (one, "login", "export", True, 1, 0, 7, 0, one, NEVER),
        (one, "login", "login", True, 5, Decimal("2.5"), 30, 5, one, NEVER),
    ]
    assert people(acme) == [(one, "ann", one, NEVER), (one, "bea", one, NEVER)]


def test_rows_carry_when_they_were_known_and_taken_back(acme):
    account(acme, "one")
    told(acme, {"one": [use(5, "ann", message_id="a"), use(5, "ann"), use(5, "bea", known_at=ago(2))]})
    retract(acme, source_of(acme), ["a"], ago(1, 23, 59))
    refill_all(acme)
    assert [(row[4], row[8], row[9]) for row in days(acme)] == [
        (1, day(5), day(1)),
        (1, day(5), NEVER),
        (1, day(2), NEVER),
    ]
    assert people(acme) == [
        (day(5), "ann", day(5), day(1)),
        (day(5), "ann", day(5), NEVER),
        (day(5), "bea", day(2), NEVER),
    ]


def test_only_dirty_days_are_touched_and_once(acme, evil):
    told(acme, {"one": [use(1), use(2)], "two": [use(1)]})
    told(evil, {"one": [use(1)]})
    assert [DirtyDay.objects.of(workspace).count() for workspace in (acme, evil)] == [3, 1]
    assert refill_all(acme) == 3
    assert refill_all(acme) == 0
    AccountDay.objects.of(acme).filter(day=day(2)).update(count=99)
    tell(acme, "events", {"account": "two", **use(1)[1]})
    assert len(dirty_accounts(acme)) == 1
    assert refill_all(acme) == 1
    rows = AccountDay.objects.of(acme).order_by("account__external_id", "day")
    assert list(rows.values_list("account__external_id", "count")) == [("one", 99), ("one", 1), ("two", 2)]
    assert DirtyDay.objects.of(evil).count() == 1
    assert not days(evil)


def test_refill_up_to_a_day_leaves_the_later_ones_dirty(acme):
    told(acme, {"one": [use(1), use(2), use(3)]})
    (pk,) = dirty_accounts(acme)
    assert refill(acme, [pk], upto=day(2)) == 2
    assert [row[0] for row in days(acme)] == [day(3), day(2)]
    assert list(DirtyDay.objects.of(acme).values_list("day", flat=True)) == [day(1)]
    assert refill(acme, []) == 0


def test_who_has_waited_longest_comes_first_and_hearing_again_does_not_send_it_back(acme):
    one, two = account(acme, "one"), account(acme, "two")
    tell(acme, "events", {"account": "two", **use(1)[1]}, at=ago(0, 9))
    tell(acme, "events", {"account": "one", **use(1)[1]}, at=ago(0, 10))
    tell(acme, "events", {"account": "two", **use(1)[1]}, at=ago(0, 11))
    assert dirty_accounts(acme) == [two.pk, one.pk]
    assert dirty_accounts(acme, 1) == [two.pk]


def test_a_refill_of_everything_gives_the_same_rows(acme):
    crowd.fill(acme, crowd.make(12, seed=5))
    before = days(acme), people(acme)
    accounts = Account.objects.of(acme).values_list("pk", flat=True)
    marks = {(row.account_id, row.day) for row in AccountDay.objects.of(acme).only("account_id", "day")}
    marks |= {(pk, day(n)) for pk in accounts for n in range(3)}
    DirtyDay.unscoped.bulk_create(DirtyDay(workspace=acme, account_id=a, day=d, marked_at=ago(0)) for a, d in marks)
    assert refill_all(acme) == len(marks)
    assert (days(acme), people(acme)) == before
    assert len(before[0]) > 50


def test_an_alias_takes_name_feature_and_use_of_what_it_stands_for(acme):
    told(acme, {"one": [use(1, name="signin"), use(1, name="signin", feature="sso"), use(1), use(1, name="nudge")]})
    EventName.objects.of(acme).filter(name="signin").update(alias_of="login", is_use=False)
    EventName.objects.of(acme).filter(name="nudge").update(alias_of="email_opened", is_use=True)
    refill_all(acme)
    assert [row[1:5] for row in days(acme)] == [
        ("email_opened", "email_opened", False, 1),
        ("login", "login", True, 1),
        ("login", "login", True, 1),
        ("login", "sso", True, 1),
    ]


def test_the_largest_numbers_that_are_taken_in(acme):
    """Many events may each carry the largest quantity; their sum must still fit."""
    account(acme, "one")
    largest = {"quantity": Decimal("99999999999999.9999"), "count": 2_000_000_000, "seconds": 2_000_000_000}
    results = record(acme, "events", *({"account": "one", **use(1, **largest)[1]} for _ in range(12)))
    assert {str(result.status) for result in results} == {"accepted"}
    assert refill_all(acme) == 1
    ((*_, count, quantity, seconds, _, _, _),) = days(acme)
    assert (count, quantity, seconds) == (24_000_000_000, 12 * largest["quantity"], 24_000_000_000)


def test_a_night_leaves_the_days_after_it_to_the_day(acme):
    """What is heard of today before the night is done still moves its account by day."""
    told(acme, {"one": [use(1), use(2)]})
    assert refill_all(acme, upto=day(2)) == 1
    assert list(DirtyDay.objects.of(acme).values_list("day", flat=True)) == [day(1)]
