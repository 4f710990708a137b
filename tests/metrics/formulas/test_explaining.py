"""Why one score became another: moves that add up to the last unit, and some that were worked out by hand."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from metrics.formulas.explaining import Kind, Known, decompose
from metrics.formulas.scoring import NEUTRAL, UNIT, Rules, effective_weights, scores

NAN = float("nan")
GROUPS = ("usage", "value", "support")
ORDER = [Kind.SCORECARD, "values", "data", Kind.REST, Kind.CLAMP]
STAGE = {kind: "values" for kind in (Kind.VALUE, Kind.OWN, Kind.OTHERS)} | {Kind.CAME: "data", Kind.WENT: "data"}


def floats(values):
    return np.array(values, dtype=float)


def rules(*weights, groups="uuvs", adds=False):
    names = dict(zip("uvs", GROUPS, strict=True))
    return Rules(floats(weights), [names[g] for g in groups[: len(weights)]], adds)


def known(by, points, tracked=None, sums=None):
    """What a day had, its sums as the product makes them, unless told."""
    is_tracked = np.array([True] * len(points) if tracked is None else tracked, dtype=bool)
    counted = np.where(is_tracked, floats(points), np.nan)
    c, _e = by.lift(is_tracked, counted[None, :])
    total, score = sums or (int(c.sum()), int(scores(c)[0]))
    return Known(is_tracked, counted, total, score)


def moves(by, then, now, own=None):
    found = decompose(by, then, now, floats(own or [NAN] * len(then.points)))
    return [(move.line, str(move.kind), move.units) for move in found]


# -- by hand ------------------------------------------------------------------------------------------------


def test_values_move_at_the_weights_of_then():
    """20 % usage falls by 40 points, 50 % value by 10; support stays."""
    by = rules(10, 10, 50, 30)
    then, now = known(by, [80, 60, 70, 50]), known(by, [40, 60, 60, 50])
    assert (then.score - NEUTRAL, now.score - NEUTRAL) == (140_000, 50_000)
    assert moves(by, then, now) == [(0, "value", -40_000), (2, "value", -50_000)]


def test_a_line_that_ranks_moves_by_itself_and_by_the_others():
    by = rules(50, 50, groups="uv")
    assert moves(by, known(by, [80, 50]), known(by, [30, 50]), [60, NAN]) == [
        (0, "own", -100_000),
        (0, "others", -150_000),
    ]
    # It stood still, and they passed it; it moved, and they kept their distance.
    assert moves(by, known(by, [80, 50]), known(by, [30, 50]), [80, NAN]) == [(0, "others", -250_000)]
    assert moves(by, known(by, [80, 50]), known(by, [30, 50]), [30, NAN]) == [(0, "own", -250_000)]


def test_data_that_goes_hands_its_weight_on():
    """Of two usage lines at 25 % each the second goes silent: the first speaks for both, which adds its own pull once
    more; the second took 10 points."""
    by = rules(25, 25, 50, groups="uuv")
    then, now = known(by, [70, 10, 50]), known(by, [70, NAN, 50])
    assert (then.score, now.score) == (450_000, 600_000)
    assert moves(by, then, now) == [(1, "went", 150_000)]
    assert moves(by, now, then) == [(1, "came", -150_000)]


def test_lines_are_switched_in_the_order_of_the_scorecard():
    """First the one comes, and shares the weight with the other; then that one goes."""
    by = rules(30, 30, 40, groups="uuv")
    then, now = known(by, [NAN, 90, 50]), known(by, [10, NAN, 50])
    assert (then.score - NEUTRAL, now.score - NEUTRAL) == (240_000, -240_000)
    assert moves(by, then, now) == [(0, "came", -240_000), (1, "went", -240_000)]


def test_values_are_weighed_before_data_comes():
    """Half the weight was unknown: each known point counted double, and the fall with it."""
    by = rules(50, 50, groups="uu")
    then, now = known(by, [60, NAN]), known(by, [40, 50])
    assert (then.score - NEUTRAL, now.score - NEUTRAL) == (100_000, -50_000)
    assert moves(by, then, now) == [(0, "value", -200_000), (1, "came", 50_000)]


def test_a_kind_of_fact_that_begins_for_everybody():
    """No data of the kind yet, but its weight counts from now on: the other line doubles at most."""
    by = rules(10, 90, groups="uv")
    then = known(by, [100, NAN], tracked=[True, False])
    now = known(by, [100, NAN])
    assert (then.score - NEUTRAL, now.score - NEUTRAL) == (500_000, 100_000)
    assert moves(by, then, now) == [(1, "came", -400_000)]
    assert moves(by, now, then) == [(1, "went", 400_000)]


def test_signed_points_and_their_clamp():
    by = rules(45, 30, 55, groups="uuv", adds=True)
    then, now = known(by, [10, 0, 55]), known(by, [-45, -30, 0])
    assert (then.score, now.score) == (1_000_000, 0)
    # 50 − 75 is cut at 0, 50 + 65 was cut at 100.
    assert moves(by, then, now) == [
        (0, "value", -550_000),
        (1, "value", -300_000),
        (2, "value", -550_000),
        (-1, "clamp", 400_000),
    ]


def test_another_version_counts_on_the_old_data_first():
    """The old version made 47 of it; by the new weights it would have been 52, and then usage fell."""
    by = rules(20, 80, groups="uv")
    then = known(by, [20, 60], sums=(-30_000, 470_000))
    now = known(by, [10, 60])
    assert moves(by, then, now) == [(-1, "scorecard", 50_000), (0, "value", -20_000)]


def test_nothing_happened():
    by = rules(20, 80, groups="uv")
    assert moves(by, known(by, [20, 60]), known(by, [20, 60])) == []
    assert moves(by, known(by, [NAN, NAN]), known(by, [NAN, NAN])) == []
    assert moves(rules(), known(rules(), []), known(rules(), [])) == []


def test_what_was_stored_otherwise_is_told_apart():
    by = rules(20, 80, groups="uv")
    now = known(by, [20, 60], sums=(20_003, 520_003))
    assert moves(by, known(by, [20, 60]), now) == [(-1, "rest", 3)]


# -- always -------------------------------------------------------------------------------------------------

point = st.floats(0, 100) | st.just(NAN)
signed = st.integers(-60, 60).map(float) | st.just(NAN)


@st.composite
def days(draw):
    """A scorecard, an account on two days, and what an older version had made of the first."""
    size, adds = draw(st.integers(0, 7)), draw(st.booleans())
    weight = st.sampled_from([0.0, 1.0, 3.0, 10.0, 33.3])
    by = Rules(
        floats(draw(st.lists(weight, min_size=size, max_size=size))),
        draw(st.lists(st.sampled_from(GROUPS), min_size=size, max_size=size)),
        adds,
    )

    def row(of):
        return draw(st.lists(of, min_size=size, max_size=size))

    then, now = (known(by, row(signed if adds else point), row(st.booleans())) for _day in range(2))
    if draw(st.booleans()):
        total = draw(st.integers(-2 * NEUTRAL, 2 * NEUTRAL))
        then = Known(then.tracked, then.points, total, max(0, min(2 * NEUTRAL, NEUTRAL + total)))
    return by, then, now, floats(row(signed if adds else point))


@given(days())
def test_the_moves_add_up_to_the_difference(case):
    by, then, now, own = case
    found = decompose(by, then, now, own)
    assert sum(move.units for move in found) == now.score - then.score
    assert not [move for move in found if move.kind is Kind.REST]
    stages = [ORDER.index(STAGE.get(move.kind, move.kind)) for move in found]
    assert stages == sorted(stages)
    assert decompose(by, now, now, own * NAN) == ()


@given(days())
@example((rules(1, 1, 1), known(rules(1, 1, 1), [100] * 3), known(rules(1, 1, 1), [0] * 3), floats([NAN] * 3)))
def test_a_value_moves_by_its_own_points_alone(case):
    """e (old data) · Δp, in any order, but for the units that the ends of the scale take back."""
    by, then, now, own = case
    e = effective_weights(by.weights, by.groups, then.tracked, ~np.isnan(then.points)[None, :])[0]
    if by.adds:
        e = np.ones(len(then.points))
    moved: dict[int, int] = {}
    for move in decompose(by, then, now, own):
        if STAGE.get(move.kind) == "values":
            moved[move.line] = moved.get(move.line, 0) + move.units
    for n, units in moved.items():
        assert abs(units - e[n] * (now.points[n] - then.points[n]) * UNIT) <= 8
