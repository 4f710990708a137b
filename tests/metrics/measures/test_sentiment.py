"""What customers say when asked."""

from __future__ import annotations

import pytest

from tests.cast import tell
from tests.metrics.cases import ago, answer, day, readings, term, told

pytestmark = pytest.mark.django_db

KEY = "sentiment.recommendation"


def nps(days, score, person="", **more):
    return answer(days, score, kind="nps", person=person, **more)


def test_recommendation(acme):
    told(
        acme,
        {
            "none": [term()],
            "one": [term(), nps(3, 9, "ann")],
            "zero": [term(), nps(3, 0, "ann")],
            "the latest of each": [term(), nps(90, 2, "ann"), nps(3, 9, "ann"), nps(200, 6, "bea")],
            "told out of order": [term(), nps(3, 9, "ann"), nps(90, 2, "ann")],
            "at the same moment": [term(), nps(3, 2, "ann"), nps(3, 8, "ann")],
            "nameless ones each count": [term(), nps(3, 4), nps(90, 8), nps(3, 9, "ann")],
            "another scale": [term(), nps(3, 4, "ann", scale_min=1, scale_max=5)],
            "first and last day": [term(), nps(364, 6, "ann"), nps(365, 0, "bea"), nps(0, 10, "cid")],
            "other questions": [term(), answer(3, 1), nps(3, 7, "ann")],
        },
    )
    assert readings(acme, KEY) == {
        "none": None,
        "one": 9,
        "zero": 0,
        "the latest of each": 7.5,
        "told out of order": 9,
        "at the same moment": 8,
        "nameless ones each count": 7,
        "another scale": 7.5,
        "first and last day": 8,
        "other questions": 7,
    }


def test_the_latest_answer_as_known_on_the_day(acme):
    told(acme, {"one": [term(), nps(30, 9, "ann"), nps(10, 3, "ann", known_at=ago(5))]})
    assert readings(acme, KEY, on=day(11)) == {"one": 9}
    assert readings(acme, KEY, on=day(6)) == {"one": 9}
    assert readings(acme, KEY, on=day(5)) == {"one": 3}
    assert readings(acme, KEY, on=day(11), known=day(0)) == {"one": 9}


def test_a_corrected_answer(acme):
    told(acme, {"one": [term(), nps(30, 9, "ann", id="a")]})
    tell(acme, "survey_responses", {"account": "one", **nps(30, 1, "ann", id="a")[1]}, at=ago(2))
    assert readings(acme, KEY, on=day(3)) == {"one": 9}
    assert readings(acme, KEY) == {"one": 1}


def test_namesakes_of_different_customers(acme):
    told(acme, {"one": [term(), nps(30, 9, "ann")], "two": [term(), nps(3, 1, "ann")]})
    assert readings(acme, KEY) == {"one": 9, "two": 1}


@pytest.mark.parametrize(("age", "expected"), [(13, None), (14, 9), (200, 9)])
def test_recommendation_of_young_accounts(acme, age, expected):
    told(acme, {"young": [term(starts=age - 1), nps(2, 9, "ann")]}, started=age - 1)
    assert readings(acme, KEY) == {"young": expected}
