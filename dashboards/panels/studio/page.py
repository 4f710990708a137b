"""The scorecard studio: what a draft says, and what it would do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import Membership
from accounts.permissions import may
from metrics.drafts import newest, open_draft
from metrics.models import Scorecard, ScorecardVersion


@dataclass(frozen=True)
class StudioPage:
    """`draft`: the version that is not published yet; None: nothing was changed since."""

    scorecard: Scorecard
    published: ScorecardVersion | None
    draft: ScorecardVersion | None
    writes: bool


def studio_page(member: Membership, scorecard: Scorecard, now: datetime) -> StudioPage:
    """The page of a scorecard."""
    return StudioPage(scorecard, newest(scorecard), open_draft(scorecard), may(member.role, "scorecard.write"))
