"""What a decision about the workspace sets in motion."""

from __future__ import annotations

from datetime import date
from typing import Any

from accounts.deciding import decide
from accounts.models import AuditEntry, DirtyDay, Workspace
from metrics.models import AccountDay, ContactDay
from metrics.nightly.rollups import refill_all
from tests.cast import NOW, Cast, account, tell


def use(workspace: Workspace) -> None:
    """Half past eleven at night in Madrid, and at noon, by somebody of one of our own domains."""
    account(workspace, "one")
    tell(
        workspace,
        "events",
        {"account": "one", "name": "login", "contact": "ann@one.example", "occurred_at": "2025-06-10T21:30:00Z"},
        {"account": "one", "name": "login", "contact": "us@house.example", "occurred_at": "2025-06-15T10:00:00Z"},
    )
    refill_all(workspace)


def counted(workspace: Workspace) -> list[Any]:
    return list(AccountDay.objects.of(workspace).order_by("day").values_list("day", "count"))


def fresh(workspace: Workspace, **values: Any) -> Workspace:
    found = Workspace.objects.get(pk=workspace.pk)
    for name, value in values.items():
        setattr(found, name, value)
    return found


def test_another_time_zone_moves_facts_to_other_days(cast: Cast) -> None:
    use(cast.acme)
    use(cast.evil)
    assert counted(cast.acme) == [(date(2025, 6, 10), 1), (date(2025, 6, 15), 1)]
    days = decide(fresh(cast.acme, time_zone="Pacific/Auckland"), ["time_zone"], NOW)
    assert days == 3, "the 10th as it was, the 11th as it is, the 15th"
    assert not DirtyDay.objects.of(cast.evil).exists()
    refill_all(fresh(cast.acme))
    assert counted(cast.acme) == [(date(2025, 6, 11), 1), (date(2025, 6, 15), 1)]


def test_own_people_are_counted_no_longer_and_again(cast: Cast) -> None:
    use(cast.acme)
    assert decide(fresh(cast.acme, own_domains=["house.example"]), ["own_domains"], NOW) == 1
    refill_all(fresh(cast.acme))
    assert counted(cast.acme) == [(date(2025, 6, 10), 1)]
    assert [row.person for row in ContactDay.objects.of(cast.acme)] == ["ann@one.example"]
    decide(fresh(cast.acme, own_domains=[]), ["own_domains"], NOW)
    refill_all(fresh(cast.acme))
    assert len(counted(cast.acme)) == 2


def test_days_whose_events_are_gone_are_left_as_they_are(cast: Cast) -> None:
    use(cast.acme)
    Workspace.objects.filter(pk=cast.acme.pk).update(events_gone_before=date(2025, 6, 12))
    assert decide(fresh(cast.acme, time_zone="Pacific/Auckland"), ["time_zone"], NOW) == 1
    refill_all(fresh(cast.acme))
    assert counted(cast.acme) == [(date(2025, 6, 10), 1), (date(2025, 6, 15), 1)]


def test_what_changes_nothing_counts_nothing(cast: Cast) -> None:
    use(cast.acme)
    before = AuditEntry.objects.of(cast.acme).filter(kind="workspace").count()
    assert decide(fresh(cast.acme), ["time_zone", "own_domains"], NOW) == 0
    assert decide(fresh(cast.acme, name="Acme Corp"), ["name"], NOW) == 0
    told = AuditEntry.objects.of(cast.acme).filter(kind="workspace").order_by("-pk")
    assert told.count() == before + 1
    assert told[0].changes == {"name": ["Acme", "Acme Corp"]}


def test_only_what_was_asked_is_stored(cast: Cast) -> None:
    stale = fresh(cast.acme, name="Acme Corp")
    decide(fresh(cast.acme, week_start=6), ["week_start"], NOW)
    decide(stale, ["name"], NOW)
    found = fresh(cast.acme)
    assert (found.name, found.week_start) == ("Acme Corp", 6)
