"""Whether a band that somebody set by hand was right, told by what happened within 90 days."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from metrics.formulas.rates import ratio, wilson
from metrics.formulas.scoring import GREEN, GREY, RED

HORIZON = timedelta(days=90)
# Under so many decided ones a share is marked thin.
THIN = 20


class Side(StrEnum):
    """To which side of the computed band it was set."""

    LIFTED = "lifted"
    LOWERED = "lowered"
    SAME = "same"


class Verdict(StrEnum):
    """What time has told of it."""

    RIGHT = "right"
    WRONG = "wrong"
    WAITING = "waiting"
    NEITHER = "neither"


def side(band: int, computed: int) -> Side:
    """A band by hand against the computed one. Where there was none, green lifts, red lowers, yellow says nothing."""
    if computed == GREY:
        return {GREEN: Side.LIFTED, RED: Side.LOWERED}.get(band, Side.SAME)
    return Side.LIFTED if band > computed else Side.LOWERED if band < computed else Side.SAME


def is_decided(set_on: date, known: date) -> bool:
    """Whether the 90 days after it was set are known. Good and bad news wait alike, or one would come first."""
    return set_on + HORIZON <= known


def verdict(band: int, computed: int, decided: bool, lost: bool, lowest: int | None) -> Verdict:
    """Right is who lifted an account that then neither left nor gave notice, and who lowered one that did, or whose
    computed band came down as far. `lowest`: the worst computed band of the 90 days, None where there was none.
    """
    which = side(band, computed)
    if which is Side.SAME:
        return Verdict.NEITHER
    if not decided:
        return Verdict.WAITING
    if which is Side.LIFTED:
        return Verdict.WRONG if lost else Verdict.RIGHT
    agreed = lowest is not None and lowest <= band
    return Verdict.RIGHT if lost or agreed else Verdict.WRONG


@dataclass(frozen=True)
class Tally:
    """How often some bands by hand were right; `waiting` and `neither` are counted apart."""

    right: int
    wrong: int
    waiting: int
    neither: int

    @property
    def decided(self) -> int:
        return self.right + self.wrong

    @property
    def share(self) -> Decimal | None:
        """The share of the decided ones that were right."""
        return ratio(self.right, self.decided)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Its 95 % interval (Wilson)."""
        return wilson(self.right, self.decided)

    @property
    def is_thin(self) -> bool:
        return 0 < self.decided < THIN


def tally(verdicts: Iterable[Verdict]) -> Tally:
    """Count verdicts."""
    told = list(verdicts)
    return Tally(*(told.count(each) for each in Verdict))
