"""Plain ratios: what is nothing stays nothing, and nothing is divided by zero."""

from __future__ import annotations

import numpy as np
import pytest

from metrics.formulas.usage import change, first_known, ratio, zero

NAN = float("nan")


def floats(*values):
    return np.array(values, dtype=float)


def plain(values):
    return [None if np.isnan(value) else value for value in values]


def test_a_ratio_needs_something_to_divide_by():
    assert plain(ratio(floats(1, 0, 1, 1, NAN, 1), floats(4, 4, 0, -1, 4, NAN))) == [0.25, 0, None, None, None, None]


def test_zero_is_what_nothing_counts():
    assert zero(floats(NAN, 0, 3)).tolist() == [0, 0, 3]


def test_the_first_that_is_above_zero():
    found = first_known(floats(3, 0, NAN, NAN), floats(5, 5, 5, 0), floats(7, 7, 7, NAN))
    assert plain(found) == [3, 5, 5, None]


@pytest.mark.parametrize(
    ("now", "before", "expected"),
    [(30, 20, 0.5), (10, 20, -0.5), (0, 20, -1), (90, 20, 1), (30, 19, None), (5, 0, None), (NAN, 20, None)],
)
def test_change_is_capped_and_needs_a_base(now, before, expected):
    assert plain(change(floats(now), floats(before), least=20, cap=1)) == [expected]
