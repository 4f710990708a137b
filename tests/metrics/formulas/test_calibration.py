"""From scores to chances: by hand, and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression

from metrics.formulas.calibration import POINTS, calibration, curve, isotonic_fit, logistic_fit, whole_points
from metrics.formulas.judging import Sample


def tallies(score, lost):
    n = np.bincount(score, minlength=POINTS).astype(float)
    return n[:, None], np.bincount(score, lost, minlength=POINTS)[:, None]


def crowd(n=400, seed=5):
    chance = np.random.default_rng(seed)
    score = chance.integers(20, 95, n)
    return score, chance.random(n) < 1 / (1 + np.exp((score - 40) / 12))


def test_two_scores_by_hand():
    # 10 at 30 points, 4 lost; 10 at 80 points, 1 lost: two parameters fit two shares exactly.
    score = np.array([30] * 10 + [80] * 10)
    lost = np.array([1] * 4 + [0] * 6 + [1] + [0] * 9)
    found = logistic_fit(*tallies(score, lost))[:, 0]
    assert found[[30, 80]] == pytest.approx([0.4, 0.1], abs=1e-4)
    # Half-way between them the log-odds are: ln(0.4/0.6) = −0.405, ln(0.1/0.9) = −2.197, mean −1.301.
    assert found[55] == pytest.approx(0.21399, abs=1e-4)


def test_the_logistic_curve_agrees_with_scikit_learn():
    score, lost = crowd()
    theirs = LogisticRegression(C=1e9, tol=1e-10, max_iter=1000).fit((score[:, None] - 50) / 50, lost)
    expected = theirs.predict_proba((np.arange(POINTS)[:, None] - 50) / 50)[:, 1]
    assert logistic_fit(*tallies(score, lost))[:, 0] == pytest.approx(expected, abs=1e-5)


def test_pooling_by_hand_and_against_scikit_learn():
    score = np.array([10, 10, 20, 20, 30, 30, 40, 40])
    lost = np.array([1, 1, 0, 0, 1, 1, 0, 0])
    # 1, 0, 1, 0: the middle two are pooled, and hold between their scores.
    found = isotonic_fit(*tallies(score, lost))[:, 0]
    assert found[[0, 10, 11, 20, 30, 31, 40, 100]].tolist() == [1, 1, 0.5, 0.5, 0.5, 0, 0, 0]
    score, lost = crowd()
    theirs = IsotonicRegression(increasing=False).fit(score, lost)
    at = np.unique(score)
    assert isotonic_fit(*tallies(score, lost))[at, 0] == pytest.approx(theirs.predict(at), abs=1e-12)


def test_the_curve_and_its_interval():
    score, lost = crowd(200)
    sample = Sample(np.arange(200), np.zeros(200, dtype=np.int64), lost)
    found = curve(score.astype(float), sample)
    assert not found.is_isotonic
    assert ((found.low <= found.risk) & (found.risk <= found.high))[20:95].all()
    assert (np.diff(found.risk) < 0).all() and found.risk[20] > 0.6 > 0.2 > found.risk[90]
    assert (found.high - found.low)[20] > 0.02


def test_calibration_is_of_accounts_it_has_not_seen():
    # Ten accounts, all lost but the last two: predicted from the others, fold by fold.
    lost = np.array([1] * 8 + [0] * 2, dtype=bool)
    sample = Sample(np.arange(10), np.zeros(10, dtype=np.int64), lost)
    found = calibration(np.full(10, 50.0), sample)
    # With one score the curve is the share of the rest: 6 of 8 in three folds, 7 of 8 in two.
    assert [round(each.predicted, 4) for each in found.bins] == [0.75] * 6 + [0.875] * 4
    assert found.brier == pytest.approx(found.brier_plain, abs=1e-6)
    assert found.brier == pytest.approx((6 * 0.25**2 + 2 * 0.125**2 + 2 * 0.875**2) / 10, abs=1e-6)


def test_nobody_lost_in_a_draw_stays_finite():
    none = logistic_fit(np.full((POINTS, 1), 3.0), np.zeros((POINTS, 1)))
    parted = logistic_fit(*tallies(np.array([10, 20, 80, 90]), np.array([1, 1, 0, 0])))
    assert np.isfinite(none).all() and np.isfinite(parted).all() and parted[10, 0] > 0.9 > 0.1 > parted[90, 0]
    assert whole_points(np.array([39.5, 100.0, 0.2])).tolist() == [40, 100, 0]
