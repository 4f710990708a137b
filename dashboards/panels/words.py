"""Measures in words: what drives a score, and what a value means."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from dashboards.templatetags.figures import SPOKEN, decimal, in_unit
from metrics.registry import MEASURES, Measure, Unit

SIGNED = (
    *("usage.usage_trend", "commercial.spend_trend", "commercial.spend_since_start", "value.client_growth"),
    *("commercial.payment_drift", "commercial.payment_timing"),
)


def measure_name(key: str) -> str:
    """The name of a measure; its key where the code no longer knows it."""
    return str(MEASURES[key].name) if key in MEASURES else key


def measure_label(measure: Measure) -> str:
    """Its name with its window: “Active seats, 28 d”."""
    if not measure.window or measure.trend:
        return str(measure.name)
    return _("%(name)s, %(days)s d") % {"name": measure.name, "days": measure.window}


def value_text(key: str, value: float | None, currency: str = "") -> str:
    """A value in its measure's unit, an amount in a currency where one is given; an en dash where there is none."""
    if value is None or math.isnan(value):
        return "–"
    text = in_unit(value, measure_unit(key, currency))
    return f"+{text}" if key in SIGNED and value > 0 else text


def drivers_text(drivers: Sequence[Mapping[str, Any]], currency: str = "") -> str:
    """“Active seats 81% → 34% · Days past due 22 d”."""
    return " · ".join(_driver(driver, currency) for driver in drivers)


def _driver(driver: Mapping[str, Any], currency: str) -> str:
    key, now, before = driver["measure"], driver.get("now"), driver.get("before")
    words = value_text(key, now, currency)
    if driver.get("change") and None not in (now, before) and value_text(key, before, currency) != words:
        first = decimal(before) if measure_unit(key) in SPOKEN else value_text(key, before, currency)
        words = f"{first} → {words}"
    return f"{measure_name(key)} {words}"


def measure_unit(key: str, currency: str = "") -> str:
    """The unit of a measure; that of an amount is the currency, where one is given."""
    unit = str(MEASURES[key].unit) if key in MEASURES else "count"
    return currency if currency and unit == Unit.MONEY else unit
