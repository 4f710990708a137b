"""A rule that changes holds for the past: after the refill all is as if it had always been so."""

from __future__ import annotations

import random

import pytest
from django.db import transaction
from django.db.models import Max, Sum

from accounts.ingest.rereading import change_name, change_own_domains
from accounts.models import Account, DirtyDay, Workspace
from accounts.retraction import retract
from metrics.models import AccountDay, ContactDay, Run, ScoreSnapshot, Standing
from metrics.nightly.freshen import freshen
from metrics.nightly.rollups import dirty_accounts, refill, refill_all
from metrics.nightly.run import recompute
from metrics.scorecards import create_workspace
from tests.cast import NOW, night, snapshot, source_of, tell
from tests.concurrency import beside, somebody_waits, until
from tests.metrics.cases import ago, day, read_all, term, told, use

pytestmark = pytest.mark.django_db

NAMES = ["signin", "mail_open", "mail_gone", "login", "email_opened", "export"]
# Nobody sends `email_deleted` under its own name.
TARGETS = {"signin": "login", "mail_open": "email_opened", "mail_gone": "email_deleted"}


def make(seed: int) -> list[dict]:
    """Some days of some accounts: names of their own and of the catalogue, with and without feature and person."""
    rng = random.Random(seed)
    return [
        {
            "account": rng.choice(["one", "two", "three"]),
            "name": rng.choice(NAMES),
            "occurred_at": ago(rng.randrange(60), rng.randrange(24), rng.randrange(60)),
            "known_at": ago(rng.choice([-1, 0, 10, 61])),
            "contact": rng.choice([None, "ann", "bea@acme.example", "c1"]),
            "feature": rng.choice([None, None, "sso"]),
            "count": rng.randrange(1, 4),
            "users": rng.choice([None, 2, 5]),
            "message_id": str(n),
        }
        for n in range(250)
    ]


def world(slug: str, events: list[dict]) -> Workspace:
    workspace = create_workspace(slug, slug, time_zone="Europe/Madrid")
    told(workspace, {"one": [term()], "two": [term()], "three": [term()]})
    tell(workspace, "events", *events)
    retract(workspace, source_of(workspace), [str(n) for n in range(0, 250, 9)], ago(5))
    return workspace


def rollups(workspace: Workspace) -> tuple[list, list]:
    """All rollup rows, but for the name as it was told."""
    keys = ("account__external_id", "day", "name", "feature", "is_use", "known_day", "retracted_day")
    rows = AccountDay.objects.of(workspace).values_list(*keys).order_by(*keys)
    sums = rows.annotate(Sum("count"), Sum("quantity"), Sum("seconds"), Max("users"))
    people = ("account__external_id", "day", "person", "known_day", "retracted_day")
    return list(sums), list(ContactDay.objects.of(workspace).order_by(*people).values_list(*people))


@pytest.mark.parametrize("seed", range(4))
def test_an_alias_for_the_past_is_as_if_it_had_been_told_so(db, seed):
    events = make(seed)
    late, fresh = (
        world("late", events),
        world("fresh", [e | {"name": TARGETS.get(e["name"], e["name"])} for e in events]),
    )
    refill_all(late)
    refill_all(fresh)
    before = rollups(late)
    expected = rollups(fresh)
    assert before[0] != expected[0]
    assert before[1] != expected[1]
    for name, target in TARGETS.items():
        assert change_name(late, name, target, True, NOW)
    assert refill_all(late) > 10
    assert rollups(late) == expected
    for name in TARGETS:
        change_name(late, name, "", True, NOW)
    refill_all(late)
    assert rollups(late) == before


@pytest.mark.parametrize("seed", range(2))
def test_other_rules_for_the_past(db, seed):
    """What is use, whose domains are ours, who is inside: changed late or known from the start."""
    ira = {"account": "one", "id": "c1", "since_on": "2024-01-01", "is_internal": True}
    late, fresh = world("late", make(seed)), world("fresh", make(seed))

    def change(workspace: Workspace) -> None:
        change_name(workspace, "export", "", False, NOW)
        change_own_domains(workspace, ["acme.example"], NOW)
        tell(workspace, "contacts", ira)

    change(fresh)
    refill_all(fresh)
    refill_all(late)
    before = rollups(late)
    change(late)
    freshen(late, ago(0))
    assert rollups(late) == rollups(fresh) != before
    assert not DirtyDay.objects.of(late).exists()


def test_a_refill_takes_the_rules_as_they_are_when_it_takes_the_days(acme):
    """A worker may have looked the workspace up long ago."""
    told(acme, {"one": [use(1, "ann@acme.example")]})
    stale = Workspace.objects.get(pk=acme.pk)
    change_own_domains(acme, ["acme.example"], NOW)
    refill_all(stale)
    assert not AccountDay.objects.of(acme).exists()
    tell(acme, "events", {"account": "one", **use(1, occurred_at=ago(1, 1))[1]})
    Workspace.objects.filter(pk=acme.pk).update(time_zone="America/Lima")
    DirtyDay.unscoped.create(workspace=acme, account=Account.objects.of(acme).get(), day=day(2), marked_at=NOW)
    refill_all(stale)
    assert AccountDay.objects.of(acme).get().day == day(2)


def test_snapshots_of_finished_days_stay_until_they_are_computed_anew(acme):
    told(acme, {"one": [term(10), *(use(n, f"p{n}", name="seat_used") for n in range(1, 6))]})
    change_name(acme, "seat_used", "", False, NOW)
    run = night(acme, day(1))
    place = run.measures.index("usage.active_seats")
    before = str(ScoreSnapshot.objects.of(acme).values())
    assert str(snapshot(acme, "one", day(1)).values[place]) == "nan"
    change_name(acme, "seat_used", "", True, ago(0))
    assert freshen(acme, ago(0)) == 1
    assert Standing.objects.of(acme).get().values[place] == 0.5
    assert str(ScoreSnapshot.objects.of(acme).values()) == before
    assert Run.objects.of(acme).get(day=day(1)).restated_at is None
    recompute(acme, day(1), day(1))
    assert snapshot(acme, "one", day(1)).values[place] == 0.5
    assert Run.objects.of(acme).get(day=day(1)).restated_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_rule_that_changes_while_its_days_are_refilled_is_not_lost(acme):
    told(acme, {"one": [use(1, name="mail_open"), use(2, name="mail_open")]})
    with beside(change_name, acme, "mail_open", "email_opened", True, NOW) as other:
        with transaction.atomic():
            refill(acme, dirty_accounts(acme))
            other.start()
            until(somebody_waits)
        assert other.result() == 2
    assert set(AccountDay.objects.of(acme).values_list("name", flat=True)) == {"mail_open"}
    assert refill_all(acme) == 2
    assert set(AccountDay.objects.of(acme).values_list("name", "said")) == {("email_opened", "mail_open")}


def test_the_feature_list_chosen_by_hand(acme):
    told(acme, {"one": [term(), *(use(n, feature=name) for n, name in enumerate(["a", "b", "c"]))]})
    key = "usage.feature_breadth"
    assert read_all(acme, [key])["one"][key] == 1
    acme.features = ["d", "a", "b", "e"]
    assert read_all(acme, [key])["one"][key] == 0.5
    acme.save()
    assert night(acme, day(1)).features == ["a", "b", "d", "e"]
    acme.features = []
    acme.save()
    assert night(acme, day(0)).features == ["a", "b", "c"]
    assert Run.objects.of(acme).get(day=day(1)).features == ["a", "b", "d", "e"]
