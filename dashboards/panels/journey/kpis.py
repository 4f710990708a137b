"""The KPI by which each stage is judged, over the period, beside its target."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from dashboards.panels.journey.sight import Sight
from dashboards.panels.team.asked import Asked as TeamAsked
from dashboards.panels.team.asked import records_url
from dashboards.panels.team.numbers import Cell, Numbers, nothing, span_of, told
from dashboards.panels.team.words import base_text, exact_text, gap_of, period_name, value_text
from metrics.journey import StageId
from metrics.kpis.answers import Question, answers
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE
from metrics.registry import KPIS


@dataclass(frozen=True)
class StageKpi:
    """A KPI with its target; `reason` is why there is no value, `tone` how the value stands to the target. `url` leads
    to the records that it counts."""

    key: str
    name: str
    url: str
    number: Decimal | None
    goal: Decimal | None
    value: str
    base: str
    exact: str
    target: str
    tone: str
    reason: str


def stage_kpis(sight: Sight) -> tuple[dict[StageId, StageKpi], str]:
    """Stage → its KPI of the scope, where it has one that was counted; and the period. Three queries; what belongs to
    several scopes is counted now."""
    asked = TeamAsked(period=sight.asked.period, start=sight.day)
    span = span_of(sight.workspace, asked)
    if span is None or sight.day < span.oldest:
        return {}, ""
    period = Period.of(sight.workspace, asked.period, min(sight.day, span.newest), span.newest)
    scope, narrowed = sight.whose
    numbers = Numbers(sight.workspace, scope, asked, span, period, (), narrowed)
    cells = _cells(numbers, {stage.kpi for stage in sight.stages if stage.kpi in KPIS})
    found = {
        stage.pk: _kpi(sight, numbers, stage.kpi, cells[stage.kpi]) for stage in sight.stages if stage.kpi in cells
    }
    return found, period_name(period)


def _cells(numbers: Numbers, keys: set[str]) -> dict[str, Cell]:
    if numbers.book is None:
        return {key: numbers.current(key) for key in keys}
    found = answers(Question(numbers.book, numbers.period), [KPIS[key] for key in sorted(keys)])
    return {key: told(found[key, WHOLE]) if (key, WHOLE) in found else nothing(key) for key in keys}


def _kpi(sight: Sight, numbers: Numbers, key: str, cell: Cell) -> StageKpi:
    kpi, currency = KPIS[key], sight.workspace.currency
    target = numbers.targets.get(key)
    gap = None if target is None else gap_of(kpi, cell.value, target, currency)
    start = None if sight.is_now else numbers.period.start
    asked = TeamAsked(period=sight.asked.period, start=start, scope=sight.asked.scope, segment=sight.asked.segment)
    return StageKpi(
        key=key,
        name=str(kpi.name),
        url=records_url(sight.workspace.slug, key, asked),
        number=cell.value,
        goal=target,
        value=value_text(kpi, cell.value, currency),
        base=base_text(kpi, cell),
        exact=exact_text(kpi, cell.value, currency),
        target="" if target is None else value_text(kpi, target, currency),
        tone=gap.tone if gap else "",
        reason="" if cell.value is not None else str(cell.reason),
    )
