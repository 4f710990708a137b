"""From the score to the band, for all accounts of one scorecard version at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from metrics.formulas import scoring
from metrics.formulas.scoring import Bools, Floats, Ints
from metrics.pulls import Pulls, caps_of, matrix, pulls
from metrics.scorecards import Card

Borders = tuple[float, float]


@dataclass(frozen=True)
class Before:
    """What the day before left, per account [A]: the held band (GREY: none), days across, caps that held, whether
    a manual band was in force, whether all that is known; and for today the manual band (−1: none) and whether it
    begins today."""

    held: Ints
    across: Ints
    caps: Ints
    was_manual: Bools
    is_known: Bools
    manual: Ints
    manual_begins: Bools


@dataclass(frozen=True)
class Scores(Pulls):
    """Scores with their bands, and the values of the C measures that the caps read."""

    computed: Ints
    held: Ints
    across: Ints
    caps: Ints
    manual: Bools
    band: Ints
    cap_values: Floats  # A × C


def score(
    card: Card,
    tracked: set[str],
    readings: Mapping[str, Floats],
    ranks: Mapping[int, Floats],
    before: Before,
    borders: Borders,
) -> Scores:
    """Score accounts: what pulls, then the band in the order of metrics.md 4.6, with today's borders."""
    size = len(before.held)
    made = pulls(card, tracked, readings, ranks, size)
    computed = scoring.bands(made.score, made.scored, *borders)
    held, across = scoring.hold(computed, made.score, before.held, before.across, *borders)
    caps, limit = caps_of(card, readings, size)
    manual = _manual(before, caps)
    return Scores(
        **vars(made),
        computed=computed,
        held=held,
        across=across,
        caps=caps,
        manual=manual,
        band=np.where(manual, before.manual, scoring.capped(held, limit)),
        cap_values=matrix([readings[key] for key in card.cap_measures], size),
    )


def _manual(before: Before, caps: Ints) -> Bools:
    """Whether the manual band wins: until its end, or a cap that did not hold the day before (metrics.md 4.6)."""
    new_cap = (caps & ~before.caps) != 0
    goes_on = ~before.is_known | (before.was_manual & ~new_cap)
    return (before.manual >= 0) & (before.manual_begins | goes_on)
