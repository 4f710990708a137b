"""A suggestion, as a recipe: a back-test of the version reads the past, then weights are fitted to it and judged.

Each step may be called any number of times by any number of workers.
"""

from __future__ import annotations

import logging
from datetime import date, datetime

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import Import, Membership
from metrics.backtest import run as past
from metrics.backtest.inputs import Came, panel_from
from metrics.backtest.judged import Json, canonical, digest
from metrics.backtest.panel import Panel
from metrics.models import Backtest, ScorecardVersion, Suggestion
from metrics.models.backtest import HORIZON, LAG
from metrics.scorecards import card_of
from metrics.weights.suggested import suggestion_of

log = logging.getLogger(__name__)

FAILURES = 3
State = Suggestion.State


@transaction.atomic
def begin(
    version: ScorecardVersion, moment: datetime, by: Membership | None = None, until: date | None = None
) -> Suggestion:
    """Ask what the past suggests for a published version; workers do the rest. One that is under way is returned, and
    a back-test that has read the same past is not made again."""
    version = ScorecardVersion.objects.of(version.workspace).select_for_update(no_key=True).get(pk=version.pk)
    running = Suggestion.objects.of(version.workspace).unfinished().filter(version=version, until=until).first()
    if running is not None:
        return running  # type: ignore[no-any-return]
    return Suggestion.unscoped.create(  # type: ignore[no-any-return]
        workspace=version.workspace,
        scorecard_id=version.scorecard_id,
        version=version,
        backtest=_backtest(version, moment, by),
        until=until,
        asked_by=by,
        began_at=moment,
        moved_at=moment,
    )


def drain(suggestion_id: int) -> Suggestion:
    """Work on a suggestion until it is finished, its back-test stands still for a minute, or another worker is at it.
    Returns it as it then is."""
    while (suggestion := _of(suggestion_id)).is_open:
        if past.drain(suggestion.backtest_id).is_open:
            return suggestion
        if not _work(suggestion):
            return suggestion
    return suggestion


def again(suggestion: Suggestion) -> tuple[Json, bool]:
    """Make it once more from what is stored: what is said, and whether it is the same to the byte."""
    said = _said(suggestion)
    return said, digest(canonical(said)) == suggestion.result_digest


def stored_panel(backtest: Backtest) -> Panel | None:
    """The panel that a finished back-test has read; nothing where it had no day to read."""
    rows = past.unpacked(past.days_read(backtest))
    if not rows or not backtest.outcomes:
        return None
    return panel_from(backtest, rows, Came.unpacked(bytes(backtest.outcomes)))[0]


def _backtest(version: ScorecardVersion, moment: datetime, by: Membership | None) -> Backtest:
    whole = {"lag": LAG, "horizon": HORIZON, "first_day": None, "last_day": None}
    known = version.workspace.last_finished_day(moment)
    same = Backtest.objects.of(version.workspace).filter(
        version=version, known_day=known, card_digest=past.digest_of(version), **whole
    )
    told = Import.objects.of(version.workspace).aggregate(last=Max("finished_at"))["last"]
    if told is not None:
        same = same.filter(began_at__gt=told)
    found: Backtest | None = same.exclude(state=Backtest.State.FAILED).newest_first().first()
    return found or past.begin(version, moment, by)


def _work(suggestion: Suggestion) -> bool:
    """Fit and judge. False where another worker is at it."""
    try:
        with transaction.atomic():
            mine = _claim(suggestion)
            if mine is not None:
                _finish(mine)
            return mine is not None
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("suggestion %s failed", suggestion.pk)
        _count_failure(suggestion, error)
        return True


def _finish(mine: Suggestion) -> None:
    if mine.backtest.state == Backtest.State.FAILED:
        mine.state, mine.error = State.FAILED, mine.backtest.error
    else:
        mine.result = _said(mine)
        mine.result_digest = digest(canonical(mine.result))
        mine.state = State.REFUSED if mine.result["refused"] else State.DONE
    mine.moved_at = mine.finished_at = timezone.now()
    mine.save()


def _said(suggestion: Suggestion) -> Json:
    return suggestion_of(stored_panel(suggestion.backtest), card_of(suggestion.version), suggestion.until)


def _of(suggestion_id: int) -> Suggestion:
    found = Suggestion.unscoped.select_related("workspace", "version__scorecard", "backtest__workspace")
    return found.get(pk=suggestion_id)  # type: ignore[no-any-return]


def _claim(suggestion: Suggestion) -> Suggestion | None:
    rows = Suggestion.objects.of(suggestion.workspace).unfinished().filter(pk=suggestion.pk)
    free = rows.select_related("workspace", "version__scorecard", "backtest__workspace")
    return free.select_for_update(skip_locked=True, of=("self",)).first()  # type: ignore[no-any-return]


def _count_failure(suggestion: Suggestion, error: Exception) -> None:
    with transaction.atomic():
        mine = Suggestion.objects.of(suggestion.workspace).select_for_update().get(pk=suggestion.pk)
        mine.failures += 1
        mine.error = f"{type(error).__name__}: {error}"[:2000]
        mine.moved_at = timezone.now()
        if mine.failures >= FAILURES:
            mine.state = State.FAILED
        mine.save(update_fields=["failures", "error", "moved_at", "state"])
