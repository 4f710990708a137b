"""The smallest change: against a search through every value that there is, by the formula that scores each night."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metrics.explain import End
from metrics.formulas.scoring import GREY, RED, YELLOW, bands, capped
from metrics.models import Band, Cap, Line, Run, Scorecard, ScorecardVersion
from metrics.pulls import caps_of, pulls
from metrics.reach import reach
from metrics.scorecards import Card

NAN = float("nan")
FREQUENCY, SEATS = "usage.usage_frequency", "usage.active_seats"
COMPLAINTS, DUE, NOTICE = "complaints.complaints", "commercial.days_past_due", "commercial.notice_given"
VOLUME = "usage.usage_volume"


def card(*lines, caps=(), kind="weighted", borders=(40, 70)):
    scorecard = Scorecard(name="S", kind=kind)
    version = ScorecardVersion(pk=1, scorecard=scorecard, number=1, red_below=borders[0], green_from=borders[1])
    return Card(
        version,
        tuple(Line(position=n, measure=key, **fields) for n, (key, fields) in enumerate(lines)),
        tuple(Cap(position=n, name=f"Cap {n}", band=band, conditions=c) for n, (band, c) in enumerate(caps)),
    )


def linear(key, weight, worst, neutral, best):
    return key, {"weight": weight, "worst": worst, "neutral": neutral, "best": best}


def end(a_card, values, ranks=None, manual=False):
    """An account with these values, scored by the real formula, as a snapshot keeps it."""
    readings = {key: np.array([values.get(key, NAN)], dtype=float) for key in a_card.measures}
    tracked = set(readings)
    made = pulls(a_card, tracked, readings, ranks or {}, 1)
    bits, limit = caps_of(a_card, readings, 1)
    borders = (a_card.version.red_below, a_card.version.green_from)
    row = SimpleNamespace(
        values=made.values[0].tolist(),
        points=made.points[0].tolist(),
        contributions=made.contributions[0].tolist(),
        score_units=int(made.score[0]) if made.scored[0] else None,
        cap_values=[float(readings[key][0]) for key in a_card.cap_measures],
        caps=int(bits[0]),
        band=int(capped(bands(made.score, made.scored, *borders), limit)[0]),
        manual=manual,
    )
    return End(row, Run(tracked=sorted(tracked)), a_card)


def ways(found):
    return [(way.measure, way.now, way.to) for way in found.ways]


# Of 100: 40 frequency, 40 overdue, 20 complaints.
PLAIN = (
    linear(FREQUENCY, 40, 4, 14, 26),
    linear(DUE, 40, 45, 15, 0),
    linear(COMPLAINTS, 20, 4, 1, 0),
)


def test_by_hand():
    """22 d at 38.33 points, −4.667; 14 d and 1 complaint: nothing. It lacks 24.667 points of 70: frequency alone gives
    20, complaints alone 10; to owe nothing gives 20 and takes 4.667 back."""
    account = end(card(*PLAIN), {FREQUENCY: 14, DUE: 22, COMPLAINTS: 1})
    assert account.units == 453_333
    assert ways(reach(account, Band.GREEN)) == [(DUE, 22, 0)]
    # Red is 5.3334 points away: at 30 d overdue the score is 40, which is not red.
    assert ways(reach(account, Band.RED)) == [
        (FREQUENCY, 14, 11),
        (DUE, 22, 31),
        (COMPLAINTS, 1, 3),
    ]
    better = end(card(*PLAIN), {FREQUENCY: 20, DUE: 6, COMPLAINTS: 1})
    assert better.units == 720_000
    assert reach(better, Band.GREEN).is_across
    assert ways(reach(end(card(*PLAIN), {FREQUENCY: 20, DUE: 8, COMPLAINTS: 1}), Band.GREEN)) == [
        (DUE, 8, 7),
        (FREQUENCY, 20, 21),
        (COMPLAINTS, 1, 0),
    ]


def test_the_best_that_there_is_just_suffices():
    """Thirds are rounded: by the digits of 1/10,000 point it would take 100.00015 points."""
    thirds = card(*((key, fields | {"weight": 1}) for key, fields in PLAIN))
    account = end(thirds, {FREQUENCY: 0, DUE: 12, COMPLAINTS: 0})
    assert (account.units, ways(reach(account, Band.GREEN))) == (533_333, [(FREQUENCY, 0, 14)])
    account = end(thirds, {FREQUENCY: 0, DUE: 12, COMPLAINTS: 1})
    assert (account.units, ways(reach(account, Band.GREEN))) == (366_666, [(FREQUENCY, 0, 26)])


def test_the_smallest_share_of_the_way_comes_first():
    found = reach(end(card(*PLAIN), {FREQUENCY: 20, DUE: 8, COMPLAINTS: 1}), Band.GREEN).ways
    assert [way.share for way in found] == pytest.approx([1 / 45, 1 / 22, 1 / 4])
    assert [way.units for way in found] == [706_667, 710_000, 793_333]


def test_a_cap_that_holds_is_the_thing_to_move():
    capping = card(*PLAIN, caps=[(YELLOW, [[DUE, ">=", 6]])])
    account = end(capping, {FREQUENCY: 26, DUE: 8, COMPLAINTS: 0})
    assert (account.units, account.band) == (893_333, YELLOW)
    found = reach(account, Band.GREEN)
    assert (found.is_across, [cap.name for cap in found.caps], ways(found)) == (True, ["Cap 0"], [(DUE, 8, 5)])
    # Where the score lacks more than the cap's own measure can give, nothing alone suffices.
    both = end(capping, {FREQUENCY: 14, DUE: 12, COMPLAINTS: 3})
    assert (ways(reach(both, Band.GREEN)), len(reach(both, Band.GREEN).caps)) == ([], 1)


def test_a_cap_may_be_the_nearest_way_down():
    capping = card(*PLAIN, caps=[(RED, [[NOTICE, ">=", 1]]), (RED, [[DUE, ">=", 9], [COMPLAINTS, ">=", 1]])])
    found = reach(end(capping, {FREQUENCY: 26, DUE: 8, COMPLAINTS: 1, NOTICE: 0}), Band.RED)
    assert ways(found)[0] == (DUE, 8, 9)
    assert (NOTICE, 0, 1) in ways(found)


def test_shares_are_moved_by_whole_percents_in_the_direction_that_suffices():
    lines = (linear(SEATS, 60, 0.1, 0.4, 0.8), linear(DUE, 20, 45, 15, 0), linear(COMPLAINTS, 20, 4, 1, 0))
    account = end(card(*lines), {SEATS: 0.4, DUE: 15, COMPLAINTS: 1})
    # 20 points at 60 % are 33.4 of 100: 0.4 + 0.4 · 0.6667.
    assert ways(reach(account, Band.GREEN)) == [(SEATS, 0.4, 0.67)]
    assert ways(reach(account, Band.RED)) == [(SEATS, 0.4, 0.29)]


def test_who_ranks_must_pass_others(monkeypatch):
    ranked = np.array([1.0, 2, 2, 3, *range(4, 20)], dtype=float)
    ranks = {0: ranked}
    monkeypatch.setattr("metrics.reach.ranks_of", lambda run: {1: ranks})
    lines = ((VOLUME, {"weight": 50, "by_rank": True}), *PLAIN[1:])
    account = end(card(*lines), {VOLUME: 2, DUE: 15, COMPLAINTS: 1}, ranks)
    # Mid-rank 10 of 100, at 5/11 of the weight; 70 asks for 94: over 18 of the 20, and half of the one it equals.
    (way,) = reach(account, Band.GREEN).ways
    assert (way.measure, way.now, way.to) == (VOLUME, 2, 18.1)


def test_a_scorecard_of_points_goes_to_the_nearest_step():
    steps = {
        DUE: [[">=", 60, -45], [">=", 30, -20], ["=", 0, 10]],
        FREQUENCY: [[">=", 20, 25], [">=", 5, 5], ["<", 1, -5]],
        COMPLAINTS: [[">=", 2, -30]],
    }
    lines = [(key, {"weight": 0, "steps": each}) for key, each in steps.items()]
    account = end(card(*lines, kind="points"), {DUE: 12, FREQUENCY: 6, COMPLAINTS: 0})
    assert account.units == 550_000
    assert ways(reach(account, Band.GREEN)) == [(FREQUENCY, 6, 20)]
    assert ways(reach(account, Band.RED)) == [(DUE, 12, 30), (COMPLAINTS, 0, 2)]


def test_what_no_measure_decides():
    a_card = card(*PLAIN)
    assert reach(end(a_card, {FREQUENCY: 20, DUE: 8, COMPLAINTS: 1}, manual=True), Band.GREEN).ways == ()
    grey = end(a_card, {FREQUENCY: 20})
    assert (grey.units, grey.band, reach(grey, Band.GREEN).ways) == (None, GREY, ())


# -- against every value ------------------------------------------------------------------------------------

KEYS = [(FREQUENCY, 4, 14, 26), (DUE, 45, 15, 0), (COMPLAINTS, 4, 1, 0), ("support.open_severe", 3, 1, 0)]
RANGE = range(81)


@st.composite
def accounts(draw):
    lines = [linear(key, draw(st.sampled_from([1, 5, 20])), *thresholds) for key, *thresholds in KEYS]
    lines = draw(st.permutations(lines))
    if draw(st.booleans()):
        lines[0][1]["assumed_points"] = draw(st.sampled_from([0.0, 30.0]))
    condition = st.tuples(
        st.sampled_from([key for key, *_ in KEYS]), st.sampled_from([">=", "<", ">", "<="]), st.integers(0, 30)
    ).map(list)
    caps = draw(
        st.lists(st.tuples(st.sampled_from([RED, YELLOW]), st.lists(condition, min_size=1, max_size=2)), max_size=2)
    )
    values = {key: float(draw(st.integers(0, 30))) for key, *_ in KEYS}
    if draw(st.booleans()):
        del values[draw(st.sampled_from(sorted(values)))]
    return end(card(*lines, caps=caps), values)


def band_with(account, measure, values):
    """The bands of the account with other values of one measure."""
    columns = {key: np.full(len(values), value) for key, value in account.readings.items()}
    columns[measure] = np.array(values, dtype=float)
    made = pulls(account.card, set(columns), columns, {}, len(values))
    _bits, limit = caps_of(account.card, columns, len(values))
    return capped(bands(made.score, made.scored), limit).tolist()


@settings(max_examples=60, deadline=None)
@given(accounts(), st.sampled_from([Band.RED, Band.GREEN]))
def test_no_value_that_is_nearer_suffices(account, band):
    if account.units is None:
        return
    is_so = band_with(account, *next((key, [now]) for key, now in account.readings.items())) == [band]
    told = {way.measure: way.to for way in reach(account, band).ways}
    for measure, now in account.readings.items():
        if np.isnan(now) or is_so:
            assert measure not in told
            continue
        enough = [to for to, got in zip(RANGE, band_with(account, measure, RANGE), strict=True) if got == band]
        others = [abs(to - now) for to in enough if to != now]
        assert (abs(told[measure] - now) if measure in told else None) == min(others, default=None)
        assert measure not in told or told[measure] in enough
