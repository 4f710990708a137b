"""`GET /api/v1/kpis`: KPIs as they were counted, with their targets and what they were before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Max, Min, Q
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import ApiError
from accounts.api.openapi.operations import Operations
from accounts.api.openapi.shapes import Schema
from accounts.api.paging import day_of, page
from accounts.api.view import ApiView
from accounts.models import ApiKey, Workspace
from metrics.api.shapes import SCHEMAS, operations
from metrics.kpis.answers import THIN, answer
from metrics.kpis.digits import PART, written
from metrics.kpis.periods import Period
from metrics.models import KpiSnapshot, PeriodKind, ScopeKind, Target
from metrics.names import Names
from metrics.registry import KPIS

# What every counted period has for the whole workspace.
ALWAYS = "revenue.mrr"
Compared = tuple[str, str, str, str, date, date]


class KpisView(ApiView):
    """KPIs of a workspace and its teams, CSMs and segments."""

    scopes = {"GET": ApiKey.Scope.READ}

    def operations(self) -> Operations:
        return operations()

    def schemas(self) -> dict[str, Schema]:
        return SCHEMAS

    def get(self, request: Request) -> Response:
        """A page, what was counted longest ago first: whole periods, and those that run, as far as they have run.

        A scope has no row of a KPI of which it has no record in the period. `updated_since` is compared with
        `computed_at`, which late facts move on.
        """
        workspace = request.auth.workspace
        names, counted = Names(workspace), _counted(workspace)
        rows, following = page(request, _asked(request, names, counted), "computed_at")
        told = Told(workspace, names, counted, rows)
        return Response({"results": [told.row(row) for row in rows], "next": following})


@dataclass(frozen=True)
class Counted:
    """The days that have been counted of a kind of period: [oldest, until)."""

    oldest: date
    until: date


def _counted(workspace: Workspace) -> dict[str, Counted]:
    """Of each kind of period what has been counted. One query."""
    rows = KpiSnapshot.objects.of(workspace).filter(kpi=ALWAYS, scope_kind=ScopeKind.WORKSPACE, scope_key="")
    ends = rows.order_by().values("period_kind").annotate(oldest=Min("start"), newest=Max("until"))
    return {row["period_kind"]: Counted(row["oldest"], row["newest"]) for row in ends}


# -- what is asked for --------------------------------------------------------------------------------------


def _asked(request: Request, names: Names, counted: Mapping[str, Counted]) -> Any:
    """The rows that an address asks for. Raises ApiError (400)."""
    running = Q(until=max((each.until for each in counted.values()), default=date.min))
    rows = KpiSnapshot.objects.of(names.workspace).filter(Q(is_whole=True) | running)
    kpi = _one_of(request, "kpi", KPIS)
    rows = rows.filter(kpi=kpi) if kpi else rows.filter(kpi__in=list(KPIS))
    if period := _one_of(request, "period", PeriodKind.values):
        rows = rows.filter(period_kind=period)
    if first := day_of(request, "from"):
        rows = rows.filter(start__gte=first)
    if last := day_of(request, "to"):
        rows = rows.filter(start__lte=last)
    return _of_scope(request, names, rows)


def _of_scope(request: Request, names: Names, rows: Any) -> Any:
    kind, name = _one_of(request, "scope", ScopeKind.values), request.query_params.get("scope_key")
    if name is None:
        return rows.filter(scope_kind=kind) if kind else rows
    if not kind:
        raise ApiError(400, "scope_key", name, _("needs a scope: team, csm or segment"))
    scope = names.scope(kind, name)
    if scope is None:
        raise ApiError(400, "scope_key", name, _("is the name of no %s") % kind)
    return rows.filter(scope_kind=scope.kind, scope_key=scope.key)


def _one_of(request: Request, name: str, known: Iterable[str]) -> str:
    value: str = request.query_params.get(name, "")
    if value and value not in known:
        few = list(known) if len(list(known)) < 10 else []
        raise ApiError(400, name, value, _("must be one of: %s") % ", ".join(few) if few else _("is no KPI"))
    return value


# -- what is answered ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """The rows of a page with what stands beside them: two queries more, and one for each kind of name."""

    workspace: Workspace
    names: Names
    counted: Mapping[str, Counted]
    rows: Sequence[KpiSnapshot]

    def row(self, row: KpiSnapshot) -> dict[str, Any]:
        """One KPI of one scope and period."""
        kpi, period = KPIS[row.kpi], self._period(row)
        return {
            "kpi": row.kpi,
            "name": str(kpi.name),
            "unit": kpi.unit.value,
            "scope": row.scope_kind,
            "scope_key": self.names.name(row.scope_kind, row.scope_key),
            "period": row.period_kind,
            "start": row.start,
            "until": row.until,
            "is_running": period.is_running,
            "so_far": period.is_running and kpi.grows,
            "value": written(row.value),
            "n": row.n,
            "part": written(row.part, PART),
            "whole": written(row.whole, PART),
            "low": row.low,
            "high": row.high,
            "thin": kpi.is_rate and row.value is not None and row.n < THIN,
            "reason": row.reason,
            "target": written(self._target(row)),
            "before": self._compared(row, period.before()),
            "year_before": self._compared(row, period.year_before()),
            "known_day": row.known_day,
            "computed_at": row.computed_at,
            "restated_at": row.restated_at,
        }

    def _period(self, row: KpiSnapshot) -> Period:
        """Whole, or as far as it has run."""
        kind = PeriodKind(row.period_kind)
        if row.is_whole:
            return Period(kind, row.start, row.until, row.until)
        return Period.of(self.workspace, kind, row.start, row.until - timedelta(days=1))

    def _compared(self, row: KpiSnapshot, other: Period) -> dict[str, Any] | None:
        """What it was in another period; nothing where that was not counted."""
        counted = self.counted.get(other.kind)
        if counted is None or other.start < counted.oldest:
            return None
        key = (row.kpi, row.scope_kind, row.scope_key, row.period_kind, other.start, other.until)
        # Without a record of it a sum is 0, and a rate is none.
        value = self._earlier[key] if key in self._earlier else answer(KPIS[row.kpi], ()).value
        change = None if row.value is None or value is None else row.value - value
        return {"start": other.start, "until": other.until, "value": written(value), "change": written(change)}

    @cached_property
    def _earlier(self) -> dict[Compared, Decimal | None]:
        """What the rows are compared with."""
        periods = [self._period(row) for row in self.rows]
        others = [other for period in periods for other in (period.before(), period.year_before())]
        found = KpiSnapshot.objects.of(self.workspace).filter(
            kpi__in={row.kpi for row in self.rows},
            scope_key__in={row.scope_key for row in self.rows},
            start__in={other.start for other in others},
            until__in={other.until for other in others},
        )
        columns = ("kpi", "scope_kind", "scope_key", "period_kind", "start", "until")
        return {row[:-1]: row[-1] for row in found.values_list(*columns, "value")}

    def _target(self, row: KpiSnapshot) -> Decimal | None:
        """The newest that had begun with the period."""
        told = self._targets.get((row.kpi, row.scope_kind, row.scope_key, row.period_kind), [])
        return next((value for start, value in told if start <= row.start), None)

    @cached_property
    def _targets(self) -> dict[tuple[str, ...], list[tuple[date, Decimal]]]:
        """Targets of the KPIs of the page, the newest first."""
        found: dict[tuple[str, ...], list[tuple[date, Decimal]]] = {}
        rows = Target.objects.of(self.workspace).filter(kpi__in={row.kpi for row in self.rows}).order_by("-start")
        for *key, start, value in rows.values_list("kpi", "scope_kind", "scope_key", "period_kind", "start", "value"):
            found.setdefault(tuple(key), []).append((start, value))
        return found
