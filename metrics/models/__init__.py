"""Everything that is worked out and kept."""

from metrics.models.backtest import Backtest, BacktestDay, Calibration
from metrics.models.kpi import DirtyPeriod, KpiPart, KpiSnapshot, PeriodKind, ScopeKind, Target, Uncounted
from metrics.models.rollup import AccountDay, ContactDay
from metrics.models.run import Rank, Reading, Run, Shard
from metrics.models.scorecard import Band, Cap, Line, ManualBand, Scorecard, ScorecardVersion
from metrics.models.snapshot import ScoreSnapshot, Standing
from metrics.models.suggestion import Suggestion
from metrics.models.win import Win

__all__ = [
    "DirtyPeriod",
    "AccountDay",
    "Backtest",
    "BacktestDay",
    "Calibration",
    "Band",
    "Cap",
    "ContactDay",
    "KpiPart",
    "KpiSnapshot",
    "Line",
    "ManualBand",
    "PeriodKind",
    "Rank",
    "Reading",
    "Run",
    "ScopeKind",
    "ScoreSnapshot",
    "Scorecard",
    "ScorecardVersion",
    "Shard",
    "Standing",
    "Suggestion",
    "Target",
    "Uncounted",
    "Win",
]

# What of it people decide about, for the audit log. Targets are told where they are set.
WATCHED = {
    Scorecard: ["name", "kind", "position", "segments", "stages", "closed_at"],
    ScorecardVersion: ["scorecard", "number", "published_at", "comment", "red_below", "green_from", "bands_by_rank"],
    Line: ["version", "measure", "weight", "worst", "neutral", "best", "by_rank", "assumed_points", "steps"],
    Cap: ["version", "name", "band", "conditions"],
    ManualBand: ["account", "band", "reason", "starts_on", "ends_on", "ended_on"],
}
