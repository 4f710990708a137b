"""What the first phase of a shard leaves for the second: who is scored, by which version, with which values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np

from metrics.customers import Customer, scored
from metrics.formulas.scoring import UNIT, Bools, Floats, Ints
from metrics.models import Run
from metrics.nightly.binary import Column, copy_in, copy_out
from metrics.nightly.readings import read
from metrics.registry import AsOf
from metrics.scorecards import Card, card_for, cards


@dataclass(frozen=True)
class Readings:
    """Of A accounts, by id; `values` [A × measures] in the order of `Run.measures`, `mrr` in 1/10,000 where `rated`."""

    accounts: Ints
    versions: Ints
    mrr: Ints
    rated: Bools
    values: Floats

    def of(self, chosen: Bools) -> Readings:
        """Some of them."""
        return Readings(*(each[chosen] for each in vars(self).values()))

    def columns(self, run: Run) -> dict[str, Floats]:
        """The values of each measure [A]."""
        return {key: self.values[:, n] for n, key in enumerate(run.measures)}


def gather(run: Run, accounts: tuple[int, ...], day: date, known: date, among: list[Card] | None = None) -> Readings:
    """Read the run's measures for those of some accounts (ids, sorted) that are scored on a day, by the versions that
    were published when the run was opened, or by others."""
    workspace = run.workspace
    everyone = AsOf(workspace, day, known, accounts, tuple(run.features), run.steps)
    customers = scored(everyone)
    as_of = replace(everyone, accounts=tuple(each.account_id for each in customers))
    found = read(as_of, run.measures, np.array([each.age for each in customers], dtype=float))
    chosen = choose(cards(workspace, run.opened_at) if among is None else among, customers)
    readings = Readings(
        accounts=as_of.column,
        versions=np.array([version or 0 for version in chosen], dtype=np.int64),
        mrr=np.array([_units(each.mrr) for each in customers], dtype=np.int64),
        rated=np.array([each.mrr is not None for each in customers], dtype=bool),
        values=_table(run, found, len(customers)),
    )
    return readings.of(readings.versions > 0)


def store(run: Run, readings: Readings) -> None:
    columns = [
        Column("workspace_id", "int8", run.workspace_id),
        Column("run_id", "int8", run.pk),
        Column("account_id", "int8", readings.accounts),
        Column("version_id", "int8", readings.versions),
        Column("mrr_units", "int8", readings.mrr, readings.rated),
        Column("values", "float8[]", readings.values),
    ]
    copy_in("metrics_reading", columns, len(readings.accounts))


def load(run: Run, first: int = 0, last: int = 2**63 - 1) -> Readings:
    """The readings of a run that were stored, of the accounts from first to last."""
    rows = copy_out(
        "SELECT account_id, version_id, coalesce(mrr_units, 0), mrr_units IS NOT NULL, values FROM metrics_reading"
        " WHERE workspace_id = %s AND run_id = %s AND account_id BETWEEN %s AND %s ORDER BY account_id",
        [run.workspace_id, run.pk, first, last],
        {
            "account": ("int8", 0),
            "version": ("int8", 0),
            "mrr": ("int8", 0),
            "rated": ("bool", 0),
            "values": ("float8[]", len(run.measures)),
        },
    )
    values = rows["values"]["items"]["value"] if run.measures else np.empty((len(rows), 0))
    return Readings(
        accounts=rows["account"].astype(np.int64),
        versions=rows["version"].astype(np.int64),
        mrr=rows["mrr"].astype(np.int64),
        rated=rows["rated"].astype(bool),
        values=values.astype(np.float64),
    )


def choose(cards: list[Card], customers: list[Customer]) -> list[int | None]:
    """The version that scores each customer: the first scorecard that fits its segment and stage."""
    chosen: dict[tuple[str, str], Card | None] = {}
    for c in customers:
        if (c.segment, c.stage) not in chosen:
            chosen[c.segment, c.stage] = card_for(cards, c.segment, c.stage)
    found = [chosen[c.segment, c.stage] for c in customers]
    return [card.version.pk if card else None for card in found]


def _table(run: Run, values: Mapping[str, Floats], size: int) -> Floats:
    return np.column_stack([values[key] for key in run.measures]) if run.measures else np.empty((size, 0))


def _units(amount: Any) -> int:
    """An amount in 1/10,000 of the currency's unit."""
    return 0 if amount is None else int(amount * UNIT)
