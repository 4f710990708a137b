"""The panel: accounts × month ends, what was known of each on the day, the score it made, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from django.db.models import Min

from accounts.models import Purchase, Subscription, Workspace
from metrics.backtest.outcomes import Outcomes, last_heard
from metrics.backtest.rows import DayRows
from metrics.formulas.judging import Sample
from metrics.formulas.scoring import UNIT, Bools, Floats, Ints
from metrics.models.backtest import HORIZON, LAG

MONTHS = 24
# The longest lag or horizon that may be asked for.
MOST_DAYS = 365
OF_ROWS = ("account", "values", "points", "score", "band", "renews")


@dataclass(frozen=True)
class Panel:
    """R rows, in the order of day and account: the customers of each of D month ends that were at least 28 days old,
    had a score, and were not known to have given notice.

    A row is *asked* when it counts in a judgement: its day's horizon is over, and it was not lost within the lag.
    Of the asked rows `lost` says which gave notice or left in the horizon, (t + lag, t + lag + horizon].

    `days` are the month ends, `measures` the lines of the version in their order. `account` holds ids and `day`
    indexes into `days`. `values` [R × L] are as known on the day, NaN for nothing; `points` [R × L] are those that
    count in the score: NaN for nothing and for lines that were not tracked then (`tracked` [D × L]), with what a line
    assumes. `score` is in 1/10,000 point. `rivals` are other numbers [R] by which one might guess, the lower the more
    at risk; `renews`: whether a paid term, as known on the day, ends in the horizon. `outcome` is the ordinal of the
    day of notice or churn (outcomes.NEVER, outcomes.BEFORE). `over` [D]: whether the horizon of a day is over.
    """

    measures: tuple[str, ...]
    days: tuple[date, ...]
    over: Bools
    tracked: Bools
    account: Ints
    day: Ints
    values: Floats
    points: Floats
    score: Ints
    band: Ints
    rivals: Mapping[str, Floats]
    renews: Bools
    outcome: Ints
    lag: int = LAG
    horizon: int = HORIZON

    @cached_property
    def ordinals(self) -> Ints:
        """The days of the rows, as ordinals [R]."""
        return np.array([day.toordinal() for day in self.days], dtype=np.int64)[self.day]

    @cached_property
    def leaves_in(self) -> Ints:
        """Days from the row's day to the outcome [R]."""
        return self.outcome - self.ordinals

    @property
    def in_lag(self) -> Bools:
        """Rows lost within the lag: too late to be told, so left out and counted."""
        return self.over[self.day] & (self.leaves_in <= self.lag)

    @property
    def asked(self) -> Bools:
        """The rows that count."""
        return self.over[self.day] & (self.leaves_in > self.lag)

    @property
    def lost(self) -> Bools:
        """Of all rows, which gave notice or left in the horizon."""
        return (self.leaves_in > self.lag) & (self.leaves_in <= self.lag + self.horizon)

    @cached_property
    def numbers(self) -> Ints:
        """The accounts of the rows, numbered 0…A−1 by id [R]."""
        return np.unique(self.account, return_inverse=True)[1].astype(np.int64)

    @cached_property
    def sample(self) -> Sample:
        """What is judged: one pair per asked row, accounts by their number."""
        return Sample(self.numbers, self.day, self.lost).of(self.asked)

    @property
    def scores(self) -> Floats:
        """Points, of the asked rows."""
        return self.score[self.asked] / UNIT

    def only(self, chosen: Bools) -> Panel:
        """Some of its rows."""
        some = {name: getattr(self, name)[chosen] for name in (*OF_ROWS, "day", "outcome")}
        return replace(self, **some, rivals={key: each[chosen] for key, each in self.rivals.items()})

    def between(self, first: date, last: date) -> Panel:
        """The rows of the days from first to last. The days, and the indexes into them, stay."""
        inside = np.array([first <= day <= last for day in self.days], dtype=bool)
        return self.only(inside[self.day])

    def with_lag(self, lag: int, ended: date) -> Panel:
        """The same rows, asked with another lag about data that end on a day."""
        return replace(self, lag=lag, over=over(self.days, lag, self.horizon, ended))


def over(days: Sequence[date], lag: int, horizon: int, ended: date) -> Bools:
    """Which days have their horizon behind them when the data end on a day [D]."""
    return np.array([day + timedelta(days=lag + horizon) <= ended for day in days], dtype=bool)


def month_ends(first: date, last: date) -> list[date]:
    """The last days of the months in [first, last], in order."""
    found, day = [], first.replace(day=1)
    while True:
        following = (day + timedelta(days=32)).replace(day=1)
        end = following - timedelta(days=1)
        if end > last:
            return found
        found += [end] if end >= first else []
        day = following


def days_to_judge(first: date, ended: date, lag: int = LAG, horizon: int = HORIZON) -> list[date]:
    """The month ends that are read: the last 24 from `first` on whose horizon is over where the data end on `ended`,
    and those after them, on which it can only be said who was red."""
    ends = month_ends(first, ended)
    judged = [day for day in ends if day + timedelta(days=lag + horizon) <= ended]
    return judged[-MONTHS:] + ends[len(judged) :]


def data_end(workspace: Workspace, known: date) -> date | None:
    """The day up to which it is certain who left: the last one about which anything was heard, less the gap in which
    a customer may still come back."""
    last = last_heard(workspace, known)
    return last - timedelta(days=workspace.churn_gap_days) if last else None


def assemble(days: Sequence[DayRows], outcomes: Ints, ended: date, lag: int = LAG, horizon: int = HORIZON) -> Panel:
    """Rows of days, in order, with the outcomes of all of them as one panel."""
    each = [len(rows.account) for rows in days]
    dates = tuple(rows.day for rows in days)
    together = {name: np.concatenate([getattr(rows, name) for rows in days]) for name in OF_ROWS}
    return Panel(
        measures=days[0].measures,
        days=dates,
        over=over(dates, lag, horizon, ended),
        tracked=np.array([rows.tracked for rows in days], dtype=bool),
        day=np.repeat(np.arange(len(days)), each),
        rivals={key: np.concatenate([rows.rivals[key] for rows in days]) for key in days[0].rivals},
        outcome=outcomes,
        lag=lag,
        horizon=horizon,
        **together,
    )


def first_day(workspace: Workspace) -> date | None:
    """The first day of a term or a purchase: nobody was a customer before."""
    starts = [
        Subscription.objects.of(workspace).current().aggregate(first=Min("starts_on"))["first"],
        Purchase.objects.of(workspace).current().aggregate(first=Min("purchased_on"))["first"],
    ]
    return min((day for day in starts if day), default=None)


def outcomes_of(workspace: Workspace, days: Sequence[DayRows], known: date) -> Ints:
    """What came of each row, as known at the end of a day."""
    accounts = np.concatenate([rows.account for rows in days])
    ordinals = np.concatenate([np.full(len(rows.account), rows.day.toordinal()) for rows in days])
    return Outcomes(workspace, known).of(accounts, ordinals)
