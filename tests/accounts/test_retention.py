"""What is older than its period goes, what was counted of it stays, and nothing can be run once too often."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from accounts import partitions, retention
from accounts.models import (
    AuditEntry,
    DirtyDay,
    Event,
    EventKey,
    Import,
    Refused,
    Team,
    Waiting,
    Workspace,
)
from accounts.retention import clear, months_before
from healthscore import tick as heart
from metrics.models import AccountDay, ContactDay
from metrics.nightly.rollups import refill_all
from tests.cast import NOW, Cast, account, record, source_of, tell

OLD, NEW = "2024-03-20T10:00:00Z", "2025-06-20T10:00:00Z"


def event(moment: str, message_id: str, **more: Any) -> dict[str, Any]:
    return {"account": "one", "name": "login", "contact": "ann", "occurred_at": moment, "message_id": message_id} | more


def furnish(workspace: Workspace) -> None:
    account(workspace, "one")
    tell(workspace, "events", event(OLD, "old"), event(NEW, "new"))
    refill_all(workspace)


def keep(workspace: Workspace, **periods: int | None) -> Workspace:
    Workspace.objects.filter(pk=workspace.pk).update(**periods)
    return Workspace.objects.get(pk=workspace.pk)


def counted(workspace: Workspace) -> tuple[list[Any], list[Any]]:
    days = AccountDay.objects.of(workspace).order_by("day").values_list("day", "count")
    return list(days), list(ContactDay.objects.of(workspace).order_by("day").values_list("day", "person"))


def messages(workspace: Workspace) -> set[str]:
    return set(Event.objects.of(workspace).values_list("message_id", flat=True))


@pytest.mark.parametrize(
    ("day", "months", "first"),
    [
        (date(2025, 7, 1), 12, date(2024, 7, 1)),
        (date(2025, 7, 31), 0, date(2025, 7, 1)),
        (date(2025, 1, 15), 1, date(2024, 12, 1)),
        (date(2025, 12, 31), 25, date(2023, 11, 1)),
    ],
)
def test_a_period_ends_with_a_month(day: date, months: int, first: date) -> None:
    assert months_before(day, months) == first


def test_for_ever_is_for_ever(cast: Cast) -> None:
    furnish(cast.acme)
    assert clear(cast.acme, NOW)
    assert messages(cast.acme) == {"old", "new"}


def test_old_events_go_and_what_was_counted_stays(cast: Cast) -> None:
    for workspace in (cast.acme, cast.evil):
        furnish(workspace)
    before = counted(cast.acme)
    for _twice in range(2):
        assert clear(keep(cast.acme, events_kept_months=12), NOW)
    assert messages(cast.acme) == {"new"}
    assert messages(cast.evil) == {"old", "new"}, "the periods are each workspace's own"
    assert counted(cast.acme) == before
    assert EventKey.objects.of(cast.acme).filter(message_id="old").exists()
    assert Workspace.objects.get(pk=cast.acme.pk).events_gone_before == date(2024, 7, 1)


def test_a_day_without_its_events_is_not_counted_again(cast: Cast) -> None:
    furnish(cast.acme)
    clear(keep(cast.acme, events_kept_months=12), NOW)
    before = counted(cast.acme)
    acme = Workspace.objects.get(pk=cast.acme.pk)
    tell(acme, "tickets", {"id": "t", "account": "one", "opened_at": OLD})
    assert DirtyDay.objects.of(acme).filter(day=date(2024, 3, 20)).exists()
    refill_all(acme)
    assert counted(acme) == before


def test_an_event_of_such_a_day_is_refused_by_name(cast: Cast) -> None:
    furnish(cast.acme)
    clear(keep(cast.acme, events_kept_months=12), NOW)
    acme = Workspace.objects.get(pk=cast.acme.pk)
    late, fine, again = record(
        acme,
        "events",
        event("2024-06-30T21:59:00Z", "late"),
        event("2024-06-30T22:00:00Z", "fine"),  # midnight in Madrid
        event(NEW, "new"),
    )
    assert (late.status, late.field) == ("rejected", "occurred_at")
    assert "2024-07-01" in late.reason
    assert (fine.status, again.status) == ("accepted", "already_known")


def test_days_that_wait_to_be_counted_are_counted_first(cast: Cast) -> None:
    account(cast.acme, "one")
    tell(cast.acme, "events", event(OLD, "old"))
    acme = keep(cast.acme, events_kept_months=12)
    assert not clear(acme, NOW)
    assert messages(acme) == {"old"}
    assert Workspace.objects.get(pk=acme.pk).cleared_on is None
    refill_all(acme)
    assert clear(acme, NOW)
    assert messages(acme) == set()
    assert counted(acme)[0] == [(date(2024, 3, 20), 1)]


def test_a_longer_period_brings_nothing_back(cast: Cast) -> None:
    furnish(cast.acme)
    clear(keep(cast.acme, events_kept_months=12), NOW)
    clear(keep(cast.acme, events_kept_months=None), NOW)
    assert Workspace.objects.get(pk=cast.acme.pk).events_gone_before == date(2024, 7, 1)


def test_the_disk_of_an_empty_month_is_given_back(cast: Cast) -> None:
    furnish(cast.acme)
    furnish(cast.evil)
    clear(keep(cast.acme, events_kept_months=12), NOW)
    assert "2024-03" not in partitions.give_back(NOW), "another workspace has events there"
    clear(keep(cast.evil, events_kept_months=12), NOW)
    assert "2024-03" in partitions.existing(), "the partition stays for late events of others"
    assert "2024-03" in partitions.give_back(NOW)
    assert messages(cast.evil) == {"new"}


def test_many_rows_go_some_at_a_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    account(cast.acme, "one")
    tell(cast.acme, "events", *(event(OLD, f"m{n}") for n in range(7)))
    refill_all(cast.acme)
    monkeypatch.setattr(retention, "ROWS_AT_A_TIME", 3)
    clear(keep(cast.acme, events_kept_months=12), NOW)
    assert messages(cast.acme) == set()


def test_refused_rows_and_the_log_have_periods_of_their_own(cast: Cast) -> None:
    source = source_of(cast.acme)
    for days in (8, 6):
        at = NOW - timedelta(days=days)
        Refused.unscoped.create(workspace=cast.acme, source=source, kind="events", reason=f"{days}", at=at)
    brought = Import.unscoped.create(workspace=cast.acme, source=source, kind="events", file_name="use.csv")
    for result, days, imported in (("already_known", 8, None), ("already_known", 6, None), ("rejected", 800, brought)):
        Refused.unscoped.create(
            workspace=cast.acme, source=source, kind="events", reason=f"{result} {days}", result=result,
            imported=imported, at=NOW - timedelta(days=days),
        )  # fmt: skip
    clear(keep(cast.acme, refused_kept_days=30), NOW)
    left = ["8", "6", "already_known 6", "rejected 800"]
    assert [row.reason for row in Refused.objects.of(cast.acme).order_by("pk")] == left
    Team.unscoped.create(workspace=cast.acme, name="West")
    AuditEntry.objects.of(cast.acme).filter(thing="West").update(at=datetime(2024, 5, 31, 21, tzinfo=UTC))
    clear(keep(cast.acme, refused_kept_days=7), NOW)
    left = ["6", "already_known 6", "rejected 800"]
    assert [row.reason for row in Refused.objects.of(cast.acme).order_by("pk")] == left
    assert AuditEntry.objects.of(cast.acme).filter(thing="West").exists()
    clear(keep(cast.acme, audit_kept_months=13), NOW)
    assert not AuditEntry.objects.of(cast.acme).filter(thing="West").exists()
    assert AuditEntry.objects.of(cast.acme).filter(thing="North").exists()


def test_the_heartbeat_asks_once_a_day_until_it_is_done(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr(heart, "send", lambda *asked: sent.append(asked))
    moment = NOW
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment)
    asks = ("accounts.clear", cast.acme.pk)
    heart.tick()
    heart.tick()
    assert sent.count(asks) == 2
    clear(keep(cast.acme), moment)
    heart.tick()
    assert sent.count(asks) == 2
    moment = NOW + timedelta(days=1)
    heart.tick()
    assert sent.count(asks) == 3


def test_what_nobody_claims_is_given_up(cast: Cast) -> None:
    source = source_of(cast.acme)
    for days in (91, 89):
        Waiting.unscoped.create(
            workspace=cast.acme, source=source, name="anonymous:x", kind="events", message=f"{days}", item={},
            received_at=NOW - timedelta(days=days),
        )  # fmt: skip
    clear(keep(cast.acme), NOW)
    assert [row.message for row in Waiting.objects.of(cast.acme)] == ["89"]
