"""Asking workers for what they do."""

from __future__ import annotations

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

WORKERS = 2


def wake(row_id: int, task: str = "metrics.judge") -> None:
    """Ask for a back-test, or for what rests on one, as soon as it is stored: its days are for any number of them."""
    transaction.on_commit(lambda: send(task, row_id, WORKERS))


def send(task: str, row_id: int, workers: int = 1) -> None:
    """Ask so many workers. Without a broker they hear of it at a later tick."""
    try:
        for _ in range(workers):
            current_app.send_task(task, [row_id], retry=False)
    except OperationalError as error:
        log.warning("no broker: %s", error)
