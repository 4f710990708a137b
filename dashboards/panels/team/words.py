"""How KPIs, what they rest on, their changes and their periods are written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboards.panels.team.numbers import Cell
from dashboards.templatetags.figures import brief_money, days, decimal, in_unit, integer, months, percent
from metrics.kpis.periods import Period
from metrics.models import PeriodKind
from metrics.registry import Direction, Kpi, Unit

UP, DOWN, FLAT = "up", "down", "flat"
GOOD, BAD = "good", "bad"
# Units of which a change is told as such; of the others it is told as a share of what was.
PLAIN = (Unit.BALANCE_100, Unit.SCORE, Unit.TIMES)

GROUPS: dict[str, Any] = {
    "revenue": gettext_lazy("Revenue"),
    "retention": gettext_lazy("Retention"),
    "value": gettext_lazy("Value"),
    "acquisition": gettext_lazy("Acquisition"),
    "satisfaction": gettext_lazy("Satisfaction"),
    "support": gettext_lazy("Support"),
    "usage": gettext_lazy("Usage"),
    "effort": gettext_lazy("Effort and health"),
}


@dataclass(frozen=True)
class Change:
    """Arrow = direction, colour = good or bad."""

    way: str
    tone: str
    text: str
    title: str = ""


def value_text(kpi: Kpi, value: Decimal | None, currency: str) -> str:
    """A value in its KPI's unit, short enough for a tile."""
    if kpi.unit is Unit.MONEY:
        return brief_money(value, currency)
    return percent(value, 1) if kpi.unit is Unit.RATIO and value is not None else in_unit(value, kpi.unit)


def exact_text(kpi: Kpi, value: Decimal | None, currency: str) -> str:
    """A value with all that is worth reading of it."""
    if kpi.unit is Unit.MONEY:
        return in_unit(None if value is None else round(value, 2), currency)
    return percent(value, 3) if kpi.unit is Unit.RATIO else in_unit(value, kpi.unit)


def base_text(kpi: Kpi, cell: Cell) -> str:
    """What it rests on: “12 of 623” for a share of records, else “n = 623”."""
    if kpi.unit is Unit.RATIO and cell.value is not None and cell.whole == cell.n and _is_share(cell):
        return _("%(part)s of %(whole)s") % {"part": integer(cell.part), "whole": integer(cell.whole)}
    return _("n = %(n)s") % {"n": integer(cell.n)}


def _is_share(cell: Cell) -> bool:
    whole_numbers = cell.part == cell.part.to_integral_value()
    return whole_numbers and abs(cell.part - (cell.value or 0) * cell.whole) < Decimal("0.0001")


def interval_text(kpi: Kpi, cell: Cell) -> str:
    """The 95 % interval, empty where there is none: 0.4–4.9%."""
    if cell.low is None or cell.high is None:
        return ""
    low, high = cell.low, cell.high
    if kpi.unit is Unit.RATIO:
        return _("%(low)s–%(high)s") % {"low": decimal(100 * low), "high": percent(high, 1)}
    return _("%(low)s to %(high)s") % {"low": decimal(low, 0), "high": decimal(high, 0)}


def change_of(kpi: Kpi, now: Decimal | None, then: Decimal | None, currency: str) -> Change | None:
    """How a value stands to an earlier one; nothing where one of them is missing."""
    if now is None or then is None:
        return None
    title = _("%(now)s against %(then)s") % {
        "now": exact_text(kpi, now, currency),
        "then": exact_text(kpi, then, currency),
    }
    text, is_steady = _amount(kpi, now - then, then, currency)
    if is_steady:
        return Change(FLAT, FLAT, _("steady"), title)
    way = UP if now > then else DOWN
    return Change(way, _tone(kpi, now > then), text, title)


def _tone(kpi: Kpi, rises: bool) -> str:
    if kpi.direction is None:
        return FLAT
    return GOOD if rises == (kpi.direction is Direction.HIGHER) else BAD


def _amount(kpi: Kpi, change: Decimal, then: Decimal, currency: str) -> tuple[str, bool]:
    """How large a change is, and whether it is none that can be seen."""
    size = abs(change)
    if kpi.unit is Unit.RATIO:
        return _("%(n)s pt") % {"n": decimal(100 * size)}, not round(100 * size, 1)
    if kpi.unit in PLAIN:
        return decimal(size), not round(size, 1)
    if not then:
        return value_text(kpi, size, currency), not size
    return percent(size / abs(then), 1), not round(100 * size / abs(then), 1)


def gap_of(kpi: Kpi, value: Decimal | None, target: Decimal, currency: str) -> Change | None:
    """How far a value is from its target."""
    if value is None:
        return None
    size = value_text(kpi, abs(value - target), currency)
    if kpi.unit is Unit.RATIO:
        size = _("%(n)s pt") % {"n": decimal(100 * abs(value - target))}
    if value == target:
        return Change(FLAT, GOOD, _("reached"))
    words = _("%(size)s above") if value > target else _("%(size)s below")
    return Change(UP if value > target else DOWN, _tone(kpi, value > target), words % {"size": size})


def period_name(period: Period, with_year: bool = False) -> str:
    """Nov 1 – 22 while it runs; November 2026, Jan – Mar 2026, 2026; Nov 16 – 22, 2026 for a week."""
    if period.is_running or period.kind == PeriodKind.WEEK:
        return days(period.start, period.last, with_year or not period.is_running)
    return months(period.start, period.last)


def so_far(period: Period) -> str:
    """22 of 30 d; empty for a whole period."""
    if not period.is_running:
        return ""
    return _("%(days)s of %(all)s d") % {"days": period.days, "all": (period.end - period.start).days}
