"""One day of the panel: the values as they were known at its end, and the score that a version makes of them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from accounts.models import Account, Workspace
from metrics.customers import Customer, scored
from metrics.formulas import scoring
from metrics.formulas.scoring import Bools, Floats, Ints
from metrics.measures.facts import terms
from metrics.measures.money import PAID, running
from metrics.measures.value import onboarding_steps
from metrics.nightly.readings import feature_list, read, tracked
from metrics.pulls import Pulls, caps_of, pulls, tracked_of
from metrics.registry import AsOf
from metrics.scorecards import Card, card_for, cards

YOUNG = 28
NOTICE = "commercial.notice_given"
LAST_USE = "usage.days_since_last_use"
VOLUME = "usage.usage_volume"
LEFT_OUT = ("young", "gave_notice", "no_score")
# By which one might guess who leaves without any score; `present` is the newest published version.
RIVALS = ("last use", "use volume", "tenure", "present")


@dataclass(frozen=True)
class DayRows:
    """The rows of one day, by account; what they are says `panel.Panel`. `left_out` [3] counts the customers that are
    no rows, by the first reason of LEFT_OUT that holds."""

    day: date
    measures: tuple[str, ...]
    tracked: Bools
    left_out: Ints
    account: Ints
    values: Floats
    points: Floats
    score: Ints
    band: Ints
    renews: Bools
    rivals: Mapping[str, Floats]

    def packed(self) -> bytes:
        """As bytes that make the same rows again."""
        arrays = {name: value for name, value in vars(self).items() if isinstance(value, np.ndarray)}
        arrays |= {f"rival {key}": value for key, value in self.rivals.items()}
        stream = io.BytesIO()
        np.savez_compressed(stream, day=self.day.toordinal(), measures=np.array(self.measures), **arrays)
        return stream.getvalue()

    @classmethod
    def unpacked(cls, packed: bytes) -> DayRows:
        """The rows that were packed."""
        with np.load(io.BytesIO(packed), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        rivals = {key: arrays.pop(f"rival {key}") for key in RIVALS}
        day, measures = date.fromordinal(int(arrays.pop("day"))), tuple(arrays.pop("measures").tolist())
        return cls(day=day, measures=measures, rivals=rivals, **arrays)


@dataclass(frozen=True)
class Judged:
    """The version that is judged, and beside it the present one of its scorecard (itself, where it is that)."""

    card: Card
    present: Card
    order: tuple[Card, ...]

    @classmethod
    def of(cls, workspace: Workspace, card: Card) -> Judged:
        """`order`: all cards as accounts look for theirs, the judged one in the place of its scorecard."""
        now = cards(workspace)
        same = [each for each in now if each.version.scorecard_id == card.version.scorecard_id]
        placed = [card if each in same else each for each in now] + ([] if same else [card])
        placed.sort(key=lambda c: (c.version.scorecard.position, c.version.scorecard_id))
        return cls(card, same[0] if same else card, tuple(placed))

    def scores(self, customer: Customer) -> bool:
        """Whether the account is scored by this scorecard."""
        return card_for(list(self.order), customer.segment, customer.stage) is self.card

    @property
    def keys(self) -> list[str]:
        """All measures that are read."""
        return list(dict.fromkeys([*self.card.measures, *self.present.measures, NOTICE, LAST_USE, VOLUME]))


def read_day(workspace: Workspace, judged: Judged, day: date, ahead: tuple[int, int]) -> DayRows:
    """The rows of a day, as known at its end; `ahead` are the days (after, upto] of the horizon."""
    ids = tuple(Account.objects.of(workspace).order_by("pk").values_list("pk", flat=True))
    features = tuple(feature_list(workspace, day, day))
    everyone = AsOf(workspace, day, day, ids, features, onboarding_steps(workspace, day, day))
    customers = [each for each in scored(everyone) if judged.scores(each)]
    as_of = replace(everyone, accounts=tuple(each.account_id for each in customers))
    ages = np.array([each.age for each in customers], dtype=float)
    told = set(tracked(as_of, judged.keys))
    columns = read(as_of, judged.keys, ages)
    made, band = _score(judged.card, told, columns, len(customers))
    present = made if judged.present is judged.card else _score(judged.present, told, columns, len(customers))[0]
    paying = ~np.array([each.is_trial for each in customers], dtype=bool)
    reasons = [ages < YOUNG, columns[NOTICE] > 0, ~made.scored]
    rows = paying & ~np.logical_or.reduce(reasons)
    return DayRows(
        day=day,
        measures=tuple(line.measure for line in judged.card.lines),
        tracked=tracked_of(judged.card, told),
        left_out=_counts(paying, reasons),
        account=as_of.column[rows],
        values=made.values[rows],
        points=made.points[rows],
        score=made.score[rows],
        band=band[rows],
        renews=_renews(as_of, ahead)[rows],
        rivals={key: each[rows] for key, each in _rivals(told, columns, ages, present).items()},
    )


def _score(card: Card, told: set[str], columns: Mapping[str, Floats], size: int) -> tuple[Pulls, Ints]:
    """What a card makes of the day, ranks fixed among its accounts, and the bands with caps but without the days
    before: hysteresis and manual bands are of published nights."""
    ranks = {line.position: _ranked(columns[line.measure]) for line in card.lines if line.by_rank}
    made = pulls(card, told, columns, ranks, size)
    borders = scoring.rank_borders(made.score[made.scored]) if card.version.bands_by_rank else None
    red, green = (b / scoring.UNIT for b in borders) if borders else (card.version.red_below, card.version.green_from)
    return made, scoring.capped(scoring.bands(made.score, made.scored, red, green), caps_of(card, columns, size)[1])


def _ranked(values: Floats) -> Floats:
    return np.sort(values[~np.isnan(values)])


def _rivals(told: set[str], columns: Mapping[str, Floats], ages: Floats, present: Pulls) -> dict[str, Floats]:
    """The lower the more at risk: who never used it comes first, where use is tracked at all."""
    nothing = np.full(len(ages), np.nan)
    last_use = np.nan_to_num(-columns[LAST_USE], nan=-np.inf, neginf=-np.inf)
    return {
        "last use": last_use if LAST_USE in told else nothing,
        "use volume": np.nan_to_num(columns[VOLUME]) if VOLUME in told else nothing,
        "tenure": ages,
        "present": np.where(present.scored, present.score / scoring.UNIT, 50.0),
    }


def _renews(as_of: AsOf, ahead: tuple[int, int]) -> Bools:
    """Whose paid term, one that runs and no other outlasts, ends in the horizon."""
    after, upto = (as_of.day + timedelta(days=days) for days in ahead)
    rows = terms(as_of).filter(PAID & running(as_of, 0)).order_by().values_list("account_id", "ends_on")
    last: dict[int, date] = {}
    for account, ends in rows:
        last[account] = max(last.get(account, date.min), ends or date.max)
    return np.array([after < last.get(account, date.max) <= upto for account in as_of.accounts], dtype=bool)


def _counts(paying: Bools, reasons: list[Bools]) -> Ints:
    """How many customers each reason leaves out, the first that holds."""
    first = np.select(reasons, range(len(reasons)), len(reasons))
    return np.bincount(first[paying], minlength=len(reasons) + 1)[: len(reasons)].astype(np.int64)
