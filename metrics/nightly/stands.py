"""The accounts of a scorecard as they stand now: what is kept of them, and what a version asks for besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from accounts.models import Account
from metrics.customers import scored
from metrics.formulas.scoring import Bools, Floats, Ints
from metrics.lineup import first_fit, open_ones, published
from metrics.models import Line, Run, Scorecard, Standing
from metrics.nightly.binary import copy_out
from metrics.nightly.readings import read
from metrics.ranks import ranks_of
from metrics.registry import AsOf
from metrics.scorecards import Card, cards_by_id

SCALARS = {
    "account": ("int8", 0),
    "version": ("int8", 0),
    "score": ("int8", 0),
    "scored": ("bool", 0),
    "band": ("int2", 0),
    "held": ("int2", 0),
    "computed": ("int2", 0),
    "mrr": ("int8", 0),
    "rated": ("bool", 0),
}
FROM = (
    " FROM metrics_standing s JOIN accounts_account a ON a.workspace_id = s.workspace_id AND a.id = s.account_id"
    " WHERE s.workspace_id = %s AND s.is_scored AND (a.segment, coalesce(a.stage_id, 0)) IN"
    " (SELECT * FROM unnest(%s::text[], %s::bigint[]))"
)


@dataclass(frozen=True)
class Stands:
    """A accounts by id, each with the version that scored it, its score in 1/10,000 point (where `scored`), its band,
    as held and as computed, and its MRR in 1/10,000 (where `rated`); `values` of measures [A]."""

    accounts: Ints
    version: Ints
    score: Ints
    scored: Bools
    band: Ints
    held: Ints
    computed: Ints
    mrr: Ints
    rated: Bools
    values: dict[str, Floats]


def stands(scorecard: Scorecard, keys: Sequence[str], run: Run, today: date) -> Stands:
    """Where the accounts stand that a scorecard scores, or would once it is published, with the values of some
    measures. What they are not scored by yet is read now, as the facts of `today` have it."""
    workspace = scorecard.workspace
    segments, stages = _places(scorecard)
    params = [workspace.pk, segments, stages]
    rows = copy_out(
        "SELECT s.account_id, s.version_id, coalesce(s.score_units, 0)::bigint, s.score_units IS NOT NULL, s.band,"
        f" s.held_band, s.computed_band, coalesce(s.mrr_units, 0), s.mrr_units IS NOT NULL{FROM} ORDER BY 1",
        params,
        SCALARS,
    )
    flags = {name: rows[name].astype(bool if kind == "bool" else np.int64) for name, (kind, _n) in SCALARS.items()}
    accounts, versions = flags.pop("account"), flags.pop("version")
    values = {key: np.full(len(accounts), np.nan) for key in keys}
    for card in cards_by_id(workspace, np.unique(versions).tolist()).values():
        places = np.flatnonzero(versions == card.version.pk)
        _fill(values, places, accounts, card, params, run, today)
    return Stands(accounts=accounts, version=versions, values=values, **flags)


def ranks_among(run: Run, card: Card, found: Stands) -> dict[int, Floats]:
    """Among which values the lines of a version rank that is newer than the night: those among which its scorecard
    ranked in the night, else those of now. By position of the line, sorted."""
    kept = ranks_of(run)
    earlier = Line.objects.of(run.workspace_id).filter(
        version_id__in=kept, version__scorecard_id=card.version.scorecard_id, by_rank=True
    )
    by_measure = {line.measure: kept[line.version_id].get(line.position) for line in earlier.order_by("version_id")}
    ranks = {}
    for line in card.lines:
        if line.by_rank:
            values = found.values[line.measure]
            fixed = by_measure.get(line.measure)
            ranks[line.position] = np.sort(values[~np.isnan(values)]) if fixed is None else fixed
    return ranks


def _places(scorecard: Scorecard) -> tuple[list[str], list[int]]:
    """The segments and stages, pair by pair, for which this is the first scorecard that fits."""
    ready = published(scorecard.workspace) | {scorecard.pk}
    scorecards = [each for each in open_ones(scorecard.workspace) if each.pk in ready]
    scored = Standing.objects.of(scorecard.workspace_id).filter(is_scored=True).values("account_id")
    pairs = Account.objects.of(scorecard.workspace_id).filter(pk__in=scored).order_by()
    mine = [
        (segment, stage_id or 0)
        for segment, stage_id, stage in pairs.values_list("segment", "stage_id", "stage__name").distinct()
        if first_fit(scorecards, (segment, stage or "")) == scorecard
    ]
    return [segment for segment, _stage in mine], [stage for _segment, stage in mine]


def _fill(
    values: dict[str, Floats], places: Ints, accounts: Ints, card: Card, params: list[object], run: Run, today: date
) -> None:
    """Fill in the values of the accounts that one version scored."""
    caps, lines = card.cap_measures, [line.measure for line in card.lines]
    rows = copy_out(
        f"SELECT s.values, s.cap_values{FROM} AND s.version_id = %s ORDER BY s.account_id",
        [*params, card.version.pk],
        {"values": ("float8[]", len(lines)), "caps": ("float8[]", len(caps))},
    )
    for name, keys in (("caps", caps), ("values", lines)):
        for n, key in enumerate(keys):
            if key in values:
                values[key][places] = rows[name]["items"]["value"][:, n]
    missing = [key for key in values if key not in card.measures]
    if missing and len(places):
        for key, column in _read(run, missing, accounts[places], today).items():
            values[key][places] = column


def _read(run: Run, keys: list[str], accounts: Ints, today: date) -> dict[str, Floats]:
    ids = tuple(accounts.tolist())
    as_of = AsOf(run.workspace, today, today, ids, tuple(run.features), run.steps)
    age = {customer.account_id: float(customer.age) for customer in scored(as_of)}
    return read(as_of, keys, np.array([age.get(account, np.nan) for account in ids]))
