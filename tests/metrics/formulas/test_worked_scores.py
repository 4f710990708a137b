"""Every score vector and points example of `worked_examples.json`, through the product's own functions."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.formulas.scoring import (
    GREEN,
    GREY,
    RED,
    UNIT,
    YELLOW,
    bands,
    contributions,
    coverage,
    effective_weights,
    hold,
    points_linear,
    points_percentile,
    scores,
)
from tests.worked import examples

NAN = float("nan")
BAND = {"red": RED, "yellow": YELLOW, "green": GREEN, "grey": GREY}


def floats(*values):
    return np.array(values, dtype=float)


def ints(*values):
    return np.array(values, dtype=np.int64)


def row(*values):
    return np.array([values], dtype=float)


def weigh(groups, weights, points, tracked=None):
    """(score, coverage, unknown, e) of one account through the product's own functions; None is missing."""
    p = row(*(NAN if point is None else point for point in points))
    there = np.ones(len(weights), dtype=bool) if tracked is None else np.array(tracked)
    present = ~np.isnan(p)
    e = effective_weights(floats(*weights), groups, there, present)
    total = scores(contributions(e, np.where(present, p, 50.0)))
    return total[0] / UNIT, coverage(floats(*weights), there, present)[0], 1 - e.sum(), e[0]


def weighted_score(points, weights):
    return weigh(["A"] * len(weights), weights, points)[0]


def linear(value, worst, neutral, best):
    return points_linear(floats(value), worst, neutral, best)[0]


def percentile(values, of):
    return points_percentile(floats(of), floats(*sorted(values)))[0]


def effective(lines, missing):
    groups, weights = zip(*lines, strict=True)
    found = weigh(groups, weights, [None if n in missing else 100 for n in range(len(lines))])
    return {"effective": found[3].tolist(), "coverage": found[1]}


def with_missing(lines):
    found = weigh(*zip(*lines, strict=True))
    return dict(zip(("score", "coverage", "unknown"), found, strict=False))


def hysteresis(yesterday, scores):
    band, across, held = ints(BAND[yesterday]), ints(0), []
    for score in scores:
        units = ints(round(score * UNIT))
        band, across = hold(bands(units, np.array([True])), units, band, across)
        held.append(next(name for name, number in BAND.items() if number == band[0]))
    return held


HANDLED = {
    "weighted_score": weighted_score,
    "points_linear": linear,
    "points_percentile": percentile,
    "effective_weights": effective,
    "score_with_missing": with_missing,
    "band_hysteresis": hysteresis,
}


@pytest.mark.parametrize("example", examples(*HANDLED), ids=lambda e: f"{e['metric']}: {e['source'][:40]}")
def test_worked_examples(example):
    found = HANDLED[example["metric"]](**example["inputs"])
    expected, tolerance = example["expected"], example.get("tolerance", 1e-9)
    if isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert found[key] == pytest.approx(value, abs=tolerance), key
    elif example["unit"] == "band":
        assert found == expected
    else:
        assert found == pytest.approx(expected, abs=tolerance)
