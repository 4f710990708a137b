"""What the admin of the demo tries with the scorecard: a draft, its back-test, what the past suggests."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Membership, Role, Workspace
from metrics.backtest import run as backtest
from metrics.drafts import change_weights, draft_of, newest
from metrics.models import Backtest, Scorecard, ScorecardVersion
from metrics.weights import run as weights

# Those of the draft that the published version has otherwise.
WEIGHTS = {
    "usage.active_seats": 14, "complaints.unresolved_complaints": 18, "commercial.spend_trend": 2,
    "commercial.days_past_due": 5, "commercial.payment_drift": 2, "support.support_csat": 3,
    "sentiment.recommendation": 3,
}  # fmt: skip


def try_weights(workspace: Workspace, moment: datetime) -> None:
    """Made once: later starts leave what people have made of it."""
    if Backtest.objects.of(workspace).exists():
        return
    scorecard = Scorecard.objects.of(workspace).in_order().select_related("workspace")[0]
    published = newest(scorecard)
    admin = Membership.objects.of(workspace).filter(role=Role.ADMIN).order_by("pk").first()
    if published is None or admin is None:
        return
    draft = draft_of(scorecard)
    change_weights(draft, WEIGHTS)
    for version in (published, draft):
        _judge(version, moment, admin)
    weights.drain(weights.begin(published, moment, admin).pk)


def _judge(version: ScorecardVersion, moment: datetime, admin: Membership) -> None:
    backtest.drain(backtest.begin(version, moment, admin).pk)
