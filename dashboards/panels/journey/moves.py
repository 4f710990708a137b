"""Who went from stage to stage over the period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from dashboards.panels.journey.sight import Sight
from dashboards.templatetags.figures import brief_money, days, integer
from metrics.journey import Flow, Move, Moves, StageId, Way

REASONS_SHOWN = 2


@dataclass(frozen=True)
class MoveRow:
    """From where to where."""

    source: str
    target: str
    accounts: int
    mrr: str
    how: str
    move: Move


@dataclass(frozen=True)
class MovesTable:
    """`title` names the days."""

    title: str
    rows: tuple[MoveRow, ...]


def moves_of(sight: Sight, moves: Moves) -> MovesTable:
    """The moves in the order of the stages: on, back, and out."""
    places: dict[StageId, int] = {stage.pk: n for n, stage in enumerate(sight.stages)}

    def order(move: Move) -> tuple[Any, ...]:
        return places.get(move.source, -1), move.way == Way.LOST, places.get(move.target, -1)

    return MovesTable(
        _("Moves, %(days)s") % {"days": days(sight.period.start, sight.day)},
        tuple(_row(sight, move) for move in sorted(moves.rows, key=order)),
    )


def _row(sight: Sight, move: Move) -> MoveRow:
    nothing = _("No stage")
    source = _("New") if move.way == Way.NEW else sight.stage_names.get(move.source, nothing)
    target = _("lost") if move.way == Way.LOST else sight.stage_names.get(move.target, nothing)
    mrr = brief_money(move.mrr, sight.workspace.currency)
    return MoveRow(source, target, move.accounts, mrr, _how(move), move)


def _how(move: Move) -> str:
    """How long they had stayed; of losses, why."""
    if move.reasons:
        return ", ".join(f"{integer(n)} {reason}" for reason, n in move.reasons[:REASONS_SHOWN])
    return "" if move.days is None else _("median %(days)s d") % {"days": integer(move.days)}


def flow_text(flow: Flow) -> str:
    """8 in · 9 out · 1 skipped it"""
    words = [_("%(n)s in") % {"n": integer(flow.came)}, _("%(n)s out") % {"n": integer(flow.went)}]
    if flow.skipped:
        words.append(_("%(n)s skipped it") % {"n": integer(flow.skipped)})
    return " · ".join(words)
