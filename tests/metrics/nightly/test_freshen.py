"""By day: standings move within minutes, snapshots of finished days do not."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import DirtyDay, Workspace
from metrics.formulas.scoring import GREEN, YELLOW
from metrics.lineup import close, reopen
from metrics.models import Rank, Run, ScoreSnapshot, Standing
from metrics.nightly import freshen as by_day
from metrics.nightly import rollups
from metrics.nightly.freshen import freshen, move
from metrics.scorecards import cards
from tests.cast import NOW, account, night, snapshot, tell
from tests.metrics import crowd
from tests.metrics.cases import DAY, ago, day, identity, invoice, paid, term, ticket, told, use
from tests.metrics.steering import LINES, owing, steer

pytestmark = pytest.mark.django_db


def standing(workspace, name):
    return Standing.objects.of(workspace).get(account__external_id=name)


def standings(workspace, name):
    return str(Standing.objects.of(workspace).filter(account__external_id=name).values())


def snapshots(workspace):
    return [str(row) for row in ScoreSnapshot.objects.of(workspace).order_by("day", "account_id").values_list()]


def test_an_event_moves_the_standing_and_no_snapshot(acme):
    told(acme, {"one": [term(), ticket(3), invoice("i", 3), use(1, "ann")], "two": [term(), use(1, "ann")]})
    run = night(acme, day(1))
    before, other = snapshots(acme), standings(acme, "two")
    tell(acme, "events", {"account": "one", **use(0, "bea", occurred_at=ago(0, 10))[1]}, at=ago(0, 10))
    assert freshen(acme, ago(0, 11)) == 1
    moved = standing(acme, "one")
    values = dict(zip(run.measures, moved.values, strict=False))
    assert (moved.day, values["usage.active_seats"], moved.is_scored) == (DAY, 0.2, True)
    assert (moved.line[-1], moved.line_day) == (moved.score_units, DAY)
    assert moved.line[-2] == snapshot(acme, "one", day(1)).score_units
    assert standings(acme, "two") == other
    assert snapshots(acme) == before
    assert not DirtyDay.objects.of(acme).exists()
    assert freshen(acme, ago(0, 11)) == 0


def test_a_night_gives_what_the_last_freshen_gave(acme):
    """Told by day and read by night: the same score, as nothing else was heard."""
    told_crowd = crowd.make(30, seed=4)
    crowd.fill(acme, told_crowd)
    night(acme, day(1))
    for name in told_crowd.started:
        tell(acme, "events", {"account": name, **use(0, "new", occurred_at=ago(0, 9))[1]}, at=ago(0, 9))
    assert freshen(acme, ago(0, 10)) == 30
    by_day = {each.account_id: each for each in Standing.objects.of(acme).filter(day=DAY)}
    night(acme, DAY)
    by_night = {each.account_id: each for each in ScoreSnapshot.objects.of(acme).published().filter(day=DAY)}
    assert by_day.keys() == by_night.keys()
    assert len(by_day) > 15
    (ranked,) = (n for n, line in enumerate(cards(acme)[0].lines) if line.by_rank)
    for pk, shot in by_night.items():
        assert str(by_day[pk].values) == str(shot.values)
        assert by_day[pk].caps == shot.caps
        # By day, ranks are those of the last night; what has thresholds agrees.
        assert str(by_day[pk].points[:ranked] + by_day[pk].points[ranked + 1 :]) == str(
            shot.points[:ranked] + shot.points[ranked + 1 :]
        )


def test_before_the_first_night(acme):
    steer(acme)
    told(acme, {"one": owing(100)})
    assert freshen(acme, ago(0, 10)) == 1
    found = standing(acme, "one")
    assert (found.day, found.score_units, found.band, found.line) == (DAY, 500_000, YELLOW, [*[None] * 89, 500_000])
    assert not Run.objects.of(acme).exists()
    assert not ScoreSnapshot.objects.of(acme).exists()


def test_nothing_known_before_the_first_night(acme):
    account(acme, "one")
    assert freshen(acme, NOW) == 0
    tell(acme, "events", {"account": "one", **use(0)[1]})
    assert freshen(acme, ago(0, 23)) == 1
    assert not Standing.objects.of(acme).exists()


def test_bands_are_held_by_day_as_by_night(acme):
    """69.5 points: the first day across, however often the day is looked at."""
    steer(acme)
    told(acme, {"one": owing(61)})
    night(acme, day(1))
    for hour in (9, 10, 11, 12):
        tell(acme, "events", {"account": "one", **use(0, occurred_at=ago(0, hour))[1]}, at=ago(0, hour))
        assert freshen(acme, ago(0, hour, 30)) == 1
        found = standing(acme, "one")
        assert (found.computed_band, found.band, found.across, found.score_units) == (YELLOW, GREEN, -1, 695_000)
    assert night(acme, DAY).state == "published"
    assert (snapshot(acme, "one", DAY).band, snapshot(acme, "one", DAY).across) == (GREEN, -1)


def test_a_payment_moves_a_standing_and_the_night_does_not_move_it_back(acme):
    """The night of day −1 is published after the payment of day 0 was heard."""
    steer(acme)
    told(acme, {"one": owing(101)})
    night(acme, day(2))
    name = "inv-one"
    tell(acme, "invoices", {"account": "one", **invoice(name, 180)[1]}, at=ago(1))
    tell(acme, "payments", {"account": "one", **paid(name, 0)[1]}, at=ago(0, 9))
    freshen(acme, ago(0, 9))
    assert (standing(acme, "one").day, standing(acme, "one").score_units) == (DAY, 495_000)
    night(acme, day(1))
    assert snapshot(acme, "one", day(1)).score_units == 105_000
    assert (standing(acme, "one").day, standing(acme, "one").score_units) == (DAY, 495_000)


def test_a_churned_account_keeps_its_last_score(acme):
    steer(acme)
    leaves = owing(10)
    leaves[0] = term(id="t")
    told(acme, {"leaves": leaves})
    night(acme, day(1))
    before = standing(acme, "leaves")
    tell(acme, "subscriptions", {"account": "leaves", **term(id="t", ends=0)[1]}, at=ago(0, 9))
    assert freshen(acme, ago(0, 9)) == 1
    after = standing(acme, "leaves")
    assert (after.is_scored, after.day, after.score_units, after.band) == (False, day(1), before.score_units, GREEN)
    tell(acme, "subscriptions", {"account": "leaves", **term(id="back", starts=0)[1]}, at=ago(0, 10))
    freshen(acme, ago(0, 10))
    assert (standing(acme, "leaves").is_scored, standing(acme, "leaves").day) == (True, DAY)


def test_the_day_is_the_workspaces_own(acme):
    """23:30 UTC is the next day in Madrid."""
    steer(acme)
    told(acme, {"one": owing(100)})
    freshen(acme, ago(0).replace(hour=23, minute=30))
    assert (standing(acme, "one").day, standing(acme, "one").score_units) == (day(-1), 495_000)


def test_a_version_published_by_day_scores_from_then_on(acme):
    """It asks for what the last night did not read. The night's snapshot keeps the version it was scored by."""
    steered = steer(acme)
    told(acme, {"one": owing(100)})
    night(acme, day(1))
    before = snapshots(acme)
    new = steer(acme, lines=[*LINES, ("commercial.late_payment_share", 5, 1, 0.5, 0)], at=timezone.now())
    tell(acme, "tickets", {"account": "one", **ticket(0, id=identity())[1]}, at=ago(0, 12))
    assert freshen(acme, ago(0, 13)) == 1
    found = standing(acme, "one")
    assert (found.version, found.day, found.values[3]) == (new, DAY, 1)
    assert snapshots(acme) == before
    assert snapshot(acme, "one", day(1)).version == steered
    assert night(acme, DAY).state == "published"
    assert snapshot(acme, "one", DAY).version == new
    assert str(snapshot(acme, "one", DAY).points) == str(found.points)


def test_a_version_published_while_accounts_are_moved_takes_them_all(acme, monkeypatch):
    """Also those whose marks by it were taken in the round that began before it."""
    steer(acme)
    told(acme, {"one": owing(100), "two": owing(50)})
    night(acme, day(1))
    for name in ("one", "two"):
        tell(acme, "tickets", {"account": name, **ticket(0, id=identity())[1]}, at=ago(0, 12))
    versions, dirty_accounts = [], rollups.dirty_accounts
    lines = [*LINES, ("commercial.late_payment_share", 5, 1, 0.5, 0)]

    def meanwhile(*given):
        if not versions:
            versions.append(steer(acme, lines=lines, at=timezone.now()))
        return dirty_accounts(*given)

    monkeypatch.setattr(by_day, "ACCOUNTS_AT_A_TIME", 1)
    monkeypatch.setattr(rollups, "dirty_accounts", meanwhile)
    assert freshen(acme, ago(0, 13)) == 2
    assert [row.version for row in Standing.objects.of(acme)] == versions * 2
    assert not DirtyDay.objects.of(acme).exists()


def test_a_decision_about_one_account_does_not_wait_for_a_new_version(acme):
    """It is left to the next round, which its mark brings."""
    old = steer(acme)
    told(acme, {"one": owing(100)})
    night(acme, day(1))
    new = steer(acme, lines=[*LINES, ("usage.usage_volume", 1, None, None, None)], at=timezone.now())
    one = standing(acme, "one").account_id
    move(acme, [one], ago(0, 12))
    assert (standing(acme, "one").version, standing(acme, "one").day) == (old, DAY)
    assert Run.objects.of(acme).get().steered_at is None
    tell(acme, "tickets", {"account": "one", **ticket(0, id=identity())[1]}, at=ago(0, 12))
    freshen(acme, ago(0, 13))
    assert standing(acme, "one").version == new
    assert Run.objects.of(acme).get().steered_at == new.published_at


def test_a_scorecard_that_was_closed_at_night_ranks_again_once_it_is_open(acme):
    version = steer(acme, by_rank=True, lines=[*LINES, ("usage.usage_volume", 1, None, None, None)])
    told(acme, {f"a{n:02}": [*owing(10), use(1, "ann", count=n + 1)] for n in range(20)})
    close(version.scorecard, NOW)
    night(acme, day(1))
    before = Run.objects.of(acme).get()
    assert standing(acme, "a10").version != version
    reopen(version.scorecard, ago(0, 9))
    freshen(acme, ago(0, 10))
    assert standing(acme, "a10").version == version
    assert 40 < standing(acme, "a10").points[3] < 60
    assert Rank.objects.of(acme).filter(run=before, version=version).count() == 1
    after = Run.objects.of(acme).get()
    assert after.steered_at > before.opened_at
    tell(acme, "tickets", {"account": "a10", **ticket(0, id=identity())[1]}, at=ago(0, 12))
    freshen(acme, ago(0, 13))
    assert Run.objects.of(acme).get().steered_at == after.steered_at


def test_a_workspace_without_a_scorecard(db):
    acme = Workspace.objects.create(slug="bare", name="Bare", time_zone="Europe/Madrid")
    told(acme, {"one": owing(10), "two": []})
    assert freshen(acme, ago(0)) == 1
    assert night(acme, DAY).state == "published"
    tell(acme, "tickets", {"account": "one", **ticket(0)[1]})
    assert freshen(acme, ago(0, 13)) == 1
    assert not Standing.objects.of(acme).exists()
