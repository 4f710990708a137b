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


def kind_name(kind: str) -> str:
    """What a kind of fact is called, where several are meant."""
    return {
        "accounts": _("Accounts"), "events": _("Events"), "contacts": _("Contacts"),
        "subscriptions": _("Subscriptions"), "invoices": _("Invoices"), "payments": _("Payments"),
        "purchases": _("Purchases"), "deals": _("Deals"), "tickets": _("Tickets"),
        "survey_responses": _("Survey responses"), "feedback": _("Feedback"), "churns": _("Churns"),
        "touches": _("Touches"), "pulses": _("Pulses"), "goals": _("Goals"), "client_figures": _("Client figures"),
        "costs": _("Costs"), "rates": _("Rates"), "releases": _("Releases"),
    }.get(kind, kind)  # fmt: skip


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
    if key == "scorecard":
        return _("New scorecard")
    words = move_text(key, before, now, currency) if driver.get("change") else value_text(key, now, currency)
    return f"{measure_name(key)} {words}"


def move_text(key: str, before: float | None, now: float | None, currency: str = "") -> str:
    """“81% → 34%”, “8 → 22 d”; one value where there is no other, or where both read alike."""
    words = value_text(key, now, currency)
    if before is None or now is None or value_text(key, before, currency) == words:
        return words
    first = decimal(before) if measure_unit(key) in SPOKEN else value_text(key, before, currency)
    return f"{first} → {words}"


def measure_unit(key: str, currency: str = "") -> str:
    """The unit of a measure; that of an amount is the currency, where one is given."""
    unit = str(MEASURES[key].unit) if key in MEASURES else "count"
    return currency if currency and unit == Unit.MONEY else unit
