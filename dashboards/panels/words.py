"""Measures in words: what drives a score, and what a value means."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from dashboards.templatetags.figures import SPOKEN, decimal, in_unit
from metrics.registry import MEASURES, Measure

SIGNED = ("usage.usage_trend", "commercial.spend_trend")


def measure_name(key: str) -> str:
    """The name of a measure; its key where the code no longer knows it."""
    return str(MEASURES[key].name) if key in MEASURES else key


def measure_label(measure: Measure) -> str:
    """Its name with its window: “Active seats, 28 d”."""
    if not measure.window or measure.trend:
        return str(measure.name)
    return _("%(name)s, %(days)s d") % {"name": measure.name, "days": measure.window}


def value_text(key: str, value: float | None) -> str:
    """A value in its measure's unit; an en dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    text = in_unit(value, _unit(key))
    return f"+{text}" if key in SIGNED and value > 0 else text


def drivers_text(drivers: Sequence[Mapping[str, Any]]) -> str:
    """“Active seats 81% → 34% · Days past due 22 d”."""
    return " · ".join(_driver(driver) for driver in drivers)


def _driver(driver: Mapping[str, Any]) -> str:
    key, now, before = driver["measure"], driver.get("now"), driver.get("before")
    words = value_text(key, now)
    if driver.get("change") and None not in (now, before) and value_text(key, before) != words:
        first = decimal(before) if _unit(key) in SPOKEN else value_text(key, before)
        words = f"{first} → {words}"
    return f"{measure_name(key)} {words}"


def _unit(key: str) -> str:
    return str(MEASURES[key].unit) if key in MEASURES else "count"
