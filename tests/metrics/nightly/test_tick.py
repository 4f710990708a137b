"""The heartbeat: one run per local day, whoever calls it and however often."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Workspace
from healthscore import tick as heart
from metrics.models import Run, Standing
from metrics.nightly import kpis
from metrics.nightly.freshen import freshen
from metrics.nightly.run import drain
from metrics.scorecards import create_workspace
from tests.cast import account, tell
from tests.metrics.cases import term, use

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """Sets what time it is for the heartbeat."""

    def set_to(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_to


@pytest.fixture
def sent(monkeypatch):
    """What is asked of the workers about nights, instead of a broker that others listen to."""
    found = []

    def send(task, row_id, workers=1):
        if task != "accounts.clear":
            found.extend([(task, row_id)] * workers)

    monkeypatch.setattr(heart, "send", send)
    return found


def at(day, hour, minute=0):
    return datetime(2025, 6, day, hour, minute, tzinfo=UTC)


def days(workspace):
    return list(Run.objects.of(workspace).order_by("day").values_list("day", flat=True))


def test_a_run_is_opened_once_per_local_day(clock, sent):
    """Auckland is 12 hours before UTC in June, Los Angeles 7 behind it."""
    zones = {"auckland": "Pacific/Auckland", "madrid": "Europe/Madrid", "angels": "America/Los_Angeles"}
    workspaces = {slug: create_workspace(slug, slug, time_zone=zone) for slug, zone in zones.items()}
    for workspace in workspaces.values():
        account(workspace, "one")
    opened = []
    for hour in range(40):
        moment = at(10, 0) + timedelta(hours=hour)
        clock(moment)
        before = {slug: set(days(workspace)) for slug, workspace in workspaces.items()}
        for _ in range(2):
            heart.tick()
        for slug, workspace in workspaces.items():
            for day in set(days(workspace)) - before[slug]:
                if hour:
                    opened.append((slug, str(day), f"{moment:%d %H}"))
            for run in Run.objects.of(workspace).unfinished():
                drain(run.pk)
    assert opened == [
        ("angels", "2025-06-09", "10 07"),
        ("auckland", "2025-06-10", "10 12"),
        ("madrid", "2025-06-10", "10 22"),
        ("angels", "2025-06-10", "11 07"),
        ("auckland", "2025-06-11", "11 12"),
    ]


def test_days_that_were_missed_are_made_up_in_order(acme, clock, sent):
    account(acme, "one")
    clock(at(10, 12))
    heart.tick()
    assert days(acme) == [date(2025, 6, 9)]
    clock(at(13, 12))
    for _ in range(3):
        heart.tick()
    assert days(acme) == [date(2025, 6, 9)]
    for n in range(2, 5):
        drain(Run.objects.of(acme).order_by("-day").first().pk)
        heart.tick()
        assert days(acme) == [date(2025, 6, 8 + each) for each in range(1, n + 1)]
    drain(Run.objects.of(acme).order_by("-day").first().pk)
    heart.tick()
    assert len(days(acme)) == 4


def test_a_partial_run_does_not_hold_up_the_next_day(acme, clock, sent):
    account(acme, "one")
    clock(at(10, 12))
    heart.tick()
    Run.objects.of(acme).update(state=Run.State.PARTIAL)
    heart.tick()
    assert len(days(acme)) == 1
    clock(at(11, 12))
    heart.tick()
    assert days(acme) == [date(2025, 6, 9), date(2025, 6, 10)]


def test_a_workspace_without_accounts_has_no_nights(acme, evil, clock, sent):
    account(evil, "one")
    clock(at(10, 12))
    heart.tick()
    assert (days(acme), days(evil)) == ([], [date(2025, 6, 9)])
    assert {name for name, *_ in sent} == {"metrics.drain"}


def test_a_run_that_stands_still_wakes_workers_again(acme, clock, sent):
    account(acme, "one")
    clock(at(10, 12))
    heart.tick()
    (run,) = Run.objects.of(acme)
    assert sent == [("metrics.drain", run.pk)] * 4
    clock(at(10, 12) + timedelta(seconds=20))
    heart.tick()
    assert len(sent) == 4
    clock(at(10, 12) + timedelta(seconds=40))
    heart.tick()
    assert len(sent) == 8
    drain(run.pk)
    clock(at(10, 13))
    heart.tick()
    assert sent[8:] == [("metrics.count", acme.pk)]


def test_dirty_days_wake_a_worker(db, clock, sent):
    clock(at(10, 12))
    acme = create_workspace("acme", "Acme")
    account(acme, "one")
    heart.tick()
    drain(Run.objects.of(acme).get().pk)
    assert kpis.count(acme)
    sent.clear()
    tell(acme, "subscriptions", {"account": "one", **term()[1]})
    tell(acme, "events", {"account": "one", **use(0)[1], "occurred_at": at(10, 9)}, at=at(10, 9))
    heart.tick()
    assert sent == [("metrics.freshen", acme.pk)]
    assert freshen(acme, at(10, 12)) == 1
    assert Standing.objects.of(acme).get().day == date(2025, 6, 10)
    heart.tick()
    assert len(sent) == 1


def test_a_workspace_that_fails_does_not_stop_the_others(acme, evil, clock, sent):
    """A time zone that no longer exists, say."""
    account(acme, "one")
    account(evil, "one")
    Workspace.objects.filter(pk=acme.pk).update(time_zone="Nowhere/Land")
    clock(at(10, 12))
    heart.tick()
    assert days(evil) == [date(2025, 6, 9)]
