"""Suggested weights: tables small enough to check by hand, known weights found again, and what has no answer."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.formulas.weighting import STRENGTHS, Table, columns, fit, multipliers, rounded, splits, suggest

NAN = float("nan")
GROUPS = ["usage", "usage", "commercial"]
TODAY = np.array([30.0, 30.0, 40.0])


def table(points, churned, accounts=None, days=None):
    rows = len(churned)
    return Table(
        np.array(points, dtype=float).reshape(rows, -1),
        np.array(churned, dtype=bool),
        np.arange(rows) if accounts is None else np.array(accounts),
        np.zeros(rows, dtype=int) if days is None else np.array(days),
    )


def world(seed, slopes, accounts=300, days=4, missing=0.0):
    """Accounts whose churn follows their points with these slopes, and nothing else."""
    die = np.random.default_rng(seed)
    points = die.uniform(0, 100, (accounts * days, len(slopes)))
    chance = 1 / (1 + np.exp(3 + ((points - 50) / 50) @ np.array(slopes, dtype=float)))
    churned = die.random(len(points)) < chance
    points[die.random(points.shape) < missing] = NAN
    return Table(points, churned, np.repeat(np.arange(accounts), days), np.tile(np.arange(days) * 30, accounts))


def test_the_curve_of_one_line_is_the_log_of_the_odds():
    # Of ten accounts at 0 points eight churned, of ten at 100 two: ln(8 ÷ 2) = b + a, ln(2 ÷ 8) = b − a.
    seen = table([0] * 10 + [100] * 10, [1] * 8 + [0] * 2 + [1] * 2 + [0] * 8)
    x, shares = columns(seen.points, np.array([7.0]), [np.array([True])])
    assert shares == pytest.approx([1.0])
    assert fit(x, seen.churned, shares, 1e-6) == pytest.approx([np.log(4)], rel=1e-3)


def test_columns_are_centred_points_weighted_as_today_and_missing_is_nothing():
    x, shares = columns(
        np.array([[100.0, 0.0, NAN], [75.0, NAN, 0.0]]), TODAY, [np.array([1, 1, 0], bool), np.array([0, 0, 1], bool)]
    )
    assert x == pytest.approx(np.array([[0.3 - 0.3, 0.0], [0.15, -0.4]]))
    assert shares == pytest.approx([0.6, 0.4])


def test_a_strong_penalty_leaves_the_proportions_of_today_and_finds_how_steep():
    seen = world(1, [4, 0, 1])
    x, shares = columns(seen.points, TODAY, [np.arange(3) == n for n in range(3)])
    held, free = fit(x, seen.churned, shares, 100.0), fit(x, seen.churned, shares, 1e-6)
    assert held == pytest.approx([held[0]] * 3, rel=1e-2)
    assert held[0] > 1
    assert free[0] > 3 * held[0] > 3 * free[1]


def test_the_slopes_of_a_known_world_are_found_again():
    seen = world(2, [4, 0, 2], accounts=3000)
    x, shares = columns(seen.points, TODAY, [np.arange(3) == n for n in range(3)])
    assert fit(x, seen.churned, shares, 1e-6) * shares == pytest.approx([4, 0, 2], abs=0.12)


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_known_weights_are_found_again(missing):
    found = suggest(world(3, [4, 0, 2], accounts=1500, missing=missing), TODAY, GROUPS)
    assert found.by_line
    assert found.weights == pytest.approx([66.7, 0, 33.3], abs=4)
    assert found.weights.sum() == pytest.approx(100)


def test_a_line_against_its_own_direction_gets_nothing():
    found = suggest(world(4, [4, -4, 0.5]), TODAY, GROUPS)
    assert found.weights[1] == 0


def test_few_churned_accounts_move_whole_groups():
    seen = world(5, [4, 0, 0], accounts=40, days=4)
    assert 0 < seen.churned_accounts < 30
    found = suggest(seen, np.array([10.0, 30.0, 60.0]), GROUPS)
    assert not found.by_line
    assert found.weights[1] == pytest.approx(3 * found.weights[0], abs=0.21)
    assert found.weights.sum() == pytest.approx(100)


def test_ten_churned_accounts_a_line_that_has_weight_and_data():
    churned = [True] * 20 + [False]
    heard = [[10, NAN, 10]] * 21
    assert multipliers(table(heard, churned), TODAY, GROUPS)[1]
    assert not multipliers(table([[10, 10, 10]] * 21, churned), TODAY, GROUPS)[1]
    assert multipliers(table([[10, 10, 10]] * 21, churned), np.array([50.0, 0, 50]), GROUPS)[1]
    # Twenty rows of the same account are one.
    assert not multipliers(table(heard, churned, accounts=[1] * 21), TODAY, GROUPS)[1]


def test_a_line_without_data_keeps_its_share():
    seen = world(6, [4, 2, 1])
    seen.points[:, 2] = NAN
    assert suggest(seen, TODAY, GROUPS).weights[2] == pytest.approx(40, abs=0.1)


def test_the_strength_is_the_one_that_misses_least_on_what_it_has_not_seen():
    seen = world(7, [4, 0, 2])
    found = suggest(seen, TODAY, GROUPS)
    assert [strength for strength, _ in found.losses] == list(STRENGTHS)
    assert found.strength == min(found.losses, key=lambda each: each[1])[0] < STRENGTHS[0]
    # Pure chance: nothing is better than to leave the weights about as they are.
    chance = suggest(world(7, [0, 0, 0]), TODAY, GROUPS)
    assert chance.strength > found.strength


def test_nothing_is_tried_on_an_account_or_a_day_it_was_learnt_from():
    seen = world(9, (1, 1, 1), accounts=50, days=8)
    pairs = list(splits(seen))
    tried = np.zeros(len(seen.churned), dtype=int)
    for earlier, later in pairs:
        assert earlier.any() and later.any()
        assert not set(seen.accounts[earlier]) & set(seen.accounts[later])
        assert seen.days[earlier].max() < seen.days[later].min()
        tried += later
    # Each row after the first block is tried once.
    assert set(tried.tolist()) == {0, 1}
    assert tried.sum() == sum(later.sum() for _, later in pairs)


def test_one_day_leaves_nothing_to_try_a_strength_on():
    seen = table([[0, 0, 100], [100, 100, 0]] * 20, [True, False] * 20)
    found = suggest(seen, TODAY, GROUPS)
    assert (found.losses, found.strength) == ((), STRENGTHS[0])


@pytest.mark.parametrize(
    "seen",
    [
        table([[50.0, 0, 100]] * 4, [False] * 4),
        table([[NAN, NAN, NAN]] * 4, [True, False] * 2),
        table([[0.0, 0, 0], [100, 100, 100]] * 4, [False, True] * 4),
    ],
    ids=["nobody churned", "all missing", "all the wrong way round"],
)
def test_no_weights_where_nothing_tells(seen):
    assert suggest(seen, TODAY, GROUPS) is None


def test_a_scorecard_without_weight_has_none_to_suggest():
    assert suggest(world(1, [4, 0, 1]), np.zeros(3), GROUPS) is None


def test_one_line_keeps_all_the_weight():
    assert suggest(world(10, [3]), np.array([100.0]), ["usage"]).weights.tolist() == [100]


def test_a_table_that_is_perfectly_separable_has_an_answer():
    seen = table([[0, 50, 50]] * 40 + [[100, 50, 50]] * 40, [True] * 40 + [False] * 40)
    found = suggest(seen, TODAY, GROUPS)
    assert np.isfinite(found.weights).all()
    x, shares = columns(seen.points, TODAY, [np.arange(3) == n for n in range(3)])
    assert 5 < fit(x, seen.churned, shares, 1e-6)[0] < 200


def test_twice_is_the_same_to_the_byte():
    one, two = (suggest(world(11, [3, 1, 0], missing=0.1), TODAY, GROUPS) for _ in range(2))
    assert one.weights.tobytes() == two.weights.tobytes()
    assert one.losses == two.losses


@pytest.mark.parametrize(
    ("raised", "total", "weights"),
    [
        ([1, 1, 1], 100, [33.4, 33.3, 33.3]),
        ([2, 0, 1], 100, [66.7, 0, 33.3]),
        ([1, 1], 1, [0.5, 0.5]),
        ([5], 42, [42]),
        ([1, 2], 103, [34.3, 68.7]),
    ],
)
def test_rounded_weights_add_up(raised, total, weights):
    assert rounded(np.array(raised, dtype=float), total) == pytest.approx(weights, abs=1e-12)
