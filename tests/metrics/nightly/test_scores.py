"""From values to points, contributions, score and band, without a database."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.formulas.scoring import GREEN, GREY, RED, YELLOW
from metrics.models import Cap, Line, Scorecard, ScorecardVersion, ScoreSnapshot
from metrics.nightly.scores import Before, score
from metrics.pulls import line_points, step_points
from metrics.scorecards import Card

NAN = float("nan")
# Three groups; 100 is worth 100 points in each, 50 nothing, 0 none.
KEYS = ["usage.usage_frequency", "usage.active_seats", "support.support_csat", "sentiment.recommendation"]
OVERDUE, LAST_USE = "commercial.days_past_due", "usage.days_since_last_use"


def card(*weights, caps=(), lines=None, borders=(40, 70), kind="weighted"):
    version = ScorecardVersion(
        pk=1, scorecard=Scorecard(name="S", kind=kind), number=1, red_below=borders[0], green_from=borders[1]
    )
    lines = lines or [
        Line(position=n, measure=key, weight=weight, worst=0, neutral=50, best=100)
        for n, (key, weight) in enumerate(zip(KEYS, weights, strict=False))
    ]
    return Card(
        version, tuple(lines), tuple(Cap(position=n, band=band, conditions=c) for n, (band, c) in enumerate(caps))
    )


def before(size, **known):
    columns = {
        "held": (GREY, np.int64),
        "across": (0, np.int64),
        "caps": (0, np.int64),
        "was_manual": (False, bool),
        "is_known": (False, bool),
        "manual": (-1, np.int64),
        "manual_begins": (False, bool),
    }
    return Before(**{name: np.array(known.get(name, [plain] * size), kind) for name, (plain, kind) in columns.items()})


def scored(a_card, *rows, tracked=None, ranks=None, more=None, **known):
    """Score accounts, each a row of values in the order of the card's lines; `more` are columns for the caps."""
    table = np.array(rows, dtype=float).reshape(len(rows), len(a_card.lines))
    readings = {line.measure: table[:, n] for n, line in enumerate(a_card.lines)}
    readings |= {key: np.array(values, dtype=float) for key, values in (more or {}).items()}
    names = {line.measure for line in a_card.lines} if tracked is None else set(tracked)
    borders = (a_card.version.red_below, a_card.version.green_from)
    return score(a_card, names, readings, ranks or {}, before(len(rows), **known), borders)


def test_a_score_with_everything_known():
    found = scored(card(40, 30, 20, 10), [100, 50, 0, 75])
    # 40 %: +50, 30 %: 0, 20 %: −50, 10 %: +25.
    assert found.contributions.tolist() == [[200_000, 0, -100_000, 25_000]]
    assert found.score.tolist() == [625_000]
    assert (found.coverage[0], found.unknown[0]) == (10_000, 0)
    assert (found.computed[0], found.held[0], found.band[0], found.across[0]) == (YELLOW, YELLOW, YELLOW, 0)
    assert found.points.tolist() == [[100, 50, 0, 75]]


def test_what_is_missing_is_shared_and_what_remains_is_unknown():
    found = scored(card(10, 30, 20, 40), [100, NAN, NAN, 0])
    # The group of usage has 40 %, but the line of 10 only doubles; sentiment speaks for support too: 0.4 ÷ 0.8.
    assert found.contributions.tolist() == [[100_000, 0, 0, -250_000]]
    assert (found.coverage[0], found.unknown[0]) == (5_000, 3_000)
    assert np.isnan(found.points[0, 1])
    assert found.scored.tolist() == [False]
    assert found.band.tolist() == [GREY]


def test_an_untracked_line_is_left_out_for_everybody():
    found = scored(card(40, 30, 20, 10), [100, 100, 100, 0], tracked=KEYS[:3])
    assert found.score.tolist() == [1_000_000]
    assert found.contributions[0, 3] == 0
    assert found.coverage.tolist() == [10_000]


def test_nobody_and_nothing():
    found = scored(card(1, 1, 1))
    assert found.score.shape == found.band.shape == (0,)
    found = scored(card(1, 1, 1), [NAN, NAN, NAN], [NAN, NAN, NAN])
    assert found.score.tolist() == [500_000, 500_000]
    assert found.band.tolist() == [GREY, GREY]
    assert found.unknown.tolist() == [10_000, 10_000]
    found = scored(card(1, 1, 1), [100, 100, 100], tracked=[])
    assert (found.band[0], found.coverage[0]) == (GREY, 0)


def test_less_than_two_fifths_known_is_grey():
    weights = (20, 10, 10, 60)
    assert scored(card(*weights), [100, 100, 100, NAN]).band.tolist() == [GREEN]
    assert scored(card(20, 10, 9, 61), [100, 100, 100, NAN]).band.tolist() == [GREY]
    assert scored(card(*weights), [100, NAN, NAN, 100]).band.tolist() == [GREY]


def test_a_line_may_assume_points_for_what_is_missing():
    lines = card(40, 30, 20, 10).lines
    lines[3].assumed_points = 20
    found = scored(card(lines=lines), [100, 50, 0, NAN], [100, 50, 0, 100])
    # The assumed line keeps its 10 %: 0.1 · −30; it is no part of the coverage.
    assert found.contributions.tolist() == [[200_000, 0, -100_000, -30_000], [200_000, 0, -100_000, 50_000]]
    assert found.coverage.tolist() == [9_000, 10_000]
    assert found.unknown.tolist() == [0, 0]
    assert np.isnan(found.values[0, 3])


def test_assumed_points_alone_make_no_score():
    lines = card(40, 30, 20, 10).lines
    for line in lines:
        line.assumed_points = 90
    assert scored(card(lines=lines), [NAN] * 4).band.tolist() == [GREY]
    assert scored(card(lines=lines), [50, 50, NAN, NAN]).band.tolist() == [GREY]
    assert scored(card(lines=lines), [50, 50, 50, NAN]).scored.tolist() == [True]


def test_a_line_by_rank_needs_twenty():
    line = Line(position=0, measure="usage.usage_volume", weight=1, by_rank=True)
    values, twenty = np.array([3.0, NAN]), np.arange(20.0)
    assert line_points(line, values, twenty)[0] == 17.5
    assert np.isnan(line_points(line, values, twenty)[1])
    assert np.isnan(line_points(line, values, twenty[:19])).all()
    assert np.isnan(line_points(line, values, None)).all()
    line.worst, line.neutral, line.best = 1, 2, 4
    assert line_points(line, values, twenty[:19])[0] == 75
    assert line_points(line, values, twenty)[0] == 17.5
    line.measure = OVERDUE
    assert line_points(line, values, twenty)[0] == 82.5


# -- scorecards of points -----------------------------------------------------------------------------------

STEPS = [
    [[">=", 20, 15], [">=", 8, 5.5], ["<", 2, -10]],
    [[">", 0.5, 30], ["<=", 0.1, -60]],
    [["=", 1, 12.00005]],
    [["<", 5, -20]],
]


def point_card(**more):
    lines = [Line(position=n, measure=KEYS[n], weight=0, steps=steps) for n, steps in enumerate(STEPS)]
    return card(lines=lines, kind="points", **more)


def test_points_are_added_to_fifty_and_taken_off():
    found = scored(point_card(), [20, 0.4, 1, 7], [8, 0.1, 0, 4], [2, 0.5, 0, 5])
    # 50 + 15 + 0 + 12.00005 (half-even: 12) + 0; 50 + 5.5 − 60 + 0 − 20 is clamped at 0; nothing holds.
    assert found.contributions.tolist() == [[150_000, 0, 120_000, 0], [55_000, -600_000, 0, -200_000], [0, 0, 0, 0]]
    assert found.score.tolist() == [770_000, 0, 500_000]
    assert found.points.tolist() == [[15, 0, 12.00005, 0], [5.5, -60, 0, -20], [0, 0, 0, 0]]
    assert found.band.tolist() == [GREEN, RED, YELLOW]
    assert (found.coverage.tolist(), found.unknown.tolist()) == ([10_000] * 3, [0] * 3)


def test_the_clamp_is_what_the_contributions_lack_of_the_score():
    found = scored(point_card(), [99, 9, 1, 9], [0, 0, 0, 0], [9, 9, 9, 9])
    over = [sum(row) + 500_000 for row in found.contributions.tolist()]
    assert over == [1_070_000, -400_000, 855_000]
    shots = [
        ScoreSnapshot(score_units=s, contributions=c)
        for s, c in zip(found.score, found.contributions.tolist(), strict=True)
    ]
    assert [shot.clamp_units for shot in shots] == [-70_000, 400_000, 0]
    assert ScoreSnapshot(score_units=None, contributions=[700_000]).clamp_units == 0


def test_points_that_are_missing():
    """Lines weigh in coverage with the most that they can give or take: 15, 60, 12.00005, 20."""
    found = scored(point_card(), [NAN, 0.4, 1, 7], [20, NAN, 1, 4], [9, NAN, NAN, 9])
    assert found.coverage.tolist() == [8598, 4393, 3271]
    assert found.unknown.tolist() == [1402, 5607, 6729]
    assert found.scored.tolist() == [True, True, False]
    assert found.score.tolist()[:2] == [620_000, 570_000]
    assert found.band.tolist()[2] == GREY
    assert np.isnan(found.points[0, 0])
    assumed = point_card()
    assumed.lines[1].assumed_points = -7
    found = scored(assumed, [20, NAN, 1, 4])
    assert (found.coverage[0], found.unknown[0], found.score[0]) == (4393, 0, 500_000)
    found = scored(point_card(), [20, 9, 1, 4], tracked=[KEYS[0], KEYS[1], KEYS[2]])
    assert (found.coverage[0], found.score[0], found.contributions[0, 3]) == (10_000, 1_000_000, 0)


def test_points_by_rank_ask_for_the_percentile():
    line = Line(position=0, measure="usage.usage_volume", by_rank=True, steps=[[">=", 75, 20], ["<", 25, -20]])
    values, twenty = np.array([0.0, 4, 5, 14, 15, NAN]), np.arange(20.0)
    # 2.5, 22.5, 27.5, 72.5, 77.5
    assert step_points(line, values, twenty)[:5].tolist() == [-20, -20, 0, 0, 20]
    assert np.isnan(step_points(line, values, twenty)[5])
    assert np.isnan(step_points(line, values, twenty[:19])).all()
    assert np.isnan(step_points(line, values, None)).all()
    line.measure = OVERDUE
    assert step_points(line, values, twenty)[:5].tolist() == [20, 20, 0, 0, -20]


def test_caps_and_hysteresis_of_points():
    a_card = point_card(caps=[(YELLOW, [[OVERDUE, ">=", 30]])])
    rows = [[20, 0.4, 1, 7], [20, 0.4, 0, 7], [20, 0.4, 0, 7]]
    found = scored(a_card, *rows, more={OVERDUE: [30, 0, 0]}, held=[GREEN, GREEN, GREY], across=[0, -1, 0])
    assert found.score.tolist() == [770_000, 650_000, 650_000]
    assert (found.held.tolist(), found.band.tolist()) == ([GREEN, YELLOW, YELLOW], [YELLOW, YELLOW, YELLOW])


def test_a_line_without_thresholds_has_no_points():
    line = Line(position=0, measure=KEYS[0], weight=1, worst=0, neutral=None, best=1)
    assert np.isnan(line_points(line, np.array([3.0]), None)).all()


def test_caps_limit_the_band_but_not_the_score():
    caps = [
        (RED, [[OVERDUE, ">=", 60]]),
        (YELLOW, [[OVERDUE, ">=", 30]]),
        (YELLOW, [[OVERDUE, ">", 5], [LAST_USE, "<", 3]]),
    ]
    rows = [[100, 100, 100]] * 7 + [[0, 0, 0], [NAN, NAN, NAN], [NAN, NAN, NAN]]
    overdue = [NAN, 0, 29, 30, 60, 6, 5, 30, 30, 0]
    last_use = [NAN, 0, 9, 9, 9, 2, 2, 9, 9, 9]
    found = scored(card(1, 1, 1, caps=caps), *rows, more={OVERDUE: overdue, LAST_USE: last_use})
    assert found.caps.tolist() == [0, 0, 0, 2, 3, 4, 0, 2, 2, 0]
    assert found.band.tolist() == [GREEN] * 3 + [YELLOW, RED, YELLOW, GREEN, RED, YELLOW, GREY]
    assert found.held.tolist() == [GREEN] * 7 + [RED, GREY, GREY]
    assert len(set(found.score[:7].tolist())) == 1
    assert found.cap_values[:, 0].tolist()[1:] == overdue[1:]


def test_hysteresis_comes_before_caps_and_a_card_has_its_own_borders():
    caps = [(YELLOW, [[OVERDUE, ">=", 30]])]
    a_card = card(1, 1, 2, caps=caps, borders=(30, 60))
    more = {OVERDUE: [0, 30, 0]}
    # 59.9, 59.9, 31.
    rows = [[59.9] * 3, [59.9] * 3, [31, 31, 31]]
    found = scored(a_card, *rows, more=more, held=[GREEN, GREEN, RED], across=[-1, -1, 0], is_known=[True] * 3)
    assert found.computed.tolist() == [YELLOW, YELLOW, YELLOW]
    assert found.held.tolist() == [GREEN, GREEN, RED]
    assert found.across.tolist() == [-2, -2, 1]
    assert found.band.tolist() == [GREEN, YELLOW, RED]


MANUAL = [
    # manual, begins, known, was manual, caps before, caps now → the manual band wins
    ("none", -1, False, True, False, 0, 0, False),
    ("begins", RED, True, True, False, 0, 0, True),
    ("begins below a cap", GREEN, True, True, False, 0, 1, True),
    ("goes on", GREEN, False, True, True, 0, 0, True),
    ("goes on below the same cap", GREEN, False, True, True, 1, 1, True),
    ("goes on as a cap ends", GREEN, False, True, True, 1, 0, True),
    ("dropped by a new cap", GREEN, False, True, True, 0, 1, False),
    ("stays dropped", GREEN, False, True, False, 1, 1, False),
    ("no day before", GREEN, False, False, False, 0, 1, True),
]


@pytest.mark.parametrize("case", MANUAL, ids=lambda case: case[0])
def test_a_manual_band_wins_until_a_new_cap(case):
    _, manual, begins, known, was, caps_before, caps_now, wins = case
    found = scored(
        card(1, 1, 1, caps=[(YELLOW, [[OVERDUE, ">=", 30]])]),
        [80, 80, 80],
        more={OVERDUE: [30 * caps_now]},
        manual=[manual],
        manual_begins=[begins],
        is_known=[known],
        was_manual=[was],
        caps=[caps_before],
        held=[GREEN],
    )
    assert found.manual.tolist() == [wins]
    assert found.band.tolist() == [manual if wins else YELLOW if caps_now else GREEN]
    assert found.held.tolist() == [GREEN]


def test_accounts_are_scored_alike_in_any_company_and_order():
    rng = np.random.default_rng(5)
    rows = rng.uniform(0, 100, (50, 4))
    rows[rng.uniform(size=rows.shape) < 0.3] = NAN
    a_card = card(7, 3.3, 11, 2)
    whole = scored(a_card, *rows)
    backwards, alone = scored(a_card, *rows[::-1]), scored(a_card, rows[17])
    for name in ("contributions", "score", "coverage", "unknown", "band", "points"):
        column = getattr(whole, name)
        assert getattr(backwards, name).tobytes() == np.ascontiguousarray(column[::-1]).tobytes(), name
        assert getattr(alone, name).tobytes() == column[17:18].tobytes(), name
