"""What the page says of the score is what the formulas do; everything else comes from the registry."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from dashboards.panels.meanings import MADE, name_of
from metrics.formulas.scoring import UNIT, YELLOW


def ones(*values: float) -> np.ndarray:
    return np.array([values], dtype=float)


def made(anchor: str, *args: object) -> Any:
    """What the function that the entry names makes of its example."""
    return MADE[anchor].compute(*args)


def test_the_examples_of_scoring_are_what_its_functions_give():
    everything, second_missing = np.array([True, True]), np.array([[True, False]])
    assert made("score-points", np.array([0.6]), 0.1, 0.4, 0.8)[0] == 75
    weights = made("score-weight", np.array([20.0, 30.0]), ["usage", "usage"], everything, second_missing)
    assert weights[0].tolist() == [0.8, 0]
    assert made("score-contribution", ones(0.2), ones(75))[0].tolist() == [5 * UNIT]
    assert made("score", np.array([[-22 * UNIT, 45 * UNIT // 10]]))[0] == 32.5 * UNIT
    known = np.array([[True, True, False]])
    assert made("score-coverage", np.array([20.0, 30.0, 50.0]), np.array([True] * 3), known)[0] == 0.5
    scores = np.array([39.9, 40, 70]) * UNIT
    bands = made("score-band", scores.astype(np.int64), np.array([True] * 3)).tolist()
    assert bands == [YELLOW - 1, YELLOW, YELLOW + 1]


def test_the_examples_of_counts_are_what_their_functions_give():
    low, high = made("count-interval", 8, 10)
    assert (round(100 * low), round(100 * high)) == (49, 94)
    first = date(2026, 3, 1)
    bands = ((first + timedelta(days=n), "red" if n < 31 else "green") for n in range(90))
    assert list(made("win-saved", bands)) == [date(2026, 5, 1)]


def test_everything_is_called_as_its_entry_is():
    assert name_of("kpi-revenue.mrr") == "MRR"
    assert name_of("measure-usage.active_seats") == "Active seats"
    assert name_of("stage-stuck") == "Stuck"
