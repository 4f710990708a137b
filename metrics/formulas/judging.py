"""Whether a score tells who leaves (metrics.md 4.9): AUC, its interval, deciles. NumPy arrays in and out.

R judged pairs of an account and a day, of A accounts. Counts are whole numbers and sums keep their order, so that the
same sample gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from metrics.formulas.scoring import Bools, Floats, Ints

DRAWS = 2_000
SEED = 20_250_101
AT_ONCE = 100
DECILES = 10
# Fewer churned accounts than this tell nothing.
ENOUGH = 20


@dataclass(frozen=True)
class Sample:
    """Who was judged on which day, and was lost: `account` 0…A−1, `day` 0…D−1, `lost`, [R] each."""

    account: Ints
    day: Ints
    lost: Bools

    @cached_property
    def accounts(self) -> int:
        """A."""
        return int(self.account.max()) + 1 if len(self.account) else 0

    @property
    def churned(self) -> int:
        """How many accounts were lost."""
        return len(np.unique(self.account[self.lost]))

    def of(self, chosen: Bools) -> Sample:
        """Some of it; the accounts keep their numbers."""
        return Sample(self.account[chosen], self.day[chosen], self.lost[chosen])


@dataclass(frozen=True)
class Estimate:
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def is_chance(self) -> bool:
        """Of an AUC: whether the interval contains 0.5, so that it may be chance."""
        return self.low <= 0.5 <= self.high


@dataclass(frozen=True)
class Drawn:
    """An AUC, and that of each draw of accounts [2,000]: NaN where a draw lost nobody. The draws are the same for every
    score of a sample, so that the differences of two are paired."""

    value: float | None
    draws: Floats

    @property
    def estimate(self) -> Estimate | None:
        return None if self.value is None else Estimate(self.value, *interval(self.draws))


def auc(score: Floats, sample: Sample, within_days: bool = False) -> float | None:
    """How often who was lost had the lower score than who stayed, ties half: 0.5 is chance, 1 always (mid-ranks).

    `within_days` compares only pairs of the same day. Nothing where nobody was lost, or nobody stayed.
    """
    return Order.of(score, sample, within_days).whole


def estimate(score: Floats, sample: Sample, within_days: bool = False) -> Estimate | None:
    """The AUC with its interval, by 2,000 draws of accounts."""
    return drawn_auc(score, sample, within_days).estimate


def drawn_auc(score: Floats, sample: Sample, within_days: bool = False) -> Drawn:
    """The AUC, and that of each draw of accounts."""
    ordered = Order.of(score, sample, within_days)
    value = ordered.whole
    if value is None:
        return Drawn(None, np.full(DRAWS, np.nan))
    return Drawn(value, np.concatenate([ordered.aucs(drawn) for drawn in draws(sample.accounts)]))


def draws(accounts: int) -> Iterator[Floats]:
    """How often each account is drawn, [A × 100 of the 2,000 draws] at a time: always the same ones."""
    chance = np.random.default_rng(SEED)
    for _ in range(DRAWS // AT_ONCE):
        picked = chance.integers(accounts, size=(AT_ONCE, accounts)) * AT_ONCE + np.arange(AT_ONCE)[:, None]
        yield np.bincount(picked.ravel(), minlength=accounts * AT_ONCE).reshape(accounts, AT_ONCE).astype(float)


def interval(drawn: Floats) -> tuple[float, float]:
    """The middle 95 % of what was drawn, by linear interpolation; NaN is left out."""
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return float(low), float(high)


@dataclass(frozen=True)
class Order:
    """A sample sorted once, for any number of weights of its accounts.

    Those that stayed are cut into pieces of the order by (day, score), and counted: `pieces` [pieces × A]. For each
    lost pair: its account, before which piece its equals begin and end, and those of its day.
    """

    pieces: Any
    account: Ints
    first: Ints
    last: Ints
    opens: Ints
    closes: Ints

    @classmethod
    def of(cls, score: Floats, sample: Sample, within_days: bool) -> Order:
        # scipy takes a second to load, and no page needs it.
        from scipy.sparse import csr_matrix

        day = sample.day if within_days else np.zeros_like(sample.day)
        # Equal scores share a rank, and ranks with their day make one key.
        rank = np.unique(score, return_inverse=True)[1]
        span = int(rank.max()) + 1 if len(rank) else 1
        key = day * span + rank
        stayed = np.flatnonzero(~sample.lost)
        stayed = stayed[np.argsort(key[stayed], kind="stable")]
        mine, begins = key[sample.lost], day[sample.lost] * span
        among = key[stayed]
        places = [
            np.searchsorted(among, mine, "left"),
            np.searchsorted(among, mine, "right"),
            np.searchsorted(among, begins, "left"),
            np.searchsorted(among, begins + span, "left"),
        ]
        cuts = np.unique(np.concatenate(places))
        piece = np.searchsorted(cuts, np.arange(len(stayed)), "right")
        ones = (np.ones(len(stayed)), (piece, sample.account[stayed]))
        pieces = csr_matrix(ones, shape=(len(cuts) + 1, sample.accounts))
        return cls(pieces, sample.account[sample.lost], *(np.searchsorted(cuts, place) for place in places))

    @property
    def whole(self) -> float | None:
        """The AUC where each account counts once."""
        found = self.aucs(np.ones((self.pieces.shape[1], 1)))[0]
        return None if np.isnan(found) else float(found)

    def aucs(self, weights: Floats) -> Floats:
        """The AUC by each column of weights [A × draws]: twice the pairs won ÷ twice the pairs. Whole numbers."""
        upto = np.cumsum(self.pieces @ weights, axis=0)
        mine = weights[self.account]
        # Who stayed with a higher score, and half of those with the same.
        won = (mine * (2 * upto[self.closes] - upto[self.first] - upto[self.last])).sum(axis=0)
        pairs = 2 * (mine * (upto[self.closes] - upto[self.opens])).sum(axis=0)
        found: Floats = np.divide(won, pairs, out=np.full(len(won), np.nan), where=pairs > 0)
        return found


@dataclass(frozen=True)
class Share:
    """Some pairs: how many, how many of them were lost, and between which scores they lie."""

    n: int
    lost: int
    low: float
    high: float

    @property
    def rate(self) -> float | None:
        return self.lost / self.n if self.n else None


def by_decile(score: Floats, lost: Bools) -> list[Share]:
    """Ten equal parts by score, the lowest first; equal scores stay together, by their mid-rank."""
    ordered = np.sort(score)
    place = np.searchsorted(ordered, score, "left") + np.searchsorted(ordered, score, "right")
    part = np.minimum(place * DECILES // (2 * max(len(score), 1)), DECILES - 1)
    return [share_of(score, lost, part == n) for n in range(DECILES)]


def share_of(score: Floats, lost: Bools, chosen: Bools) -> Share:
    mine = score[chosen]
    low, high = (float(mine.min()), float(mine.max())) if len(mine) else (np.nan, np.nan)
    return Share(len(mine), int(lost[chosen].sum()), low, high)
