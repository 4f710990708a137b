"""How likely an account is to leave, by its score and the newest back-test of the version that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import Workspace
from accounts.models.written import written_once
from dashboards.templatetags.figures import integer, percent
from metrics.models import Calibration
from metrics.models.backtest import RISK_DAYS
from metrics.models.snapshot import UNIT


@dataclass(frozen=True)
class Risk:
    """The share of such accounts that left, with its 95 % interval."""

    share: float
    low: float
    high: float

    def __str__(self) -> str:
        """38%, 24–53"""
        bounds = {"low": integer(self.low * 100), "high": integer(self.high * 100)}
        return _("%(risk)s, %(low)s–%(high)s") % {"risk": percent(self.share), **bounds}


Risks = Mapping[int, Calibration]


def risks_of(workspace: Workspace, today: date) -> Risks:
    """What each version says, of those that were judged in 180 days. One query."""
    return {row.version_id: row for row in _calibrations(workspace.pk, today - timedelta(days=RISK_DAYS))}


@written_once
def _calibrations(workspace: int, day: date) -> QuerySet[Any]:
    return Calibration.objects.of(workspace).filter(made_on__gt=day).defer("backtest")  # type: ignore[no-any-return]


def risk_of(risks: Risks, version: int, units: int | None) -> Risk | None:
    """That of a score in 1/10,000 point by a version; nothing where there is no score or no judgement."""
    found = risks.get(version)
    if found is None or units is None:
        return None
    point = min(max(round(units / UNIT), 0), len(found.risk) - 1)
    return Risk(found.risk[point], found.low[point], found.high[point])
