"""Measures in words."""

from __future__ import annotations

from dashboards.panels.words import drivers_text, measure_label, value_text
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
