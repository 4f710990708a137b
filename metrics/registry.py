"""The catalogue of measures and of KPIs: one function each, checked when the program starts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from django.db.models import Q
from numpy.typing import NDArray

from accounts.models.ids import Ids

if TYPE_CHECKING:
    from accounts.models import Workspace

Floats = NDArray[np.float64]
# From so many accounts on, an index by day is worth its search.
MANY = 100


class RegistryError(RuntimeError):
    """A measure or KPI that is registered twice, undocumented or contradictory."""


class Unit(StrEnum):
    RATIO = "ratio"
    BALANCE = "balance"
    BALANCE_100 = "−100…100"
    TIMES = "times"
    COUNT = "count"
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    MONEY = "money"
    PER_SEAT = "per seat"
    SCORE = "score"
    FLAG = "flag"


class Direction(StrEnum):
    HIGHER = "higher is better"
    LOWER = "lower is better"


@dataclass(frozen=True)
class AsOf:
    """For which day, as known on which day, about which accounts (ids, sorted) of a workspace.

    What concerns all of its accounts is worked out once: its feature list, and how many onboarding steps there are.
    """

    workspace: Workspace
    day: date
    known: date
    accounts: tuple[int, ...]
    features: tuple[str, ...] = ()
    steps: int = 0

    @cached_property
    def ids(self) -> Ids:
        """The accounts, as statements name them."""
        return Ids(self.accounts)

    @cached_property
    def column(self) -> NDArray[np.int64]:
        """The accounts as a column of numbers."""
        return np.array(self.accounts, dtype=np.int64)

    @cached_property
    def around(self) -> Q:
        """Rows of the accounts; where these are many and fill at least half of the numbers between the first and the
        last, also of others there: a range, by which an index can be searched that has the day before the account."""
        if len(self.accounts) < MANY or self.accounts[-1] - self.accounts[0] >= 2 * len(self.accounts):
            return Q(account_id__among=self.ids)
        return Q(account_id__gte=self.accounts[0], account_id__lte=self.accounts[-1])

    def back(self, days: int) -> date:
        """The day `days` before: a window of n days is back(n) < day ≤ self.day."""
        return self.day - timedelta(days=days)

    @property
    def end(self) -> datetime:
        """The moment at which the day has ended, exclusive."""
        return self.workspace.end_of(self.day)

    def start_back(self, days: int) -> datetime:
        """The moment at which a window of `days` days begins, inclusive."""
        return self.workspace.start_of(self.back(days - 1))

    def number(self, value: Any) -> float:
        """A database value as a float; days count from the year 1."""
        if value is None:
            return np.nan
        if isinstance(value, datetime):
            value = self.workspace.day_of(value)
        return float(value.toordinal() if isinstance(value, date) else value)


@dataclass(frozen=True)
class Facts:
    """Rows of one kind of fact as known on a day, with `account_id`; the parts over the same rows share one
    statement.

    `rows(as_of)` are those of the accounts asked for, `any(as_of)` tells whether the workspace tracks the kind.
    What is made of events says of which: those that are use, or those of the catalogue names `names`. `kinds`: the
    kinds of fact (accounts/kinds.py) that they come from, beside events. `evidence(as_of)` are the rows behind the
    one account that is asked for, where `rows` are worked out of other rows.
    """

    name: str
    rows: Callable[[AsOf], Any]
    any: Callable[[AsOf], bool]
    names: tuple[str, ...] = ()
    of_use: bool = False
    kinds: tuple[str, ...] = ()
    evidence: Callable[[AsOf], Any] | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """All kinds of fact that they come from."""
        return (*(("events",) if self.of_use or self.names else ()), *self.kinds)


@dataclass(frozen=True)
class Part:
    """One number per account: an aggregate over the facts that meet a condition.

    `names`: which of the event names of its facts it reads; all of them unless told.
    """

    facts: Facts
    condition: Callable[[AsOf], Any]
    aggregate: Callable[[Any], Any]
    names: tuple[str, ...] = ()

    def reads(self, name: str, is_use: bool) -> bool:
        """Whether events of a name, which are use or not, can change it."""
        return (self.facts.of_use and is_use) or name in (self.names or self.facts.names)


class Record(NamedTuple):
    """One thing that a KPI counts: whose it is, the day whose CSM, team and segment it belongs to, and what it adds
    to the numerator and to the denominator. `missing`: why it cannot be told, such as a rate that is not there.
    `n`: how many it stands for, where several were added up."""

    account: int
    day: date
    part: int | Decimal = 0
    whole: int | Decimal = 1
    fact: str = ""
    what: str = ""
    missing: str = ""
    n: int = 1


Records = Sequence[Record]


@dataclass(frozen=True)
class Example:
    """Numbers in (by the names of a measure's function, or as a KPI's records), and the number that they give.
    `in_words` tells them where their sums would say nothing."""

    gives: Decimal
    columns: Mapping[str, float]
    records: Records
    in_words: Any = ""


def worked(gives: str, /, *rows: tuple[Any, ...], in_words: Any = "", **columns: float) -> Example:
    """A worked example: of a measure by `columns`, of a KPI by rows of (how many records are alike, their part, their
    whole, 1 unless told, and what they are)."""
    return Example(Decimal(gives), columns, [record for row in rows for record in _alike(*row)], in_words)


def _alike(times: int, part: int | str, whole: int | str = 1, what: str = "") -> list[Record]:
    return [Record(0, date.min, Decimal(part), Decimal(whole), what=what)] * times


Compute = Callable[..., Floats]


@dataclass(frozen=True)
class Measure:
    """One number about one account on one day."""

    key: str
    name: str
    group: str
    unit: Unit
    direction: Direction
    doc: str
    compute: Compute
    parts: Mapping[str, Part]
    worst: float | None
    neutral: float | None
    best: float | None
    by_rank: bool
    weight: float
    window: int
    trend: bool
    scaled: bool
    example: Example

    def reads(self, name: str, is_use: bool) -> bool:
        """Whether events of a name, which are use or not, can change its value."""
        return any(part.reads(name, is_use) for part in self.parts.values())

    def values(self, columns: Mapping[str, Floats], ages: Floats) -> Floats:
        """Values [A] from the columns of its parts and the accounts' ages in days (metrics.md 1, Young accounts).

        Younger than the window: over its own life from 14 days, else nothing; a trend needs its two windows.
        A count of so many days (`scaled`) is then brought to the length of the window.
        """
        found = self.compute(**{name: columns[name] for name in inspect.signature(self.compute).parameters})
        if not self.window:
            return found
        if self.scaled:
            found = np.where(ages < self.window, found * (self.window / np.maximum(ages, 1.0)), found)
        return np.where(ages >= (self.window if self.trend else min(self.window, 14)), found, np.nan)


MEASURES: dict[str, Measure] = {}


def measure(
    name: Any,
    *,
    unit: Unit,
    direction: Direction,
    parts: Mapping[str, Part],
    example: Example,
    worst: float | None = None,
    neutral: float | None = None,
    best: float | None = None,
    by_rank: bool = False,
    weight: float = 0,
    window: int = 0,
    trend: bool = False,
    scaled: bool = False,
) -> Callable[[Compute], Compute]:
    """Register a measure; its key is file and function name, its docstring the catalogue's text.

    Raises RegistryError for a second one of the same key, one without docstring, or with thresholds that
    contradict its direction.
    """

    def register(compute: Compute) -> Compute:
        group = compute.__module__.rsplit(".", 1)[-1]
        key = f"{group}.{compute.__name__}"
        doc = inspect.getdoc(compute) or ""
        _check(key, doc, direction, worst, best, by_rank)
        MEASURES[key] = Measure(
            key=key,
            name=name,
            group=group,
            unit=unit,
            direction=direction,
            doc=doc,
            compute=compute,
            parts=parts,
            worst=worst,
            neutral=neutral,
            best=best,
            by_rank=by_rank,
            weight=weight,
            window=window,
            trend=trend,
            scaled=scaled,
            example=example,
        )
        return compute

    return register


def _check(key: str, doc: str, direction: Direction, worst: float | None, best: float | None, by_rank: bool) -> None:
    if key in MEASURES:
        raise RegistryError(f"{key} is registered twice")
    if not doc:
        raise RegistryError(f"{key} has no docstring: it is the text of the catalogue")
    if worst is not None and best is not None and (best >= worst) != (direction is Direction.HIGHER):
        raise RegistryError(f"{key}: worst {worst} and best {best} contradict “{direction}”")
    if worst is None and not by_rank and direction is None:
        raise RegistryError(f"{key} has neither thresholds nor ranks")


Interval = tuple[float, float]


@dataclass(frozen=True)
class Side:
    """What the parts, or the wholes, of records add up to: its name, its unit, and how many of it make one."""

    name: Any
    unit: Unit = Unit.COUNT
    per: int = 1


@dataclass(frozen=True)
class Basis:
    """What a KPI counts: what one record is, what its parts and wholes are (None: it has no denominator), and which
    kinds of fact, or scores, tell of it. `window`: over which days, where these are not the period or its last day."""

    each: Any
    part: Side
    whole: Side | None
    source: tuple[str, ...]
    window: Any = ""


@dataclass(frozen=True)
class Kpi:
    """One number about a scope over a period: the records that it counts, and how they make a number.

    `value` and `interval` are handed the sums of the records, one for each sort (`what`); all of them where `of_each`
    says that every single one matters, as for a median. `nothing`: why there is no number where there is none.
    `grows`: it gathers over the period, so that it is one "so far" while the period runs. `settles`: it waits for what
    comes after the period, such as an answer to a ticket.
    """

    key: str
    name: str
    group: str
    unit: Unit
    direction: Direction | None
    doc: str
    records: Callable[[Any], Records]
    value: Callable[[Records], Decimal | None]
    nothing: str
    interval: Callable[[Records], Interval | None] | None
    grows: bool
    basis: Basis
    example: Example
    of_each: bool
    settles: bool

    @property
    def is_rate(self) -> bool:
        """Whether it rests on cases, of which there can be too few, and is no sum."""
        return self.unit not in (Unit.COUNT, Unit.MONEY)


KPIS: dict[str, Kpi] = {}


def kpi(
    name: Any,
    *,
    unit: Unit,
    direction: Direction | None,
    records: Callable[[Any], Records],
    basis: Basis,
    example: Example,
    nothing: Any = "",
    interval: Callable[[Records], Interval | None] | None = None,
    grows: bool = True,
    of_each: bool = False,
    settles: bool = False,
) -> Callable[[Callable[[Records], Decimal | None]], Callable[[Records], Decimal | None]]:
    """Register a KPI; its key is file and function name, its docstring the definition that pages and docs print.

    Raises RegistryError for a second one of the same key, or one without docstring.
    """

    def register(value: Callable[[Records], Decimal | None]) -> Callable[[Records], Decimal | None]:
        group = value.__module__.rsplit(".", 1)[-1]
        key = f"{group}.{value.__name__}"
        doc = inspect.getdoc(value) or ""
        if key in KPIS:
            raise RegistryError(f"{key} is registered twice")
        if not doc:
            raise RegistryError(f"{key} has no docstring: it is its definition")
        KPIS[key] = Kpi(
            key=key,
            name=name,
            group=group,
            unit=unit,
            direction=direction,
            doc=doc,
            records=records,
            value=value,
            nothing=nothing,
            interval=interval,
            grows=grows,
            of_each=of_each,
            settles=settles,
            basis=basis,
            example=example,
        )
        return value

    return register
