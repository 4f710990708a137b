"""Which scorecard an account gets: the order in which it looks for its own, and what people decide about that.

A decision holds at once: the accounts that get another scorecard by it are marked dirty, and stand anew by the next
round of the day; nights score by it from the next one on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import product

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.audit import note
from accounts.dirty import mark_dirty
from accounts.models import Account, Stage, Workspace
from accounts.places import lock_accounts
from metrics.card_rules import CardError
from metrics.drafts import draft_of, newest, open_draft, replace, says
from metrics.models import Scorecard, ScorecardVersion
from metrics.scorecards import Card, card_of, fill_default, moment_of_change

DEFAULT = "default"
LAST = 1000
# Of an account: the name of its segment and of its stage.
Place = tuple[str, str]


class Why(StrEnum):
    """Why an account does not get a scorecard that it looks at."""

    SEGMENT = "segment"
    STAGE = "stage"
    UNPUBLISHED = "unpublished"
    LATER = "later"  # an earlier one fits


@dataclass(frozen=True)
class Look:
    """A scorecard that an account looks at; without a `why` it is the one it gets."""

    scorecard: Scorecard
    why: Why | None


def open_ones(workspace: Workspace) -> list[Scorecard]:
    """The scorecards that are not closed, in the order in which accounts look for theirs."""
    return list(Scorecard.objects.of(workspace).filter(closed_at=None).in_order())


def published(workspace: Workspace) -> set[int]:
    """The scorecards with a published version: no account gets another one."""
    rows = ScorecardVersion.objects.of(workspace).exclude(published_at=None)
    return set(rows.values_list("scorecard_id", flat=True).distinct())


def looks(scorecards: Sequence[Scorecard], ready: set[int], place: Place) -> list[Look]:
    """What an account of a segment and stage makes of each scorecard, in their order; `ready` are those with a
    published version."""
    found, is_found = [], False
    for scorecard in scorecards:
        why = Why.LATER if is_found else _why(scorecard, ready, place)
        is_found = is_found or why is None
        found.append(Look(scorecard, why))
    return found


def _why(scorecard: Scorecard, ready: set[int], place: Place) -> Why | None:
    segment, stage = place
    if scorecard.pk not in ready:
        return Why.UNPUBLISHED
    if not scorecard.has_segment(segment):
        return Why.SEGMENT
    return None if scorecard.has_stage(stage) else Why.STAGE


def first_fit(scorecards: Iterable[Scorecard], place: Place) -> Scorecard | None:
    """The scorecard that an account of a segment and stage gets."""
    return next((scorecard for scorecard in scorecards if scorecard.fits(*place)), None)


def reached(scorecards: Sequence[Scorecard]) -> set[int]:
    """The scorecards that some account could get. Segments and stages that none of them names are all alike."""
    segments = {name for scorecard in scorecards for name in scorecard.segments} | {""}
    stages = {name for scorecard in scorecards for name in scorecard.stages} | {""}
    found = (first_fit(scorecards, place) for place in product(segments, stages))
    return {scorecard.pk for scorecard in found if scorecard is not None}


# -- what people decide -------------------------------------------------------------------------------------


@transaction.atomic
def begin(
    workspace: Workspace, moment: datetime, *, name: str, source: str, kind: str, segments: list[str], stages: list[str]
) -> ScorecardVersion:
    """A new scorecard with a draft: empty, the default one, or a copy of what another one's newest version says
    (`source`: "", DEFAULT, its id). It stands before the first that is for all accounts. Raises CardError where its
    kind is another one than the source's."""
    card = _source(workspace, source, kind)
    told = {"name": name, "kind": kind, "segments": segments, "stages": stages}
    scorecard = Scorecard.unscoped.create(workspace=workspace, position=LAST, **told)
    draft = draft_of(scorecard)
    if card is not None:
        [borders], lines, caps = says(card)
        replace(draft, lines, caps, **borders)
    elif source == DEFAULT:
        fill_default(draft)
    move(scorecard, _place_of_new(workspace, scorecard), moment)
    return draft


def _source(workspace: Workspace, source: str, kind: str) -> Card | None:
    if source == DEFAULT and kind != Scorecard.Kind.WEIGHTED:
        raise CardError("source", _("the default lines are of kind “weighted”."))
    if source in ("", DEFAULT):
        return None
    of = Scorecard.objects.of(workspace).get(pk=source)
    if of.kind != kind:
        raise CardError("source", _("“%s” is of another kind: its lines do not fit.") % of.name)
    version = newest(of) or open_draft(of)
    return card_of(version) if version else None


def _place_of_new(workspace: Workspace, scorecard: Scorecard) -> int:
    order = [each for each in open_ones(workspace) if each.pk != scorecard.pk]
    return next((n for n, each in enumerate(order) if not each.segments and not each.stages), len(order))


def move(scorecard: Scorecard, place: int, moment: datetime) -> bool:
    """Put a scorecard at a place of the order, counted from 0; the others make room. Returns whether it moved."""
    with _deciding(scorecard, moment) as rows:
        order = [row for row in rows if row.pk != scorecard.pk and row.closed_at is None]
        place = min(max(place, 0), len(order))
        moving = [row for row in rows if row.pk == scorecard.pk]
        closed = [row for row in rows if row.pk != scorecard.pk and row.closed_at is not None]
        return _number([*order[:place], *moving, *order[place:], *closed])


def change(scorecard: Scorecard, moment: datetime, *, name: str, segments: list[str], stages: list[str]) -> None:
    """What a scorecard is called and which accounts it is for; empty lists are all."""
    with _deciding(scorecard, moment):
        scorecard.name, scorecard.segments, scorecard.stages = name, segments, stages
        scorecard.save(update_fields=["name", "segments", "stages"])


def close(scorecard: Scorecard, moment: datetime) -> bool:
    """No account gets it any more, unless it is opened again; one without a published version is deleted. Returns
    whether it was deleted. Past scores name it, so that one which scored cannot vanish."""
    with _deciding(scorecard, moment):
        if scorecard.pk not in published(scorecard.workspace):
            scorecard.delete()
            return True
        if scorecard.closed_at is None:
            scorecard.closed_at = moment_of_change(scorecard.workspace, moment)
            scorecard.save(update_fields=["closed_at"])
    return False


def reopen(scorecard: Scorecard, moment: datetime) -> None:
    """Accounts look at it again, where it stands in the order."""
    with _deciding(scorecard, moment):
        scorecard.closed_at = None
        scorecard.save(update_fields=["closed_at"])


@contextmanager
def _deciding(scorecard: Scorecard, moment: datetime) -> Iterator[list[Scorecard]]:
    """Around a decision, one at a time: the accounts that get another scorecard by it are marked dirty. Raises
    Scorecard.DoesNotExist for one that somebody else deleted."""
    workspace = scorecard.workspace
    with transaction.atomic():
        lock_accounts(workspace)
        before = list(Scorecard.objects.of(workspace).select_for_update(no_key=True).order_by("position", "pk"))
        if scorecard.pk not in {row.pk for row in before}:
            raise Scorecard.DoesNotExist
        earlier = _ready(workspace, before)
        yield before
        _mark(workspace, earlier, _ready(workspace, open_ones(workspace)), moment)


def _ready(workspace: Workspace, rows: list[Scorecard]) -> list[Scorecard]:
    ready = published(workspace)
    return [row for row in rows if row.pk in ready]


def _number(order: list[Scorecard]) -> bool:
    """Store the order, telling each that changed its place."""
    moved = [(row, row.position, n) for n, row in enumerate(order) if row.position != n]
    for row, _before, after in moved:
        row.position = after
    if order:
        Scorecard.objects.of(order[0].workspace_id).bulk_update([row for row, _before, _after in moved], ["position"])
    note((row, "position", before, after) for row, before, after in moved)
    return bool(moved)


def _mark(workspace: Workspace, before: list[Scorecard], after: list[Scorecard], moment: datetime) -> None:
    """Mark today dirty for the accounts that had another scorecard before. Five queries at most."""
    stages = dict(Stage.objects.of(workspace).values_list("pk", "name"))
    rows = Account.objects.of(workspace).order_by().values_list("segment", "stage_id").distinct()
    moved = [
        (segment, stage)
        for segment, stage in rows
        if _key(before, (segment, stages.get(stage, ""))) != _key(after, (segment, stages.get(stage, "")))
    ]
    if moved:
        segments, ids = zip(*((segment, stage or 0) for segment, stage in moved), strict=True)
        mark_dirty(workspace, CONCERNED, [moment, workspace.pk, list(segments), list(ids)], moment)


# The accounts of some segments and stages, at a moment.
CONCERNED = """
SELECT a.id AS account_id, %s::timestamptz AS occurred_at FROM accounts_account a
WHERE a.workspace_id = %s
  AND (a.segment, coalesce(a.stage_id, 0)) IN (SELECT * FROM unnest(%s::text[], %s::bigint[]))"""


def _key(scorecards: list[Scorecard], place: Place) -> int | None:
    found = first_fit(scorecards, place)
    return found.pk if found else None
