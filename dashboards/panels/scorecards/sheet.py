"""The spreadsheet of a version: its accounts as they stand."""

from __future__ import annotations

from datetime import datetime

from accounts.models import Account
from accounts.models.ids import Ids
from dashboards.score_sheet import Named, ScoreSheet
from metrics.models import ScorecardVersion
from metrics.nightly.basis import last_night, ranking_of
from metrics.scorecards import card_of


def score_sheet(version: ScorecardVersion, moment: datetime) -> ScoreSheet:
    """The accounts of the version's scorecard, with the values of today."""
    workspace = version.workspace
    today = workspace.day_of(moment)
    card = card_of(version)
    ranking = ranking_of(card, last_night(workspace, today), today)
    rows = Account.objects.of(workspace).filter(pk__among=Ids(ranking.stands.accounts.tolist()))
    told = {
        key: Named(name, external_id, owner or email or "")
        for key, name, external_id, owner, email in rows.values_list(
            "pk", "name", "external_id", "owner__user__name", "owner__user__email"
        )
    }
    missing = Named("", "", "")
    return ScoreSheet(card, ranking, [told.get(key, missing) for key in ranking.stands.accounts.tolist()])
