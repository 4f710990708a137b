"""Drafts: the one unpublished version of a scorecard, what changes it, and how it is published.

Whoever changes a draft holds its row; so two admins change it one after the other. `changes` counts: who publishes
says which count was seen, and does not publish what somebody else did meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.translation import gettext as _

from accounts.dirty import mark_dirty
from accounts.models import Membership
from metrics.card_rules import (
    CardError,
    check_bands,
    check_cap,
    check_letters,
    check_line,
    check_together,
    check_whole,
    known_measure,
)
from metrics.models import Cap, Line, Scorecard, ScorecardVersion
from metrics.registry import MEASURES
from metrics.scorecards import Card, card_of, moment_of_change

LINE_FIELDS = ("measure", "weight", "worst", "neutral", "best", "by_rank", "assumed_points", "steps")
CAP_FIELDS = ("name", "band", "conditions")
BAND_FIELDS = ("red_below", "green_from", "bands_by_rank")
LONGEST_COMMENT = 2000
FAR = 1000
# The accounts of some segments and stages, at a moment; empty lists are all.
FITTING = """
SELECT a.id AS account_id, %s::timestamptz AS occurred_at FROM accounts_account a
LEFT JOIN accounts_stage s ON s.workspace_id = a.workspace_id AND s.id = a.stage_id
WHERE a.workspace_id = %s AND (%s = '{}'::text[] OR a.segment = ANY(%s::text[]))
  AND (%s = '{}'::text[] OR s.name = ANY(%s::text[]))"""


def open_draft(scorecard: Scorecard) -> ScorecardVersion | None:
    """The unpublished version, where there is one."""
    drafts = ScorecardVersion.objects.of(scorecard.workspace_id).filter(scorecard=scorecard, published_at=None)
    return drafts.select_related("scorecard").first()


def newest(scorecard: Scorecard) -> ScorecardVersion | None:
    """The version that was published last."""
    versions = ScorecardVersion.objects.of(scorecard.workspace_id).filter(scorecard=scorecard)
    return versions.exclude(published_at=None).select_related("scorecard").order_by("-number").first()


@transaction.atomic
def draft_of(scorecard: Scorecard) -> ScorecardVersion:
    """The one unpublished version: the one there is, else a copy of the newest published with its lines and caps."""
    Scorecard.objects.of(scorecard.workspace_id).select_for_update(no_key=True).get(pk=scorecard.pk)
    found = open_draft(scorecard)
    if found is not None:
        return found
    last = newest(scorecard)
    numbers = ScorecardVersion.objects.of(scorecard.workspace_id).filter(scorecard=scorecard)
    borders = {name: getattr(last, name) for name in BAND_FIELDS} if last else {}
    draft = ScorecardVersion.unscoped.create(
        workspace_id=scorecard.workspace_id,
        scorecard=scorecard,
        number=(numbers.aggregate(last=Max("number"))["last"] or 0) + 1,
        **borders,
    )
    if last is not None:
        card = card_of(last)
        _write(draft, (_told(line, LINE_FIELDS) for line in card.lines), (_told(cap, CAP_FIELDS) for cap in card.caps))
    return draft


# -- lines ----------------------------------------------------------------------------------------------------


@transaction.atomic
def change_line(draft: ScorecardVersion, measure: str, **fields: Any) -> Line:
    """Change a line: weight, worst, neutral, best, by_rank, assumed_points, steps. Raises CardError."""
    held = _hold(draft)
    line = _line(held, measure)
    for name, value in fields.items():
        if name not in LINE_FIELDS or name == "measure":
            raise TypeError(name)
        setattr(line, name, value)
    check_line(line, held.scorecard.kind)
    line.save(update_fields=list(fields))
    _changed(draft, held)
    return line


@transaction.atomic
def change_weights(draft: ScorecardVersion, weights: Mapping[str, Any]) -> None:
    """Set the weights of some lines, by measure. Raises CardError."""
    held = _hold(draft)
    for measure, weight in weights.items():
        line = _line(held, measure)
        if line.weight != weight:
            line.weight = weight
            check_line(line, held.scorecard.kind)
            line.save(update_fields=["weight"])
    _changed(draft, held)


@transaction.atomic
def add_line(draft: ScorecardVersion, measure: str, **fields: Any) -> Line:
    """A line of the catalogue, at the end, as the catalogue has it; one that has no weight there is given 5. Raises
    CardError."""
    held = _hold(draft)
    entry = MEASURES[known_measure("measure", measure)]
    lines = list(Line.objects.of(held.workspace_id).filter(version=held))
    usual = {name: getattr(entry, name) for name in ("worst", "neutral", "best", "by_rank")}
    line = Line(
        workspace_id=held.workspace_id,
        version=held,
        position=max((each.position for each in lines), default=-1) + 1,
        measure=measure,
        **({"weight": entry.weight or 5.0} | usual | fields),
    )
    check_line(line, held.scorecard.kind)
    check_together([*lines, line], ())
    line.save(force_insert=True)
    _changed(draft, held)
    return line


@transaction.atomic
def remove_line(draft: ScorecardVersion, measure: str) -> None:
    """Take a line out. Raises CardError."""
    held = _hold(draft)
    _line(held, measure).delete()
    _place(Line, held, list(Line.objects.of(held.workspace_id).filter(version=held).order_by("position")))
    _changed(draft, held)


@transaction.atomic
def move_line(draft: ScorecardVersion, measure: str, to: int) -> None:
    """Put a line in another place, counted from 0. Raises CardError."""
    held = _hold(draft)
    _line(held, measure)
    lines = list(Line.objects.of(held.workspace_id).filter(version=held).order_by("position"))
    moved = next(line for line in lines if line.measure == measure)
    others = [line for line in lines if line is not moved]
    others.insert(max(0, to), moved)
    _place(Line, held, others)
    _changed(draft, held)


# -- caps and bands -------------------------------------------------------------------------------------------


@transaction.atomic
def add_cap(draft: ScorecardVersion, name: str, band: int, conditions: list[Any]) -> Cap:
    """A rule that limits the band, at the end. Raises CardError."""
    held = _hold(draft)
    caps = list(Cap.objects.of(held.workspace_id).filter(version=held).order_by("position"))
    position = max((each.position for each in caps), default=-1) + 1
    told = {"name": name, "band": band, "conditions": conditions}
    cap = Cap(workspace_id=held.workspace_id, version=held, position=position, **told)
    check_cap(cap)
    check_together((), [*caps, cap])
    cap.save(force_insert=True)
    _changed(draft, held)
    return cap


@transaction.atomic
def change_cap(draft: ScorecardVersion, position: int, **fields: Any) -> Cap:
    """Change the name, band or conditions of the rule in a place. Raises CardError."""
    held = _hold(draft)
    cap = _cap(held, position)
    for name, value in fields.items():
        if name not in CAP_FIELDS:
            raise TypeError(name)
        setattr(cap, name, value)
    check_cap(cap)
    others = Cap.objects.of(held.workspace_id).filter(version=held).exclude(pk=cap.pk)
    check_together((), [*others, cap])
    cap.save(update_fields=list(fields))
    _changed(draft, held)
    return cap


@transaction.atomic
def remove_cap(draft: ScorecardVersion, position: int) -> None:
    """Take out the rule in a place. Raises CardError."""
    held = _hold(draft)
    _cap(held, position).delete()
    _place(Cap, held, list(Cap.objects.of(held.workspace_id).filter(version=held).order_by("position")))
    _changed(draft, held)


@transaction.atomic
def change_bands(draft: ScorecardVersion, **fields: Any) -> None:
    """Change red_below, green_from, bands_by_rank. Raises CardError."""
    held = _hold(draft)
    for name, value in fields.items():
        if name not in BAND_FIELDS:
            raise TypeError(name)
        setattr(held, name, value)
    check_bands(held)
    held.save(update_fields=list(fields))
    _changed(draft, held)
    for name in fields:
        setattr(draft, name, getattr(held, name))


# -- all at once ----------------------------------------------------------------------------------------------


@transaction.atomic
def replace(
    draft: ScorecardVersion,
    lines: Sequence[Mapping[str, Any]],
    caps: Sequence[Mapping[str, Any]],
    **borders: Any,
) -> None:
    """Put other lines, caps and borders in the place of all there are, as a file tells them. Raises CardError."""
    held = _hold(draft)
    for name in BAND_FIELDS:
        setattr(held, name, borders.get(name, getattr(held, name)))
    given = {"version": held, "workspace_id": held.workspace_id}
    check_whole(
        held,
        [Line(position=n, **given, **told) for n, told in enumerate(lines)],
        [Cap(position=n, **given, **told) for n, told in enumerate(caps)],
    )
    for model in (Line, Cap):
        model.objects.of(held.workspace_id).filter(version=held).delete()
    _write(held, lines, caps)
    held.save(update_fields=list(BAND_FIELDS))
    _changed(draft, held)
    draft.refresh_from_db()


@transaction.atomic
def publish(draft: ScorecardVersion, comment: str, by: Membership, moment: datetime, seen: int | None = None) -> None:
    """Publish a draft with a comment. From the next night on it scores; by day, the standings of its accounts move to
    it within minutes. `seen`: how many changes the one who publishes has seen. Raises CardError."""
    held = _hold(draft)
    held.comment = comment.strip()
    if not 0 < len(held.comment) <= LONGEST_COMMENT:
        raise CardError(_("Comment"), _("say in 1 to %s letters what changed and why.") % LONGEST_COMMENT)
    check_letters(_("Comment"), held.comment)
    if seen is not None:
        check_seen(held, seen)
    card = card_of(held)
    check_whole(held, card.lines, card.caps)
    last = newest(held.scorecard)
    if last is not None and says(card) == says(card_of(last)):
        raise CardError(_("Draft"), _("it is the same as version %s.") % last.number)
    held.published_at, held.published_by = moment_of_change(held.workspace, moment), by
    held.save(update_fields=["comment", "published_at", "published_by"])
    move_standings(held.scorecard, moment)
    draft.refresh_from_db()


def check_seen(draft: ScorecardVersion, seen: int) -> None:
    """That nobody changed a draft since `seen` changes were counted. Raises CardError."""
    if seen != _hold(draft).changes:
        raise CardError(_("Draft"), _("somebody changed it meanwhile. Load the page and look at it again."))


@transaction.atomic
def discard(draft: ScorecardVersion) -> None:
    """Delete a draft. Raises CardError for one that was published meanwhile."""
    _hold(draft).delete()


def says(card: Card) -> tuple[Any, ...]:
    """All that makes a version what it is; equal for versions that score alike."""
    return (
        [_told(card.version, BAND_FIELDS)],
        [_told(line, LINE_FIELDS) for line in card.lines],
        [_told(cap, CAP_FIELDS) for cap in card.caps],
    )


def move_standings(scorecard: Scorecard, moment: datetime) -> None:
    """Mark today of the accounts that fit a scorecard, so that their standings move by day; also of those that no
    scorecard fitted before."""
    params = [moment, scorecard.workspace_id, *[scorecard.segments] * 2, *[scorecard.stages] * 2]
    mark_dirty(scorecard.workspace, FITTING, params, moment)


# -- rows -----------------------------------------------------------------------------------------------------


def _hold(draft: ScorecardVersion) -> ScorecardVersion:
    """The draft as it is now; nobody else changes it meanwhile. Raises CardError where it is no more."""
    rows = ScorecardVersion.objects.of(draft.workspace_id).select_related("scorecard", "workspace")
    held = rows.select_for_update(of=("self",)).filter(pk=draft.pk, published_at=None).first()
    if held is None:
        raise CardError(_("Draft"), _("it was published or discarded meanwhile."))
    return held


def _changed(draft: ScorecardVersion, held: ScorecardVersion) -> None:
    ScorecardVersion.objects.of(held.workspace_id).filter(pk=held.pk).update(changes=F("changes") + 1)
    draft.changes = held.changes + 1


def _line(draft: ScorecardVersion, measure: str) -> Line:
    known_measure("measure", measure)
    line: Line | None = Line.objects.of(draft.workspace_id).filter(version=draft, measure=measure).first()
    if line is None:
        raise CardError("measure", _("“%s” is not in this draft.") % MEASURES[measure].name)
    return line


def _cap(draft: ScorecardVersion, position: int) -> Cap:
    cap: Cap | None = Cap.objects.of(draft.workspace_id).filter(version=draft, position=position).first()
    if cap is None:
        raise CardError(_("Rule"), _("there is none in place %s.") % position)
    return cap


def _place(model: type[Line] | type[Cap], draft: ScorecardVersion, rows: Sequence[Any]) -> None:
    """Number rows anew, in this order. Out of the way first: no two have one place, not even for a moment."""
    of_workspace = model.objects.of(draft.workspace_id)
    of_workspace.filter(version=draft).update(position=F("position") + FAR)
    for n, row in enumerate(rows):
        row.position = n
    of_workspace.bulk_update(rows, ["position"])


def _told(row: Any, fields: Sequence[str]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in fields}


def _write(draft: ScorecardVersion, lines: Iterable[Mapping[str, Any]], caps: Iterable[Mapping[str, Any]]) -> None:
    given = {"version": draft, "workspace_id": draft.workspace_id}
    Line.unscoped.bulk_create(Line(position=n, **given, **told) for n, told in enumerate(lines))
    Cap.unscoped.bulk_create(Cap(position=n, **given, **told) for n, told in enumerate(caps))
