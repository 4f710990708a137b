"""The journey map, against what a hand counts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Stage
from metrics.journey import Cell, Flow, JourneyMap, Move, Moves, Pull, Way, Which
from metrics.kpis.places import WHOLE, Scope
from metrics.models import Band, Line, ScopeKind, Scorecard, ScorecardVersion
from metrics.nightly.run import drain, open_run
from tests.cast import NOW, account, night, tell
from tests.kept import kept
from tests.metrics.placed import TODAY, days_ago, forget, move, noon, put, stage, stand

pytestmark = pytest.mark.django_db
FIRST = date(2025, 4, 1)


@pytest.fixture
def now(acme) -> JourneyMap:
    return JourneyMap(acme, WHOLE, TODAY)


def whole(map_: JourneyMap) -> dict[int | None, Cell]:
    """Stage → its cell over all bands."""
    return {cell.stage: cell for cell in map_.cells() if cell.band is None}


def told(moves: Moves) -> dict[tuple[str, Any, Any], tuple[Any, ...]]:
    return {(row.way.value, row.source, row.target): row[3:] for row in moves.rows}


# -- nothing, and nearly nothing


def test_no_accounts(now):
    assert (now.cells(), now.pulls(), now.accounts(Which())) == ([], {}, ([], 0))
    assert now.moves(FIRST) == Moves((), {})


def test_no_stages_at_all(acme, now):
    Stage.objects.of(acme).delete()
    put(acme, "one", "", 10)
    assert [(cell.stage, cell.band, cell.accounts) for cell in now.cells()] == [(None, Band.GREEN, 1), (None, None, 1)]
    assert now.accounts(Which(without_stage=True))[1] == 1
    assert now.moves(FIRST) == Moves((), {})


def test_one_account(acme, now):
    one = put(acme, "one", "Adoption", 12, band=Band.RED, mrr=250)
    adoption = one.stage_id
    expected = (1, Decimal(250), 0, 12.0, 1, 0, 120.0)
    assert now.cells() == [Cell(adoption, Band.RED, *expected), Cell(adoption, None, *expected)]
    assert now.moves(FIRST).rows == (Move(Way.NEW, None, adoption, 1, Decimal(250), None, ()),)
    assert now.moves(FIRST).flows == {adoption: Flow(came=1), stage(acme, "Onboarding").pk: Flow(skipped=1)}
    (placed,), total = now.accounts(Which())
    assert (placed.name, placed.days, placed.limit, placed.is_stuck, total) == ("one", 12, 120.0, False, 1)


def test_an_account_without_history_has_no_days(acme, now):
    forget(put(acme, "one", "Adoption", 500))
    (cell,) = whole(now).values()
    assert (cell.accounts, cell.days, cell.timed, cell.stuck) == (1, None, 0, 0)
    assert now.accounts(Which(is_stuck=True)) == ([], 0)


def test_who_was_never_scored_or_is_no_customer_is_not_on_the_map(acme, now):
    account(acme, "never", stage="Growth")
    put(acme, "gone", "Growth", 30, here=False, day=date(2025, 1, 1))
    assert now.cells() == []


# -- cells


def test_counts_mrr_and_medians_by_stage_and_band(acme, now):
    put(acme, "a", "Adoption", 10, mrr=100)
    put(acme, "b", "Adoption", 20, mrr=None)
    put(acme, "c", "Adoption", 61, mrr=50, band=Band.RED)
    put(acme, "d", "Adoption", 130, mrr=7, band=Band.GREY, score=None)
    put(acme, "e", "Growth", 5, mrr=1)
    adoption, growth = stage(acme, "Adoption").pk, stage(acme, "Growth").pk
    assert {(c.stage, c.band): c[2:] for c in now.cells()} == {
        (adoption, Band.GREEN): (2, 100, 1, 15.0, 2, 0, 120.0),
        (adoption, Band.RED): (1, 50, 0, 61.0, 1, 0, 120.0),
        (adoption, Band.GREY): (1, 7, 0, 130.0, 1, 1, 120.0),
        (adoption, None): (4, 157, 1, 40.5, 4, 1, 120.0),
        (growth, Band.GREEN): (1, 1, 0, 5.0, 1, 0, 365.0),
        (growth, None): (1, 1, 0, 5.0, 1, 0, 365.0),
    }


def test_days_are_local_days(acme, now):
    """Acme is in Madrid: 22:30 UTC of June 20 is June 21 there."""
    one = put(acme, "one", "Onboarding", 30)
    one.change(noon(date(2025, 6, 20)).replace(hour=22, minute=30), stage=stage(acme, "Adoption"))
    assert whole(now)[one.stage_id].days == 10


# -- whose


def test_each_scope_has_its_own(acme, cast, now):
    put(acme, "a", "Growth", 5, owner="alice@acme.example", team="North", segment="SMB")
    put(acme, "b", "Growth", 5, owner="bob@acme.example", team="North", segment="Big")
    put(acme, "c", "Growth", 5, segment="SMB")
    put(cast.evil, "x", "Growth", 5, segment="SMB")
    keys = {
        ScopeKind.WORKSPACE: "",
        ScopeKind.TEAM: str(cast.north.pk),
        ScopeKind.CSM: str(cast.alice.pk),
        ScopeKind.SEGMENT: "SMB",
    }
    for is_now in (True, False):
        counts = []
        for kind, key in keys.items():
            map_ = JourneyMap(acme, Scope(kind, key), TODAY, is_now)
            counts.append((len(map_.moves(FIRST).rows), sum(row.accounts for row in map_.moves(FIRST).rows)))
            if is_now:
                assert whole(map_)[stage(acme, "Growth").pk].accounts == counts[-1][1]
        assert counts == ([(1, 3), (1, 2), (1, 1), (1, 2)] if is_now else [(0, 0)] * 4), "no scores of that day"


def test_a_segment_of_a_team(acme, cast):
    put(acme, "a", "Growth", 5, team="North", segment="SMB")
    put(acme, "b", "Growth", 5, team="North", segment="Big")
    put(acme, "c", "Growth", 5, team="South", segment="SMB")
    both = Scope(ScopeKind.TEAM, str(cast.north.pk)), (Scope(ScopeKind.SEGMENT, "SMB"),)
    now = JourneyMap(acme, both[0], TODAY, narrowed=both[1])
    assert [placed.name for placed in now.accounts(Which())[0]] == ["a"]
    assert [row.accounts for row in now.moves(FIRST).rows] == [1]
    assert JourneyMap(acme, both[0], TODAY, is_now=False, narrowed=both[1]).cells() == []


# -- what pulls down


def test_the_three_that_take_the_most_points_on_average(acme, now):
    put(acme, "a", "Growth", 5, band=Band.RED, active_seats=-4, usage_trend=-1, days_past_due=-2, csm_pulse=3)
    put(acme, "b", "Growth", 5, band=Band.RED, active_seats=-2, usage_trend=-3, recommendation=-1)
    put(acme, "c", "Growth", 5, band=Band.GREEN, csm_pulse=2)
    growth = stage(acme, "Growth").pk
    assert now.pulls() == {
        (growth, Band.RED): [
            Pull("usage.active_seats", Decimal(-3)),
            Pull("usage.usage_trend", Decimal(-2)),
            Pull("commercial.days_past_due", Decimal(-1)),
        ],
        (growth, Band.GREEN): [],
    }


def test_unscored_accounts_pull_nothing_down(acme, now):
    put(acme, "a", "Growth", 5, band=Band.RED, score=None, active_seats=-4)
    put(acme, "b", "Growth", 5, band=Band.RED, active_seats=-1)
    assert now.pulls() == {(stage(acme, "Growth").pk, Band.RED): [Pull("usage.active_seats", Decimal(-1))]}


def test_scorecards_of_other_lines_add_up_by_measure(acme, now):
    """The other one has two lines, the first of which is another one than the default's first."""
    scorecard = Scorecard.unscoped.create(workspace=acme, name="Other", position=500)
    other = ScorecardVersion.unscoped.create(workspace=acme, scorecard=scorecard, number=1)
    for n, measure in enumerate(("engagement.days_since_touch", "usage.active_seats")):
        Line.unscoped.create(
            workspace=acme, version=other, position=n, measure=measure, weight=1, worst=0, neutral=1, best=2
        )
    put(acme, "a", "Growth", 5, band=Band.RED, active_seats=-4)
    put(acme, "b", "Growth", 5, band=Band.RED, version=other, active_seats=-1, days_since_touch=-3)
    assert now.pulls()[stage(acme, "Growth").pk, Band.RED] == [
        Pull("usage.active_seats", Decimal("-2.5")), Pull("engagement.days_since_touch", Decimal("-1.5"))
    ]  # fmt: skip


# -- moves


def test_on_back_new_and_lost(acme, now):
    on = [put(acme, name, "Onboarding", 200, mrr=mrr) for name, mrr in (("a", 100), ("b", 200))]
    move(on[0], days_ago(60), "Adoption")
    move(on[1], days_ago(40), "Adoption")
    back = put(acme, "back", "Renewal", 150, mrr=50)
    move(back, days_ago(10), "Growth")
    put(acme, "new", "Onboarding", 20, mrr=None)
    lost = put(acme, "lost", "Growth", 150, mrr=70, here=False, day=days_ago(31))
    tell(acme, "churns", {"id": "c1", "account": "lost", "churned_on": str(days_ago(30)), "reason": "price"})
    ids = {s.name: s.pk for s in Stage.objects.of(acme)}
    found = now.moves(FIRST)
    assert told(found) == {
        ("moved", ids["Onboarding"], ids["Adoption"]): (2, 300, 150.0, ()),
        ("moved", ids["Renewal"], ids["Growth"]): (1, 50, 140.0, ()),
        ("new", None, ids["Onboarding"]): (1, 0, None, ()),
        ("lost", ids["Growth"], None): (1, 70, 120.0, (("price", 1),)),
    }
    assert found.flows == {
        ids["Onboarding"]: Flow(came=1, went=2),
        ids["Adoption"]: Flow(came=2),
        ids["Renewal"]: Flow(went=1),
        ids["Growth"]: Flow(came=1, went=1),
    }
    assert lost.stage_id == ids["Growth"]


def test_an_account_that_goes_twice_is_one(acme, now):
    one = put(acme, "one", "Adoption", 200, mrr=10)
    for days, name in ((60, "Growth"), (50, "Adoption"), (40, "Growth")):
        move(one, days_ago(days), name)
    adoption, growth = stage(acme, "Adoption").pk, stage(acme, "Growth").pk
    found = now.moves(FIRST)
    assert told(found)["moved", adoption, growth] == (1, 10, 75.0, ())
    assert found.flows == {adoption: Flow(came=1, went=1), growth: Flow(came=1, went=1)}


def test_skipped_stages(acme, now):
    one = put(acme, "one", "Onboarding", 200)
    move(one, days_ago(5), "Renewal")
    flows = {s.name: now.moves(FIRST).flows.get(s.pk) for s in Stage.objects.of(acme)}
    assert flows == {
        "Onboarding": Flow(went=1), "Adoption": Flow(skipped=1), "Growth": Flow(skipped=1), "Renewal": Flow(came=1),
        "Advocate": None,
    }  # fmt: skip


def test_to_go_back_skips_nothing(acme, now):
    one = put(acme, "one", "Renewal", 200)
    move(one, days_ago(5), "Onboarding")
    assert all(flow.skipped == 0 for flow in now.moves(FIRST).flows.values())


@pytest.mark.parametrize(
    ("day", "counts"), [(date(2025, 3, 31), 0), (date(2025, 4, 1), 1), (TODAY, 1), (date(2025, 7, 2), 0)]
)
def test_only_moves_of_the_period(acme, now, day, counts):
    one = put(acme, "one", "Onboarding", 200)
    move(one, day, "Adoption")
    assert len(now.moves(FIRST).rows) == counts


def test_what_was_told_for_the_first_time_is_no_new_account(acme, now):
    """With us since 2020, its stage told today."""
    one = account(acme, "one", started_on="2020-01-01")
    stand(one)
    one.change(NOW, stage=stage(acme, "Growth"))
    assert now.moves(FIRST).rows == ()


def test_lost_from_the_stage_of_its_last_day(acme, now):
    one = put(acme, "one", "Growth", 150, here=False, day=days_ago(31))
    move(one, days_ago(3), "Onboarding")
    assert list(told(now.moves(FIRST))) == [("lost", stage(acme, "Growth").pk, None)]


@pytest.mark.parametrize(
    ("last_day", "is_told"), [(date(2025, 3, 30), False), (date(2025, 3, 31), True), (TODAY, True)]
)
def test_lost_in_the_period(acme, now, last_day, is_told):
    put(acme, "one", "Growth", 400, here=False, day=last_day)
    assert bool(now.moves(FIRST).rows) == is_told


def test_a_stage_that_is_taken_away_is_a_move_to_none(acme, now):
    one = put(acme, "one", "Growth", 200)
    move(one, days_ago(5), "")
    assert list(told(now.moves(FIRST))) == [("moved", stage(acme, "Growth").pk, None)]
    assert list(whole(now)) == [None]
    assert whole(now)[None].days is None


# -- who is stuck


def test_the_longest_beyond_their_target_first_healthy_ones_last(acme, now):
    put(acme, "healthy", "Onboarding", 600)
    put(acme, "adoption", "Adoption", 240, band=Band.RED)
    put(acme, "onboarding", "Onboarding", 180, band=Band.YELLOW)
    put(acme, "at the limit", "Onboarding", 60, band=Band.RED)
    found, total = now.accounts(Which(is_stuck=True))
    assert [(row.name, row.days, row.limit) for row in found] == [
        ("onboarding", 180, 60.0), ("adoption", 240, 120.0), ("healthy", 600, 60.0),
    ]  # fmt: skip
    assert total == 3
    assert all(row.is_stuck for row in found)
    assert [row.name for row in now.accounts(Which(is_stuck=True), limit=1, offset=1)[0]] == ["adoption"]


@pytest.mark.parametrize(("stays", "limit"), [(19, None), (20, 91.0)])
def test_without_a_target_longer_than_nine_of_ten_stays(acme, now, stays, limit):
    """20 stays of 10, 20, … 100, 10, … 100 days: 90 + 0.1 × 10."""
    Stage.objects.of(acme).filter(name__in=["Growth", "Advocate"]).update(target_days=None)
    for n in range(stays):
        gone = put(acme, f"gone {n}", "Growth", 10 + (n % 10 + 1) * 10)
        move(gone, days_ago(10), "Renewal")
        move(gone, days_ago(5), "Advocate")
    put(acme, "long", "Growth", 92)
    put(acme, "not longer", "Growth", 91)
    put(acme, "advocate", "Advocate", 3000)
    cells = whole(now)
    assert cells[stage(acme, "Growth").pk].limit == limit
    assert cells[stage(acme, "Advocate").pk].limit is None, "nobody goes on from the last stage"
    stuck = [row.name for row in now.accounts(Which(is_stuck=True))[0]]
    assert stuck == (["long"] if limit else [])


def test_accounts_of_a_stage_and_a_band(acme, now):
    put(acme, "a", "Growth", 5, band=Band.RED)
    put(acme, "b", "Growth", 5)
    put(acme, "c", "Adoption", 5, band=Band.RED)
    growth = stage(acme, "Growth").pk
    names = [
        [row.name for row in now.accounts(which)[0]]
        for which in (Which(stage=growth), Which(band=Band.RED), Which(stage=growth, band=Band.RED), Which(stage=-1))
    ]
    assert names == [["a", "b"], ["c", "a"], ["a"], []]


# -- a past day


@kept
def past(acme) -> Any:
    """A customer: Alice's, SMB and in Onboarding until June 20, then nobody's, Big, in Adoption; scored June 19–21."""
    one = account(
        acme, "one", name="One", owner="alice@acme.example", segment="SMB", stage="Onboarding", started_on="2025-05-01"
    )
    tell(acme, "subscriptions", {"id": "s", "account": "one", "starts_on": "2025-05-01", "amount": 90, "seats": 5})
    for day in (19, 20):
        night(acme, date(2025, 6, day))
    one.change(noon(date(2025, 6, 21)), stage=stage(acme, "Adoption"), owner=None, segment="Big")
    night(acme, date(2025, 6, 21))
    return one


def test_as_it_was_then(acme, past, cast):
    before, after = (JourneyMap(acme, WHOLE, date(2025, 6, day), is_now=False) for day in (20, 21))
    assert {s: (c.accounts, c.mrr, c.days) for s, c in whole(before).items()} == {
        stage(acme, "Onboarding").pk: (1, 90, 50.0)
    }
    assert {s: c.days for s, c in whole(after).items()} == {stage(acme, "Adoption").pk: 0.0}
    assert list(told(before.moves(FIRST))) == [("new", None, stage(acme, "Onboarding").pk)]
    assert ("moved", stage(acme, "Onboarding").pk, stage(acme, "Adoption").pk) in told(after.moves(FIRST))
    for scope in (Scope(ScopeKind.CSM, str(cast.alice.pk)), Scope(ScopeKind.SEGMENT, "SMB")):
        assert len(JourneyMap(acme, scope, date(2025, 6, 20), is_now=False).accounts(Which())[0]) == 1
        assert len(JourneyMap(acme, WHOLE, date(2025, 6, 20), False, (scope,)).accounts(Which())[0]) == 1
        assert JourneyMap(acme, scope, date(2025, 6, 21), is_now=False).accounts(Which()) == ([], 0)
    ((placed,), _total) = before.accounts(Which())
    assert placed.owner == cast.alice.pk


def test_a_day_without_scores_has_no_map(acme, past):
    assert JourneyMap(acme, WHOLE, date(2025, 6, 18), is_now=False).cells() == []


def test_only_the_published_attempt_counts(acme, past):
    run = open_run(acme, date(2025, 6, 22))
    drain(run.pk)
    run.refresh_from_db()
    run.published_attempt = run.attempt + 1
    run.save()
    assert JourneyMap(acme, WHOLE, date(2025, 6, 22), is_now=False).cells() == []


def test_the_newest_finished_day_and_now_are_the_same(acme, past):
    """Nothing happened since the last night."""
    day = date(2025, 6, 21)
    now, then = JourneyMap(acme, WHOLE, day), JourneyMap(acme, WHOLE, day, is_now=False)
    assert now.cells() == then.cells()
    assert now.pulls() == then.pulls()
    assert now.moves(FIRST) == then.moves(FIRST)
    assert [row[:-1] for row in now.accounts(Which())[0]] == [row[:-1] for row in then.accounts(Which())[0]]
    assert now.day + timedelta(days=1) == date(2025, 6, 22)
