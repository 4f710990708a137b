"""What is done for whom, and how the book stands, by hand, for June 2025; DAY is its last day."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from metrics.models import Band, Run, ScoreSnapshot
from metrics.registry import KPIS
from tests.cast import account, night
from tests.kept import kept
from tests.metrics.cases import DAY, ago, day, term, told, touch
from tests.metrics.kpis.asking import ask, csm, values

pytestmark = pytest.mark.django_db
D = Decimal
TOUCHES, MINUTES = "effort.touches", "effort.minutes"
COUNTS = [f"effort.{name}" for name in ("healthy", "at_risk", "poor", "unknown")]
MONEY = [f"effort.{name}" for name in ("healthy_mrr", "mrr_at_risk", "poor_mrr", "unknown_mrr")]
MEAN, UNSCORED = "effort.mean_score", "effort.unscored_mrr"


def test_nothing_was_done(acme):
    assert values(acme, TOUCHES, MINUTES) == [0, 0]


def test_touches(acme):
    told(acme, {"one": [touch(0, minutes=30), touch(29, "email"), touch(30, minutes=99)], "two": [touch(3, minutes=0)]})
    assert values(acme, TOUCHES, MINUTES) == [3, 30]
    assert values(acme, TOUCHES, MINUTES, on=day(8), known=day(8)) == [1, 0]


def test_the_borders_of_march(acme):
    moments = [(2, 28, 22, 59), (2, 28, 23, 0), (3, 31, 21, 59), (3, 31, 22, 0)]
    told(acme, {"one": [touch(0, happened_at=datetime(2025, *moment, tzinfo=UTC)) for moment in moments]})
    assert [values(acme, TOUCHES, on=day(days)) for days in (130, 100, 80)] == [[1], [2], [1]]


def test_what_is_heard_late(acme):
    told(acme, {"one": [touch(9, minutes=5), touch(9, minutes=7, known_at=ago(-2))]})
    assert values(acme, TOUCHES, MINUTES) == [1, 5]
    assert values(acme, TOUCHES, MINUTES, known=day(-2)) == [2, 12]


def test_for_whom(acme, alice, bob):
    told(acme, {"one": [touch(20, minutes=5), touch(3, minutes=7)]})
    account(acme, "one").change(ago(100), owner=alice)
    account(acme, "one").change(ago(15), owner=bob)
    assert [values(acme, TOUCHES, MINUTES, scope=csm(member)) for member in (alice, bob)] == [[1, 5], [1, 7]]


def test_nobody_is_scored(acme):
    assert values(acme, *COUNTS, *MONEY, UNSCORED) == [0] * 9
    found = ask(acme, MEAN)
    assert (found.value, found.n, found.reason) == (None, 0, str(KPIS[MEAN].nothing))


SCORED = {
    "green": (Band.GREEN, D("90.5"), "100.10"),
    "green too": (Band.GREEN, D(75), "300"),
    "yellow": (Band.YELLOW, D(50), "0.90"),
    "red": (Band.RED, D(0), "50"),
    "grey": (Band.GREY, None, "20"),
    "trial": (Band.RED, D(10), None),
}


@kept
def book(acme):
    """A night whose scores are put in by hand."""
    told(acme, {name: [term()] for name in SCORED})
    night(acme, DAY)
    for name, (band, score, mrr) in SCORED.items():
        rows = ScoreSnapshot.objects.of(acme).filter(day=DAY, account__external_id=name)
        units = None if score is None else int(score * 10_000), None if mrr is None else int(D(mrr) * 10_000)
        assert rows.update(band=band, score_units=units[0], mrr_units=units[1]) == 1
    return acme


def test_the_book_by_band(book):
    assert values(book, *COUNTS) == [2, 1, 2, 1]
    assert values(book, *MONEY) == [D("400.10"), D("0.90"), 50, 20]
    assert values(book, UNSCORED) == [20]


def test_the_mean_score_by_mrr(book):
    expected = (D("90.5") * D("100.10") + 75 * 300 + 50 * D("0.90")) / (D("100.10") + 300 + D("0.90") + 50)
    assert values(book, MEAN) == [pytest.approx(expected)]
    # The trial has a score, and no MRR to weigh it.
    assert ask(book, MEAN).n == 4


def test_the_day_before_and_an_unpublished_night_do_not_count(book):
    assert values(book, *COUNTS, on=day(1), known=day(1)) == [0] * 4
    Run.objects.of(book).update(published_attempt=None)
    assert values(book, *COUNTS) == [0] * 4


def test_whose_book_it_is(book, alice, bob):
    account(book, "green").change(ago(100), owner=alice)
    account(book, "green").change(ago(15), owner=bob)
    assert [values(book, COUNTS[0], MONEY[0], scope=csm(member)) for member in (alice, bob)] == [
        [0, 0],
        [1, D("100.1")],
    ]
