"""The heartbeat: opens the runs that are due and wakes workers. Called as often as one likes, by anything."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from celery import shared_task
from django.utils import timezone

from accounts import partitions, retraction
from accounts.api import idempotency
from accounts.importers import uploads
from accounts.models import Account, DirtyDay, Import, Upload, Workspace
from accounts.wake import send
from metrics.models import Backtest, Run, Suggestion
from metrics.nightly import kpis
from metrics.nightly.run import open_run

log = logging.getLogger(__name__)

STILL = timedelta(seconds=30)
WORKERS_WOKEN = 4


@shared_task(name="healthscore.tick")
def tick() -> None:
    """Open each workspace's due run, wake workers for runs that stand still and for dirty days."""
    moment = timezone.now()
    partitions.ensure_ahead(moment)
    for workspace in Workspace.objects.order_by("pk"):
        try:
            _beat(workspace, moment)
        except Exception:
            # One workspace's trouble is no other's.
            log.exception("workspace %s", workspace.pk)


def _beat(workspace: Workspace, moment: datetime) -> None:
    due = due_day(workspace, moment)
    if due and Account.objects.of(workspace).exists():
        wake(open_run(workspace, due))
    for run in Run.objects.of(workspace).unfinished().filter(moved_at__lt=moment - STILL):
        wake(run)
    for backtest in Backtest.objects.of(workspace).unfinished().filter(moved_at__lt=moment - STILL):
        send("metrics.judge", backtest.pk)
    still = {"moved_at__lt": moment - STILL, "backtest__moved_at__lt": moment - STILL}
    for suggestion in Suggestion.objects.of(workspace).unfinished().filter(**still):
        send("metrics.suggest", suggestion.pk)
    for upload in Upload.objects.of(workspace).unfinished().filter(moved_at__lt=moment - STILL):
        send(uploads.TASK, upload.pk)
    for imported in Import.objects.of(workspace).filter(state=Import.State.UNDOING):
        send(retraction.UNDO_TASK, imported.pk)
    if kpis.is_waiting(workspace):
        send("metrics.count", workspace.pk)
    idempotency.forget(workspace, moment)
    if DirtyDay.objects.of(workspace).exists():
        send("metrics.freshen", workspace.pk)
    if workspace.cleared_on != workspace.day_of(moment):
        send("accounts.clear", workspace.pk)


def due_day(workspace: Workspace, moment: datetime) -> date | None:
    """The next day to score: the one after the last run, else the last finished one; None where none has ended."""
    finished = workspace.last_finished_day(moment)
    last = Run.objects.of(workspace).order_by("-day").first()
    if last is None:
        return finished
    if last.state in {Run.State.READINGS, Run.State.SCORES} or last.day >= finished:
        return None
    return last.day + timedelta(days=1)


def wake(run: Run) -> None:
    """Ask workers to drain a run."""
    send("metrics.drain", run.pk, WORKERS_WOKEN)
