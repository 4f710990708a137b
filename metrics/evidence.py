"""The records behind a measure's value of one account: the facts and conditions of the night, row by row.

All of them are `Evidence.rows`; a page of them is cut in the database (metrics/compared.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache, reduce
from inspect import signature
from operator import or_
from typing import Any

import numpy as np
from django.contrib.postgres.aggregates import BoolOr
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

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """All of them, the newest first. A statement for each kind of fact."""
        rows = [row for facts, parts in by_facts(self.measure) for row in read(Marked(self, facts, parts))]
        return tuple(sorted(rows, key=lambda row: row.day, reverse=True))

    def uses(self, part: str) -> dict[str, int]:
        """How often each name was used that a part counts; nothing where it does not count use. A statement."""
        of = self.measure.parts[part]
        rows = (of.facts.evidence or of.facts.rows)(self.as_of).order_by()
        condition = _condition(of, self.as_of, self.numbers[part])
        if rows.model is not AccountDay or condition is None:
            return {}
        return dict(rows.filter(condition).values("name").annotate(n=Sum("count")).values_list("name", "n"))

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
    """What the value of the one account that is asked for rests on. A statement for each kind of fact."""
    numbers: dict[str, Any] = {}
    for facts, parts in by_facts(measure):
        numbers |= _numbers(as_of, facts, parts)
    return Evidence(measure, as_of, numbers)


def by_facts(measure: Measure) -> list[tuple[Facts, dict[str, Part]]]:
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


@dataclass(frozen=True)
class Marked:
    """The facts of one kind that meet the condition of one of the parts at least, each with a flag for each part."""

    evidence: Evidence
    facts: Facts
    parts: Mapping[str, Part]

    @cached_property
    def met(self) -> dict[str, Q]:
        """The condition of each part that counts anything, by flag."""
        as_of, numbers = self.evidence.as_of, self.evidence.numbers
        conditions = {f"in_{name}": _condition(part, as_of, numbers[name]) for name, part in self.parts.items()}
        return {flag: condition for flag, condition in conditions.items() if condition is not None}

    @cached_property
    def rows(self) -> Any:
        """The queryset; to be asked where there is a condition."""
        rows = (self.facts.evidence or self.facts.rows)(self.evidence.as_of).order_by()
        if all(self.met.values()):
            rows = rows.filter(reduce(or_, self.met.values()))
        flags = {flag: ExpressionWrapper(q, BooleanField()) if q else Value(True) for flag, q in self.met.items()}
        return rows.annotate(**flags)

    @cached_property
    def shape(self) -> Shape:
        """How its records read."""
        shape = SHAPES.get(self.rows.model, FACT)
        return BLOCKS if shape is PEOPLE and "block" in self.rows.query.annotations else shape


def read(marked: Marked, only: Mapping[str, Any] | None = None) -> list[Row]:
    """The records; `only` those that a filter lets through."""
    if not marked.met:
        return []
    rows = marked.rows.filter(**only) if only else marked.rows
    found = marked.shape.read(marked.evidence.as_of, rows, tuple(marked.met))
    # The same term may count for the MRR of today and for that of the start.
    return [replace(row, key=(marked.facts.name, *row.key)) for row in found]


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


def content_of(rows: Any, flags: Sequence[str]) -> list[str]:
    """What of a fact may have changed."""
    return sorted({*own_columns(rows.model), "occurred_at", *rows.query.annotations} - set(flags))


def _told(as_of: AsOf, rows: Any, flags: Sequence[str]) -> Iterator[Row]:
    compared = content_of(rows, flags)
    for fact in rows:
        content = {name: vars(fact)[name] for name in compared}
        day = as_of.workspace.day_of(fact.occurred_at)
        yield Row(fact, (rows.model, fact.external_id), day, _parts(flags, vars(fact)), content)


def grouped(rows: Any, flags: Sequence[str], by: Sequence[str], **sums: Any) -> Any:
    """Rollups added up, with the flags that any of them has."""
    return rows.values(*by).annotate(**sums, **{f"any_{flag}": BoolOr(flag) for flag in flags})


def _use(as_of: AsOf, rows: Any, flags: Sequence[str]) -> Iterator[Row]:
    for found in grouped(rows, flags, USE.by, **USE.sums):
        use = Use(*(found[name] for name in ("day", "name", "feature", "n", "most", "time")))
        yield Row(use, (Use, use.day, use.name, use.feature), use.day, _any(flags, found), use)


def _people(as_of: AsOf, rows: Any, flags: Sequence[str]) -> Iterator[Row]:
    for found in grouped(rows, flags, PEOPLE.by, **PEOPLE.sums):
        person = Person(found["person"], found["days"], found["first"], found["last"])
        yield Row(person, (Person, person.person), person.day, _any(flags, found), person)


def _blocks(as_of: AsOf, rows: Any, flags: Sequence[str]) -> Iterator[Row]:
    for found in grouped(rows, flags, BLOCKS.by, **BLOCKS.sums):
        block = Block(as_of.back(found["block"] * BLOCK), found["people"])
        yield Row(block, (Block, block.day), block.day, _any(flags, found), block)


def _any(flags: Sequence[str], found: Mapping[str, Any]) -> tuple[str, ...]:
    return _parts(flags, {flag: found[f"any_{flag}"] for flag in flags})


@dataclass(frozen=True)
class Shape:
    """How the records of a kind of fact are read, and of rollups by what they are added up, and what is."""

    read: Callable[[AsOf, Any, Sequence[str]], Iterator[Row]]
    by: tuple[str, ...] = ()
    sums: Mapping[str, Any] = field(default_factory=dict)


FACT = Shape(_told)
USE = Shape(_use, ("day", "name", "feature"), {"n": Sum("count"), "most": Max("users"), "time": Sum("seconds")})
PEOPLE = Shape(_people, ("person",), {"days": Count("day", distinct=True), "first": Min("day"), "last": Max("day")})
BLOCKS = Shape(_blocks, ("block",), {"people": Count("person", distinct=True)})
SHAPES: dict[Any, Shape] = {AccountDay: USE, ContactDay: PEOPLE}


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
    if model in SHAPES:
        return Max("day", filter=condition)
    if model is Subscription:
        return Max(Least(Coalesce("ends_on", on(as_of)), on(as_of)), filter=condition)
    # A goal began long ago, and was looked at when its value was told.
    moment = Max("known_at" if model is Goal else "occurred_at", filter=condition)
    return TruncDate(moment, tzinfo=as_of.workspace.zone)
