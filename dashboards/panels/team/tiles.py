"""A KPI as a tile, and all of them as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboards.panels.team.asked import records_url
from dashboards.panels.team.numbers import Cell, Numbers
from dashboards.panels.team.words import (
    GROUPS,
    Change,
    base_text,
    change_of,
    exact_text,
    gap_of,
    interval_text,
    so_far,
    value_text,
)
from metrics.models import ScopeKind
from metrics.registry import KPIS, Kpi, Unit

# A row of five each.
SHOWN: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (
        gettext_lazy("Revenue and retention"),
        (
            "revenue.mrr",
            "revenue.expansion",
            "revenue.nrr",
            "retention.customer_churn_rate",
            "retention.renewal",
        ),
    ),
    (
        gettext_lazy("Satisfaction and support"),
        (
            "satisfaction.nps",
            "satisfaction.csat",
            "satisfaction.ces_mean",
            "support.first_contact_resolution",
            "support.first_response_median",
        ),
    ),
    (
        gettext_lazy("Value and use"),
        (
            "value.clv_subscription",
            "value.retention_cost",
            "usage.monthly_users",
            "usage.time_in_app",
            "acquisition.trial_conversion",
        ),
    ),
)
LINES = tuple(key for _title, keys in SHOWN for key in keys)


@dataclass(frozen=True)
class Tile:
    """One KPI. `reason` is why there is no value; `so_far` how much of the period is over, where that matters."""

    key: str
    anchor: str
    records: str
    name: str
    doc: str
    value: str
    exact: str
    base: str
    is_thin: bool
    reason: str
    interval: str
    so_far: str
    change: Change | None
    target: str
    gap: Change | None
    restated_at: datetime | None
    line: tuple[Decimal | None, ...] = ()
    then: str = ""


@dataclass(frozen=True)
class Group:
    """Tiles that belong together."""

    title: str
    tiles: tuple[Tile, ...]


def groups_of(numbers: Numbers) -> tuple[Group, ...]:
    """The tiles at the top of the page."""
    return tuple(
        Group(str(title), tuple(tile_of(numbers, KPIS[key], numbers.line(key)) for key in keys))
        for title, keys in SHOWN
    )


def table_of(numbers: Numbers) -> tuple[Group, ...]:
    """Every KPI there is."""
    by_group = groupby(KPIS.values(), key=lambda kpi: kpi.group)
    found = {group: tuple(tile_of(numbers, kpi) for kpi in kpis) for group, kpis in by_group}
    return tuple(Group(str(title), found[group]) for group, title in GROUPS.items())


def tile_of(numbers: Numbers, kpi: Kpi, line: Sequence[Decimal | None] = ()) -> Tile:
    """A KPI as the page tells it."""
    now, then, currency = numbers.current(kpi.key), numbers.earlier(kpi.key), numbers.workspace.currency
    target = numbers.targets.get(kpi.key)
    return Tile(
        key=kpi.key,
        anchor=f"kpi-{kpi.key}",
        records=records_url(numbers.workspace.slug, kpi.key, numbers.asked),
        name=str(kpi.name),
        doc=_first_words(kpi),
        value=value_text(kpi, now.value, currency),
        exact=exact_text(kpi, now.value, currency),
        base=base_text(kpi, now),
        is_thin=now.is_thin(kpi),
        reason=_reason(now),
        interval=_interval(numbers, kpi, now),
        so_far=so_far(numbers.period) if kpi.grows else "",
        change=change_of(kpi, now.value, then.value if then else None, currency),
        target="" if target is None else value_text(kpi, target, currency),
        gap=None if target is None else gap_of(kpi, now.value, target, currency),
        restated_at=now.restated_at,
        line=tuple(line),
        then=value_text(kpi, then.value if then else None, currency),
    )


def _first_words(kpi: Kpi) -> str:
    """The first paragraph of its definition."""
    return " ".join(kpi.doc.partition("\n\n")[0].split())


def _reason(cell: Cell) -> str:
    return "" if cell.value is not None else str(cell.reason) or _("nothing was counted")


def _interval(numbers: Numbers, kpi: Kpi, cell: Cell) -> str:
    """Shares carry one where the number is a CSM's; NPS always."""
    is_told = numbers.scope.kind == ScopeKind.CSM or kpi.unit is Unit.BALANCE_100
    return interval_text(kpi, cell) if is_told else ""
