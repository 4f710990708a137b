"""What workers do. Each task may be sent any number of times."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from accounts.models import Workspace
from metrics.backtest import run as past
from metrics.nightly import freshen as day
from metrics.nightly import kpis
from metrics.nightly import run as night
from metrics.weights import run as weights

COUNT_SECONDS = 10


@shared_task(name="metrics.drain")
def drain(run_id: int) -> None:
    """Claim shards of a run until it is finished."""
    night.drain(run_id)


@shared_task(name="metrics.freshen")
def freshen(workspace_id: int) -> None:
    """Move the standings of the accounts about which something new was heard."""
    day.freshen(Workspace.objects.get(pk=workspace_id), timezone.now())


@shared_task(name="metrics.count")
def count(workspace_id: int) -> None:
    """Count KPIs after the nights that were published, for as long as others can wait for this worker; the tick asks
    for the rest."""
    kpis.count(Workspace.objects.get(pk=workspace_id), COUNT_SECONDS)


@shared_task(name="metrics.judge")
def judge(backtest_id: int) -> None:
    """Claim days of a back-test until it is finished."""
    past.drain(backtest_id)


@shared_task(name="metrics.suggest")
def suggest(suggestion_id: int) -> None:
    """Work on a suggestion of weights, and on the back-test that reads the past for it, until it is finished."""
    weights.drain(suggestion_id)
