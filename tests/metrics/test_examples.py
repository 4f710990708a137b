"""The worked example of every measure and KPI: its numbers go through the function that the product uses."""

from __future__ import annotations

import inspect
from decimal import Decimal

import numpy as np
import pytest

from accounts.kinds import KINDS
from metrics.registry import KPIS, MEASURES

# What quotients of quotients lose on the way.
DIGITS = Decimal("1e-20")


@pytest.mark.parametrize("key", MEASURES)
def test_a_measure_makes_of_its_example_what_it_says(key):
    found = MEASURES[key]
    wanted = inspect.signature(found.compute).parameters
    assert found.example.columns
    assert found.example.columns.keys() <= wanted.keys()
    columns = {name: np.array([found.example.columns.get(name, np.nan)], dtype=float) for name in wanted}
    assert found.compute(**columns)[0] == pytest.approx(float(found.example.gives), rel=1e-12)


@pytest.mark.parametrize("key", KPIS)
def test_a_kpi_makes_of_its_example_what_it_says(key):
    found = KPIS[key]
    assert found.example.records
    assert abs(found.value(found.example.records) - found.example.gives) <= DIGITS


@pytest.mark.parametrize("key", [*MEASURES, *KPIS])
def test_the_facts_behind_it_are_kinds_that_can_be_told(key):
    if key in KPIS:
        told = set(KPIS[key].basis.source)
    else:
        told = {kind for part in MEASURES[key].parts.values() for kind in part.facts.sources}
    assert told
    assert told <= {*KINDS, "scores"}


@pytest.mark.parametrize("key", KPIS)
def test_sums_of_the_example_are_told_of_each_side(key):
    """A KPI without a denominator counts records that have none."""
    assert KPIS[key].basis.whole is not None or not any(record.whole for record in KPIS[key].example.records)
