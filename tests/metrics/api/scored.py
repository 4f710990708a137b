"""What the examples of `GET /api/v1/scores` show, as it comes about."""

from __future__ import annotations

from datetime import date

from accounts.models import Workspace
from metrics.api.score_shapes import ACCOUNT, EXAMPLE
from tests.cast import account, night
from tests.metrics.cases import told
from tests.metrics.steering import owing, steer

BEFORE, DAY = date(2025, 6, 23), date.fromisoformat(EXAMPLE["day"])


def scored(workspace: Workspace) -> None:
    """Two nights of an account whose invoice is ever later."""
    steer(workspace, EXAMPLE["scorecard"])
    told(workspace, {ACCOUNT: owing(21)})
    account(workspace, ACCOUNT, name=EXAMPLE["name"])
    night(workspace, BEFORE)
    night(workspace, DAY)
