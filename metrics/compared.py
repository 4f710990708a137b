"""The records behind a measure's value on one day, or on two side by side: compared, counted, ordered and cut in the
database, so that a page loads what it shows, whatever there is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models.functions import TruncDate

from metrics.evidence import (
    BLOCKS,
    FACT,
    PEOPLE,
    Change,
    Evidence,
    Mark,
    Marked,
    Row,
    by_facts,
    content_of,
    grouped,
    read,
)
from metrics.measures.usage import BLOCK

MARKS = tuple(Mark)
Key = tuple[str, ...]
Sql = tuple[str, tuple[Any, ...]]

SIDE = """(SELECT ARRAY[{key}]::text[] AS key, {day} AS day, CASE {place} END AS place, ROW({content}) AS content
  FROM ({rows}) x({names}))"""
BOTH = """SELECT {kind} AS kind, coalesce(n.key, t.key) AS key, coalesce(n.day, t.day) AS day,
  coalesce(n.place, t.place) AS place, CASE WHEN t.key IS NULL THEN 0 WHEN n.key IS NULL THEN 1
    WHEN n.content IS DISTINCT FROM t.content THEN 2 ELSE 3 END AS mark
FROM {now} n FULL JOIN {then} t ON t.key = n.key"""
ONE = "SELECT {kind} AS kind, key, day, place, {mark} AS mark FROM {side} s"
# First how many there are of each mark, then those of the page.
PAGE = """WITH changes AS MATERIALIZED ({changes})
SELECT -1, mark, NULL, count(*) FROM changes GROUP BY mark
UNION ALL (SELECT kind, mark, key, 0 FROM changes WHERE mark = ANY(%s)
  ORDER BY place, mark, day DESC, kind, key LIMIT %s OFFSET %s)"""


@dataclass(frozen=True)
class Compared:
    """How many records there are of each mark, and those that were asked for."""

    counts: Counter[Mark]
    changes: tuple[Change, ...]


def compared(
    before: Evidence | None, now: Evidence, marks: Sequence[Mark] = MARKS, first: int = 0, limit: int | None = None
) -> Compared:
    """What became of the records, in the order of `evidence.compare`: so many of those with one of the marks, from the
    one with that number on. Without a day before all are the same. A statement, and one for each kind of fact and day
    among them."""
    kinds = _kinds(before, now)
    parts = [part for n, (then, of_now) in enumerate(kinds) if (part := _changes(n, then, of_now))]
    if not parts:
        return Compared(Counter(), ())
    text = PAGE.format(changes=" UNION ALL ".join(sql for sql, _values in parts))
    values = [value for _sql, values in parts for value in values]
    with connection.cursor() as cursor:
        cursor.execute(text, [*values, [MARKS.index(mark) for mark in marks], limit, first])
        found = cursor.fetchall()
    counts = Counter({MARKS[mark]: count for kind, mark, _key, count in found if kind < 0})
    places = [(kind, MARKS[mark], tuple(key)) for kind, mark, key, _count in found if kind >= 0]
    return Compared(counts, _loaded(kinds, places, whole=limit is None))


Sides = tuple[Marked | None, Marked]


def _kinds(before: Evidence | None, now: Evidence) -> list[Sides]:
    return [
        (Marked(before, facts, parts) if before else None, Marked(now, facts, parts))
        for facts, parts in by_facts(now.measure)
    ]


def _changes(kind: int, then: Marked | None, now: Marked) -> Sql | None:
    """What became of the records of one kind."""
    new, old = _side(now), _side(then) if then else None
    if new and old:
        return BOTH.format(kind=kind, now=new[0], then=old[0]), (*new[1], *old[1])
    if new:
        return ONE.format(kind=kind, side=new[0], mark=MARKS.index(Mark.ENTERED if then else Mark.SAME)), new[1]
    return (ONE.format(kind=kind, side=old[0], mark=MARKS.index(Mark.LEFT)), old[1]) if old else None


def _side(marked: Marked) -> Sql | None:
    """Of each record what makes it the same, its day, the first part that it counts in, and what may have changed; none
    where no part counts anything."""
    if not marked.met:
        return None
    rows, key, day, content = _columns(marked)
    flags = [name if marked.shape is FACT else f"any_{name}" for name in marked.met]
    names = list(dict.fromkeys([*key, *flags, day, *content]))
    try:
        sql, values = rows.values_list(*names).query.sql_with_params()
    except EmptyResultSet:
        return None
    column = {name: f"c{n}" for n, name in enumerate(names)}
    met = {name.removeprefix("in_"): column[flag] for flag, name in zip(flags, marked.met, strict=True)}
    parts = list(marked.evidence.measure.parts)
    until = f"(%s::date - {column['block']} * {BLOCK})" if marked.shape is BLOCKS else ""
    text = SIDE.format(
        key=until or ", ".join(column[name] for name in key),
        day=until or column[day],
        place=" ".join(f"WHEN {flag} THEN {parts.index(part)}" for part, flag in met.items()),
        # Of every part, as on the other day others may count.
        content=", ".join(
            [*(f"{met.get(part, 'false')} IS TRUE" for part in marked.parts), *(column[name] for name in content)]
        ),
        rows=sql,
        names=", ".join(column.values()),
    )
    return text, (*([marked.evidence.as_of.day] * 2 if until else ()), *values)


def _columns(marked: Marked) -> tuple[Any, Sequence[str], str, Sequence[str]]:
    """The queryset, what makes a record the same, its day, and what may have changed."""
    shape, flags = marked.shape, tuple(marked.met)
    if shape is FACT:
        day = TruncDate("occurred_at", tzinfo=marked.evidence.as_of.workspace.zone)
        content = content_of(marked.rows, flags)
        return marked.rows.annotate(local_day=day), ("external_id",), "local_day", content
    rows = grouped(marked.rows, flags, shape.by, **shape.sums)
    day = "last" if shape is PEOPLE else shape.by[0]
    return rows, shape.by, day, list(shape.sums)


# -- the rows of a page


def _loaded(kinds: Sequence[Sides], places: Sequence[tuple[int, Mark, Key]], whole: bool) -> tuple[Change, ...]:
    """The records at these places, on both days."""
    sides: dict[int, tuple[Mapping[Key, Row], Mapping[Key, Row]]] = {}
    for kind in {kind for kind, _mark, _key in places}:
        keys = [key for of, _mark, key in places if of == kind]
        then, now = (_rows(marked, None if whole else keys) for marked in kinds[kind])
        sides[kind] = (then if kinds[kind][0] else now), now
    changes = (Change(mark, sides[kind][0].get(key), sides[kind][1].get(key)) for kind, mark, key in places)
    # A record may be taken back while they are read.
    return tuple(change for change in changes if change.before or change.now)


def _rows(marked: Marked | None, keys: Sequence[Key] | None) -> Mapping[Key, Row]:
    if marked is None or not marked.met:
        return {}
    columns = () if keys is None or marked.shape is BLOCKS else marked.shape.by or ("external_id",)
    only = {f"{name}__in": {key[n] for key in keys or ()} for n, name in enumerate(columns)}
    return {tuple(map(str, row.key[2:])): row for row in read(marked, only)}
