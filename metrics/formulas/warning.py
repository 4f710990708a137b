"""Whether who left was red before, and for how long (metrics.md 4.9). NumPy arrays in and out; days are ordinals."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from metrics.formulas.scoring import Bools, Ints

# More than any day's ordinal: account and day make one key.
SPAN = 10_000_000


@dataclass(frozen=True)
class Spells:
    """Unbroken times in red, each from its first to its last day, sorted by account and start."""

    account: Ints
    start: Ints
    end: Ints

    def at(self, account: Ints, day: Ints) -> tuple[Ints, Bools]:
        """Of each account: the last spell begun by the day (an index), and whether it lasts on that day."""
        keys = self.account * SPAN + self.start
        place = np.searchsorted(keys, account * SPAN + day, "right") - 1
        if not len(keys):
            return np.zeros_like(place), np.zeros(len(place), dtype=bool)
        lasts = (place >= 0) & (self.account[place] == account) & (self.end[place] >= day)
        return np.maximum(place, 0), lasts


@dataclass(frozen=True)
class Leavers:
    """Who left when, sorted by account and day, and since when it had been scored."""

    account: Ints
    day: Ints
    since: Ints


def red_before(spells: Spells, leavers: Leavers, days: int) -> tuple[int, int]:
    """(how many were red so many days before they left, of how many that were scored then)."""
    then = leavers.day - days
    scored = leavers.since <= then
    return int((spells.at(leavers.account, then)[1] & scored).sum()), int(scored.sum())


def warnings(spells: Spells, leavers: Leavers) -> Ints:
    """Days from the beginning of the last unbroken red to the outcome, for each; 0 for who was not red at last."""
    place, red = spells.at(leavers.account, leavers.day - 1)
    if not red.any():
        return np.zeros(len(leavers.day), dtype=np.int64)
    return np.where(red, leavers.day - spells.start[place], 0)


def precision(spells: Spells, leavers: Leavers, within: int, ended: int) -> tuple[int, int]:
    """(after how many spells of red the account left, of how many that are decided): while it was red, or within so
    many days of turning red. Not decided is a spell that began too short a time before the data end. One that begins
    on the outcome or in so many days after it told nothing: notice itself turns an account red."""
    spells = _foretelling(spells, leavers, within)
    keys = leavers.account * SPAN + leavers.day
    place = np.searchsorted(keys, spells.account * SPAN + spells.start, "right")
    found = place < len(keys)
    next_one = np.where(found, place, 0)
    if not len(keys):
        right = np.zeros(len(spells.start), dtype=bool)
    else:
        day = leavers.day[next_one]
        in_time = (day <= spells.start + within) | (day <= spells.end + 1)
        right = found & (leavers.account[next_one] == spells.account) & in_time
    decided = spells.start + within <= ended
    return int((right & decided).sum()), int(decided.sum())


def _foretelling(spells: Spells, leavers: Leavers, within: int) -> Spells:
    if not len(leavers.day):
        return spells
    place = np.searchsorted(leavers.account * SPAN + leavers.day, spells.account * SPAN + spells.start, "right") - 1
    last = np.maximum(place, 0)
    after = (place >= 0) & (leavers.account[last] == spells.account) & (spells.start - leavers.day[last] < within)
    return Spells(spells.account[~after], spells.start[~after], spells.end[~after])


def spells_of(account: Ints, start: Ints, until: Ints, red: Bools) -> Spells:
    """Spells from readings in the order of account and day, each of which holds from `start` to the day before
    `until`, where the next one follows."""
    begins = np.ones(len(red), dtype=bool)
    begins[1:] = (account[1:] != account[:-1]) | (start[1:] != until[:-1]) | ~red[:-1]
    ends = np.ones(len(red), dtype=bool)
    ends[:-1] = (account[1:] != account[:-1]) | (start[1:] != until[:-1]) | ~red[1:]
    return Spells(account[red & begins], start[red & begins], until[red & ends] - 1)
