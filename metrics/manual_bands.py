"""Bands set by hand: set one, end it, and see what became of those that were set."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from accounts.ingest import DAYS, mark_dirty
from accounts.models import Account, Membership, Workspace
from metrics.formulas import by_hand
from metrics.formulas.by_hand import Side, Verdict
from metrics.models import ManualBand
from metrics.nightly.freshen import move
from metrics.sql import statement

# At most so long, and so long unless told.
LONGEST, USUAL = 180, 30


@transaction.atomic
def set_band(
    account: Account, author: Membership, moment: datetime, *, band: int, reason: str, ends_on: date
) -> ManualBand:
    """Set the band of an account from today on, in place of one that is running. The same again changes nothing."""
    today, running = _running(account, moment)
    for row in running:
        if (row.band, row.reason, row.ends_on) == (band, reason, ends_on):
            return row
        row.end(today)
    row = ManualBand.unscoped.create(
        workspace=account.workspace, account=account, band=band, reason=reason, author=author,
        starts_on=today, ends_on=ends_on,
    )  # fmt: skip
    _move(account, moment)
    return row


@transaction.atomic
def end_band(account: Account, moment: datetime) -> bool:
    """From today on the band is the computed one. Returns whether one was running."""
    today, running = _running(account, moment)
    for row in running:
        row.end(today)
    if running:
        _move(account, moment)
    return bool(running)


def _running(account: Account, moment: datetime) -> tuple[date, list[ManualBand]]:
    """Today, and what is in force; nobody else sets or ends one meanwhile."""
    Account.objects.of(account.workspace).select_for_update(no_key=True).get(pk=account.pk)
    today = account.workspace.day_of(moment)
    return today, list(ManualBand.objects.of(account.workspace).in_force(today).filter(account=account))


def _move(account: Account, moment: datetime) -> None:
    """The standing moves at once. Marked dirty, it is moved again after whoever is at it now with what was before."""
    mark_dirty(account.workspace, DAYS, [[account.pk], [moment]], moment)
    move(account.workspace, [account.pk], moment)


@dataclass(frozen=True)
class Outcome:
    """What became of a band by hand. `computed`: the band of the eve by its score."""

    computed: int
    has_left: bool
    gave_notice: bool
    lowest: int | None
    dropped_on: date | None

    def side(self, row: ManualBand) -> Side:
        return by_hand.side(row.band, self.computed)

    def verdict(self, row: ManualBand, known: date | None) -> Verdict:
        """Told by the nights up to `known`."""
        decided = known is not None and by_hand.is_decided(row.starts_on, known)
        return by_hand.verdict(row.band, self.computed, decided, self.has_left or self.gave_notice, self.lowest)


def outcomes(workspace: Workspace, ids: Iterable[int]) -> dict[int, Outcome]:
    """What became of some bands by hand, by id. One statement."""
    params: dict[str, Any] = {
        "workspace": workspace.pk,
        "zone": workspace.time_zone,
        "horizon": by_hand.HORIZON.days,
        "ids": list(ids),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement("manual_bands"), params)
        return {row[0]: Outcome(*row[1:]) for row in cursor.fetchall()}
