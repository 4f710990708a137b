"""What suggested weights would change: who gets another colour. And how they come into a draft."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import datetime

from metrics.drafts import change_weights, draft_of
from metrics.models import Line, ScorecardVersion, Suggestion
from metrics.scorecards import Card, card_of
from metrics.whatif import WhatIf, what_if


def with_weights(card: Card, weights: Mapping[str, float]) -> Card:
    """The card as a version of its own, with other weights."""
    version, lines = copy.copy(card.version), tuple(copy.copy(line) for line in card.lines)
    version.pk = None
    for line in lines:
        line.weight = weights[line.measure]
    return Card(version, lines, card.caps)


def effect_of(suggestion: Suggestion, moment: datetime) -> WhatIf:
    """What would be, were the suggested weights published now."""
    return what_if(with_weights(card_of(suggestion.version), weights_of(suggestion)), moment)


def weights_of(suggestion: Suggestion) -> dict[str, float]:
    """The suggested weights by measure; none where nothing is suggested."""
    if suggestion.state != Suggestion.State.DONE:
        return {}
    return {each["measure"]: each["new"] for each in suggestion.result["weights"]}


def take(suggestion: Suggestion) -> ScorecardVersion:
    """Put the suggested weights into the draft of the scorecard, those of the lines that it has. Raises CardError."""
    draft = draft_of(suggestion.scorecard)
    there = set(Line.objects.of(suggestion.workspace).filter(version=draft).values_list("measure", flat=True))
    change_weights(draft, {key: weight for key, weight in weights_of(suggestion).items() if key in there})
    return draft
