"""Asking workers for what they do."""

from __future__ import annotations

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

# For what is done in parts, by any number of workers.
SEVERAL = 2


def wake(task: str, row_id: int, workers: int = 1) -> None:
    """Ask for what a row is about, as soon as it is stored."""
    transaction.on_commit(lambda: send(task, row_id, workers))


def send(task: str, row_id: int, workers: int = 1) -> None:
    """Ask so many workers. Without a broker they hear of it at a later tick."""
    try:
        for _ in range(workers):
            current_app.send_task(task, [row_id], retry=False)
    except OperationalError as error:
        log.warning("no broker: %s", error)
