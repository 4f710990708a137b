"""Whether a score tells who leaves: by hand, by the worked examples, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from metrics.formulas.judging import DRAWS, Sample, auc, by_decile, drawn_auc, draws, estimate, interval
from tests.worked import examples


def sample(*pairs, days=None):
    """(account, lost) pairs, in order; `days` of each, else all of one day."""
    account, lost = zip(*pairs, strict=True)
    return Sample(np.array(account), np.array(days or [0] * len(pairs)), np.array(lost, dtype=bool))


def crowd(accounts=300, days=4, seed=3):
    """Scores with many ties that say something, of accounts over days."""
    chance = np.random.default_rng(seed)
    account, day = np.tile(np.arange(accounts), days), np.repeat(np.arange(days), accounts)
    score = np.round(chance.normal(60, 15, accounts)[account] + chance.normal(0, 5, len(account)) - 3 * day)
    return score, Sample(account, day, chance.random(len(account)) < 0.25 - score / 500)


@pytest.mark.parametrize("example", examples("auc"), ids=lambda e: e["source"][:30])
def test_worked_examples(example):
    labels, risk = example["inputs"]["labels"], np.array(example["inputs"]["scores"])
    found = auc(-risk, sample(*enumerate(labels)))
    assert found == pytest.approx(example["expected"], abs=example["tolerance"])


def test_every_pair_by_hand():
    # Lost with 30 against 20, 30, 50: lost, half, won. Lost with 40: lost, lost, won.
    score = np.array([30.0, 40, 20, 30, 50])
    judged = sample((0, 1), (1, 1), (2, 0), (3, 0), (4, 0))
    assert auc(score, judged) == 2.5 / 6


def test_within_days_compares_no_two_days():
    # On either day who left had the lower score, but all of the second day have lower ones than those of the first.
    score = np.array([80.0, 90, 10, 20])
    judged = sample((0, 1), (1, 0), (0, 1), (1, 0), days=[0, 0, 1, 1])
    assert auc(score, judged) == 0.75
    assert auc(score, judged, within_days=True) == 1.0


@pytest.mark.parametrize("seed", range(3))
def test_agrees_with_scikit_learn(seed):
    score, judged = crowd(seed=seed)
    assert auc(score, judged) == pytest.approx(roc_auc_score(judged.lost, -score), abs=1e-12)
    by_day = [(judged.lost[judged.day == d], -score[judged.day == d]) for d in range(4)]
    pairs = [lost.sum() * (~lost).sum() for lost, _ in by_day]
    expected = sum(n * roc_auc_score(*each) for n, each in zip(pairs, by_day, strict=True)) / sum(pairs)
    assert auc(score, judged, within_days=True) == pytest.approx(expected, abs=1e-12)


def test_draws_agree_with_scikit_learn_by_weights():
    score, judged = crowd()
    weights = next(draws(judged.accounts))
    found = drawn_auc(score, judged).draws
    for n in range(5):
        expected = roc_auc_score(judged.lost, -score, sample_weight=weights[judged.account, n])
        assert found[n] == pytest.approx(expected, abs=1e-12)


def test_the_interval_is_of_accounts_and_always_the_same():
    score, judged = crowd()
    drawn = drawn_auc(score, judged).draws
    assert len(drawn) == DRAWS
    assert (drawn == drawn_auc(score, judged).draws).all()
    found = estimate(score, judged)
    assert (found.low, found.high) == interval(drawn) == tuple(np.quantile(drawn, [0.025, 0.975]))
    assert 0.5 < found.low < found.value < found.high and not found.is_chance
    # Each account once more on the same day tells nothing new, and narrows nothing.
    twice = Sample(*(np.tile(each, 2) for each in (judged.account, judged.day, judged.lost)))
    assert estimate(np.tile(score, 2), twice) == found


def test_nothing_where_nobody_left_or_stayed():
    assert auc(np.array([1.0, 2.0]), sample((0, 0), (1, 0))) is None
    assert estimate(np.array([1.0]), sample((0, 1))) is None


def test_deciles_by_hand():
    score, lost = np.arange(20.0), np.array([1, 1, 1] + [0] * 16 + [1], dtype=bool)
    found = by_decile(score, lost)
    assert [(each.n, each.lost) for each in found[:3]] == [(2, 2), (2, 1), (2, 0)]
    assert (found[-1].n, found[-1].lost, found[-1].rate, found[-1].low, found[-1].high) == (2, 1, 0.5, 18, 19)
    # Equal scores stay together.
    assert [each.n for each in by_decile(np.zeros(5), np.zeros(5, dtype=bool))] == [0, 0, 0, 0, 0, 5, 0, 0, 0, 0]
