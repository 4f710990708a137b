"""After a night: what KPIs are made of, and what was won, as rows that pages read."""

from __future__ import annotations

from typing import Any

from django.db import connection

from accounts.models import Workspace
from metrics.kpis.answers import Question
from metrics.kpis.parts import Key, Part
from metrics.kpis.periods import Period
from metrics.kpis.wins import Won, scopes_of, wins
from metrics.models import KpiPart, Win
from metrics.models.win import COLUMNS

WRITE = """
INSERT INTO metrics_kpipart (workspace_id, period_kind, start, until, is_whole,
  kpi, what, scope_kind, scope_key, n, part, whole, reason)
SELECT %(workspace)s, %(period_kind)s, %(start)s, %(until)s, %(is_whole)s, p.* FROM unnest(
  %(kpi)s::text[], %(what)s::text[], %(scope_kind)s::text[], %(scope_key)s::text[],
  %(n)s::int[], %(part)s::numeric[], %(whole)s::numeric[], %(reason)s::text[]
) AS p(kpi, what, scope_kind, scope_key, n, part, whole, reason)"""


def store_parts(workspace: Workspace, period: Period, found: dict[Key, Part]) -> None:
    """Write the parts of one period in the place of those that there were."""
    KpiPart.objects.of(workspace).of_period(period).delete()
    scopes = [scope for _kpi, _what, scope in found]
    columns: dict[str, Any] = {
        "workspace": workspace.pk,
        "period_kind": period.kind.value,
        "start": period.start,
        "until": period.until,
        "is_whole": not period.is_running,
        "kpi": [kpi for kpi, _what, _scope in found],
        "what": [what for _kpi, what, _scope in found],
        "scope_kind": [scope.kind.value for scope in scopes],
        "scope_key": [scope.key for scope in scopes],
    }
    columns |= {name: [getattr(part, name) for part in found.values()] for name in Part._fields}
    with connection.cursor() as cursor:
        cursor.execute(WRITE, columns)


def store_wins(question: Question) -> None:
    """Write the wins of the days of a period in the place of those that there were."""
    period, of_workspace = question.period, Win.objects.of(question.workspace)
    of_workspace.filter(day__gte=period.start, day__lt=period.until).delete()
    of_workspace.bulk_create([_row(question, won) for won in wins(question)], batch_size=2_000)


def _row(question: Question, won: Won) -> Win:
    scopes = scopes_of(question, won)
    return Win(
        workspace=question.workspace,
        kind=won.kind,
        account_id=won.account,
        day=won.day,
        mrr=won.mrr,
        **{column: scopes.get(kind, "") for kind, column in COLUMNS.items()},
    )
