"""The two phases of a shard: read its accounts' values, then score them. Each ends with rows in one COPY."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from accounts.models import Account, Workspace
from metrics.customers import Customer, scored
from metrics.formulas.scoring import GREY, UNIT, rank_borders
from metrics.models import Cap, ManualBand, Rank, Reading, Run, ScorecardVersion, ScoreSnapshot, Shard
from metrics.nightly import rollups
from metrics.nightly.readings import read
from metrics.nightly.scores import Before, Scores, pulls, score
from metrics.registry import AsOf, Floats
from metrics.scorecards import Card, card_for, cards, load_cards

READING_COLUMNS = ["workspace_id", "run_id", "account_id", "version_id", "mrr_units", "values"]
SNAPSHOT_COLUMNS = [
    *("workspace_id", "account_id", "day", "attempt", "run_id", "version_id", "known_day", "computed_at"),
    *("score_units", "coverage", "unknown", "computed_band", "held_band", "across", "caps", "manual", "band"),
    *("mrr_units", "values", "points", "contributions", "cap_values"),
]


def read_shard(run: Run, shard: Shard) -> None:
    """Phase one: refill the shard's dirty days, find who is scored, store their values."""
    workspace = run.workspace
    ids = _accounts(workspace, shard)
    rollups.refill(workspace, ids, upto=run.day)
    as_of = AsOf(workspace, run.day, run.known_day, ids, tuple(run.features))
    customers = scored(as_of)
    as_of = AsOf(workspace, run.day, run.known_day, tuple(c.account_id for c in customers), tuple(run.features))
    values = read(as_of, run.measures, np.array([c.age for c in customers], dtype=float))
    chosen = choose(cards(workspace, run.opened_at), customers)
    copy_rows(
        "metrics_reading",
        READING_COLUMNS,
        (
            (workspace.pk, run.pk, c.account_id, version, units(c.mrr), _array(row))
            for c, version, row in zip(customers, chosen, in_order(run, values, len(customers)), strict=True)
            if version is not None
        ),
    )


def score_shard(run: Run, shard: Shard) -> None:
    """Phase two: score the shard's readings and store the snapshots of this attempt."""
    readings = list(
        Reading.objects.of(run.workspace)
        .filter(run=run, account_id__gte=shard.first_account, account_id__lte=shard.last_account)
        .order_by("account_id")
    )
    ScoreSnapshot.objects.of(run.workspace).filter(
        day=run.day,
        attempt=run.attempt,
        account_id__gte=shard.first_account,
        account_id__lte=shard.last_account,
    ).delete()
    rows = score_readings(run, readings, run.day, run.known_day, eve=run.day - timedelta(days=1))
    copy_rows("metrics_scoresnapshot", SNAPSHOT_COLUMNS, rows)


def score_readings(
    run: Run, readings: Sequence[Reading], day: date, known: date, eve: date
) -> Iterable[tuple[Any, ...]]:
    """Rows for SNAPSHOT_COLUMNS. `run` gives the order of the values, what is tracked, the ranks and the borders;
    the snapshots of `eve` say what was before."""
    workspace, moment = run.workspace, timezone.now()
    ranks = _ranks(run)
    for card in _cards_of(workspace, readings):
        mine = [reading for reading in readings if reading.version_id == card.version.pk]
        columns = _by_measure(run, [reading.values for reading in mine])
        before = before_of(workspace, [reading.account_id for reading in mine], card, day, eve)
        borders = run.borders_of(card.version)
        result = score(card, set(run.tracked), columns, ranks.get(card.version.pk, {}), before, borders)
        yield from _snapshot_rows(run, mine, card, result, day, known, moment)


def fixed_borders(run: Run, ranked: Sequence[Card]) -> dict[str, tuple[int, int]]:
    """Between which scores the bands of each card by rank lie, where enough of its accounts have one."""
    ranks, borders = _ranks(run), {}
    for card in ranked:
        rows = Reading.objects.of(run.workspace).filter(run=run, version_id=card.version.pk)
        columns = _by_measure(run, list(rows.values_list("values", flat=True)))
        size = len(next(iter(columns.values()), ()))
        made = pulls(card, set(run.tracked), columns, ranks.get(card.version.pk, {}), size)
        found = rank_borders(made.score[made.scored])
        if found is not None:
            borders[str(card.version.pk)] = found
    return borders


def _by_measure(run: Run, rows: list[list[float]]) -> dict[str, Floats]:
    """Values in the order of the run's measures → a column for each measure."""
    table = np.array(rows, dtype=float).reshape(len(rows), len(run.measures))
    return {key: table[:, n] for n, key in enumerate(run.measures)}


def in_order(run: Run, values: Mapping[str, Floats], size: int) -> list[list[float]]:
    """Values per account, in the order of the run's measures."""
    return np.column_stack([values[key] for key in run.measures]).tolist() if run.measures else [[]] * size


def _accounts(workspace: Workspace, shard: Shard) -> tuple[int, ...]:
    rows = Account.objects.of(workspace).filter(pk__gte=shard.first_account, pk__lte=shard.last_account)
    return tuple(rows.order_by("pk").values_list("pk", flat=True))


def choose(cards: list[Card], customers: list[Customer]) -> list[int | None]:
    """The version that scores each customer: the first scorecard that fits its segment and stage."""
    chosen: dict[tuple[str, str], Card | None] = {}
    for c in customers:
        if (c.segment, c.stage) not in chosen:
            chosen[c.segment, c.stage] = card_for(cards, c.segment, c.stage)
    found = [chosen[c.segment, c.stage] for c in customers]
    return [card.version.pk if card else None for card in found]


def _cards_of(workspace: Workspace, readings: Sequence[Reading]) -> list[Card]:
    ids = sorted({reading.version_id for reading in readings})
    versions = ScorecardVersion.objects.of(workspace).filter(pk__in=ids).select_related("scorecard")
    return load_cards(workspace, list(versions.order_by("pk")))


def _ranks(run: Run) -> dict[int, dict[int, Floats]]:
    ranks: dict[int, dict[int, Floats]] = {}
    for rank in Rank.objects.of(run.workspace).filter(run_id=run.pk):
        ranks.setdefault(rank.version_id, {})[rank.position] = np.array(rank.values, dtype=float)
    return ranks


def before_of(workspace: Workspace, accounts: list[int], card: Card, day: date, eve: date) -> Before:
    """What the published snapshots of the eve say, and which manual bands are in force on the day."""
    version = card.version.pk
    last = ScoreSnapshot.objects.of(workspace).published().filter(day=eve, account_id__in=accounts)
    seen = {
        row[0]: row[1:] for row in last.values_list("account_id", "version_id", "held_band", "across", "caps", "manual")
    }
    same_caps = _same_caps(workspace, card, {row[0] for row in seen.values()} - {version})
    bands = ManualBand.objects.of(workspace).in_force(day).filter(account_id__in=accounts).order_by("created_at")
    manual = {row[0]: row[1:] for row in bands.values_list("account_id", "band", "starts_on")}
    none = (None, GREY, 0, 0, False)
    rows = [seen.get(account, none) for account in accounts]
    same = [row[0] == version for row in rows]
    return Before(
        held=np.array([row[1] if ok else GREY for row, ok in zip(rows, same, strict=True)], dtype=np.int64),
        across=np.array([row[2] if ok else 0 for row, ok in zip(rows, same, strict=True)], dtype=np.int64),
        caps=np.array([_translated(row[3], same_caps.get(row[0])) for row in rows], dtype=np.int64),
        was_manual=np.array([row[4] for row in rows], dtype=bool),
        is_known=np.array([row[0] is not None for row in rows], dtype=bool),
        manual=np.array([manual.get(account, (-1,))[0] for account in accounts], dtype=np.int64),
        manual_begins=np.array([manual.get(account, (-1, eve))[1] > eve for account in accounts], dtype=bool),
    )


def _same_caps(workspace: Workspace, card: Card, versions: set[int]) -> dict[int, list[tuple[int, int]]]:
    """Per other version: which of its caps, by position, is which of the card's. The same is what limits to the same
    band under the same conditions, so that a new version makes no cap new that held before."""
    same: dict[int, list[tuple[int, int]]] = {version: [] for version in versions}
    for cap in Cap.objects.of(workspace).filter(version_id__in=versions) if versions else ():
        same[cap.version_id] += [(cap.position, mine.position) for mine in card.caps if mine.rule == cap.rule]
    return same


def _translated(bits: int, places: list[tuple[int, int]] | None) -> int:
    """The bits of caps moved to other places; None: they stay."""
    return bits if places is None else sum({1 << new for old, new in places if bits >> old & 1})


def _snapshot_rows(
    run: Run, readings: list[Reading], card: Card, s: Scores, day: date, known: date, moment: datetime
) -> Iterable[tuple[Any, ...]]:
    matrices = (s.values.tolist(), s.points.tolist(), s.contributions.tolist(), s.cap_values.tolist())
    columns = (
        s.score,
        s.scored,
        s.coverage,
        s.unknown,
        s.computed,
        s.held,
        s.across,
        s.caps,
        s.manual,
        s.band,
    )
    plain = [column.tolist() for column in columns]
    for n, reading in enumerate(readings):
        total, is_scored, *rest = (column[n] for column in plain)
        yield (
            run.workspace_id,
            reading.account_id,
            day,
            run.attempt,
            run.pk,
            card.version.pk,
            known,
            moment,
            total if is_scored else None,
            *rest,
            reading.mrr_units,
            *(_array(matrix[n]) for matrix in matrices),
        )


def units(amount: Any) -> int | None:
    """An amount in 1/10,000 of the currency's unit."""
    return None if amount is None else int(amount * UNIT)


def _array(values: Sequence[float | int]) -> str:
    return "{" + ",".join(map(repr, values)).replace("nan", "NaN") + "}"


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """COPY rows of numbers, dates, flags and ready-made arrays into a table."""
    lines = ("\t".join(r"\N" if value is None else str(value) for value in row) + "\n" for row in rows)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", io.StringIO("".join(lines)))
