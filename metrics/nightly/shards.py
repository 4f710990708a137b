"""The two phases of a shard: read its accounts' values, then score them. Each ends with rows in one COPY."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
from django.utils import timezone

from accounts.models import Account, Workspace
from accounts.models.ids import Ids
from metrics.formulas.scoring import GREY, rank_borders
from metrics.models import Cap, ManualBand, Run, ScoreSnapshot, Shard
from metrics.nightly import rollups
from metrics.nightly.between import Readings, gather, load, store
from metrics.nightly.binary import Column, copy_in, days, microseconds
from metrics.nightly.scores import Before, Scores, score
from metrics.pulls import pulls
from metrics.ranks import ranks_of
from metrics.scorecards import Card, cards_by_id

SNAPSHOTS = "metrics_scoresnapshot"


def read_shard(run: Run, shard: Shard) -> None:
    """Phase one: refill the shard's dirty days, find who is scored, store their values."""
    ids = _accounts(run.workspace, shard)
    rollups.refill(run.workspace, ids, upto=run.day)
    store(run, gather(run, ids, run.day, run.known_day))


def score_shard(run: Run, shard: Shard) -> None:
    """Phase two: score the shard's readings and store the snapshots of this attempt."""
    ScoreSnapshot.objects.of(run.workspace).filter(
        day=run.day,
        attempt=run.attempt,
        account_id__gte=shard.first_account,
        account_id__lte=shard.last_account,
    ).delete()
    readings = load(run, shard.first_account, shard.last_account)
    write_scores(SNAPSHOTS, run, readings, run.day, run.known_day, eve=run.day - timedelta(days=1))


def write_scores(table: str, run: Run, readings: Readings, day: date, known: date, eve: date) -> None:
    """Score readings into a table of snapshots. `run` gives the order of the values, what is tracked, the ranks and
    the borders; the snapshots of `eve` say what was before."""
    workspace, moment = run.workspace, timezone.now()
    ranks = ranks_of(run)
    for card in cards_by_id(workspace, np.unique(readings.versions).tolist()).values():
        mine = readings.of(readings.versions == card.version.pk)
        before = before_of(workspace, mine.accounts.tolist(), card, day, eve)
        borders, rank = run.borders_of(card.version), ranks.get(card.version.pk, {})
        result = score(card, set(run.tracked), mine.columns(run), rank, before, borders)
        copy_in(table, _snapshot_columns(run, mine, card, result, day, known, moment), len(mine.accounts))


def fixed_borders(run: Run, ranked: Sequence[Card]) -> dict[str, tuple[int, int] | None]:
    """Between which scores the bands of each card by rank lie; None where not enough of its accounts have one."""
    if not ranked:
        return {}
    ranks, readings = ranks_of(run), load(run)
    borders: dict[str, tuple[int, int] | None] = {}
    for card in ranked:
        columns = readings.of(readings.versions == card.version.pk).columns(run)
        size = len(next(iter(columns.values()), ()))
        made = pulls(card, set(run.tracked), columns, ranks.get(card.version.pk, {}), size)
        borders[str(card.version.pk)] = rank_borders(made.score[made.scored])
    return borders


def _accounts(workspace: Workspace, shard: Shard) -> tuple[int, ...]:
    rows = Account.objects.of(workspace).filter(pk__gte=shard.first_account, pk__lte=shard.last_account)
    return tuple(rows.order_by("pk").values_list("pk", flat=True))


def before_of(workspace: Workspace, accounts: list[int], card: Card, day: date, eve: date) -> Before:
    """What the published snapshots of the eve say, and which manual bands are in force on the day."""
    version, ids = card.version.pk, Ids(accounts)
    last = ScoreSnapshot.objects.of(workspace).published().filter(day=eve, account_id__among=ids)
    seen = {
        row[0]: row[1:] for row in last.values_list("account_id", "version_id", "held_band", "across", "caps", "manual")
    }
    same_caps = _same_caps(workspace, card, {row[0] for row in seen.values()} - {version})
    bands = ManualBand.objects.of(workspace).in_force(day).filter(account_id__among=ids).order_by("created_at")
    manual = {row[0]: row[1:] for row in bands.values_list("account_id", "band", "starts_on")}
    # Who is missing from a night that was published was no customer, and a manual band ends with that.
    is_told = bool(seen) or Run.objects.of(workspace).published().filter(day=eve).exists()
    none = (None, GREY, 0, 0, False)
    rows = [seen.get(account, none) for account in accounts]
    same = [row[0] == version for row in rows]
    return Before(
        held=np.array([row[1] if ok else GREY for row, ok in zip(rows, same, strict=True)], dtype=np.int64),
        across=np.array([row[2] if ok else 0 for row, ok in zip(rows, same, strict=True)], dtype=np.int64),
        caps=np.array([_translated(row[3], same_caps.get(row[0])) for row in rows], dtype=np.int64),
        was_manual=np.array([row[4] for row in rows], dtype=bool),
        is_known=np.full(len(rows), is_told),
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


def _snapshot_columns(
    run: Run, readings: Readings, card: Card, s: Scores, day: date, known: date, moment: datetime
) -> list[Column]:
    return [
        Column("workspace_id", "int8", run.workspace_id),
        Column("account_id", "int8", readings.accounts),
        Column("day", "date", days(day)),
        Column("attempt", "int4", run.attempt),
        Column("run_id", "int8", run.pk or 0, None if run.pk else np.zeros(len(readings.accounts), dtype=bool)),
        Column("version_id", "int8", card.version.pk),
        Column("known_day", "date", days(known)),
        Column("computed_at", "timestamptz", microseconds(moment)),
        Column("score_units", "int4", s.score, s.scored),
        Column("coverage", "int4", s.coverage),
        Column("unknown", "int4", s.unknown),
        Column("computed_band", "int2", s.computed),
        Column("held_band", "int2", s.held),
        Column("across", "int2", s.across),
        Column("caps", "int4", s.caps),
        Column("manual", "bool", s.manual),
        Column("band", "int2", s.band),
        Column("mrr_units", "int8", readings.mrr, readings.rated),
        Column("values", "float8[]", s.values),
        Column("points", "float8[]", s.points),
        Column("contributions", "int4[]", s.contributions),
        Column("cap_values", "float8[]", s.cap_values),
    ]
