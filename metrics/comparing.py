"""Two versions of a scorecard side by side: what differs, and what the difference does to today's accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import numpy as np

from metrics.formulas import scoring
from metrics.formulas.scoring import Bools, Ints
from metrics.models import Cap, Line
from metrics.scorecards import Card
from metrics.whatif import WhatIf, each_what_if

Thing = TypeVar("Thing", Line, Cap)


@dataclass(frozen=True)
class Beside(Generic[Thing]):
    """A line or a cap of both versions; None where one of them has it not."""

    before: Thing | None
    after: Thing | None

    @property
    def either(self) -> Thing:
        found = self.after or self.before
        assert found is not None
        return found


def lines_beside(a: Card, b: Card) -> list[Beside[Line]]:
    """The lines of both by measure: in the order of the second, then those that it has not."""
    return list(_beside(a.lines, b.lines, [lambda line: line.measure]))


def caps_beside(a: Card, b: Card) -> list[Beside[Cap]]:
    """The caps of both: those that are the same, then by name, which two may share."""
    return list(_beside(a.caps, b.caps, [lambda cap: (cap.name, cap.rule), lambda cap: cap.name]))


def _beside(before: Sequence[Any], after: Sequence[Any], keys: Sequence[Callable[[Any], Any]]) -> Iterator[Beside[Any]]:
    """Each of `after` with the first of `before` that has its key and is not taken; the first of `keys` first."""
    left, found = list(before), {}
    for key in keys:
        for n, each in enumerate(after):
            match = next((m for m, other in enumerate(left) if key(other) == key(each)), None)
            if n not in found and match is not None:
                found[n] = left.pop(match)
    for n, each in enumerate(after):
        yield Beside(found.get(n), each)
    for each in left:
        yield Beside(each, None)


@dataclass(frozen=True)
class Effect:
    """A accounts by id, as each of two versions has them: band, score in 1/10,000 point (where scored); and their MRR
    in 1/10,000, where rated. Without what the days before hold back, for a version begins as it is."""

    accounts: Ints
    bands: tuple[Ints, Ints]
    scores: tuple[Ints, Ints]
    scored: tuple[Bools, Bools]
    mrr: Ints
    rated: Bools

    @property
    def changes(self) -> Ints:
        """The places of those that change colour, those with the most MRR first."""
        places = np.flatnonzero(self.bands[0] != self.bands[1])
        return places[np.argsort(-self.mrr[places], kind="stable")]

    def counts(self) -> dict[tuple[int, int], int]:
        """(band, other band) → how many accounts."""
        pairs = np.column_stack(self.bands)[self.changes]
        found, counts = np.unique(pairs, axis=0, return_counts=True)
        return {(int(a), int(b)): int(n) for (a, b), n in zip(found, counts, strict=True)}


def effect(a: Card, b: Card, moment: datetime) -> Effect:
    """What two versions of one scorecard make of the accounts that it has today."""
    before, after = each_what_if([a, b], moment)
    stands = after.stands
    return Effect(
        accounts=stands.accounts,
        bands=(_bands(before), _bands(after)),
        scores=(before.scores.score, after.scores.score),
        scored=(before.scores.scored, after.scores.scored),
        mrr=np.where(stands.rated, stands.mrr, 0),
        rated=stands.rated,
    )


def _bands(found: WhatIf) -> Ints:
    """By thresholds and caps, and by hand."""
    made = found.scores
    bands: Ints = np.where(made.manual, made.band, scoring.capped(made.computed, found.limit))
    return bands
