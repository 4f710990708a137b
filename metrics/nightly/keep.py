"""What was counted becomes rows that pages read; what changed is stamped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from accounts.models import Workspace
from metrics.kpis.answers import Answer
from metrics.kpis.periods import Period
from metrics.kpis.places import Scope
from metrics.models import KpiPart, KpiSnapshot, PeriodKind
from metrics.registry import Kpi

Key = tuple[str, Scope]
STAGE = """
CREATE TEMP TABLE counted ON COMMIT DROP AS SELECT * FROM unnest(
  %(kpi)s::text[], %(scope_kind)s::text[], %(scope_key)s::text[], %(value)s::numeric[], %(n)s::int[],
  %(part)s::numeric[], %(whole)s::numeric[], %(low)s::float8[], %(high)s::float8[], %(reason)s::text[]
) AS c(kpi, scope_kind, scope_key, value, n, part, whole, low, high, reason)"""
# What is still the same keeps its stamp.
WRITE = """
INSERT INTO metrics_kpisnapshot AS s (workspace_id, period_kind, start, until, is_whole, known_day, computed_at,
  kpi, scope_kind, scope_key, value, n, part, whole, low, high, reason)
SELECT %(workspace)s, %(period_kind)s, %(start)s, %(until)s, %(is_whole)s, %(known)s, %(moment)s, c.* FROM (
  SELECT kpi, scope_kind, scope_key, round(value, 20), n, round(part, 10), round(whole, 10), low, high, reason
  FROM counted ORDER BY scope_kind, scope_key, kpi) c
ON CONFLICT (workspace_id, period_kind, start, until, scope_kind, scope_key, kpi) DO UPDATE SET
  known_day = excluded.known_day, computed_at = excluded.computed_at, restated_at = excluded.computed_at,
  value = excluded.value, n = excluded.n, part = excluded.part, whole = excluded.whole,
  low = excluded.low, high = excluded.high, reason = excluded.reason
WHERE (s.value, s.n, s.part, s.whole, s.reason)
  IS DISTINCT FROM (excluded.value, excluded.n, excluded.part, excluded.whole, excluded.reason)"""
CLEAR = """
DELETE FROM metrics_kpisnapshot s WHERE workspace_id = %(workspace)s AND period_kind = %(period_kind)s
  AND start = %(start)s AND until = %(until)s AND kpi = ANY(%(kpis)s) AND NOT EXISTS (SELECT FROM counted c
    WHERE (c.kpi, c.scope_kind, c.scope_key) = (s.kpi, s.scope_kind, s.scope_key))"""


def store(
    workspace: Workspace,
    period: Period,
    known: date,
    kpis: Sequence[Kpi],
    found: dict[Key, Answer],
    moment: datetime,
) -> None:
    """Write what some KPIs were over a period; what changed is stamped as restated, what is no more is deleted."""
    where: dict[str, Any] = {
        "workspace": workspace.pk,
        "period_kind": period.kind.value,
        "start": period.start,
        "until": period.until,
        "is_whole": not period.is_running,
        "known": known,
        "moment": moment,
        "kpis": [kpi.key for kpi in kpis],
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS counted")
        cursor.execute(STAGE, _columns(found.items()))
        cursor.execute(CLEAR, where)
        cursor.execute(WRITE, where)


def _columns(found: Iterable[tuple[Key, Answer]]) -> dict[str, list[Any]]:
    rows = list(found)
    scopes = [scope for (_kpi, scope), _answer in rows]
    told = [answer for _key, answer in rows]
    return {
        "kpi": [kpi for (kpi, _scope), _answer in rows],
        "scope_kind": [scope.kind.value for scope in scopes],
        "scope_key": [scope.key for scope in scopes],
        "low": [answer.interval[0] if answer.interval else None for answer in told],
        "high": [answer.interval[1] if answer.interval else None for answer in told],
        "reason": [str(answer.reason)[:200] for answer in told],
    } | {name: [getattr(answer, name) for answer in told] for name in ("value", "n", "part", "whole")}


def forget(workspace: Workspace, periods: Sequence[Period]) -> None:
    """Delete what running periods were on earlier days, and what no calendar has any more: all but these, as far back
    as they reach."""
    kept, gone = Q(pk=None), Q(is_whole=False)
    for period in periods:
        kept |= Q(period_kind=period.kind, start=period.start, until=period.until)
    for kind in PeriodKind:
        gone |= Q(period_kind=kind, until__gt=min(period.start for period in periods if period.kind == kind))
    for model in (KpiSnapshot, KpiPart):
        model.objects.of(workspace).filter(gone).exclude(kept).delete()
