"""The catalogue refuses what would mislead."""

from __future__ import annotations

import numpy as np
import pytest
from django.core.checks import run_checks

from metrics.measures.usage import DAYS
from metrics.registry import MEASURES, Direction, RegistryError, Unit, measure, worked


@pytest.fixture(autouse=True)
def catalogue():
    before = dict(MEASURES)
    yield MEASURES
    MEASURES.clear()
    MEASURES.update(before)


def register(**changes):
    given = {"unit": Unit.DAYS, "direction": Direction.HIGHER, "parts": {"days": DAYS}, "worst": 1, "best": 5}
    given["example"] = worked("6", days=6)
    return measure("Name", **given | changes)


def documented(days):
    """Days."""
    return days


def test_a_measure_is_known_by_file_and_function(catalogue):
    register(window=28)(documented)
    found = catalogue["test_registry.documented"]
    assert (found.key, found.group, found.doc) == ("test_registry.documented", "test_registry", "Days.")


def test_the_same_key_twice(catalogue):
    register()(documented)
    with pytest.raises(RegistryError, match="registered twice"):
        register()(documented)


def test_without_a_docstring():
    with pytest.raises(RegistryError, match="no docstring"):
        register()(lambda days: days)


@pytest.mark.parametrize("changes", [{"worst": 5, "best": 1}, {"direction": Direction.LOWER}])
def test_thresholds_against_the_direction(changes):
    with pytest.raises(RegistryError, match="contradict"):
        register(**changes)(documented)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, {1: 6, 13: 6, 14: 6, 28: 6}),
        ({"window": 28}, {1: None, 13: None, 14: 6, 27: 6, 28: 6}),
        ({"window": 28, "scaled": True}, {13: None, 14: 12, 21: 8, 28: 6, 400: 6}),
        ({"window": 56, "trend": True}, {14: None, 55: None, 56: 6}),
        ({"window": 7}, {6: None, 7: 6}),
    ],
)
def test_young_accounts(catalogue, flags, expected):
    register(**flags)(documented)
    ages = np.array(list(expected), dtype=float)
    found = catalogue["test_registry.documented"].values({"days": np.full(len(ages), 6.0)}, ages)
    assert [None if np.isnan(value) else value for value in found] == list(expected.values())


def test_every_measure_is_documented_and_scored_somehow(catalogue):
    for key, found in catalogue.items():
        assert found.doc.endswith("."), key
        assert found.by_rank or None not in (found.worst, found.neutral, found.best), key
        if found.worst is not None:
            assert min(found.worst, found.best) <= found.neutral <= max(found.worst, found.best), key


def test_a_cap_that_names_no_measure_is_told_at_start(catalogue):
    assert not [fault for fault in run_checks() if fault.id == "metrics.E001"]
    del catalogue["usage.days_since_last_use"]
    assert [fault.msg for fault in run_checks() if fault.id == "metrics.E001"] == [
        "A default cap names usage.days_since_last_use, which is no measure."
    ]
