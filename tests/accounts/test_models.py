"""Rules on one row and on many: days and time zones, money, who may write what, histories, the refusing manager."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import Account, AccountHistory, ApiKey, Invoice, Stage, Subscription, Workspace
from accounts.models.billing import monthly_amount
from accounts.models.scoped import WorkspaceRequired
from accounts.models.workspace import validate_time_zone
from tests.cast import NOW, account, record, source_of, tell
from tests.worked import examples

# -- days ---------------------------------------------------------------------------------------------------

ZONES = [
    # zone, moment, its local day
    ("UTC", "2025-03-01T00:00:00Z", "2025-03-01"),
    ("UTC", "2025-02-28T23:59:59Z", "2025-02-28"),
    ("Europe/Madrid", "2025-02-28T23:00:00Z", "2025-03-01"),
    ("Europe/Madrid", "2025-06-30T22:00:00Z", "2025-07-01"),
    ("Europe/Madrid", "2025-06-30T21:59:59Z", "2025-06-30"),
    ("Asia/Kathmandu", "2025-03-01T18:15:00Z", "2025-03-02"),
    ("Pacific/Kiritimati", "2025-03-01T10:00:00Z", "2025-03-02"),
    ("America/Los_Angeles", "2025-03-02T07:59:59Z", "2025-03-01"),
    ("America/Los_Angeles", "2025-03-01T23:30:00+14:00", "2025-03-01"),
]


@pytest.mark.parametrize(("zone", "moment", "day"), ZONES)
def test_a_moment_belongs_to_a_local_day(zone, moment, day):
    assert Workspace(time_zone=zone).day_of(datetime.fromisoformat(moment)) == date.fromisoformat(day)


LENGTHS = [
    ("Europe/Madrid", "2025-03-29", "2025-03-28T23:00:00Z", 24),
    ("Europe/Madrid", "2025-03-30", "2025-03-29T23:00:00Z", 23),
    ("Europe/Madrid", "2025-10-26", "2025-10-25T22:00:00Z", 25),
    ("Australia/Lord_Howe", "2025-04-06", "2025-04-05T13:00:00Z", 24.5),
    ("UTC", "2024-02-29", "2024-02-29T00:00:00Z", 24),
    # The clock goes from 23:59 to 01:00: the day begins at one.
    ("America/Havana", "2025-03-09", "2025-03-09T05:00:00Z", 23),
    # This day never was: the islands went over the date line.
    ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z", 0),
]


@pytest.mark.parametrize(("zone", "day", "start", "hours"), LENGTHS)
def test_a_day_is_as_long_as_it_is_there(zone, day, start, hours):
    workspace, day = Workspace(time_zone=zone), date.fromisoformat(day)
    assert workspace.start_of(day) == datetime.fromisoformat(start)
    assert workspace.end_of(day) - workspace.start_of(day) == timedelta(hours=hours)
    assert workspace.end_of(day) == workspace.start_of(day + timedelta(days=1))


@pytest.mark.parametrize("zone", ["Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])
def test_days_follow_each_other_without_gap(zone):
    workspace = Workspace(time_zone=zone)
    for n in range(370):
        day = date(2025, 1, 1) + timedelta(days=n)
        start, end = workspace.start_of(day), workspace.end_of(day)
        assert workspace.day_of(start) == workspace.day_of(end - timedelta(microseconds=1)) == day
        assert workspace.day_of(end) == day + timedelta(days=1)
        assert workspace.last_finished_day(end) == day
        assert workspace.last_finished_day(end - timedelta(microseconds=1)) == day - timedelta(days=1)


def test_a_time_zone_is_one_that_exists():
    validate_time_zone("Europe/Madrid")
    for name in ("", "Madrid", "Europe/Atlantis", "../etc/passwd"):
        with pytest.raises(ValidationError):
            validate_time_zone(name)


# -- money --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "interval", "count", "expected"),
    [
        ("100", "month", 1, "100.00"),
        ("1200", "month", 12, "100.00"),
        ("100", "month", 3, "33.33"),
        ("200", "month", 3, "66.67"),
        ("0.01", "month", 2, "0.00"),
        ("0.03", "month", 2, "0.02"),
        ("0.05", "month", 2, "0.02"),
        ("-0.03", "month", 2, "-0.02"),
        ("10", "week", 1, "43.33"),
        ("10", "week", 2, "21.67"),
        ("3", "week", 4, "3.25"),
        ("0", "month", 1, "0.00"),
        ("99999999999999.9999", "month", 1, "100000000000000.00"),
    ],
)
def test_a_month_of_a_term(amount, interval, count, expected):
    assert str(monthly_amount(Decimal(amount), interval, count)) == expected


@pytest.mark.parametrize("example", examples("monthly_amount"), ids=lambda example: example["inputs"]["plan"])
def test_worked_examples_of_monthly_amounts(example):
    inputs = example["inputs"]
    found = monthly_amount(Decimal(inputs["billed"]), "month", inputs["months"])
    assert found == pytest.approx(Decimal(str(example["expected"])), abs=Decimal(str(example["tolerance"])))


@pytest.mark.django_db
def test_terms_in_force(acme):
    account(acme, "one")
    starts, ends = date(2025, 6, 1), date(2025, 6, 10)
    term = {"account": "one", "starts_on": starts, "amount": 5}
    tell(acme, "subscriptions", term | {"id": "closed", "ends_on": ends}, term | {"id": "open"})
    tell(acme, "subscriptions", term | {"id": "free", "amount": 0}, term | {"id": "trial", "is_trial": True})
    terms = Subscription.objects.of(acme)

    def names(rows):
        return set(rows.values_list("external_id", flat=True))

    assert names(terms.in_force(starts - timedelta(days=1))) == set()
    assert names(terms.in_force(starts)) == names(terms.in_force(ends - timedelta(days=1))) == names(terms)
    assert names(terms.in_force(ends)) == {"open", "free", "trial"}
    assert names(terms.paid()) == {"open", "closed"}


# -- facts as they were known -------------------------------------------------------------------------------


@pytest.mark.django_db
def test_known_at_the_end_of_a_local_day(acme):
    account(acme, "one")
    invoice = {"id": "i", "account": "one", "issued_on": "2025-06-01", "due_on": "2025-06-15"}
    last_moment = acme.end_of(date(2025, 6, 10)) - timedelta(microseconds=1)
    tell(acme, "invoices", invoice | {"amount": 1, "known_at": last_moment})
    tell(acme, "invoices", invoice | {"amount": 2, "known_at": acme.end_of(date(2025, 6, 20))})
    believed = {
        day: list(Invoice.objects.of(acme).known(acme, date(2025, 6, day)).values_list("amount", flat=True))
        for day in (9, 10, 20, 21)
    }
    assert believed == {9: [], 10: [1], 20: [1], 21: [2]}
    assert Invoice.objects.of(acme).current().get().amount == 2


# -- histories ----------------------------------------------------------------------------------------------


def history(workspace, name, field):
    rows = AccountHistory.objects.of(workspace).filter(account__external_id=name, field=field).order_by("since")
    return list(rows.values_list("value", "since", "until"))


@pytest.mark.django_db
def test_what_changes_about_an_account_has_a_history(cast):
    acme, first, second = cast.acme, NOW, NOW + timedelta(days=3)
    owners = {"alice": str(cast.alice.pk), "bob": str(cast.bob.pk)}
    started = acme.start_of(date(2025, 1, 1))

    def said(at, **fields):
        (result,) = record(acme, "accounts", {"id": "one", **fields}, at=at)
        return str(result.status)

    assert said(first, started_on="2025-01-01", owner="alice@acme.example", segment="Small") == "accepted"
    assert said(second, owner="BOB@acme.example", name="One") == "updated"
    assert said(second) == said(second, owner="bob@acme.example") == "already_known"
    assert history(acme, "one", "owner") == [(owners["alice"], started, second), (owners["bob"], second, None)]
    assert history(acme, "one", "segment") == [("Small", started, None)]
    assert history(acme, "one", "team") == []
    # A change of mind within the same moment leaves one row.
    assert said(second, owner=None) == "updated"
    assert history(acme, "one", "owner") == [(owners["alice"], started, second), ("", second, None)]


@pytest.mark.django_db
def test_change_says_what_changed(cast):
    acme = cast.acme
    one = account(acme, "one", name="One")
    growth = Stage.objects.of(acme).get(name="Growth")
    assert one.change(NOW, stage=growth, team=cast.south, name="One") == ["stage", "team"]
    assert one.change(NOW, stage=growth) == []
    assert history(acme, "one", "stage") == [(str(growth.pk), NOW, None)]
    again = Account.objects.of(acme).get()
    assert (again.stage, again.team, again.name) == (growth, cast.south, "One")


@pytest.mark.django_db
def test_a_history_has_one_open_row(cast):
    one = account(cast.acme, "one", segment="Small")
    for since in (NOW, NOW + timedelta(days=1)):
        with pytest.raises(IntegrityError), transaction.atomic():
            AccountHistory.unscoped.create(
                workspace=cast.acme, account=one, field="segment", value="Large", since=since
            )


# -- who may write, keys, managers --------------------------------------------------------------------------


@pytest.mark.django_db
def test_writable_accounts(cast):
    acme = cast.acme
    for name, fields in {
        "mine": {"owner": "alice@acme.example", "team": "North"},
        "boss": {"owner": "bob@acme.example", "team": "North"},
        "south": {"owner": "bob@acme.example", "team": "South"},
        "nobody": {},
    }.items():
        account(acme, name, **fields)
    account(cast.evil, "theirs")

    def writable(member):
        found = set(Account.objects.of(acme).writable_by(member).values_list("external_id", flat=True))
        assert found == {each.external_id for each in Account.objects.of(acme) if each.is_writable_by(member)}
        return found

    assert writable(cast.alice) == {"mine", "nobody"}
    assert writable(cast.bob) == {"mine", "boss", "nobody"}
    assert writable(cast.carol) == {"mine", "boss", "south", "nobody"}
    assert writable(cast.victor) == set()
    cast.bob.team = None
    assert writable(cast.bob) == writable(cast.carol)


@pytest.mark.django_db
def test_a_key_is_shown_once_and_stored_hashed(acme):
    row, key = ApiKey.issue(acme, source_of(acme), "Shop", ["events"])
    _, other = ApiKey.issue(acme, source_of(acme), "Shop", ["events"])
    assert key != other
    assert len(key) > 40
    assert key.startswith(row.prefix)
    stored = ApiKey.objects.of(acme).values().get(pk=row.pk)
    assert key not in str(stored)
    assert stored["hash"] == ApiKey.hash_of(key) != ApiKey.hash_of(other)
    assert ApiKey.unscoped.filter(revoked_at=None).count() == 2


@pytest.mark.django_db
def test_a_manager_refuses_to_query_without_a_workspace(acme, evil):
    account(acme, "one")
    attempts = [
        lambda: Account.objects.all(),
        lambda: Account.objects.count(),
        lambda: Account.objects.get(pk=1),
        lambda: Account.objects.filter(name="One"),
        lambda: Account.objects.first(),
        lambda: Account.objects.create(name="One"),
        lambda: list(Invoice.objects.values("id")),
    ]
    for attempt in attempts:
        with pytest.raises(WorkspaceRequired):
            attempt()
    assert Account.objects.of(acme).count() == Account.objects.of(acme.pk).count() == 1
    assert Account.objects.of(evil).count() == 0
