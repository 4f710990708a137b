"""Who is in the panel, what came of them, and that nothing said later moves what was known."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from accounts.models import Account
from metrics.backtest.outcomes import BEFORE, NEVER, Outcomes
from metrics.backtest.panel import days_to_judge, month_ends
from metrics.backtest.rows import DayRows
from metrics.scorecards import cards
from tests.cast import night, snapshot, tell
from tests.metrics.backtest.past import panel_of
from tests.metrics.cases import DAY, ago, complaint, day, term, told, use

pytestmark = pytest.mark.django_db

JANUARY, FEBRUARY = date(2025, 1, 31), date(2025, 2, 28)
STARTED = 180


def user(n, ends=None, starts=STARTED, since=STARTED, **more):
    """A term, and use every third day."""
    return [term(id=f"t{n}", starts=starts, ends=ends, **more), *(use(each, f"p{n}") for each in range(n, since, 3))]


@pytest.fixture
def told_of(acme):
    told(
        acme,
        {
            "stays": user(1),
            "leaves": user(2, ends=60),
            "leaves at once": user(3, ends=147),
            "says so": user(4),
            "is young": user(5, starts=160, since=160),
            "is on trial": user(6, is_trial=True, amount=0),
            "renews": [*user(7, ends=100), term(id="t7 next", starts=100)],
            "came back": [*user(8, ends=55), term(id="t8 next", starts=20)],
            "said before": user(9),
        },
        started=160,
    )
    tell(acme, "churns", {"id": "c4", "account": "says so", "notice_on": day(90), "churned_on": day(-30)}, at=ago(90))
    tell(acme, "churns", {"id": "c9", "account": "said before", "notice_on": day(155), "churned_on": day(1)})
    return acme


def panel(workspace):
    return panel_of(workspace, cards(workspace)[0], DAY)


def names(workspace, panel, chosen):
    """(external id, month) of the rows chosen."""
    ids = dict(Account.objects.of(workspace).values_list("pk", "external_id"))
    pairs = zip(panel.account[chosen].tolist(), panel.day[chosen].tolist(), strict=True)
    return {(ids[account], panel.days[n].month) for account, n in pairs}


def test_who_is_asked_and_who_was_lost(told_of):
    found = panel(told_of)
    assert found.days[:3] == (JANUARY, FEBRUARY, date(2025, 3, 31))
    assert found.over.tolist() == [True, True, False, False, False]
    # day(60) is 1 May, day(147) 3 February, day(90) 1 April, day(55) 6 May.
    assert names(told_of, found, found.asked & found.lost) == {
        ("leaves", 1),
        ("leaves", 2),
        ("says so", 1),
        ("says so", 2),
        ("came back", 1),
        ("came back", 2),
    }
    stayed = {(name, month) for name in ("stays", "renews") for month in (1, 2)} | {("is young", 2)}
    assert names(told_of, found, found.asked & ~found.lost) == stayed
    assert names(told_of, found, found.in_lag) == {("leaves at once", 1)}
    assert names(told_of, found, found.renews) & {("renews", 1), ("leaves", 2), ("stays", 1)} == {
        ("renews", 1),
        ("leaves", 2),
    }
    assert found.sample.churned == 3


def test_a_score_is_that_of_the_night(told_of):
    found = panel(told_of)
    night(told_of, JANUARY)
    for row in np.flatnonzero(found.day == 0):
        external = Account.objects.of(told_of).get(pk=found.account[row]).external_id
        kept = snapshot(told_of, external, JANUARY)
        assert (kept.score_units, kept.computed_band) == (found.score[row], found.band[row])
        np.testing.assert_array_equal(kept.values, found.values[row])
        np.testing.assert_array_equal(kept.points, found.points[row])


def same(one, other):
    for name in ("account", "day", "values", "points", "score", "band"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    for key, each in one.rivals.items():
        np.testing.assert_array_equal(each, other.rivals[key])


def test_what_is_said_later_moves_no_row(told_of):
    """The leak guard: facts of days to come, and facts of past days that were heard of later."""
    before = panel(told_of)
    early = before.between(JANUARY, FEBRUARY)
    heard = ago(100)
    for name in ("stays", "leaves", "says so"):
        kinds = {
            "events": {"name": "login", "occurred_at": ago(130), "count": 500, "contact": "many"},
            "tickets": {"id": f"k {name}", "opened_at": ago(140), "priority": "urgent"},
            "feedback": complaint(135, id=f"f {name}")[1],
            "subscriptions": term(id=f"t {name} more", starts=140, amount=900)[1],
        }
        for kind, item in kinds.items():
            tell(told_of, kind, {"account": name, **item}, at=heard)
        tell(told_of, "events", {"account": name, "name": "login", "occurred_at": ago(20), "count": 900})
    after = panel(told_of)
    same(early, after.between(JANUARY, FEBRUARY))
    # By the end of March it was heard, and counts.
    account = Account.objects.of(told_of).get(external_id="stays").pk
    then, now = (each.only((each.account == account) & (each.day == 2)) for each in (before, after))
    assert not np.array_equal(then.values, now.values, equal_nan=True)


def test_rows_are_packed_and_are_the_same(told_of):
    found = panel(told_of)
    one = DayRows(
        day=JANUARY,
        measures=found.measures,
        tracked=found.tracked[0],
        left_out=np.zeros(3, dtype=np.int64),
        account=found.account,
        values=found.values,
        points=found.points,
        score=found.score,
        band=found.band,
        renews=found.renews,
        rivals=found.rivals,
    )
    again = DayRows.unpacked(one.packed())
    same_rows = {name for name, value in vars(one).items() if isinstance(value, np.ndarray)}
    assert all(np.array_equal(getattr(one, n), getattr(again, n), equal_nan=True) for n in same_rows - {"renews"})
    assert one.packed() == again.packed() and (again.day, again.measures) == (JANUARY, found.measures)


def test_a_notice_by_a_renewal_turned_off(acme):
    told(acme, {"off": [term(id="a", ends=10, auto_renew=True)], "on again": [term(id="b", ends=10, auto_renew=True)]})
    for name, key in (("off", "a"), ("on again", "b")):
        tell(acme, "subscriptions", {"account": name, **term(id=key, ends=10, auto_renew=False)[1]}, at=ago(70))
    tell(acme, "subscriptions", {"account": "on again", **term(id="b next", starts=10, ends=-300)[1]})
    ids = np.array(Account.objects.of(acme).order_by("external_id").values_list("pk", flat=True))
    found = Outcomes(acme, DAY).of(ids, np.full(2, day(100).toordinal()))
    assert [date.fromordinal(int(each)) for each in found] == [day(70), day(-300)]
    # As was known before: nothing but the end of the term.
    assert date.fromordinal(int(Outcomes(acme, day(80)).of(ids, np.full(2, day(100).toordinal()))[0])) == day(10)
    assert Outcomes(acme, DAY).of(ids[:1], np.array([day(5).toordinal()])) == [BEFORE]
    assert date(9999, 1, 1).toordinal() < NEVER


def test_the_days_are_the_last_24_month_ends_that_are_over():
    ends = month_ends(date(2024, 1, 31), date(2024, 4, 29))
    assert ends == [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)]
    found = days_to_judge(date(2020, 5, 5), date(2025, 6, 30))
    assert (found[0], found[23], found[24], found[-1]) == (
        date(2023, 3, 31),
        date(2025, 2, 28),
        date(2025, 3, 31),
        date(2025, 6, 30),
    )
    assert date(2025, 2, 28) + timedelta(days=104) <= date(2025, 6, 30) < date(2025, 3, 31) + timedelta(days=104)
