"""Movements of MRR and the rates made of them, by hand; and that the movements always add up."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metrics.formulas.revenue import Movements, grown, kept, lost, lost_net, movement, stayed

D = Decimal
KINDS = ("new", "expansion", "contraction", "churned", "reactivation", "currency")


@pytest.mark.parametrize(
    ("start", "end", "paid_before", "rerated", "expected"),
    [
        (0, 0, False, 0, {}),
        (100, 100, True, 0, {}),
        (0, 80, False, 0, {"new": 80}),
        (0, 80, True, 0, {"reactivation": 80}),
        (100, 150, True, 0, {"expansion": 50}),
        (100, 40, True, 0, {"contraction": -60}),
        (100, 0, True, 0, {"churned": -100}),
        # A new term at another rate: the rate's part is the currency's, the rest is what the customer did.
        (100, 110, True, 10, {"currency": 10}),
        (100, 120, True, -5, {"currency": -5, "expansion": 25}),
        (100, 100, True, 8, {"currency": 8, "contraction": -8}),
        # Who comes or goes does so with the whole amount.
        (0, 80, False, 3, {"new": 80}),
        (100, 0, True, -3, {"churned": -100}),
    ],
)
def test_the_movement_of_one_account(start, end, paid_before, rerated, expected):
    found = movement(D(start), D(end), paid_before, D(rerated))
    assert {kind: getattr(found, kind) for kind in KINDS if getattr(found, kind)} == expected
    assert (found.start, found.end) == (start, end)


amounts = st.decimals("0", "99999", places=2)


@given(amounts, amounts, st.booleans(), st.decimals("-100", "100", places=2))
def test_the_parts_of_a_movement_add_up(start, end, paid_before, rerated):
    found = movement(start, end, paid_before, rerated)
    assert found.start + sum(getattr(found, kind) for kind in KINDS) == found.end
    assert found.churned <= 0 <= found.new
    assert found.contraction <= 0 <= found.expansion


def test_movements_are_summed_part_by_part():
    assert movement(D(0), D(80)) + movement(D(100), D(40)) == Movements(
        start=D(100), new=D(80), contraction=D(-60), end=D(120)
    )


@pytest.mark.parametrize(
    ("start", "end", "paid_before", "expected"),
    [
        # (lost, lost_net, grown, stayed, kept)
        (0, 0, False, (0, 0, 0, 0, 0)),
        (100, 100, True, (0, 0, 0, 100, 100)),
        (0, 80, False, (0, 0, 80, 0, 0)),
        (0, 80, True, (0, -80, 80, 0, 0)),
        (100, 150, True, (0, -50, 50, 150, 100)),
        (100, 40, True, (60, 60, 0, 40, 40)),
        (100, 0, True, (100, 100, 0, 0, 0)),
    ],
)
def test_what_the_rates_are_made_of(start, end, paid_before, expected):
    found = movement(D(start), D(end), paid_before)
    assert tuple(part(found) for part in (lost, lost_net, grown, stayed, kept)) == expected
