"""How often the customer needs help, and how content it is with it."""

from __future__ import annotations

import pytest

from tests.cast import tell
from tests.metrics.cases import ago, answer, correct, day, readings, term, ticket, told, touch, use

pytestmark = pytest.mark.django_db


def people(number):
    return [use(2, f"p{n}") for n in range(number)]


def test_ticket_rate(acme):
    told(
        acme,
        {
            "none": [term(10)],
            "none, and nobody to have any": [term(None)],
            "one of four people": [term(10), *people(4), ticket(1)],
            "by counted people": [term(10), use(1, users=5), ticket(1), ticket(2)],
            "by seats": [term(40), ticket(1)],
            "nobody at all": [term(None), ticket(1)],
            "first and last day": [term(10), *people(10), ticket(27.5), ticket(28), ticket(0)],
        },
    )
    assert readings(acme, "support.ticket_rate") == {
        "none": 0,
        "none, and nobody to have any": 0,
        "one of four people": 2.5,
        "by counted people": 4,
        "by seats": 0.25,
        "nobody at all": None,
        "first and last day": 2,
    }


def test_a_ticket_belongs_to_the_local_day(acme):
    """The window of 28 days begins at midnight in Madrid, 22:00 UTC of the day before."""
    borders = {"inside": ago(27, 0, 0), "outside": ago(28, 23, 59)}
    told(
        acme,
        {
            name: [term(10), ("tickets", {"id": name, "opened_at": moment, "priority": "normal"})]
            for name, moment in borders.items()
        },
    )
    assert readings(acme, "support.ticket_rate") == {"inside": 1, "outside": 0}


@pytest.mark.parametrize(("age", "expected"), [(13, None), (14, 4), (21, 4 * 14 / 21), (28, 2)])
def test_ticket_rate_of_young_accounts(acme, age, expected):
    told(acme, {"young": [term(10, age - 1), ticket(1), ticket(2)]}, started=age - 1)
    assert readings(acme, "support.ticket_rate")["young"] == pytest.approx(expected)


def test_open_severe(acme):
    told(
        acme,
        {
            "none": [term()],
            "one of each": [term(), *(ticket(9, p) for p in ("low", "normal", "high", "urgent"))],
            "solved": [term(), ticket(9, "high", solved_at=ago(3))],
            "closed": [term(), ticket(9, "high", closed_at=ago(3))],
            "replied": [term(), ticket(9, "urgent", replied_at=ago(3))],
            "reopened": [term(), ticket(9, "high", solved_at=ago(5), reopened_at=ago(3))],
            "closed again": [term(), ticket(9, "high", solved_at=ago(5), reopened_at=ago(3), closed_at=ago(1))],
            "old": [term(), ticket(500, "urgent")],
        },
    )
    assert readings(acme, "support.open_severe") == {
        "none": 0,
        "one of each": 2,
        "solved": 0,
        "closed": 0,
        "replied": 1,
        "reopened": 1,
        "closed again": 0,
        "old": 1,
    }


def test_a_ticket_is_open_by_what_had_happened_on_the_day(acme):
    told(acme, {"one": [term(), ticket(9, "high", id="t1", solved_at=ago(6), reopened_at=ago(4), closed_at=ago(2))]})
    states = {10: 0, 9: 1, 7: 1, 6: 0, 5: 0, 4: 1, 3: 1, 2: 0, 0: 0}
    found = {days: readings(acme, "support.open_severe", on=day(days))["one"] for days in states}
    assert found == states


def test_a_solution_heard_of_later_and_a_priority_that_was_changed(acme):
    told(acme, {"one": [term(), ticket(9, "high", id="t1")], "two": [term(), ticket(9, "normal", id="t2")]})
    tell(acme, "tickets", {"account": "one", **ticket(9, "high", id="t1", solved_at=ago(6))[1]}, at=ago(3))
    tell(acme, "tickets", {"account": "two", **ticket(9, "urgent", id="t2")[1]}, at=ago(3))
    key = "support.open_severe"
    assert readings(acme, key, on=day(4)) == {"one": 1, "two": 0}
    assert readings(acme, key, on=day(3)) == {"one": 0, "two": 1}
    assert readings(acme, key, on=day(6), known=day(3)) == {"one": 0, "two": 1}
    assert readings(acme, key, on=day(7), known=day(3)) == {"one": 1, "two": 1}


def test_support_csat(acme):
    told(
        acme,
        {
            "none": [term()],
            "one": [term(), answer(3, 4)],
            "worst": [term(), answer(3, 1)],
            "each on its scale": [term(), answer(3, 5), answer(4, 4), answer(5, 8, scale_min=0, scale_max=10)],
            "after calls and trainings": [term(), answer(3, 3, about="call"), answer(3, 5, about="training")],
            "not about support": [term(), answer(3, 1, about=""), answer(3, 5, about="chat")],
            "other questions": [term(), answer(3, 1, kind="ces"), answer(3, 2)],
            "first and last day": [term(), answer(89, 5), answer(90, 1), answer(0, 3)],
        },
    )
    found = readings(acme, "support.support_csat")
    assert found == {
        "none": None,
        "one": 0.75,
        "worst": 0,
        "each on its scale": pytest.approx((1 + 0.75 + 0.8) / 3),
        "after calls and trainings": 0.75,
        "not about support": 1,
        "other questions": 0.25,
        "first and last day": 0.75,
    }


def test_an_answer_heard_late_and_one_corrected(acme):
    told(acme, {"one": [term(), answer(9, 5), answer(8, 1, known_at=ago(5)), answer(7, 1, id="a")]})
    tell(acme, "survey_responses", {"account": "one", **answer(7, 5, id="a")[1]}, at=ago(2))
    key = "support.support_csat"
    assert readings(acme, key, on=day(8)) == {"one": 1}
    assert readings(acme, key, on=day(7)) == {"one": 0.5}
    assert readings(acme, key, on=day(5)) == {"one": pytest.approx(1 / 3)}
    assert readings(acme, key) == {"one": pytest.approx(2 / 3)}


def test_the_order_in_which_answers_came_changes_no_byte(acme):
    """A mean of the same answers is the same number, whatever order the database reads them in."""
    scores = [1.1, 2.3, 4.7, 3.9, 1.7, 2.9, 3.1, 4.3, 1.3, 2.1, 3.7]
    several = {
        "forwards": [term(), *(answer(5 + n, score) for n, score in enumerate(scores))],
        "backwards": [term(), *reversed([answer(5 + n, score) for n, score in enumerate(reversed(scores))])],
        "by size": [term(), *(answer(5 + n, score) for n, score in enumerate(sorted(scores)))],
    }
    told(acme, several)
    assert len(set(readings(acme, "support.support_csat").values())) == 1


def answered(days, hours, **more):
    return ticket(days, replied_at=ago(days - hours / 24), **more)


def test_first_response(acme):
    """The day ends at midnight: what was opened at noon yesterday and never answered is 36 hours old."""
    told(
        acme,
        {
            "none": [term()],
            "one": [term(), answered(3, 6)],
            "at once": [term(), answered(3, 0)],
            "odd": [term(), answered(3, 1), answered(4, 2), answered(5, 9)],
            "even": [term(), answered(3, 1), answered(4, 2), answered(5, 5), answered(6, 9)],
            "unanswered": [term(), ticket(1)],
            "solved without a word": [term(), ticket(5, solved_at=ago(4))],
            "answered before it was solved": [term(), answered(5, 3, solved_at=ago(4))],
            "first and last day": [term(), answered(27, 4), answered(28, 90)],
        },
    )
    assert readings(acme, "support.first_response") == {
        "none": None,
        "one": 6,
        "at once": 0,
        "odd": 2,
        "even": 3.5,
        "unanswered": 36,
        "solved without a word": 24,
        "answered before it was solved": 3,
        "first and last day": 4,
    }


def test_an_answer_counts_from_when_it_was_given_and_heard_of(acme):
    told(acme, {"one": [term(), ticket(9, id="t")]})
    correct(acme, "one", answered(9, 24, id="t"), 5)
    key = "support.first_response"
    assert readings(acme, key, on=day(9)) == {"one": 12}
    assert readings(acme, key, on=day(6)) == {"one": 84}
    assert readings(acme, key, on=day(5)) == {"one": 24}
    assert readings(acme, key, on=day(9), known=day(5)) == {"one": 12}


def test_training(acme):
    told(
        acme,
        {
            "none": [term(), touch(3, "meeting")],
            "two": [term(), touch(3, "training"), touch(9, "training", attendees=5)],
            "nobody came": [term(), touch(3, "training", attendees=0)],
            "first and last day": [term(), touch(179, "training"), touch(180, "training")],
            "heard late": [term(), touch(9, "training", known_at=ago(-2))],
            "corrected": [term(), touch(9, "training", id="t")],
        },
    )
    correct(acme, "corrected", touch(9, "meeting", id="t"), 2)
    found = {"none": 0, "two": 2, "nobody came": 0, "first and last day": 1, "heard late": 0, "corrected": 0}
    assert readings(acme, "support.training") == found
    assert readings(acme, "support.training", on=day(3))["corrected"] == 1


@pytest.mark.parametrize(("age", "hours", "count"), [(13, None, None), (14, 6, 1)])
def test_answers_and_trainings_of_young_accounts(acme, age, hours, count):
    told(acme, {"young": [term(starts=age - 1), answered(3, 6), touch(3, "training")]}, started=age - 1)
    assert readings(acme, "support.first_response") == {"young": hours}
    assert readings(acme, "support.training") == {"young": count}
