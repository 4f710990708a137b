"""The arithmetic of the score, against numbers worked out by hand and properties that always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.formulas.scoring import (
    GREEN,
    GREY,
    NEUTRAL,
    RED,
    UNIT,
    YELLOW,
    bands,
    capped,
    contributions,
    coverage,
    effective_weights,
    enough,
    hold,
    point_contributions,
    points_by_steps,
    points_linear,
    points_percentile,
    rank_borders,
    scores,
)

NAN = float("nan")


def floats(*values):
    return np.array(values, dtype=float)


def ints(*values):
    return np.array(values, dtype=np.int64)


def row(*values):
    return np.array([values], dtype=float)


# -- points -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("worst", "neutral", "best", "table"),
    [
        # Active seats, higher is better: 30 points of a hundred up to neutral, 40 above.
        (0.1, 0.4, 0.8, {0.0: 0, 0.1: 0, 0.25: 25, 0.4: 50, 0.5: 62.5, 0.8: 100, 5: 100}),
        # Days past due, lower is better: 0 is best.
        (45, 15, 0, {0: 100, 3: 90, 15: 50, 30: 25, 45: 0, 400: 0}),
        # Bonus: absence is neutral. Penalty: neutral is best.
        (0, 0, 2, {-1: 50, 0: 50, 1: 75, 2: 100}),
        (1, 0, 0, {0: 50, 1: 0, -3: 50, 0.5: 25}),
        # No span at all.
        (7, 7, 7, {6: 50, 7: 50, 8: 50}),
        # Through zero.
        (-0.5, -0.1, 0.25, {-1: 0, -0.3: 25, -0.1: 50, 0.075: 75, 0.25: 100}),
    ],
)
def test_points_by_thresholds(worst, neutral, best, table):
    found = points_linear(floats(*table), worst, neutral, best)
    assert found == pytest.approx(list(table.values()), abs=1e-9)


def test_nothing_has_no_points():
    assert np.isnan(points_linear(floats(NAN), 0, 1, 2)).all()
    assert np.isnan(points_percentile(floats(NAN), floats(1, 2, 3))).all()
    assert points_linear(floats(), 0, 1, 2).shape == (0,)


def test_points_by_rank_share_the_middle_of_ties():
    ranked = floats(1, 2, 2, 3)
    # 1: ½ ÷ 4; 2: (1 + ½ · 2) ÷ 4; 3: 3½ ÷ 4; a value nobody has lies between its neighbours.
    assert points_percentile(floats(1, 2, 3, 2.5), ranked).tolist() == [12.5, 50, 87.5, 75]
    assert points_percentile(floats(1, 2, 3, 2.5), ranked, higher_is_better=False).tolist() == [87.5, 50, 12.5, 25]


def test_the_first_step_that_holds_gives_its_points():
    steps = [[">=", 20, 15], [">", 8, 5.5], ["<=", 2, -10], ["=", 5, 1], ["<", 0, -99]]
    found = points_by_steps(floats(25, 20, 19, 8, 2, 1, 5, -4), steps)
    assert found.tolist() == [15, 15, 5.5, 0, -10, -10, 1, -10]
    assert np.isnan(points_by_steps(floats(NAN), steps)).all()
    assert points_by_steps(floats(3), []).tolist() == [0]


def test_signed_points_are_clamped():
    c = point_contributions(row(40, 30.5, NAN, -0.00005))
    assert c.tolist() == [[400_000, 305_000, 0, 0]]
    assert scores(c).tolist() == [1_000_000]
    assert scores(point_contributions(row(-40, -10.0001))).tolist() == [0]
    assert scores(point_contributions(row(-40, -10))).tolist() == [0]
    assert scores(point_contributions(row(-40, 1.5))).tolist() == [115_000]


# -- weights ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("groups", "weights", "present", "expected"),
    [
        ("A", [10], [1], [1]),
        ("A", [10], [0], [0]),
        ("AB", [30, 70], [1, 1], [0.3, 0.7]),
        # B's 70 has nowhere to go but A, which may only double.
        ("AB", [30, 70], [1, 0], [0.6, 0]),
        # In the group first: A's 20 + 20 stays in A.
        ("AAB", [20, 20, 60], [1, 0, 1], [0.4, 0, 0.6]),
        # A's 80 wants into one line of 10: doubled to 20, the rest is unknown, and B gets none of it.
        ("AAB", [10, 70, 20], [1, 0, 1], [0.2, 0, 0.2]),
        # A line of weight 0 is carried, but never counts.
        ("AB", [0, 10], [1, 1], [0, 1]),
        ("AB", [0, 10], [1, 0], [0, 0]),
    ],
)
def test_weights_of_missing_lines(groups, weights, present, expected):
    there = np.array([present], dtype=bool)
    e = effective_weights(floats(*weights), list(groups), np.ones(len(weights), dtype=bool), there)
    assert e[0] == pytest.approx(expected, abs=1e-12)


def test_untracked_lines_are_left_out_for_everybody():
    tracked, present = np.array([True, False]), np.array([[True, True], [False, True]])
    e = effective_weights(floats(30, 70), ["A", "B"], tracked, present)
    assert e.tolist() == [[1, 0], [0, 0]]
    assert coverage(floats(30, 70), tracked, present & tracked).tolist() == [1, 0]


def test_nothing_tracked_weighs_nothing():
    none, both = np.array([False, False]), np.array([[True, True]])
    assert effective_weights(floats(30, 70), ["A", "B"], none, both).tolist() == [[0, 0]]
    assert coverage(floats(30, 70), none, both).tolist() == [0]


def test_a_score_needs_two_fifths_of_the_weight_and_three_lines():
    tracked, three = np.ones(4, dtype=bool), np.array([[True, True, True, False]])
    assert enough(floats(0.40), three, tracked).tolist() == [True]
    assert enough(floats(0.3999), three, tracked).tolist() == [False]
    assert enough(floats(0.40), three, np.array([True, True, False, True])).tolist() == [False]


def test_the_score_is_the_sum_of_whole_contributions():
    e, points = row(0.2, 0.5, 0.3), row(100, 0, 47.5)
    # 0.2 · 50 = 10; 0.5 · −50 = −25; 0.3 · −2.5 = −0.75.
    c = contributions(e, points)
    assert c.tolist() == [[100_000, -250_000, -7_500]]
    assert scores(c).tolist() == [342_500]
    assert contributions(row(1 / 3), row(100)).tolist() == [[166_667]]
    assert scores(np.zeros((1, 0), dtype=np.int64)).tolist() == [NEUTRAL]


# -- bands --------------------------------------------------------------------------------------------------


def test_bands_begin_at_their_border():
    units = ints(0, 399_999, 400_000, 699_999, 700_000, 1_000_000)
    found = bands(units, np.ones(6, dtype=bool))
    assert found.tolist() == [RED, RED, YELLOW, YELLOW, GREEN, GREEN]
    assert bands(units, np.zeros(6, dtype=bool)).tolist() == [GREY] * 6
    assert bands(ints(549_999, 550_000), np.array([True, True]), 55, 80).tolist() == [RED, YELLOW]


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        # Of twenty the fifth is at 22.5, the sixth at 27.5; the fifteenth at 72.5, the sixteenth at 77.5.
        (range(20), (5, 15)),
        (range(19), None),
        ([], None),
        # Of 22 the sixth is at 25 exactly: no longer in the bottom quarter; nor is the 17th in the top one, at 75.
        (range(22), (5, 17)),
        # Five share the bottom: mid-rank 12.5. Six share it: mid-rank 15, all of them red.
        ([1] * 5 + list(range(2, 17)), (2, 12)),
        ([1] * 6 + list(range(2, 16)), (2, 11)),
        # Ten share it: mid-rank 25, nobody is in the bottom quarter. All alike: nobody is in any.
        ([1] * 10 + list(range(2, 12)), (1, 7)),
        ([7] * 30, (7, 8)),
        # Ten share the top: mid-rank 75.
        (list(range(10)) + [99] * 10, (5, 100)),
    ],
)
def test_borders_by_rank_cut_off_the_bottom_and_the_top_quarter(scores, expected):
    for turned in (list(scores), list(scores)[::-1]):
        assert rank_borders(ints(*turned)) == expected


@given(st.lists(st.integers(0, 100 * UNIT), min_size=20, max_size=60))
def test_at_most_half_of_the_scores_lie_below_or_above_the_borders_by_rank(found):
    red, green = rank_borders(ints(*found))
    assert red <= green
    bottom, top = [each for each in found if each < red], [each for each in found if each >= green]
    # Ties enter together, and only while their middle is within the quarter.
    assert len(bottom) < len(found) / 2
    assert len(top) < len(found) / 2
    if len(set(found)) == len(found):
        assert abs(len(bottom) - len(found) / 4) <= 0.5
        assert abs(len(top) - len(found) / 4) <= 0.5


@pytest.mark.parametrize(
    ("before", "across", "score", "expected"),
    [
        (YELLOW, 0, 55, (YELLOW, 0)),
        (YELLOW, 0, 39.9, (YELLOW, -1)),
        (YELLOW, -1, 39.9, (YELLOW, -2)),
        (YELLOW, -2, 39.9, (RED, 0)),
        (YELLOW, -2, 40, (YELLOW, 0)),
        (YELLOW, 0, 38.0001, (YELLOW, -1)),
        (YELLOW, 0, 38, (RED, 0)),
        (YELLOW, 0, 71.9999, (YELLOW, 1)),
        (YELLOW, 0, 72, (GREEN, 0)),
        (YELLOW, 2, 39.9, (YELLOW, -1)),
        (RED, 0, 41.9, (RED, 1)),
        (RED, 0, 42, (YELLOW, 0)),
        (RED, 0, 70, (GREEN, 0)),
        (GREEN, 0, 69.9, (GREEN, -1)),
        (GREEN, 0, 68, (YELLOW, 0)),
        (GREEN, 0, 39.9, (RED, 0)),
        (GREY, 0, 39.9, (RED, 0)),
        (GREY, 0, 70, (GREEN, 0)),
        (GREEN, -2, None, (GREY, 0)),
    ],
)
def test_hysteresis(before, across, score, expected):
    units = ints(round((score or 0) * UNIT))
    computed = bands(units, np.array([score is not None]))
    held, days = hold(computed, units, ints(before), ints(across))
    assert (held[0], days[0]) == expected


def test_caps_limit_the_band_and_colour_grey():
    band = ints(GREEN, GREEN, GREEN, YELLOW, RED, GREY, GREY)
    cap = ints(GREEN, YELLOW, RED, YELLOW, YELLOW, YELLOW, GREEN)
    assert capped(band, cap).tolist() == [GREEN, YELLOW, RED, YELLOW, RED, YELLOW, GREY]


# -- what always holds --------------------------------------------------------------------------------------


@st.composite
def portfolios(draw, whole=False):
    """Some accounts by some lines: (weights, groups, tracked, present, points)."""
    lines, accounts = draw(st.integers(1, 8)), draw(st.integers(1, 5))
    weights = draw(st.lists(st.sampled_from([0.5, 1, 2, 3.7, 5, 8, 10, 33]), min_size=lines, max_size=lines))
    groups = draw(st.lists(st.sampled_from("ABC"), min_size=lines, max_size=lines))
    flags = st.lists(st.booleans(), min_size=lines, max_size=lines)
    tracked = np.ones(lines, dtype=bool) if whole else np.array(draw(flags))
    present = np.array([[True] * lines if whole else draw(flags) for _ in range(accounts)])
    one = st.lists(st.floats(0, 100), min_size=lines, max_size=lines)
    points = np.array([draw(one) for _ in range(accounts)])
    return floats(*weights), groups, tracked, present, points


@given(portfolios(whole=True))
def test_nothing_missing_gives_the_weighted_mean(portfolio):
    weights, groups, tracked, present, points = portfolio
    c = contributions(effective_weights(weights, groups, tracked, present), points)
    means = (points * weights).sum(axis=1) / weights.sum()
    assert np.abs(scores(c) / UNIT - means).max() <= (len(weights) / 2 + 0.01) / UNIT


@given(portfolios())
def test_weights_never_exceed_the_whole_nor_double(portfolio):
    weights, groups, tracked, present, _ = portfolio
    e = effective_weights(weights, groups, tracked, present)
    total = weights[tracked].sum()
    assert (e >= 0).all()
    assert (e.sum(axis=1) <= 1 + 1e-12).all()
    assert (e * total <= 2 * weights * (1 + 1e-12)).all()
    assert (e[~(present & tracked)] == 0).all()
    assert (e[present & tracked] > 0).all()
    assert (coverage(weights, tracked, present & tracked) <= 1 + 1e-12).all()


@given(portfolios())
def test_a_score_is_fifty_and_its_contributions(portfolio):
    weights, groups, tracked, present, points = portfolio
    e = effective_weights(weights, groups, tracked, present)
    c = contributions(e, points)
    total = scores(c)
    assert c.dtype == total.dtype == np.int64
    assert total.tolist() == [50 * UNIT + sum(line) for line in c.tolist()]
    assert (np.abs(total - NEUTRAL) <= NEUTRAL).all()
    # Each of the lines is rounded by at most half a unit, and one of them loses what is too much.
    assert (np.abs(c - e * (points - 50) * UNIT) <= 0.5 + len(weights) / 2 + 1e-6).all()


def test_rounding_carries_no_score_past_its_ends():
    """Three thirds of 50 are 16.6667 each, 50.0001 in all: the unit too many is taken off the first."""
    e = np.array([[1 / 3] * 3] * 3)
    c = contributions(e, np.array([[100, 100, 100], [0, 0, 0], [100, 100, 99.9]], dtype=float))
    assert c.tolist() == [[166_666, 166_667, 166_667], [-166_666, -166_667, -166_667], [166_667, 166_667, 166_333]]
    assert scores(c).tolist() == [1_000_000, 0, 999_667]


@given(portfolios(), st.randoms())
def test_the_order_and_company_of_accounts_change_no_byte(portfolio, random):
    weights, groups, tracked, present, points = portfolio
    order = list(range(len(points)))
    random.shuffle(order)

    def of(rows):
        e = effective_weights(weights, groups, tracked, present[rows])
        return e, contributions(e, points[rows])

    whole = of(list(range(len(points))))
    for mixed, straight in zip(of(order), whole, strict=True):
        assert mixed.tobytes() == straight[order].tobytes()
    for mixed, straight in zip(of([order[0]]), whole, strict=True):
        assert mixed.tobytes() == straight[[order[0]]].tobytes()


BANDS = st.sampled_from([RED, YELLOW, GREEN])
UNITS = st.integers(0, 100 * UNIT)


@given(st.sampled_from([GREY, RED, YELLOW, GREEN]), st.lists(st.none() | UNITS, min_size=1, max_size=12))
def test_hysteresis_holds_two_days_at_most_and_never_far(before, days):
    band, across = ints(before), ints(0)
    for day in days:
        units, was = ints(day or 0), band
        computed = bands(units, np.array([day is not None]))
        band, across = hold(computed, units, band, across)
        assert band[0] in (computed[0], was[0])
        if band[0] == computed[0]:
            expected = 0
        else:
            expected = 1 if computed[0] > was[0] else -1
            near = min(abs(units[0] - border) for border in (40 * UNIT, 70 * UNIT))
            assert near < 2 * UNIT
            assert abs(computed[0] - was[0]) == 1
        assert np.sign(across[0]) == expected
        assert abs(across[0]) < 3


@given(st.sampled_from([GREY, RED, YELLOW, GREEN]), UNITS)
def test_a_score_that_stays_has_its_own_band_on_the_third_day(before, score):
    band, across, units = ints(before), ints(0), ints(score)
    computed = bands(units, np.array([True]))
    for _ in range(3):
        band, across = hold(computed, units, band, across)
    assert band.tolist() == computed.tolist()
    assert across.tolist() == [0]
