"""What a judgement is made from beside the rows of the days: what came of them, and who was red on which nights."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Exists, F, OuterRef

from accounts.models import Workspace
from metrics.backtest.panel import Panel, assemble, outcomes_of
from metrics.backtest.rows import LEFT_OUT, DayRows
from metrics.formulas.scoring import RED, Ints
from metrics.formulas.warning import Spells
from metrics.models import Backtest, Run, ScoreSnapshot
from metrics.sql import statement

# Of the nights of a span so many must be there for them to tell who was red.
COVERED = 0.9


@dataclass(frozen=True)
class Came:
    """What came of each row, and the spells of red by account id, where the nights were published."""

    outcome: Ints
    nights: Spells | None

    def packed(self) -> bytes:
        """As bytes that make the same again."""
        spells = vars(self.nights) if self.nights else {}
        stream = io.BytesIO()
        np.savez_compressed(stream, outcome=self.outcome, **spells)
        return stream.getvalue()

    @classmethod
    def unpacked(cls, packed: bytes) -> Came:
        with np.load(io.BytesIO(packed), allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        outcome = arrays.pop("outcome")
        return cls(outcome, Spells(**arrays) if arrays else None)


def came_of(backtest: Backtest, days: Sequence[DayRows]) -> Came:
    """Read what came of the rows of days, as known on the day that the back-test names."""
    outcome = outcomes_of(backtest.workspace, days, backtest.known_day)
    return Came(outcome, _nights(backtest, days[0].day))


def panel_from(backtest: Backtest, days: Sequence[DayRows], came: Came) -> tuple[Panel, dict[str, Any], Spells | None]:
    """The panel, how many customers were left out of it and why, and the spells by its numbers of accounts."""
    assert backtest.ended_on is not None
    panel = assemble(days, came.outcome, backtest.ended_on, backtest.lag, backtest.horizon)
    counts = sum((rows.left_out for rows, over in zip(days, panel.over, strict=True) if over), np.zeros(3, np.int64))
    return panel, dict(zip(LEFT_OUT, counts.tolist(), strict=True)), _numbered(panel, came.nights)


def _numbered(panel: Panel, nights: Spells | None) -> Spells | None:
    if nights is None:
        return None
    ids = np.unique(panel.account)
    inside = np.isin(nights.account, ids)
    return Spells(np.searchsorted(ids, nights.account[inside]), nights.start[inside], nights.end[inside])


def _nights(backtest: Backtest, first: date) -> Spells | None:
    """The published spells of red of the version, where its nights were published all the time, as then known."""
    workspace, last = backtest.workspace, backtest.ended_on
    assert last is not None
    runs = Run.objects.of(workspace).published().filter(day__gte=first, day__lte=last, known_day=F("day"))
    of_version = ScoreSnapshot.objects.of(workspace).filter(
        day=OuterRef("day"), attempt=OuterRef("published_attempt"), version=backtest.version_id
    )
    nights = runs.filter(Exists(of_version)).count()
    if nights < COVERED * ((last - first).days + 1):
        return None
    return _published(workspace, backtest.version_id, first, last)


def _published(workspace: Workspace, version: int, first: date, last: date) -> Spells:
    params = {"workspace": workspace.pk, "version": version, "red": RED, "first": first, "last": last}
    with connection.cursor() as cursor:
        cursor.execute(statement("red_spells"), params)
        rows = [(account, start.toordinal(), end.toordinal()) for account, start, end in cursor.fetchall()]
    return Spells(*np.array(rows, dtype=np.int64).reshape(-1, 3).T)
