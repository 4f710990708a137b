"""A past made of numbers alone: accounts of which the lower scores leave more often, month end by month end."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np

from accounts.models import Workspace
from metrics.backtest import run
from metrics.backtest.judged import judge
from metrics.backtest.outcomes import NEVER
from metrics.backtest.panel import Panel, assemble, data_end, days_to_judge, first_day, outcomes_of, over
from metrics.backtest.rows import Judged, read_day
from metrics.formulas.calibration import Curve
from metrics.formulas.scoring import GREEN, RED, UNIT, YELLOW
from metrics.models import Backtest, ScorecardVersion
from metrics.models.backtest import HORIZON, LAG
from metrics.nightly import rollups
from metrics.scorecards import Card

ENDED = date(2025, 6, 29)


def panel(accounts: int = 120, tells: bool = True, seed: int = 1, horizon: int = 90) -> Panel:
    """About a third of the accounts leaves within the months; by their score, or (`tells` is False) by chance."""
    chance = np.random.default_rng(seed)
    days = days_to_judge(date(2024, 8, 15), ENDED, horizon=horizon)
    level = chance.uniform(20, 95, accounts)
    risk = (100 - level) / 130 if tells else np.full(accounts, 0.35)
    leaves = np.where(
        chance.random(accounts) < risk,
        chance.integers(days[0].toordinal() + 5, ENDED.toordinal(), accounts),
        NEVER,
    )
    day, account = np.divmod(np.arange(len(days) * accounts), accounts)
    ordinals = np.array([each.toordinal() for each in days])[day]
    stays = leaves[account] > ordinals
    day, account, size = day[stays], account[stays], int(stays.sum())
    score = np.clip(level[account] + chance.normal(0, 6, size), 0, 100)
    return Panel(
        measures=("usage.usage_frequency",),
        days=tuple(days),
        over=over(days, 14, horizon, ENDED),
        tracked=np.ones((len(days), 1), dtype=bool),
        account=account + 1000,
        day=day,
        values=score[:, None] / 4,
        points=score[:, None],
        score=np.rint(score * UNIT).astype(np.int64),
        band=np.where(score < 40, RED, np.where(score < 70, YELLOW, GREEN)),
        rivals={
            "last use": -chance.random(size),
            "use volume": score + chance.normal(0, 30, size),
            "tenure": day * 1.0,
        },
        renews=account % 3 == 0,
        outcome=leaves[account],
        horizon=horizon,
    )


def judged(**options: int | bool) -> tuple[dict[str, object], Curve | None]:
    """What is said of such a past."""
    left_out = {"young": 3, "gave_notice": 2, "no_score": 0}
    return judge(panel(**options), left_out, None, ENDED)  # type: ignore[arg-type]


def judged_past(workspace: Workspace, **options: int | bool) -> Backtest:
    """A finished back-test of the workspace's newest version, as a worker would have left it."""
    version = ScorecardVersion.objects.of(workspace).exclude(published_at=None).order_by("-pk").first()
    moment = datetime(2025, 6, 29, 12, tzinfo=UTC)
    backtest = Backtest.unscoped.create(
        workspace=workspace,
        scorecard_id=version.scorecard_id,
        version=version,
        card_digest="",
        known_day=ENDED,
        ended_on=ENDED,
        began_at=moment,
        moved_at=moment,
    )
    run._finish(backtest, *judged(**options), moment)
    backtest.save()
    return backtest


def panel_of(workspace: Workspace, card: Card, known: date) -> Panel | None:
    """The panel of a version, read now in this process; nothing where no day can be read."""
    rollups.refill_all(workspace, upto=known)
    ended = min(known, data_end(workspace, known) or date.min)
    first = first_day(workspace)
    days = days_to_judge(first, ended) if first else []
    if not days:
        return None
    read = Judged.of(workspace, card)
    rows = [read_day(workspace, read, day, (LAG, LAG + HORIZON)) for day in days]
    return assemble(rows, outcomes_of(workspace, rows, known), ended)
