"""Snapshots as a night would leave them: June 2025 has run for 22 of its 30 days."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from accounts.models import Workspace
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Scope
from metrics.models import KpiSnapshot, PeriodKind, ScopeKind
from tests.cast import NOW

NEWEST = date(2025, 6, 22)


def month(workspace: Workspace, months_back: int = 0, kind: PeriodKind = PeriodKind.MONTH) -> Period:
    """The running period, or a whole one before it."""
    running = Period.of(workspace, kind, NEWEST, NEWEST)
    return running.moved(-months_back) if months_back else running


def csm(member: Any) -> Scope:
    return Scope(ScopeKind.CSM, str(member.pk))


def counted(
    workspace: Workspace, period: Period, scope: Scope = WHOLE, *, n: int = 30, **values: Decimal | float | None
) -> None:
    """The numbers of a scope over a period, by the KPI's key with a double underscore for the dot."""
    fields: dict[str, Any] = {"part": 0, "whole": 0}
    fields |= {name: values.pop(name) for name in ("part", "whole", "low", "high", "restated_at") if name in values}
    for key, value in values.items():
        KpiSnapshot.unscoped.create(
            workspace=workspace, period_kind=period.kind, start=period.start, until=period.until,
            is_whole=not period.is_running, known_day=NEWEST, computed_at=NOW, kpi=key.replace("__", "."),
            scope_kind=scope.kind, scope_key=scope.key, value=None if value is None else Decimal(str(value)), n=n,
            reason="" if value is not None else "no customers at the start", **fields,
        )  # fmt: skip


def history(workspace: Workspace, **first: float) -> None:
    """MRR of 1,000 in each of 14 months, and in as many days of the months that the running one is compared with."""
    for back in range(1, 15):
        counted(workspace, month(workspace, back), revenue__mrr=1000)
    running = month(workspace)
    for other in (running.before(), running.year_before()):
        counted(workspace, other, revenue__mrr=1000)
    counted(workspace, running, **({"revenue__mrr": 1100} | first))
