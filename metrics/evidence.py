"""The records behind a measure's value of one account: the facts and conditions of the night, row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache, reduce
from inspect import signature
from operator import or_
from typing import Any

import numpy as np
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    BooleanField,
    Count,
    DateField,
    ExpressionWrapper,
    Func,
    IntegerField,
    Max,
    Min,
    Q,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, Least, TruncDate

from accounts.kinds import own_columns
from accounts.models import Goal, Subscription, Workspace
from accounts.models.ids import Ids
from metrics.customers import scored
from metrics.measures.facts import on
from metrics.measures.usage import BLOCK
from metrics.models import AccountDay, ContactDay, Run
from metrics.registry import MEASURES, AsOf, Facts, Measure, Part


@dataclass(frozen=True)
class Use:
    """What one name and feature left on a day."""

    day: date
    name: str
    feature: str
    count: int
    users: int
    seconds: int


@dataclass(frozen=True)
class Person:
    """Somebody who used the product: on how many days, from which to which."""

    person: str
    days: int
    first: date
    day: date


@dataclass(frozen=True)
class Block:
    """How many people used the product in 28 days, up to a day."""

    day: date
    people: int


@dataclass(frozen=True)
class Row:
    """One record: a fact, or what a rollup tells of a day or a person. `parts`: the numbers of the measure that it is
    counted in; `key`: what makes it the same on another day; `content`: what may have changed by then."""

    fact: Any
    key: tuple[Any, ...]
    day: date
    parts: tuple[str, ...]
    content: Any


@dataclass(frozen=True)
class Evidence:
    """What a measure's value on a day, as known on a day, rests on: the number of each of its parts, and the rows."""

    measure: Measure
    as_of: AsOf
    numbers: Mapping[str, Any]
    rows: tuple[Row, ...]

    @cached_property
    def age(self) -> int | None:
        """For how many days the account has been with us; None where it is neither customer nor on trial."""
        return next((customer.age for customer in scored(self.as_of)), None)

    @property
    def inputs(self) -> dict[str, Any]:
        """What the formula takes: the parts' numbers, and what concerns the account or the workspace as a whole."""
        of_all: dict[str, Any] = {
            "listed": len(self.as_of.features),
            "steps": self.as_of.steps,
            "age": self.age,
            "today": self.as_of.day,
        }
        known = {**of_all, **self.numbers}
        return {name: known[name] for name in signature(self.measure.compute).parameters}

    @property
    def value(self) -> float | None:
        """What they give; None is nothing."""
        return value_of(self.measure, self.inputs, self.age, self.as_of)


def value_of(measure: Measure, inputs: Mapping[str, Any], age: int | None, as_of: AsOf) -> float | None:
    """The measure of one account from the numbers that its formula takes."""
    columns = {name: np.array([as_of.number(value)]) for name, value in inputs.items()}
    found = float(measure.values(columns, np.array([np.nan if age is None else float(age)]))[0])
    return None if np.isnan(found) else found


def asked(workspace: Workspace, scored: Any, run: Run) -> AsOf:
    """The question that a score of an account answers, a snapshot or a standing; `run` is the night it was made in, or
    on whose lists it rests."""
    return AsOf(workspace, scored.day, scored.known_day, (scored.account_id,), tuple(run.features), run.steps)


def evidence(measure: Measure, as_of: AsOf) -> Evidence:
    """The records behind the value of the one account that is asked for, the newest first. Two statements for each
    kind of fact."""
    numbers: dict[str, Any] = {}
    rows: list[Row] = []
    for facts, parts in _by_facts(measure):
        numbers |= _numbers(as_of, facts, parts)
        rows += _rows(as_of, facts, parts, numbers)
    return Evidence(measure, as_of, numbers, tuple(sorted(rows, key=lambda row: row.day, reverse=True)))


def _by_facts(measure: Measure) -> list[tuple[Facts, dict[str, Part]]]:
    """Its parts by name, for each kind of fact that they read."""
    found: dict[Any, tuple[Facts, dict[str, Part]]] = {}
    for name, part in measure.parts.items():
        found.setdefault(part.facts.rows, (part.facts, {}))[1][name] = part
    return list(found.values())


def _numbers(as_of: AsOf, facts: Facts, parts: Mapping[str, Part]) -> dict[str, Any]:
    """What the parts are, read as the night reads them."""
    aggregates = {f"part_{name}": part.aggregate(part.condition(as_of) or None) for name, part in parts.items()}
    found = list(facts.rows(as_of).order_by().values("account_id").annotate(**aggregates))
    return {name: found[0][f"part_{name}"] if found else None for name in parts}


def _rows(as_of: AsOf, facts: Facts, parts: Mapping[str, Part], numbers: Mapping[str, Any]) -> list[Row]:
    """The facts that meet the condition of one of the parts at least."""
    conditions = {name: _condition(part, as_of, numbers[name]) for name, part in parts.items()}
    met = {f"in_{name}": condition for name, condition in conditions.items() if condition is not None}
    if not met:
        return []
    rows = (facts.evidence or facts.rows)(as_of).order_by()
    if all(met.values()):
        rows = rows.filter(reduce(or_, met.values()))
    rows = rows.annotate(
        **{name: ExpressionWrapper(q, BooleanField()) if q else Value(True) for name, q in met.items()}
    )
    return list(_READERS.get(rows.model, _told)(as_of, rows, tuple(met)))


def _condition(part: Part, as_of: AsOf, number: Any) -> Q | None:
    """The part's condition; where it is the first or the last of something, that one alone, None if there is none."""
    condition: Q = part.condition(as_of)
    aggregate = part.aggregate(None)
    if part.facts.evidence or not isinstance(aggregate, Max | Min):
        return condition
    return condition & Q(**{aggregate.get_source_expressions()[0].name: number}) if number else None


# -- rows, of rollups by day and name or by person


def _parts(flags: Sequence[str], found: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(flag.removeprefix("in_") for flag in flags if found[flag])


def _told(as_of: AsOf, rows: Any, flags: Sequence[str]) -> Iterator[Row]:
    compared = {*own_columns(rows.model), "occurred_at", *rows.query.annotations} - set(flags)
    for fact in rows:
        content = {name: value for name, value in vars(fact).items() if name in compared}
        day = as_of.workspace.day_of(fact.occurred_at)
        yield Row(fact, (rows.model, fact.external_id), day, _parts(flags, vars(fact)), content)


def _use(as_of: AsOf, rows: Any, flags: Sequence[str]) -> Iterator[Row]:
    sums = {"n": Sum("count"), "most": Max("users"), "time": Sum("seconds")}
    for found in rows.values("day", "name", "feature", *flags).annotate(**sums):
        use = Use(*(found[name] for name in ("day", "name", "feature", "n", "most", "time")))
        yield Row(use, (Use, use.day, use.name, use.feature), use.day, _parts(flags, found), use)


def _people(as_of: AsOf, rows: Any, flags: Sequence[str]) -> Iterator[Row]:
    if "block" in rows.query.annotations:
        yield from _blocks(as_of, rows, flags)
        return
    days = {"days": Count("day", distinct=True), "first": Min("day"), "last": Max("day")}
    for found in rows.values("person", *flags).annotate(**days):
        person = Person(found["person"], found["days"], found["first"], found["last"])
        yield Row(person, (Person, person.person), person.day, _parts(flags, found), person)


def _blocks(as_of: AsOf, rows: Any, flags: Sequence[str]) -> Iterator[Row]:
    for found in rows.values("block", *flags).annotate(people=Count("person", distinct=True)):
        block = Block(as_of.back(found["block"] * BLOCK), found["people"])
        yield Row(block, (Block, block.day), block.day, _parts(flags, found), block)


_READERS: dict[Any, Callable[[AsOf, Any, Sequence[str]], Iterator[Row]]] = {AccountDay: _use, ContactDay: _people}


# -- from one day to another


class Mark(StrEnum):
    """What became of a record between two days."""

    ENTERED = "entered"
    LEFT = "left"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True)
class Change:
    """A record on two days; None where it is not counted."""

    mark: Mark
    before: Row | None
    now: Row | None

    @property
    def row(self) -> Row:
        """What there is of it, the newer where there are both."""
        found = self.now or self.before
        assert found is not None
        return found


def compare(before: Evidence, now: Evidence) -> tuple[Change, ...]:
    """What became of each record: by the part that it is counted in first, then what entered, left, changed and
    stayed, the newest first."""
    old, new = ({row.key: row for row in side.rows} for side in (before, now))
    changes = [_change(old.get(key), new.get(key)) for key in dict.fromkeys((*new, *old))]
    parts, marks = list(now.measure.parts), list(Mark)

    def place(change: Change) -> tuple[int, int, int]:
        return parts.index(change.row.parts[0]), marks.index(change.mark), -change.row.day.toordinal()

    return tuple(sorted(changes, key=place))


def _change(before: Row | None, now: Row | None) -> Change:
    if before is None:
        return Change(Mark.ENTERED, before, now)
    if now is None:
        return Change(Mark.LEFT, before, now)
    same = (before.content, before.parts) == (now.content, now.parts)
    return Change(Mark.SAME if same else Mark.CHANGED, before, now)


# -- how fresh it is

# No account has this id: in a statement it keeps the place of the one that is asked for.
SOMEBODY = -(2**40)


def freshness(as_of: AsOf, keys: Sequence[str]) -> dict[str, date | None]:
    """Of each measure the day of the newest record behind the account's value; None where there is none. A term in
    force is as fresh as the day. One statement."""
    if not keys:
        return {}
    kinds, workspace, [account] = _kinds(keys), as_of.workspace, as_of.accounts
    same = workspace.time_zone, workspace.currency
    text, values = _statement(replace(as_of, accounts=(SOMEBODY,)), same, tuple(keys))
    own = {SOMEBODY: account, Ids((SOMEBODY,)).text: as_of.ids.text}
    with connection.cursor() as cursor:
        cursor.execute(text, [own.get(value, value) if isinstance(value, int | str) else value for value in values])
        found = dict(cursor.fetchall())
    days = {part: day for n, parts in enumerate(kinds) for part, day in zip(parts, found.get(n, ()), strict=False)}
    return {key: max((days[p] for p in MEASURES[key].parts.values() if days.get(p)), default=None) for key in keys}


def _kinds(keys: Sequence[str]) -> list[list[Part]]:
    """The parts of measures, kind of fact by kind of fact."""
    kinds: dict[Any, list[Part]] = {}
    for part in dict.fromkeys(part for key in keys for part in MEASURES[key].parts.values()):
        kinds.setdefault(part.facts.rows, []).append(part)
    return list(kinds.values())


@lru_cache(maxsize=64)
def _statement(as_of: AsOf, same: tuple[str, ...], keys: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """The same for all accounts of a workspace and day: to write it takes ten times as long as to fill it in. `same`:
    what else of the workspace it rests on."""
    newest = [_newest(as_of, n, parts) for n, parts in enumerate(_kinds(keys))]
    text, values = newest[0].union(*newest[1:], all=True).query.sql_with_params()
    return text, tuple(values)


def _newest(as_of: AsOf, n: int, parts: Sequence[Part]) -> Any:
    """A statement: which kind, and for each part the newest day of what meets its condition."""
    facts = parts[0].facts
    rows = (facts.evidence or facts.rows)(as_of).order_by()
    newest = [_newest_day(rows.model, as_of, part.condition(as_of) or None) for part in parts]
    days: Any = Func(*newest, template="ARRAY[%(expressions)s]", output_field=ArrayField(DateField()))
    of_account = rows.values("workspace_id").annotate(part_of=Value(n, IntegerField()), newest_days=days)
    return of_account.values_list("part_of", "newest_days")


def _newest_day(model: Any, as_of: AsOf, condition: Any) -> Any:
    """An aggregate: of which day the newest row tells."""
    if model in _READERS:
        return Max("day", filter=condition)
    if model is Subscription:
        return Max(Least(Coalesce("ends_on", on(as_of)), on(as_of)), filter=condition)
    # A goal began long ago, and was looked at when its value was told.
    moment = Max("known_at" if model is Goal else "occurred_at", filter=condition)
    return TruncDate(moment, tzinfo=as_of.workspace.zone)
