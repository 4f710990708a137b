"""What customers say when asked."""

from __future__ import annotations

import pytest

from accounts.models import Survey
from tests.cast import tell
from tests.metrics.cases import ago, answer, correct, day, identity, readings, said, term, told

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


def pulse(days, value, **more):
    return "pulses", {"id": identity("pulse"), "given_at": ago(days), "value": value} | more


def test_csm_pulse(acme):
    told(
        acme,
        {
            "none": [term()],
            "one": [term(), pulse(3, 1)],
            "the latest": [term(), pulse(3, 4), pulse(30, 1)],
            "told out of order": [term(), pulse(30, 1), pulse(3, 4)],
            "first day": [term(), pulse(59, 2)],
            "no longer valid": [term(), pulse(60, 2)],
        },
    )
    assert readings(acme, "sentiment.csm_pulse") == {
        "none": None,
        "one": 1,
        "the latest": 4,
        "told out of order": 4,
        "first day": 2,
        "no longer valid": None,
    }


def test_a_pulse_heard_late_and_corrected(acme):
    told(acme, {"one": [term(), pulse(20, 5), pulse(9, 3, id="p", known_at=ago(7))]})
    correct(acme, "one", pulse(9, 2, id="p"), 2)
    key = "sentiment.csm_pulse"
    assert [readings(acme, key, on=day(n))["one"] for n in (8, 7, 3, 2)] == [5, 3, 3, 2]


def opinion(days, score, kind="relationship", **more):
    return answer(days, score, kind=kind, about="", **more)


def test_survey_score(acme):
    Survey.unscoped.create(workspace=acme, key="pain", name="Pain", kind="custom", is_reversed=True)
    told(
        acme,
        {
            "none": [term(), answer(3, 1), nps(3, 1), opinion(3, 1, "resolved")],
            "one": [term(), opinion(3, 4)],
            "worst": [term(), opinion(3, 1)],
            "each on its scale": [term(), opinion(3, 5), opinion(9, 5, "custom", scale_min=0, scale_max=10)],
            "the highest is the worst": [term(), opinion(3, 4, "custom", survey="pain")],
            "first and last day": [term(), opinion(89, 3), opinion(90, 1)],
            "corrected": [term(), opinion(9, 5, id="o")],
            "heard late": [term(), opinion(9, 2, known_at=ago(-2))],
        },
    )
    correct(acme, "corrected", opinion(9, 2, id="o"), 2)
    assert readings(acme, "sentiment.survey_score") == {
        "none": None,
        "one": 0.75,
        "worst": 0,
        "each on its scale": 0.75,
        "the highest is the worst": 0.25,
        "first and last day": 0.5,
        "corrected": 0.25,
        "heard late": None,
    }
    assert readings(acme, "sentiment.survey_score", on=day(3))["corrected"] == 1


def test_product_feedback(acme):
    told(
        acme,
        {
            "none": [term(), said(3, "complaint")],
            "praise": [term(), said(3, "praise")],
            "a problem": [term(), said(3, "problem", topic="product")],
            "a request": [term(), said(3, "request")],
            "mixed": [term(), *(said(n, "praise") for n in range(4)), said(5, "problem"), said(6, "request")],
            "about people": [term(), said(3, "praise", topic="people")],
            "first and last day": [term(), said(179, "problem"), said(180, "praise")],
            "heard late": [term(), said(9, "praise", known_at=ago(-2))],
        },
    )
    assert readings(acme, "sentiment.product_feedback") == {
        "none": None,
        "praise": pytest.approx(1 / 3),
        "a problem": pytest.approx(-1 / 3),
        "a request": 0,
        "mixed": pytest.approx(3 / 8),
        "about people": None,
        "first and last day": pytest.approx(-1 / 3),
        "heard late": None,
    }


@pytest.mark.parametrize(("age", "found"), [(13, [None, None, None]), (14, [4, 0.75, pytest.approx(1 / 3)])])
def test_what_young_accounts_say(acme, age, found):
    told(acme, {"young": [term(starts=age - 1), pulse(2, 4), opinion(2, 4), said(2, "praise")]}, started=age - 1)
    keys = ["sentiment.csm_pulse", "sentiment.survey_score", "sentiment.product_feedback"]
    assert [readings(acme, key)["young"] for key in keys] == found
