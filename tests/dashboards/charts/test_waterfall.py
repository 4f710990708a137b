"""The steps from one amount to another, as plain data."""

from __future__ import annotations

from dashboards.charts.waterfall import Step, waterfall


def drawn(start: float, *amounts: float) -> dict:
    steps = [Step(f"s{n}", amount, str(amount)) for n, amount in enumerate(amounts)]
    return waterfall(Step("a", start, ""), steps, Step("b", start + sum(amounts), ""))


def test_a_loss_hangs_from_where_it_begins():
    bar = drawn(100, 50, -80)["data"][0]
    assert bar["base"][1:3] == [100, 70]
    assert bar["y"][1:3] == [50, 80]
    assert bar["marker"]["color"] == ["var(--grey)", "var(--green)", "var(--red)", "var(--accent-fill)"]


def test_small_movements_of_a_large_amount_can_be_seen():
    figure = drawn(2_360_000, 74_000, -33_000)
    low, high = figure["layout"]["yaxis"]["range"]
    assert 2_300_000 < low < 2_360_000
    assert high > 2_434_000
    assert all(height >= 0 for height in figure["data"][0]["y"])


def test_from_nothing_and_to_nothing():
    assert drawn(0, 10)["layout"]["yaxis"]["range"][0] == 0
    assert drawn(10, -10)["layout"]["yaxis"]["range"][0] == 0
    low, high = drawn(0)["layout"]["yaxis"]["range"]
    assert low < high
