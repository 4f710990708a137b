"""Invented accounts whose churn has a known cause, as a back-test would have read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from accounts.models import Workspace
from metrics.backtest.inputs import Came
from metrics.backtest.outcomes import NEVER
from metrics.backtest.panel import month_ends
from metrics.backtest.rows import RIVALS, DayRows
from metrics.backtest.run import digest_of
from metrics.formulas import scoring
from metrics.models import Backtest, BacktestDay, Line, ScorecardVersion, Suggestion
from metrics.weights.run import begin, drain
from tests.cast import NOW

CAUSE = "complaints.unresolved_complaints"
ENDED = date(2025, 6, 30)


def read_past(workspace: Workspace, accounts: int = 120, slope: float = 4.0, seed: int = 1) -> Backtest:
    """A back-test of the default scorecard that has read 18 month ends: the lower the points of the cause, the
    likelier somebody leaves in 60 days; with a slope of 0, by chance. Who left comes back as another account."""
    version = ScorecardVersion.objects.of(workspace).select_related("workspace").get(number=1)
    measures = tuple(
        Line.objects.of(workspace).filter(version=version).order_by("position").values_list("measure", flat=True)
    )
    moment = datetime(2025, 7, 1, 9, tzinfo=UTC)
    backtest = Backtest.unscoped.create(
        workspace=workspace,
        scorecard_id=version.scorecard_id,
        version=version,
        card_digest=digest_of(version),
        known_day=workspace.last_finished_day(NOW),
        ended_on=ENDED,
        state=Backtest.State.DONE,
        began_at=moment,
        moved_at=moment,
        finished_at=moment,
    )
    die, names, outcome = np.random.default_rng(seed), np.arange(accounts), []
    points = die.uniform(0, 100, (accounts, len(measures)))
    for day in month_ends(date(2024, 1, 1), ENDED):
        points = np.clip(points + die.normal(0, 6, points.shape), 0, 100)
        gone = die.random(accounts) < 1 / (1 + np.exp(2.6 + slope * (points[:, measures.index(CAUSE)] - 50) / 50))
        rows = _rows(day, measures, names, points)
        BacktestDay.unscoped.create(workspace=workspace, backtest=backtest, day=day, is_read=True, rows=rows.packed())
        outcome.append(np.where(gone, day.toordinal() + 60, NEVER))
        names = np.where(gone, names + 10_000, names)
        points = np.where(gone[:, None], die.uniform(0, 100, points.shape), points)
    backtest.outcomes = Came(np.concatenate(outcome), None).packed()
    backtest.save()
    return backtest


def _rows(day: date, measures: tuple[str, ...], accounts: np.ndarray, points: np.ndarray) -> DayRows:
    size, nothing = len(accounts), np.zeros(len(accounts))
    return DayRows(
        day=day,
        measures=measures,
        tracked=np.ones(len(measures), dtype=bool),
        left_out=np.zeros(3, dtype=np.int64),
        account=accounts,
        values=points,
        points=points,
        score=np.rint(points.mean(axis=1) * scoring.UNIT).astype(np.int64),
        band=np.full(size, scoring.YELLOW),
        renews=nothing.astype(bool),
        rivals=dict.fromkeys(RIVALS, nothing),
    )


def suggested(workspace: Workspace, **known: float) -> Suggestion:
    """A finished suggestion."""
    backtest = read_past(workspace, **known)  # type: ignore[arg-type]
    return drain(begin(backtest.version, NOW).pk)
