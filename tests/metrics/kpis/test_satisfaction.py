"""What customers answer, by hand, for June 2025; DAY is its last day."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from accounts.models import Account, Survey
from metrics.registry import KPIS
from tests.cast import account
from tests.metrics.cases import ago, answer, complaint, day, said, told
from tests.metrics.kpis.asking import ask, csm, values

pytestmark = pytest.mark.django_db
D = Decimal
NPS, ONES = "satisfaction.nps", "satisfaction.nps_from_one"
CSAT, SOLVED = "satisfaction.csat", "satisfaction.resolution_confirmed"
CES, EASE = "satisfaction.ces", "satisfaction.ces_mean"
CES5, EASE5 = "satisfaction.ces_of_five", "satisfaction.ces_mean_of_five"
TALK, ANSWERED = "satisfaction.comments", "satisfaction.feedback_answered"


def nps(days, score, person="", **more):
    return answer(days, score, "nps", person=person, **more)


def ces(days, score, top=7, **more):
    return answer(days, score, "ces", "", scale_max=top, **more)


@pytest.mark.parametrize("key", [NPS, ONES, CSAT, SOLVED, CES, EASE, CES5, EASE5, ANSWERED])
def test_no_answers_are_no_number(acme, key):
    found = ask(acme, key)
    assert (found.value, found.n, found.interval, found.reason) == (None, 0, None, str(KPIS[key].nothing))


def test_no_comments_are_none(acme):
    assert ask(acme, TALK).value == 0


@pytest.mark.parametrize(
    ("scores", "value"),
    [
        ([10] * 6 + [7, 8] + [0, 6], 40),
        ([9], 100),
        ([6], -100),
        ([7, 8, 8], 0),
        ([9, 6], 0),
        ([D("8.9"), D("6.1")], 0),
        ([10, 9, 3], D(100) / 3),
    ],
)
def test_recommendations(acme, scores, value):
    told(acme, {"one": [nps(n, score) for n, score in enumerate(scores)]})
    found = ask(acme, NPS)
    assert (found.value, found.n, found.is_thin) == (pytest.approx(D(value)), len(scores), len(scores) < 5)
    assert ask(acme, ONES).value is None


def test_an_interval_goes_with_them(acme):
    told(acme, {"one": [nps(n / 10, score) for n, score in enumerate([10] * 60 + [8] * 25 + [2] * 15)]})
    found = ask(acme, NPS)
    # (60 − 15) ÷ 100; √((0.75 − 0.45²) ÷ 100) = 0.074, times 1.96.
    assert found.value == 45
    assert found.interval == pytest.approx((30.498, 59.502), abs=1e-3)


def test_the_latest_answer_of_each_contact(acme):
    told(
        acme,
        {
            "one": [nps(20, 2, "ann"), nps(5, 10, "ann"), nps(6, 3), nps(7, 9), nps(31, 0, "bea")],
            # Another Ann; on one moment the later told counts.
            "two": [nps(10, 10, "ann"), nps(10, 5, "ann")],
        },
    )
    # Promoters: Ann's second and the nameless 9; detractors: the nameless 3 and the other Ann's 5.
    assert (ask(acme, NPS).value, ask(acme, NPS).n) == (0, 4)


def test_answers_from_one_to_ten_are_a_figure_of_their_own(acme):
    told(acme, {"one": [nps(5, 9), nps(6, 1, scale_min=1), nps(7, 9, scale_min=1), nps(8, 10, scale_min=1)]})
    assert values(acme, NPS, ONES) == [100, pytest.approx(D(100) / 3)]


def test_satisfaction(acme):
    Survey.unscoped.create(workspace=acme, key="strict", name="Strict", kind="csat", positive_from=9)
    Survey.unscoped.create(workspace=acme, key="pain", name="Pain", kind="csat", is_reversed=True)
    ten = {"scale_min": 0, "scale_max": 10}
    told(
        acme,
        {
            "fives": [answer(1, 4), answer(2, 5), answer(3, 3), answer(4, D("3.5"))],
            "tens": [answer(1, 6, **ten), answer(2, 5, **ten)],
            "as the survey says": [answer(1, 9, survey="strict", **ten), answer(2, 8, survey="strict", **ten)],
            # 2 of 5, the highest being the worst, is 4.
            "turned round": [answer(1, 2, survey="pain"), answer(1, 5, survey="pain")],
            "of seven": [answer(1, 7, scale_max=7)],
            "another question": [nps(1, 10)],
        },
    )
    found = ask(acme, CSAT)
    assert (found.part, found.whole, found.value) == (5, 10, D("0.5"))
    assert found.interval == pytest.approx((0.2366, 0.7634), abs=1e-4)


@pytest.mark.parametrize(("top", "keys"), [(7, (CES, EASE)), (5, (CES5, EASE5))])
def test_effort(acme, top, keys):
    Survey.unscoped.create(workspace=acme, key="hard", name="Hard", kind="ces", is_reversed=True)
    easy = 5 if top == 7 else 4
    told(
        acme,
        {
            "one": [ces(n, score, top) for n, score in enumerate([easy, easy, easy - 1, top])],
            "turned": [ces(3, 1, top, survey="hard"), ces(4, top, top, survey="hard")],
            "other scales": [ces(3, 3, top=4), ces(3, 5, top=10), answer(3, 5, "ces", "", scale_min=0)],
        },
    )
    share, mean = values(acme, *keys)
    assert share == pytest.approx(D(4) / 6)
    assert mean == pytest.approx(D(3 * easy - 1 + 2 * top + 1) / 6)
    others = {CES, EASE, CES5, EASE5} - set(keys)
    assert values(acme, *others) == [None, None]


def test_whether_it_was_solved(acme):
    yes_no = {"scale_min": 0, "scale_max": 1}
    told(
        acme,
        {
            "yes or no": [answer(n, score, "resolved", **yes_no) for n, score in enumerate([1, 1, 1, 0])],
            "of five": [answer(1, 3, "resolved"), answer(2, 4, "resolved")],
        },
    )
    found = ask(acme, SOLVED)
    assert (found.part, found.whole, found.value) == (4, 6, pytest.approx(D(4) / 6))


def test_what_is_said(acme):
    told(
        acme,
        {
            "one": [
                said(3, "praise"),
                said(4, "problem", resolved_on=day(1)),
                said(5, "request"),
                complaint(6, 2),
                nps(3, 9, comment="Good"),
                nps(3, 9),
            ],
            "two": [said(31, "praise")],
        },
    )
    assert ask(acme, TALK).value == 5
    found = ask(acme, ANSWERED)
    assert (found.part, found.whole) == (2, 3)


def test_the_clocks_and_the_borders_of_march(acme):
    """March 2025 in Madrid: it begins in winter time, at 23:00 UTC, and ends in summer time, at 22:00 UTC."""
    moments = [(2, 28, 22, 59), (2, 28, 23, 0), (3, 30, 0, 30), (3, 30, 1, 30), (3, 31, 21, 59), (3, 31, 22, 0)]
    given = [datetime(2025, *moment, tzinfo=UTC) for moment in moments]
    told(acme, {"one": [nps(0, score, answered_at=at) for at, score in zip(given, (0, 9, 9, 9, 8, 0), strict=True)]})
    found = ask(acme, NPS, on=day(100))
    assert (found.value, found.n) == (75, 4)
    assert [ask(acme, NPS, on=day(days)).n for days in (130, 80)] == [1, 1]


def test_what_is_heard_late_and_what_is_corrected(acme):
    late = nps(3, 10, known_at=ago(-2))
    told(acme, {"one": [nps(4, 0), late]})
    assert values(acme, NPS) == [-100]
    assert values(acme, NPS, known=day(-2)) == [0]


def test_whose_an_answer_is(acme, alice, bob):
    told(acme, {"one": [nps(20, 10), nps(15, 9), nps(5, 0)]})
    one = account(acme, "one")
    one.change(ago(100), owner=alice)
    Account.objects.of(acme).get(external_id="one").change(ago(15, hour=23), owner=bob)
    assert [values(acme, NPS, scope=csm(member)) for member in (alice, bob)] == [[100], [0]]
    assert values(acme, NPS) == [pytest.approx(D(100) / 3)]


def test_a_month_that_still_runs(acme):
    told(acme, {"one": [nps(9, 10), nps(8, 0), nps(7, 0)]})
    assert values(acme, NPS, on=day(8), known=day(8)) == [0]
