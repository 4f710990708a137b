"""The tables of the journey map for spreadsheets: the map, the moves, what pulls down."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from accounts.models import Membership
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.journey.asked import Asked
from dashboards.panels.journey.kpis import stage_kpis
from dashboards.panels.journey.moves import moves_of
from dashboards.panels.journey.sight import Sight
from dashboards.panels.words import measure_name
from dashboards.templatetags.figures import band_word
from metrics.journey import Flow, StageId
from metrics.models import Band

ORDER = (Band.GREEN, Band.YELLOW, Band.RED, Band.GREY)


def journey_sheet(member: Membership, asked: Asked, name: str, now: datetime) -> Sheet:
    """One of `SHEETS`, empty where there is no map of the day. Raises what the map does."""
    sight = Sight.of(member, asked, now)
    fields, rows = SHEETS[name]
    return Sheet(f"journey-{name}", fields(sight), list(rows(sight)) if sight.is_scored else [])


def _stages(sight: Sight) -> list[StageId]:
    return [*sight.stage_names, None]


def _stage(sight: Sight, stage: StageId) -> str:
    return sight.stage_names.get(stage, _("No stage"))


def _map_fields(sight: Sight) -> tuple[Field, ...]:
    return (
        Field(_("Stage")), Field(_("Health")), Field(_("Accounts")), *sight.paid_fields,
        Field(_("Median days in the stage")), Field(_("Days it may stay")), Field(_("Stuck")), Field(_("Came")),
        Field(_("Went")), Field(_("Skipped")), Field(_("Stage KPI")), Field(_("Value")), Field(_("Target")),
    )  # fmt: skip


def _map(sight: Sight) -> Iterator[list[Cell]]:
    """A row for each stage and band that has accounts, and one for each stage."""
    cells = {(cell.stage, cell.band): cell for cell in sight.map.cells()}
    flows, (kpis, _period) = sight.map.moves(sight.period.start).flows, stage_kpis(sight)
    for stage in _stages(sight):
        for band in (*ORDER, None):
            if cell := cells.get((stage, band)):
                health = str(band_word(band.name.lower())) if band is not None else _("all")
                counts: list[Cell] = [cell.accounts, *sight.paid(cell.mrr), cell.days, cell.limit, cell.stuck]
                more: list[Cell] = [None] * 6
                if band is None:
                    kpi = kpis.get(stage)
                    more = [*flows.get(stage, Flow()), *((kpi.name, kpi.number, kpi.goal) if kpi else [None] * 3)]
                yield [_stage(sight, stage), health, *counts, *more]


def _moves_fields(sight: Sight) -> tuple[Field, ...]:
    return (
        Field(_("From")), Field(_("To")), Field(_("Accounts")), *sight.paid_fields, Field(_("Median days")),
        Field(_("Reasons")),
    )  # fmt: skip


def _moves(sight: Sight) -> Iterator[list[Cell]]:
    for row in moves_of(sight, sight.map.moves(sight.period.start)).rows:
        reasons = ", ".join(f"{n} {reason}" for reason, n in row.move.reasons)
        yield [row.source, row.target, row.accounts, *sight.paid(row.move.mrr), row.move.days, reasons]


def _pulls_fields(sight: Sight) -> tuple[Field, ...]:
    return Field(_("Stage")), Field(_("Health")), Field(_("Key")), Field(_("Measure")), Field(_("Points"))


def _pulls(sight: Sight) -> Iterator[list[Cell]]:
    pulls = sight.map.pulls()
    for stage in _stages(sight):
        for band in ORDER:
            for pull in pulls.get((stage, band), ()):
                words: list[Cell] = [_stage(sight, stage), str(band_word(band.name.lower()))]
                yield [*words, pull.measure, measure_name(pull.measure), round(pull.points, 4)]


# What a file is called → its columns, and its rows.
SHEETS = {"map": (_map_fields, _map), "moves": (_moves_fields, _moves), "pulls": (_pulls_fields, _pulls)}
