"""Measures in words."""

from __future__ import annotations

import pytest

from dashboards.panels.words import drivers_text, measure_label, value_text
from dashboards.templatetags.figures import UNITS
from metrics.registry import MEASURES


def driver(measure: str, now: float | None, before: float | None, change: int | None = -40_000) -> dict[str, object]:
    return {"measure": measure, "now": now, "before": before, "change": change}


def test_what_moved_is_told_from_to_with_its_unit_once() -> None:
    moved = [driver("usage.usage_frequency", 7, 12), driver("usage.active_seats", 0.25, 0.28)]
    assert drivers_text(moved) == "Usage frequency 12 → 7 d · Active seats 28% → 25%"


def test_a_trend_keeps_its_sign() -> None:
    assert drivers_text([driver("usage.usage_trend", -0.27, 0.16)]) == "Usage trend +16% → −27%"


def test_what_did_not_move_is_told_as_it_is() -> None:
    still = [driver("commercial.days_past_due", 22, 22, None), driver("support.open_severe", None, 1)]
    assert drivers_text(still) == "Days past due 22 d · Open severe tickets –"


def test_a_window_is_part_of_the_label_unless_it_is_a_trend() -> None:
    assert measure_label(MEASURES["usage.active_seats"]) == "Active seats, 28 d"
    assert measure_label(MEASURES["usage.usage_trend"]) == "Usage trend"


def test_a_measure_that_is_gone_is_told_by_its_key() -> None:
    assert drivers_text([driver("old.gone", 3, 1)]) == "old.gone 1 → 3"
    assert value_text("old.gone", float("nan")) == "–"


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("commercial.purchases_365d", 1200.0, "€1,200"),
        ("commercial.payment_timing", 4.0, "+4 d"),
        ("commercial.payment_drift", -4.25, "−4.2 d"),
        ("commercial.spend_since_start", 0.5, "+50%"),
        ("commercial.renewed_365d", 1.0, "yes"),
        ("sentiment.product_feedback", -0.2, "−0.20"),
        ("support.first_response", 2.25, "2.2 h"),
        ("usage.time_in_app", 12.0, "12 min"),
        ("value.return_on_cost", 2.0, "2×"),
    ],
)
def test_a_value_is_told_in_the_unit_of_its_measure(key: str, value: float, shown: str) -> None:
    assert value_text(key, value, "EUR") == shown


def test_every_unit_has_its_words() -> None:
    assert {measure.unit for measure in MEASURES.values()} <= UNITS.keys()
    assert value_text("commercial.purchases_365d", 1200.0) == "1,200"
