"""Everything that is worked out and kept."""

from metrics.models.rollup import AccountDay, ContactDay
from metrics.models.run import Rank, Reading, Run, Shard
from metrics.models.scorecard import Band, Cap, Line, ManualBand, Scorecard, ScorecardVersion
from metrics.models.snapshot import ScoreSnapshot, Standing

__all__ = [
    "AccountDay",
    "Band",
    "Cap",
    "ContactDay",
    "Line",
    "ManualBand",
    "Rank",
    "Reading",
    "Run",
    "ScoreSnapshot",
    "Scorecard",
    "ScorecardVersion",
    "Shard",
    "Standing",
]
