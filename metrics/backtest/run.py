"""A back-test, as a recipe: cut the past into days, read each, judge. Workers claim days by locking their rows.

Each step may be called any number of times by any number of workers; who dies lets go, and whoever comes next goes on.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import numpy as np
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Membership
from accounts.wake import SEVERAL, wake
from metrics.backtest.inputs import Came, came_of, panel_from
from metrics.backtest.judged import Json, canonical, digest, judge
from metrics.backtest.panel import data_end, days_to_judge, first_day
from metrics.backtest.rows import DayRows, Judged, read_day
from metrics.drafts import says
from metrics.formulas.calibration import Curve
from metrics.formulas.judging import ENOUGH
from metrics.models import Backtest, BacktestDay, Calibration, Scorecard, ScorecardVersion
from metrics.models.backtest import HORIZON, LAG
from metrics.nightly import rollups
from metrics.scorecards import Card, card_of

log = logging.getLogger(__name__)

FAILURES = 3
PAUSE = 0.2
PATIENCE = 60.0
State = Backtest.State


class ChangedError(Exception):
    """The draft was changed while it was judged."""


def begin(
    version: ScorecardVersion,
    moment: datetime,
    by: Membership | None = None,
    lag: int = LAG,
    horizon: int = HORIZON,
    first: date | None = None,
    last: date | None = None,
) -> Backtest:
    """Ask for a judgement of a version by all that is known by the last finished day; workers do the rest."""
    workspace = version.workspace
    return Backtest.unscoped.create(  # type: ignore[no-any-return]
        workspace=workspace,
        scorecard_id=version.scorecard_id,
        version=version,
        card_digest=digest_of(version),
        lag=lag,
        horizon=horizon,
        first_day=first,
        last_day=last,
        known_day=workspace.last_finished_day(moment),
        asked_by=by,
        began_at=moment,
        moved_at=moment,
    )


@transaction.atomic
def begin_alone(
    version: ScorecardVersion, moment: datetime, by: Membership | None = None, **asked: int
) -> tuple[Backtest, bool]:
    """One at a time for a scorecard: the back-test of it that runs, else a new one, for which workers are asked. And
    whether it is new."""
    workspace = version.workspace
    Scorecard.objects.of(workspace).select_for_update(no_key=True).get(pk=version.scorecard_id)
    running = Backtest.objects.of(workspace).unfinished().filter(scorecard=version.scorecard_id)
    backtest: Backtest | None = running.select_related("version").first()
    if backtest is not None:
        return backtest, False
    backtest = begin(version, moment, by, **asked)
    wake("metrics.judge", backtest.pk, SEVERAL)
    return backtest, True


def drain(backtest_id: int) -> Backtest:
    """Work on a back-test until it is finished, or nothing in it moves for a minute. Returns it as it then is."""
    waited = 0.0
    while True:
        backtest = _of(backtest_id)
        if not backtest.is_open:
            return backtest
        if work(backtest):
            waited = 0.0
            continue
        if waited > PATIENCE:
            return backtest
        time.sleep(PAUSE)
        waited += PAUSE


def work(backtest: Backtest) -> bool:
    """Do the next step that nobody else is at. False where there is none."""
    try:
        if backtest.state == State.WAITING:
            return _cut(backtest)
        return _read_one(backtest) or _judge(backtest)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("back-test %s failed", backtest.pk)
        _count_failure(backtest, error)
        return True


def again(backtest: Backtest) -> tuple[Json, bool]:
    """Judge once more from what is stored: what is said, and whether it is the same to the byte."""
    said, _curve = _said(backtest, unpacked(days_read(backtest)), Came.unpacked(bytes(backtest.outcomes or b"")))
    return said, digest(canonical(said)) == backtest.result_digest


def digest_of(version: ScorecardVersion) -> str:
    """Of what makes the scores of a version as it now is."""
    return card_digest(card_of(version))


def card_digest(card: Card) -> str:
    """Of all that makes the scores of a version: lines, caps and borders."""
    return digest(repr(says(card)).encode())


def days_read(backtest: Backtest) -> list[bytes]:
    """What was read of its days, in their order, as it is stored."""
    days = BacktestDay.objects.of(backtest.workspace).filter(backtest=backtest, is_read=True).order_by("day")
    return [bytes(rows) for rows in days.values_list("rows", flat=True)]


def unpacked(packed: Sequence[bytes]) -> list[DayRows]:
    """The rows of days as they are stored."""
    return [DayRows.unpacked(each) for each in packed]


# -- steps ----------------------------------------------------------------------------------------------------


def _cut(backtest: Backtest) -> bool:
    workspace = backtest.workspace
    rollups.refill_all(workspace, upto=backtest.known_day)
    with transaction.atomic():
        mine = _claim(backtest, State.WAITING)
        if mine is None:
            return False
        known = min(backtest.known_day, backtest.last_day or backtest.known_day)
        mine.ended_on = min(data_end(workspace, backtest.known_day) or known, known)
        first = max((day for day in (first_day(workspace), backtest.first_day) if day), default=None)
        days = days_to_judge(first, mine.ended_on, backtest.lag, backtest.horizon) if first else []
        BacktestDay.unscoped.bulk_create(BacktestDay(workspace=workspace, backtest=mine, day=day) for day in days)
        mine.state = State.READING
        if not any(day + timedelta(days=backtest.lag + backtest.horizon) <= mine.ended_on for day in days):
            _finish(mine, {"rows": 0, "churned": 0, "needed": ENOUGH, "days": []}, None, timezone.now())
        mine.moved_at = timezone.now()
        mine.save()
    return True


def _read_one(backtest: Backtest) -> bool:
    with transaction.atomic():
        waiting = BacktestDay.objects.of(backtest.workspace).filter(backtest=backtest, is_read=False).order_by("day")
        day = waiting.select_for_update(skip_locked=True).first()
        if day is None:
            return False
        started = time.perf_counter()
        card = _same_card(backtest)
        ahead = (backtest.lag, backtest.lag + backtest.horizon)
        day.rows = read_day(backtest.workspace, Judged.of(backtest.workspace, card), day.day, ahead).packed()
        day.is_read, day.seconds = True, time.perf_counter() - started
        day.save(update_fields=["rows", "is_read", "seconds"])
    Backtest.objects.of(backtest.workspace).filter(pk=backtest.pk).update(moved_at=timezone.now())
    return True


def _same_card(backtest: Backtest) -> Card:
    """What is judged. Raises ChangedError where it is no longer what it was at the beginning."""
    card = card_of(backtest.version)
    if card_digest(card) != backtest.card_digest:
        raise ChangedError(_("The draft was changed while it was judged: begin again."))
    return card


def _judge(backtest: Backtest) -> bool:
    """When the last day is in: read what came of it, judge, and keep all of it."""
    with transaction.atomic():
        mine = _claim(backtest, State.READING)
        days = BacktestDay.objects.of(backtest.workspace).filter(backtest=backtest)
        if mine is None or days.filter(is_read=False).exists():
            return False
        _same_card(mine)
        packed = days_read(mine)
        rows = unpacked(packed)
        came = came_of(mine, rows)
        mine.outcomes = came.packed()
        mine.inputs_digest = digest(*packed, mine.outcomes)
        _finish(mine, *_said(mine, rows, came), timezone.now())
        mine.save()
    return True


def _said(backtest: Backtest, rows: list[DayRows], came: Came) -> tuple[Json, Curve | None]:
    panel, left_out, nights = panel_from(backtest, rows, came)
    assert backtest.ended_on is not None
    return judge(panel, left_out, nights, backtest.ended_on)


def _finish(backtest: Backtest, said: Json, curve: Curve | None, moment: datetime) -> None:
    """Keep what was said. A published version has its risk from its newest back-test of the usual kind, or none."""
    backtest.result, backtest.result_digest = said, digest(canonical(said))
    backtest.state = State.DONE if said["churned"] >= said["needed"] else State.REFUSED
    backtest.moved_at = backtest.finished_at = moment
    is_usual = (backtest.lag, backtest.horizon) == (LAG, HORIZON) and not (backtest.first_day or backtest.last_day)
    made = Calibration.objects.of(backtest.workspace).filter(version=backtest.version)
    if (
        backtest.version.published_at is None
        or not is_usual
        or made.filter(backtest__began_at__gt=backtest.began_at).exists()
    ):
        return
    made.delete()
    if curve is not None:
        Calibration.unscoped.create(
            workspace=backtest.workspace,
            version=backtest.version,
            backtest=backtest,
            made_on=backtest.workspace.day_of(moment),
            is_isotonic=curve.is_isotonic,
            **{name: np.round(getattr(curve, name), 6).tolist() for name in ("risk", "low", "high")},
        )


# -- rows -----------------------------------------------------------------------------------------------------


def _of(backtest_id: int) -> Backtest:
    found = Backtest.unscoped.select_related("workspace", "version__scorecard", "scorecard")
    return found.get(pk=backtest_id)  # type: ignore[no-any-return]


def _claim(backtest: Backtest, state: State) -> Backtest | None:
    rows = Backtest.objects.of(backtest.workspace).select_related("workspace", "version__scorecard")
    free = rows.select_for_update(skip_locked=True, of=("self",), no_key=True)
    return free.filter(pk=backtest.pk, state=state).first()  # type: ignore[no-any-return]


def _count_failure(backtest: Backtest, error: Exception) -> None:
    with transaction.atomic():
        mine = Backtest.objects.of(backtest.workspace).select_for_update().get(pk=backtest.pk)
        mine.failures += 1
        mine.error = f"{type(error).__name__}: {error}"[:2000]
        mine.moved_at = timezone.now()
        if mine.failures >= FAILURES or isinstance(error, ChangedError):
            mine.state = State.FAILED
        mine.save(update_fields=["failures", "error", "moved_at", "state"])
