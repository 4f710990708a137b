"""Suggested weights: learnt on the earlier part of a panel, judged on the later, refused where they gain nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from metrics.backtest.outcomes import NEVER
from metrics.backtest.panel import Panel, month_ends
from metrics.formulas import scoring
from metrics.formulas.judging import drawn_auc
from metrics.models import Line, Scorecard, ScorecardVersion
from metrics.pulls import rules_of
from metrics.scorecards import Card
from metrics.weights.suggested import best_split, gain, scores_by, suggestion_of, table_of, told_of

MEASURES = ("usage.active_seats", "commercial.days_past_due", "support.support_csat", "sentiment.csm_pulse")
DAYS = tuple(month_ends(date(2024, 1, 1), date(2025, 12, 31)))
ENDED = date(2025, 12, 31)
GAP = timedelta(days=104)


def card(*weights, kind=Scorecard.Kind.WEIGHTED):
    version = ScorecardVersion(number=1, scorecard=Scorecard(name="Default", kind=kind))
    lines = zip(MEASURES, weights, strict=True)
    return Card(version, tuple(Line(position=n, measure=key, weight=w) for n, (key, w) in enumerate(lines)), ())


TODAY = card(10.0, 30.0, 30.0, 30.0)


def world(seed, slopes, accounts=150, leave=2.6, today=TODAY):
    """A panel of invented accounts: each has its points, and the lower those that matter, the likelier it leaves in
    60 days. Who left comes back as another one, so that a day has as many rows as the one before."""
    die = np.random.default_rng(seed)
    names, rows = np.arange(accounts), []
    points = die.uniform(0, 100, (accounts, len(MEASURES)))
    for n, day in enumerate(DAYS):
        points = np.clip(points + die.normal(0, 6, points.shape), 0, 100)
        leaves = die.random(accounts) < 1 / (1 + np.exp(leave + ((points - 50) / 50) @ np.array(slopes)))
        outcome = np.where(leaves, day.toordinal() + 60, NEVER)
        rows += zip(names, [n] * accounts, points, outcome, strict=True)
        names = np.where(leaves, names + 10_000, names)
        points = np.where(leaves[:, None], die.uniform(0, 100, points.shape), points)
    return panel(rows, today)


def panel(rows, today=TODAY, tracked=None):
    account, day, points, outcome = (np.array(each) for each in zip(*rows, strict=True))
    known = np.ones((len(DAYS), len(MEASURES)), dtype=bool) if tracked is None else tracked
    made, _ = rules_of(today).lift(np.ones(len(MEASURES), dtype=bool), points)
    return Panel(
        measures=MEASURES,
        days=DAYS,
        over=np.array([each + GAP <= ENDED for each in DAYS]),
        tracked=known,
        account=account,
        day=day,
        values=points,
        points=points,
        score=scoring.scores(made),
        band=np.zeros(len(rows), dtype=np.int64),
        rivals={},
        renews=np.zeros(len(rows), dtype=bool),
        outcome=outcome,
    )


@pytest.fixture(scope="module")
def known_cause():
    return world(1, [4, 0, 0, 0])


@pytest.fixture(scope="module")
def told(known_cause):
    return suggestion_of(known_cause, TODAY)


def test_a_known_cause_is_found_and_the_gain_is_shown(told):
    assert told["refused"] == ""
    assert told["by_line"]
    assert [each["measure"] for each in told["weights"]] == list(MEASURES)
    assert told["weights"][0]["now"] == 10
    assert told["weights"][0]["new"] > 60
    assert sum(each["new"] for each in told["weights"]) == pytest.approx(100)
    assert 0 < told["gain"]["low"] < told["gain"]["value"] < told["gain"]["high"]
    assert told["auc_new"]["value"] - told["auc_now"]["value"] == pytest.approx(told["gain"]["value"], abs=2e-6)
    assert told["losses"][-1][1] < told["losses"][0][1]


def test_the_horizons_of_what_is_learnt_are_over_before_what_is_judged_begins(told):
    assert date.fromisoformat(told["judged"]["first"]) - date.fromisoformat(told["fitted"]["last"]) >= GAP
    assert date.fromisoformat(told["judged"]["last"]) + GAP <= ENDED
    learnt, judged = told["fitted"]["churned"], told["judged"]["churned"]
    assert learnt / (learnt + judged) == pytest.approx(0.4, abs=0.05)


def test_what_is_learnt_does_not_depend_on_what_came_later(known_cause):
    split = best_split(known_cause)
    later = known_cause.ordinals >= (split.last + GAP).toordinal()
    assert later.any()
    mixed = known_cause.ordinals + np.random.default_rng(3).permutation(known_cause.leaves_in)
    altered = Panel(**(vars_of(known_cause) | {"outcome": np.where(later, mixed, known_cause.outcome)}))
    one, two = (suggestion_of(each, TODAY, until=split.last) for each in (known_cause, altered))
    assert one["weights"] == two["weights"]
    assert one["losses"] == two["losses"]
    assert one["gain"] != two["gain"]


def vars_of(known):
    return {name: getattr(known, name) for name in known.__dataclass_fields__}


def test_a_last_day_to_learn_from(known_cause):
    told = suggestion_of(known_cause, TODAY, until=date(2024, 12, 31))
    assert (told["fitted"]["first"], told["fitted"]["last"]) == ("2024-01-31", "2024-12-31")
    assert (told["judged"]["first"], told["judged"]["last"]) == ("2025-04-30", "2025-08-31")


def test_refused_where_the_gain_may_be_chance():
    told = suggestion_of(world(2, [0.4, 1.2, 1.2, 1.2], accounts=100), TODAY)
    assert told["refused"] == "no gain"
    assert told["gain"]["low"] <= 0
    assert len(told["weights"]) == len(MEASURES)


def test_refused_where_too_few_churned():
    told = suggestion_of(world(3, [4, 0, 0, 0], accounts=30, leave=4.5), TODAY)
    assert told["refused"] == "few"
    assert min(told["fitted"]["churned"], told["judged"]["churned"]) < told["needed"] == 20
    assert "weights" not in told


def test_refused_where_nothing_tells_who_churns():
    assert suggestion_of(world(4, [-3, -3, -3, -3]), TODAY)["refused"] == "nothing"


def test_refused_where_no_day_is_left_to_judge(known_cause):
    early = known_cause.between(DAYS[0], DAYS[2])
    assert suggestion_of(early, TODAY)["refused"] == "short"
    assert suggestion_of(known_cause, TODAY, until=date(2023, 1, 1))["refused"] == "short"
    assert suggestion_of(None, TODAY)["refused"] == "short"


def test_a_scorecard_of_points_has_no_weights(known_cause):
    assert suggestion_of(known_cause, card(1, 1, 1, 1, kind=Scorecard.Kind.POINTS)) == {"refused": "points"}


def test_the_weights_of_today_make_the_scores_of_today(known_cause):
    assert scores_by(known_cause, rules_of(TODAY)) == pytest.approx(known_cause.scores)


def test_judged_by_the_real_formula_with_missing_data_and_untracked_lines():
    tracked = np.ones((len(DAYS), 4), dtype=bool)
    tracked[0, 3] = False
    nan = float("nan")
    seen = panel([(1, 0, [0, 100, 80, nan], NEVER), (2, 1, [0, 100, nan, 80], NEVER)], tracked=tracked)
    # By hand. Day 1, 10 : 30 : 30: (0 + 3000 + 2400) ÷ 70. Day 2, the third line's weight goes to the others, which are
    # of other groups: (0 + 3000 + 2400) ÷ 70 as well, no line more than doubled.
    assert scores_by(seen, rules_of(TODAY)) == pytest.approx([5400 / 70, 5400 / 70], abs=1e-4)
    few = panel([(1, 0, [0, nan, nan, nan], NEVER)])
    assert scores_by(few, rules_of(TODAY)).tolist() == [50]
    # Lines by rank among fewer than 20 have values, and no points.
    ranked = replace(few, values=np.array([[0.0, 3.0, 4.0, 5.0]]))
    assert scores_by(ranked, rules_of(TODAY)).tolist() == [50]


def test_a_gain_is_the_difference_of_two_aucs_on_the_same_draws(known_cause):
    sample = known_cause.sample
    now = drawn_auc(known_cause.scores, sample)
    nothing = gain(now, now)
    assert (nothing.value, nothing.low, nothing.high) == (0, 0, 0)
    cause = drawn_auc(known_cause.points[known_cause.asked][:, 0], sample)
    better = gain(cause, now)
    assert better.value == cause.value - now.value
    assert better.low < better.value < better.high


def test_days_of_a_shorter_scorecard_teach_nothing(known_cause):
    tracked = np.ones((len(DAYS), 4), dtype=bool)
    tracked[:3, 1] = False
    rows = told_of(Panel(**(vars_of(known_cause) | {"tracked": tracked})), rules_of(TODAY))
    assert rows.day.min() == 3
    tracked[:3, 1], tracked[:3, 0] = True, False
    assert told_of(Panel(**(vars_of(known_cause) | {"tracked": tracked})), rules_of(TODAY)).day.min() == 0


def test_only_rows_that_count_are_learnt_from(known_cause):
    table = table_of(known_cause)
    assert len(table.churned) == known_cause.asked.sum() < len(known_cause.account)
    assert table.churned.sum() == known_cause.lost[known_cause.asked].sum()
    assert table.days.max() + 104 <= ENDED.toordinal()


def test_twice_is_the_same(known_cause, told):
    assert suggestion_of(known_cause, TODAY) == told
