"""What the example of `GET /api/v1/kpis` shows, as if it had been counted."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from accounts.models import Workspace
from metrics.api.shapes import EXAMPLE
from metrics.kpis.answers import Answer
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE
from metrics.models import PeriodKind
from metrics.names import Names
from metrics.nightly.keep import store
from metrics.registry import KPIS
from metrics.targets import TargetItem, set_targets
from tests.cast import NOW

KNOWN = date.fromisoformat(EXAMPLE["known_day"])
MAY = Period(PeriodKind.MONTH, date(2026, 5, 1), date(2026, 6, 1), date(2026, 6, 1))


def counted(workspace: Workspace) -> None:
    """May and April of 2026, and a target."""
    key = EXAMPLE["kpi"]
    for period, value, part in ((MAY, EXAMPLE["value"], 52_000), (MAY.before(), EXAMPLE["before"]["value"], 51_250)):
        now = Answer(Decimal(value), EXAMPLE["n"], part, Decimal(EXAMPLE["whole"]))
        mrr = Answer(Decimal(part), EXAMPLE["n"], part, EXAMPLE["n"])
        found = {(key, WHOLE): now, ("revenue.mrr", WHOLE): mrr}
        store(workspace, period, KNOWN, list(KPIS.values()), found, NOW)
    target = TargetItem(kpi=key, start=date(2026, 1, 1), value=Decimal(EXAMPLE["target"]))
    assert not any(each.reason for each in set_targets(Names(workspace), [target], NOW))
