"""Red before they left, how long before, and how often red was right: by hand."""

from __future__ import annotations

import numpy as np

from metrics.formulas.warning import Leavers, Spells, precision, red_before, spells_of, warnings


def of(*rows):
    return [np.array(each, dtype=np.int64) for each in zip(*rows, strict=True)]


# Account 1 was red on days 100–120 and 150–200, account 2 on 300–310, account 4 on 390–500.
SPELLS = Spells(*of((1, 100, 120), (1, 150, 200), (2, 300, 310), (4, 390, 500)))
# Left: 1 on day 190, 2 on day 340, 3 on day 200. The last two were scored from day 170 on.
LEAVERS = Leavers(*of((1, 190, 50), (2, 340, 170), (3, 200, 170)))
NONE = Spells(*(np.array([], dtype=np.int64) for _ in range(3)))


def test_red_before_they_left():
    assert red_before(SPELLS, LEAVERS, 30) == (2, 3)
    # 60 days before: 1 was not red on 130, 2 not on 280, 3 was not scored yet.
    assert red_before(SPELLS, LEAVERS, 60) == (0, 2)
    assert red_before(SPELLS, LEAVERS, 90) == (1, 2)
    assert red_before(NONE, LEAVERS, 30) == (0, 3)


def test_warning_is_of_the_last_unbroken_red():
    assert warnings(SPELLS, LEAVERS).tolist() == [40, 0, 0]
    assert warnings(NONE, LEAVERS).tolist() == [0, 0, 0]


def test_precision_by_spells():
    # Within 60 days of turning red, or while red: 1's second spell and 2's are right, 1's first is not; 4's is open.
    assert precision(SPELLS, LEAVERS, 60, 400) == (2, 3)
    assert precision(SPELLS, LEAVERS, 60, 450) == (2, 4)
    # Red for all of 90 days before it left is right as well.
    assert precision(SPELLS, LEAVERS, 30, 400) == (1, 3)
    assert precision(SPELLS, Leavers(*of((9, 1, 1))), 30, 400) == (0, 3)
    assert precision(NONE, LEAVERS, 30, 400) == (0, 0)


def test_red_by_the_notice_itself_is_neither_right_nor_wrong():
    notice = Leavers(*of((1, 100, 10)))
    assert precision(Spells(*of((1, 100, 159))), notice, 90, 400) == (0, 0)
    assert precision(Spells(*of((1, 99, 159))), notice, 90, 400) == (1, 1)
    # Who came back is judged again.
    assert precision(Spells(*of((1, 190, 200))), notice, 90, 400) == (0, 1)


def test_a_spell_that_is_open_counts_on_neither_side():
    assert precision(Spells(*of((1, 390, 395), (2, 390, 395))), Leavers(*of((1, 396, 10))), 60, 400) == (0, 0)


def test_spells_of_month_ends():
    account, start, until = of((1, 31, 59), (1, 59, 90), (1, 90, 120), (2, 31, 59), (2, 90, 120))
    found = spells_of(account, start, until, np.array([1, 1, 0, 1, 1], dtype=bool))
    # Account 2 was not seen in between, so that its red is broken.
    assert [each.tolist() for each in (found.account, found.start, found.end)] == [
        [1, 2, 2],
        [31, 31, 90],
        [89, 58, 119],
    ]
