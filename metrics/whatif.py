"""What a draft would do: the scores and bands that its accounts would get the moment it is published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np

from metrics.formulas.scoring import UNIT, Bools, Floats, Ints
from metrics.models import Run
from metrics.nightly.basis import last_night, ranking_of
from metrics.nightly.scores import Borders, Scores, score
from metrics.nightly.shards import before_of
from metrics.nightly.stands import Stands, stands
from metrics.pulls import caps_of, points_of, tracked_of
from metrics.scorecards import Card


@dataclass(frozen=True)
class WhatIf:
    """A accounts by a card of L lines. `said`: points, NaN where a value says nothing; `limit`: the worst band that the
    caps allow; `borders`: red below and green from, in points."""

    card: Card
    stands: Stands
    tracked: Bools
    said: Floats
    limit: Ints
    scores: Scores
    borders: Borders

    @property
    def moved(self) -> Bools:
        """Whose colour would change, [A]."""
        return self.scores.band != self.stands.band

    @property
    def loose(self) -> Ints:
        """The bands of now, were none held back by the days before, [A]."""
        now = self.stands
        return np.where(now.band == now.held, now.computed, now.band)


def what_if(card: Card, moment: datetime) -> WhatIf:
    """What a version would do, published or not, if it took over now."""
    return each_what_if([card], moment)[0]


def each_what_if(cards: Sequence[Card], moment: datetime) -> list[WhatIf]:
    """The same of several versions of one scorecard, for the accounts as they stand at one time."""
    scorecard = cards[0].version.scorecard
    today = scorecard.workspace.day_of(moment)
    run = last_night(scorecard.workspace, today)
    found = stands(scorecard, list(dict.fromkeys(key for card in cards for key in card.measures)), run, today)
    return [_what_if(card, run, today, found) for card in cards]


def _what_if(card: Card, run: Run, today: date, among: Stands) -> WhatIf:
    ranking, workspace = ranking_of(card, run, today, among), run.workspace
    found, version = ranking.stands, card.version
    borders: Borders = (version.red_below, version.green_from)
    if ranking.borders is not None:
        borders = (ranking.borders[0] / UNIT, ranking.borders[1] / UNIT)
    before = before_of(workspace, found.accounts.tolist(), card, today, min(run.day, today - timedelta(days=1)))
    size = len(found.accounts)
    return WhatIf(
        card=card,
        stands=found,
        tracked=tracked_of(card, ranking.tracked),
        said=points_of(card, found.values, ranking.ranks, size),
        limit=caps_of(card, found.values, size)[1],
        scores=score(card, ranking.tracked, found.values, ranking.ranks, before, borders),
        borders=borders,
    )
