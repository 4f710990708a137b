"""What `GET /api/v1/kpis` takes and answers, for the OpenAPI document, with an example that the tests send."""

from __future__ import annotations

from typing import Any

from accounts.api.openapi.operations import PAGED, Answer, Operation, Operations, parameter
from accounts.api.openapi.shapes import MOMENT, TEXT, Schema, closed, listed, ref
from metrics.models import PeriodKind, ScopeKind
from metrics.registry import Unit

DAY: Schema = {"type": "string", "format": "date"}
NUMBER: Schema = {"type": ["string", "null"], "format": "decimal"}
BOUND: Schema = {"type": ["number", "null"], "description": "Of the 95 % interval"}
FLAG: Schema = {"type": "boolean"}


def said(words: str, schema: Schema) -> Schema:
    """A schema with a description."""
    return {**schema, "description": words}


COMPARED = closed(
    start=DAY,
    until=DAY,
    value=said("What it was", NUMBER),
    change=said("The value minus that", NUMBER),
)
OR_NULL: Schema = {"anyOf": [ref("KpiCompared"), {"type": "null"}]}
KPI = closed(
    kpi=said("Its key", TEXT),
    name=TEXT,
    unit={"enum": [unit.value for unit in Unit]},
    scope={"enum": ScopeKind.values},
    scope_key=said("The team's name, the CSM's e-mail, the segment; empty for the workspace", TEXT),
    period={"enum": PeriodKind.values},
    start=DAY,
    until=said("The first day that is not in it", DAY),
    is_running=said("The period is not over", FLAG),
    so_far=said("The period is not over, and the KPI gathers over it", FLAG),
    value=said("All digits; shares as shares of 1, money in the reporting currency", NUMBER),
    n=said("How many records it rests on", {"type": "integer"}),
    part={"type": "string", "format": "decimal"},
    whole={"type": "string", "format": "decimal"},
    low=BOUND,
    high=BOUND,
    thin=said("A rate of fewer than five cases", FLAG),
    reason=said("Why there is no value", TEXT),
    target=said("The newest that had begun", NUMBER),
    before=said("The period before; while this one runs, as many days of it", OR_NULL),
    year_before=said("A year before; while the period runs, as many days of it", OR_NULL),
    known_day=said("As known at the end of this day", DAY),
    computed_at=said("When it was counted: the clock of `updated_since`", MOMENT),
    restated_at=said("When late facts last changed it", {"type": ["string", "null"], "format": "date-time"}),
)
SCHEMAS: dict[str, Schema] = {"Kpi": KPI, "KpiCompared": COMPARED}

EXAMPLE: dict[str, Any] = {
    "kpi": "revenue.nrr",
    "name": "Net revenue retention, 12 months",
    "unit": "ratio",
    "scope": "workspace",
    "scope_key": "",
    "period": "month",
    "start": "2026-05-01",
    "until": "2026-06-01",
    "is_running": False,
    "so_far": False,
    "value": "1.04",
    "n": 50,
    "part": "52000",
    "whole": "50000",
    "low": None,
    "high": None,
    "thin": False,
    "reason": "",
    "target": "1.05",
    "before": {"start": "2026-04-01", "until": "2026-05-01", "value": "1.025", "change": "0.015"},
    "year_before": None,
    "known_day": "2026-06-01",
    "computed_at": "2026-06-02T03:00:00Z",
    "restated_at": None,
}
FILTERS = (
    parameter("query", "kpi", "One KPI, by its key", TEXT, EXAMPLE["kpi"]),
    parameter("query", "scope", "One kind of scope", {"enum": ScopeKind.values}, EXAMPLE["scope"]),
    parameter("query", "scope_key", "One team by name, CSM by e-mail, or segment; needs `scope`", TEXT),
    parameter("query", "period", "One kind of period", {"enum": PeriodKind.values}, EXAMPLE["period"]),
    parameter("query", "from", "Periods that begin on this day or later", DAY, EXAMPLE["start"]),
    parameter("query", "to", "Periods that begin on this day or before", DAY),
)


def operations() -> Operations:
    """Of `/kpis`."""
    pages = closed(results=listed(ref("Kpi")), next={"type": ["string", "null"], "format": "uri"})
    shown = Answer("A page, what was counted longest ago first", pages, {"results": [EXAMPLE], "next": None})
    return {"GET": Operation("List KPIs as they were counted", {200: shown}, (*PAGED, *FILTERS), refusals=(400,))}
