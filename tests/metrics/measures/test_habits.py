"""How the use of the product compares with itself: its own peak, what is new, the time spent."""

from __future__ import annotations

import pytest

from accounts.retraction import retract
from tests.cast import source_of, tell
from tests.metrics.cases import ago, day, readings, term, told, use

pytestmark = pytest.mark.django_db


def people(number, days):
    return [use(days, f"p{n}") for n in range(number)]


def test_active_of_peak(acme):
    told(
        acme,
        {
            "none": [term()],
            "one": [term(), use(3, "ann")],
            "at its peak": [term(), *people(4, 3), *people(2, 40)],
            "half of it": [term(), *people(2, 3), *people(4, 100), *people(3, 200)],
            "nobody any more": [term(), *people(4, 100)],
            "different people": [term(), use(3, "ann"), use(30, "bea"), use(31, "cid")],
            "blocks of 28 days": [term(), use(27, "ann"), use(28, "bea"), use(55, "cid"), use(56, "dan")],
            "first day": [term(), use(3, "ann"), *people(2, 363)],
            "before the year": [term(), use(3, "ann"), *people(2, 364)],
            "counted by the source": [term(), use(3, users=3), use(90, users=12), use(91, users=9)],
            "named, once counted": [term(), use(3, "ann"), use(90, users=12), *people(2, 150)],
            "counted, once named": [term(), use(3, users=12), *people(2, 150)],
        },
    )
    assert readings(acme, "usage.active_of_peak") == {
        "none": None,
        "one": 1,
        "at its peak": 1,
        "half of it": 0.5,
        "nobody any more": 0,
        "different people": 0.5,
        "blocks of 28 days": 0.5,
        "first day": 0.5,
        "before the year": 1,
        "counted by the source": 0.25,
        "named, once counted": 0.5,
        "counted, once named": 0,
    }


def test_a_peak_heard_late_and_one_taken_back(acme):
    told(acme, {"one": [term(), use(20, "ann", known_at=ago(20)), *people(3, 58), use(59, "zoe", message_id="m")]})
    told(acme, {"two": [term(), use(20, "ann"), use(58, "bea", known_at=ago(10)), use(59, "cid", known_at=ago(10))]})
    retract(acme, source_of(acme), ["m"], ago(5))
    key = "usage.active_of_peak"
    assert readings(acme, key, on=day(11)) == {"one": 0.25, "two": 1}
    assert readings(acme, key, on=day(10)) == {"one": 0.25, "two": 0.5}
    assert readings(acme, key, on=day(5)) == {"one": pytest.approx(1 / 3), "two": 0.5}


def release(workspace, feature, days, *plans):
    tell(workspace, "releases", {"feature": feature, "released_on": day(days), "plans": list(plans)})


def test_new_features(acme, evil):
    release(acme, "chart", 89)
    release(acme, "fax", 90)
    release(acme, "api", 10, "Business", "Enterprise")
    release(acme, "soon", -1)
    release(evil, "theirs", 10)
    told(
        acme,
        {
            "none": [term(product="Team")],
            "uses it": [term(product="Team"), use(5, feature="chart")],
            "not in its plan": [term(product="Team"), use(5, feature="api")],
            "one of two": [term(product="Business"), use(5, feature="api"), use(4, feature="fax")],
            "both": [term(product="Enterprise"), use(5, feature="api"), use(89, feature="chart")],
            "two plans": [term(product="Team"), term(product="Business"), use(5, feature="chart")],
            "had the plan": [term(), term(product="Business", ends=3), use(5, feature="chart")],
            "used long ago": [term(), use(90, feature="chart")],
            "no use": [term(), use(5, feature="chart", name="email_opened")],
        },
    )
    key = "usage.new_features"
    assert readings(acme, key) == {
        "none": 0,
        "uses it": 1,
        "not in its plan": 0,
        "one of two": 0.5,
        "both": 1,
        "two plans": 0.5,
        "had the plan": 1,
        "used long ago": 0,
        "no use": 0,
    }
    assert readings(acme, key, on=day(90))["used long ago"] == 0
    assert set(readings(acme, key, on=day(181)).values()) == {None}


def test_use_of_something_new_heard_late(acme):
    release(acme, "chart", 30)
    told(acme, {"one": [term(), use(9, feature="chart", known_at=ago(5))]})
    assert readings(acme, "usage.new_features", on=day(6)) == {"one": 0}
    assert readings(acme, "usage.new_features", on=day(5)) == {"one": 1}


def test_time_in_app(acme):
    told(
        acme,
        {
            "none": [term()],
            "no time told": [term(), use(3, "ann")],
            "one": [term(), use(3, "ann", seconds=600)],
            "twice a day": [term(), use(3, "ann", seconds=600), use(3, "ann", seconds=300, name="page")],
            "two days": [term(), use(3, "ann", seconds=600), use(4, "ann", seconds=300)],
            "two people": [term(), use(3, "ann", seconds=600), use(3, "bea", seconds=300)],
            "a visit without time": [term(), use(3, "ann", seconds=600), use(4, "bea")],
            "nobody named": [term(), use(3, seconds=600)],
            "first and last day": [term(), use(27, "ann", seconds=600), use(28, "ann", seconds=6000)],
            "heard late": [term(), use(9, "ann", seconds=600, known_at=ago(-2))],
        },
    )
    assert readings(acme, "usage.time_in_app") == {
        "none": None,
        "no time told": None,
        "one": 10,
        "twice a day": 15,
        "two days": 7.5,
        "two people": 7.5,
        "a visit without time": 5,
        "nobody named": None,
        "first and last day": 10,
        "heard late": None,
    }


@pytest.mark.parametrize(("age", "found"), [(13, [None] * 3), (14, [1, 1, 10])])
def test_habits_of_young_accounts(acme, age, found):
    release(acme, "chart", 30)
    told(acme, {"young": [term(starts=age - 1), use(3, "ann", feature="chart", seconds=600)]}, started=age - 1)
    keys = ["usage.active_of_peak", "usage.new_features", "usage.time_in_app"]
    assert [readings(acme, key)["young"] for key in keys] == found
