"""Arithmetic of what customers answer (metrics.md 2): answers in, exact shares out; None is "no number"."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from metrics.formulas.rates import Z95, Number, mean, ratio

# The lowest answer that is positive, by the top of the scale.
POSITIVE_FROM = {10: 6, 5: 4}
EASY_FROM = {7: 5, 5: 4}


@dataclass(frozen=True)
class Nps:
    """Answers to "would you recommend us", by kind."""

    promoters: int
    passives: int
    detractors: int

    @classmethod
    def of(cls, scores: Sequence[Number], lowest: int = 0) -> Nps:
        """Answers on 0–10, or on 1–10 (`lowest` 1), where 1–6 detract; the two are never mixed."""
        promoters = sum(score >= 9 for score in scores)
        detractors = sum(lowest <= score <= 6 for score in scores)
        return cls(promoters, len(scores) - promoters - detractors, detractors)

    @property
    def n(self) -> int:
        return self.promoters + self.passives + self.detractors

    @property
    def value(self) -> Decimal | None:
        """% promoters minus % detractors, −100…100."""
        return ratio(100 * (self.promoters - self.detractors), self.n)

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % interval, from the variance of an answer that counts +1, 0 or −1."""
        if not self.n:
            return None
        middle = (self.promoters - self.detractors) / self.n
        half = Z95 * math.sqrt(((self.promoters + self.detractors) / self.n - middle**2) / self.n)
        return 100 * max(-1.0, middle - half), 100 * min(1.0, middle + half)


def positive(scores: Sequence[Number], top: int, positive_from: Number | None = None) -> int:
    """How many answers are positive: from 6 of 10, 4 of 5, or as the survey says; KeyError for a scale without rule."""
    least = POSITIVE_FROM[top] if positive_from is None else positive_from
    return sum(score >= least for score in scores)


def csat(positive: int, answers: int) -> Decimal | None:
    """Positive ÷ answers."""
    return ratio(positive, answers)


def reversed_answer(score: Number, bottom: int, top: int) -> Number:
    """An answer on a scale whose low end is easy, turned so that high is easy."""
    return bottom + top - score


def easy(scores: Sequence[Number], top: int) -> int:
    """How many answers say it was easy: 5–7 of 7, 4–5 of 5; KeyError for a scale without rule."""
    return sum(score >= EASY_FROM[top] for score in scores)


def effort_share(easy: int, answers: int) -> Decimal | None:
    """Customer effort score: answers that say it was easy ÷ answers."""
    return ratio(easy, answers)


def effort_mean(scores: Sequence[Number]) -> Decimal | None:
    """Customer effort score: the mean answer, on the scale of the survey."""
    return mean(scores)
