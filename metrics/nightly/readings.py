"""Values of measures for many accounts at once: one statement per kind of fact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db import connection

from accounts.models import Workspace
from metrics.nightly.binary import copy_out
from metrics.registry import MEASURES, AsOf, Facts, Floats, Measure, Part
from metrics.sql import statement

FEATURE_SHARE = 0.05
FEATURE_DAYS = 90
# How days become numbers: they count from the year 1, and a moment is the day on which it was.
NUMBERS = {
    "DateField": "{} - date '0001-01-01' + 1",
    "DateTimeField": "({} AT TIME ZONE %s)::date - date '0001-01-01' + 1",
}


def read(as_of: AsOf, keys: Sequence[str], ages: Floats) -> dict[str, Floats]:
    """Values of the measures `keys` for the accounts of `as_of`, each [A] in their order; NaN is nothing."""
    measures = [MEASURES[key] for key in keys]
    columns = _columns(as_of, dict.fromkeys(p for m in measures for p in m.parts.values()))
    shared = {
        "today": np.full(len(as_of.accounts), float(as_of.day.toordinal())),
        "listed": np.full(len(as_of.accounts), float(len(as_of.features))),
        "steps": np.full(len(as_of.accounts), float(as_of.steps)),
        "age": ages,
    }
    return {
        measure.key: measure.values(shared | {name: columns[part] for name, part in measure.parts.items()}, ages)
        for measure in measures
    }


def _columns(as_of: AsOf, parts: Iterable[Part]) -> dict[Part, Floats]:
    by_rows: dict[object, list[Part]] = {}
    for part in parts:
        by_rows.setdefault(part.facts.rows, []).append(part)
    columns: dict[Part, Floats] = {}
    for shared in by_rows.values():
        columns.update(_read_facts(as_of, shared[0].facts, shared))
    return columns


def _read_facts(as_of: AsOf, facts: Facts, parts: list[Part]) -> dict[Part, Floats]:
    """One statement: every part over these facts, grouped by account."""
    aggregates = {f"part{n}": part.aggregate(part.condition(as_of) or None) for n, part in enumerate(parts)}
    rows = facts.rows(as_of).order_by().values("account_id").annotate(**aggregates)
    found = _numbers(as_of, rows, list(aggregates))
    place = np.searchsorted(as_of.column, found["account_id"])
    mine = np.append(as_of.column, 0)[place] == found["account_id"]  # rows may be of others as well (AsOf.around)
    table = np.full((len(parts), len(as_of.accounts)), np.nan)
    for n, name in enumerate(aggregates):
        table[n, place[mine]] = found[name][mine]
    return {part: table[n] for n, part in enumerate(parts)}


def _numbers(as_of: AsOf, rows: Any, names: list[str]) -> Any:
    """An account and the numbers `names` of each row, as columns: `AsOf.number` of all of them, by the database."""
    compiler = rows.values_list("account_id", *names).query.get_compiler(connection=connection, elide_empty=False)
    query, params = compiler.as_sql()
    kinds = [rows.query.annotations[name].output_field.get_internal_type() for name in names]
    columns = [NUMBERS.get(kind, "{}").format(name) for name, kind in zip(names, kinds, strict=True)]
    numbers = ", ".join(f"coalesce(({column})::float8, 'NaN')" for column in columns)
    zones = [as_of.workspace.time_zone] * kinds.count("DateTimeField")
    return copy_out(
        f"SELECT account_id, {numbers} FROM ({query}) found",  # noqa: S608
        [*zones, *params],
        {"account_id": ("int8", 0)} | dict.fromkeys(names, ("float8", 0)),
    )


def feature_list(workspace: Workspace, day: date, known: date) -> list[str]:
    """The features chosen by hand, else those that at least 5 % of the accounts with use used in 90 days; sorted."""
    if workspace.features:
        return sorted(workspace.features)
    params = {
        "workspace": workspace.pk,
        "day": day,
        "after": day - timedelta(days=FEATURE_DAYS),
        "known": known,
        "share": FEATURE_SHARE,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("features"), params)
        return [row[0] for row in cursor.fetchall()]


def tracked(as_of: AsOf, keys: Iterable[str]) -> list[str]:
    """The measures whose kind of fact the workspace has, or says it has (metrics.md 1, Tracked)."""
    asked: dict[str, bool] = {}

    def is_tracked(measure: Measure) -> bool:
        facts = next(iter(measure.parts.values())).facts
        if facts.name not in asked:
            asked[facts.name] = facts.name in as_of.workspace.tracks or facts.any(as_of)
        return asked[facts.name]

    return [key for key in keys if is_tracked(MEASURES[key])]
