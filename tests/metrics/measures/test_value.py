"""What the customer gets out of it."""

from __future__ import annotations

import pytest

from accounts.models import Stage
from tests.cast import record, tell
from tests.metrics.cases import DAY, ago, correct, day, figure, identity, readings, sign, term, told

pytestmark = pytest.mark.django_db


def goal(started, due, value, target=100, baseline=0, state="open", **more):
    """Begun and due so many days before DAY (due below 0: later)."""
    item = {"id": identity("goal"), "name": "Goal", "started_on": day(started), "due_on": day(due)}
    return "goals", item | {"value": value, "target": target, "baseline": baseline, "state": state} | more


def test_goal_attainment(acme):
    told(
        acme,
        {
            "none": [term()],
            "nothing reached": [term(), goal(90, -90, 0)],
            "half of what is due": [term(), goal(90, -90, 25)],
            "as planned": [term(), goal(90, -90, 50)],
            "ahead counts no more": [term(), goal(90, -90, 80)],
            "backwards counts no less": [term(), goal(90, -90, -20)],
            "from a baseline, downwards": [term(), goal(50, -50, 35, target=20, baseline=40)],
            "overdue": [term(), goal(90, 10, 60)],
            "two": [term(), goal(90, -90, 50), goal(90, -90, 0)],
            "30 days old": [term(), goal(30, -30, 50)],
            "29 days old": [term(), goal(29, -30, 50)],
            "met below its target": [term(), goal(200, 20, 90, state="met")],
            "met before it is due": [term(), goal(20, -90, 100, state="met")],
            "missed": [term(), goal(200, 20, 70, state="missed")],
            "first and last day": [term(), goal(500, 364, 70, state="missed"), goal(500, 365, 10, state="missed")],
            "nowhere to go": [term(), goal(90, -90, 40, target=40, baseline=40), goal(90, -90, 50)],
            "due as it begins": [term(), goal(90, 90, 60)],
        },
    )
    assert readings(acme, "value.goal_attainment") == {
        "none": None,
        "nothing reached": 0,
        "half of what is due": 0.5,
        "as planned": 1,
        "ahead counts no more": 1,
        "backwards counts no less": 0,
        "from a baseline, downwards": 0.5,
        "overdue": 0.6,
        "two": 0.5,
        "30 days old": 1,
        "29 days old": None,
        "met below its target": 1,
        "met before it is due": 1,
        "missed": 0.7,
        "first and last day": 0.7,
        "nowhere to go": 1,
        "due as it begins": 0.6,
    }


def test_a_progress_report_counts_from_when_it_was_heard(acme):
    told(acme, {"one": [term(), goal(100, -100, 0, id="g")]})
    correct(acme, "one", goal(100, -100, 36, id="g"), 10)
    key = "value.goal_attainment"
    assert readings(acme, key, on=day(11)) == {"one": 0}
    assert readings(acme, key, on=day(10)) == {"one": 0.8}
    assert readings(acme, key, on=day(11), known=day(10)) == {"one": pytest.approx(0.36 / 0.445)}


@pytest.mark.parametrize(("age", "expected"), [(13, None), (14, 1)])
def test_goals_of_young_accounts(acme, age, expected):
    told(acme, {"young": [term(starts=age - 1), goal(5, -60, 100, state="met")]}, started=age - 1)
    assert readings(acme, "value.goal_attainment") == {"young": expected}


def test_return_on_cost(acme):
    tell(acme, "rates", {"currency": "USD", "day": day(900), "rate": "0.5"})
    told(
        acme,
        {
            "none": [term()],
            "no cost": [term(), figure(9, "return", 300)],
            "no return": [term(), figure(9, "cost", 300)],
            "both": [term(), figure(9, "return", 300), figure(50, "cost", 100)],
            "nothing returned": [term(), figure(9, "return", 0), figure(50, "cost", 100)],
            "the latest": [term(), figure(9, "return", 200), figure(90, "return", 900), figure(50, "cost", 100)],
            "first day": [term(), figure(364, "return", 200), figure(364, "cost", 100)],
            "too old": [term(), figure(365, "return", 200), figure(9, "cost", 100)],
            "another currency": [term(), figure(9, "return", 300, currency="USD"), figure(9, "cost", 100)],
            "no rate": [term(), figure(9, "return", 300, currency="GBP"), figure(9, "cost", 100)],
        },
    )
    assert readings(acme, "value.return_on_cost") == {
        "none": None,
        "no cost": None,
        "no return": None,
        "both": 3,
        "nothing returned": 0,
        "the latest": 2,
        "first day": 2,
        "too old": None,
        "another currency": 1.5,
        "no rate": None,
    }


def test_client_growth(acme):
    told(
        acme,
        {
            "none": [term()],
            "one": [term(), figure(9, "headcount", 100)],
            "grew": [term(), figure(9, "headcount", 110), figure(400, "headcount", 100)],
            "shrank": [term(), figure(9, "customers", 75), figure(400, "customers", 100)],
            "by its revenue": [term(), figure(9, "revenue", 150), figure(400, "revenue", 100)],
            "the headcount goes first": [
                *(term(), figure(9, "revenue", 150), figure(400, "revenue", 100)),
                *(figure(9, "headcount", 90), figure(400, "headcount", 100)),
            ],
            "half a headcount does not": [
                *(term(), figure(9, "revenue", 150), figure(400, "revenue", 100)),
                *(figure(9, "headcount", 90),),
            ],
            "the latest of each year": [
                *(term(), figure(9, "headcount", 120), figure(99, "headcount", 1)),
                *(figure(366, "headcount", 100), figure(500, "headcount", 1)),
            ],
            "borders": [term(), figure(364, "headcount", 120), figure(365, "headcount", 100)],
            "too old": [term(), figure(0, "headcount", 120), figure(730, "headcount", 100)],
            "from nothing": [term(), figure(0, "headcount", 120), figure(400, "headcount", 0)],
            "no rate": [term(), figure(9, "revenue", 1, currency="GBP"), figure(400, "revenue", 1)],
        },
        started=20,
    )
    assert readings(acme, "value.client_growth") == {
        "none": None,
        "one": None,
        "grew": pytest.approx(0.1),
        "shrank": -0.25,
        "by its revenue": 0.5,
        "the headcount goes first": pytest.approx(-0.1),
        "half a headcount does not": 0.5,
        "the latest of each year": pytest.approx(0.2),
        "borders": pytest.approx(0.2),
        "too old": None,
        "from nothing": None,
        "no rate": None,
    }


def test_a_corrected_figure_and_one_heard_late(acme):
    told(acme, {"one": [term(), figure(400, "headcount", 100), figure(9, "headcount", 150, id="f", known_at=ago(7))]})
    correct(acme, "one", figure(9, "headcount", 120, id="f"), 3)
    key = "value.client_growth"
    assert readings(acme, key, on=day(8)) == {"one": None}
    assert readings(acme, key, on=day(7)) == {"one": 0.5}
    assert readings(acme, key) == {"one": pytest.approx(0.2)}


def steps(*names, days=2):
    return [sign(days, "onboarding_step", feature=name) for name in names]


def test_onboarding_progress(acme):
    """Four steps are known; the stage is planned for 60 days, so at 30 days two of them are due."""
    told(acme, {"grown up": [term(), *steps("a", "b", "c", "d")]})
    told(
        acme,
        {
            "none": [term(starts=29)],
            "one": [term(starts=29), *steps("a")],
            "as planned": [term(starts=29), *steps("a", "b")],
            "ahead": [term(starts=29), *steps("a", "b", "c")],
            "one of them twice": [term(starts=29), *steps("a", "a")],
        },
        started=29,
    )
    told(acme, {"late": [term(starts=119), *steps("a")], "long ago": [term(), *steps("a", days=365)]}, started=119)
    told(acme, {"13 days": [term(starts=12), *steps("a")]}, started=12)
    for name in ("none", "one", "as planned", "ahead", "one of them twice", "late", "13 days", "long ago"):
        record(acme, "accounts", {"id": name, "stage": "Onboarding"}, at=ago(1))
    record(acme, "accounts", {"id": "grown up", "stage": "Growth"}, at=ago(1))
    assert readings(acme, "value.onboarding_progress") == {
        "grown up": None,
        "none": 0,
        "one": 0.5,
        "as planned": 1,
        "ahead": 1.5,
        "one of them twice": 0.5,
        "late": 0.25,
        "13 days": None,
        "long ago": 0,
    }


def test_progress_belongs_to_the_first_stage_as_it_was(acme):
    told(acme, {"one": [term(starts=59), *steps("a", "b", days=40)]}, started=59)
    record(acme, "accounts", {"id": "one", "stage": "Onboarding"}, at=ago(30))
    record(acme, "accounts", {"id": "one", "stage": "Adoption"}, at=ago(5))
    key = "value.onboarding_progress"
    assert readings(acme, key, on=day(6)) == {"one": pytest.approx(60 / 54)}
    assert readings(acme, key, on=day(5)) == {"one": None}
    assert readings(acme, key, on=day(41)) == {"one": None}
    Stage.objects.of(acme).filter(position=0).update(target_days=None)
    assert readings(acme, key, on=day(6)) == {"one": None}
    assert readings(acme, key, on=DAY) == {"one": None}
