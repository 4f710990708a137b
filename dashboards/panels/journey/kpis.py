"""The KPI by which each stage is judged, over the period, beside its target."""

from __future__ import annotations

from dataclasses import dataclass

from dashboards.panels.journey.sight import Sight
from dashboards.panels.team.asked import Asked as TeamAsked
from dashboards.panels.team.asked import records_url
from dashboards.panels.team.numbers import Numbers, span_of
from dashboards.panels.team.words import base_text, exact_text, gap_of, period_name, value_text
from metrics.journey import StageId
from metrics.kpis.periods import Period
from metrics.registry import KPIS


@dataclass(frozen=True)
class StageKpi:
    """A KPI with its target; `reason` is why there is no value, `tone` how the value stands to the target. `url` leads
    to the records that it counts."""

    key: str
    name: str
    url: str
    value: str
    base: str
    exact: str
    target: str
    tone: str
    reason: str


def stage_kpis(sight: Sight) -> tuple[dict[StageId, StageKpi], str]:
    """Stage → its KPI of the scope, where it has one that was counted; and the period. Three queries."""
    asked = TeamAsked(period=sight.asked.period, start=sight.day)
    span = span_of(sight.workspace, asked)
    if span is None or sight.day < span.oldest:
        return {}, ""
    period = Period.of(sight.workspace, asked.period, min(sight.day, span.newest), span.newest)
    numbers = Numbers(sight.workspace, sight.scopes.scope, asked, span, period, ())
    found = {stage.pk: _kpi(sight, numbers, stage.kpi) for stage in sight.stages if stage.kpi in KPIS}
    return found, period_name(period)


def _kpi(sight: Sight, numbers: Numbers, key: str) -> StageKpi:
    kpi, cell, currency = KPIS[key], numbers.current(key), sight.workspace.currency
    target = numbers.targets.get(key)
    gap = None if target is None else gap_of(kpi, cell.value, target, currency)
    start = None if sight.is_now else numbers.period.start
    asked = TeamAsked(period=sight.asked.period, start=start, scope=sight.asked.scope)
    return StageKpi(
        key=key,
        name=str(kpi.name),
        url=records_url(sight.workspace.slug, key, asked),
        value=value_text(kpi, cell.value, currency),
        base=base_text(kpi, cell),
        exact=exact_text(kpi, cell.value, currency),
        target="" if target is None else value_text(kpi, target, currency),
        tone=gap.tone if gap else "",
        reason="" if cell.value is not None else str(cell.reason),
    )
