"""Every measure of every account, against plain Python that reads fact by fact."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from math import isclose
from operator import sub

import pytest

from metrics.registry import MEASURES, Unit
from metrics.scorecards import cards
from tests.cast import night, snapshot
from tests.metrics import crowd, naive_money, naive_people
from tests.metrics.cases import DAY, read_all, whom
from tests.metrics.naive import NAIVE, values_of
from tests.metrics.naive_score import verdict
from tests.metrics.witness import Witness

pytestmark = pytest.mark.django_db

ACCOUNTS = 36


def same(value, expected):
    if None in (value, expected):
        return value is expected
    return isclose(value, expected, rel_tol=1e-12, abs_tol=1e-12)


def test_every_measure_equals_the_naive_one(acme):
    told = crowd.make(ACCOUNTS, seed=16)
    crowd.fill(acme, told)
    assert naive_money and naive_people
    assert NAIVE.keys() == MEASURES.keys()
    found: dict[str, set[float | None]] = {key: set() for key in MEASURES}
    for back in (0, 1, 13, 40, 95):
        day = DAY - timedelta(days=back)
        witness = Witness(told, day)
        expected = {name: values_of(witness, name) for name in witness.scored()}
        values = read_all(acme, list(MEASURES), on=day)
        assert values.keys() == expected.keys()
        for key in MEASURES:
            pairs = {name: (values[name][key], row[key]) for name, row in expected.items()}
            assert not {name: pair for name, pair in pairs.items() if not same(*pair)}, (day, key)
            found[key].update(value for value, _ in pairs.values())
    # A comparison in which every value is the same would prove little.
    assert not [key for key, values in found.items() if len(values) < 3 and MEASURES[key].unit != Unit.FLAG]
    assert all(len(values) > 1 for values in found.values())


def test_the_ages_and_amounts_equal_the_naive_ones(acme):
    told = crowd.make(ACCOUNTS, seed=8)
    crowd.fill(acme, told)
    witness = Witness(told, DAY)
    found = [(customer.age, customer.mrr) for customer in whom(acme)[0]]
    assert found == [(witness.age(name), witness.mrr(name, DAY)) for name in witness.scored()]


def test_a_first_night_equals_the_naive_one(acme):
    """On the first night no band is held; contributions may differ by one unit of rounding each."""
    told = crowd.make(ACCOUNTS, seed=9)
    crowd.fill(acme, told)
    run = night(acme, DAY)
    (card,) = cards(acme)
    names = [line.measure for line in card.lines]
    weights = {line.measure: Fraction(line.weight) for line in card.lines}
    thresholds = {line.measure: (line.worst, line.neutral, line.best) for line in card.lines if not line.by_rank}
    expected = verdict(Witness(told, DAY), set(run.tracked), weights, thresholds)
    bands = set()
    for name in told.started:
        found = snapshot(acme, name, DAY)
        assert (found is not None) == (name in expected), name
        if found:
            contributions, covered, band = expected[name]
            wanted = [round(contributions[key] * 10_000) for key in names]
            assert max(map(abs, map(sub, found.contributions, wanted))) <= 1, name
            assert found.score_units == (500_000 + sum(found.contributions) if covered is not None else None), name
            assert found.band == band, name
            bands.add(band)
    assert bands == {0, 1, 2, 3}
