"""Asking workers for a back-test, or for what rests on one."""

from __future__ import annotations

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

WORKERS = 2


def wake(row_id: int, task: str = "metrics.judge") -> None:
    """Ask as soon as it is stored. Without a broker they hear of it at a later tick."""
    transaction.on_commit(lambda: _send(task, row_id))


def _send(task: str, row_id: int) -> None:
    try:
        for _ in range(WORKERS):
            current_app.send_task(task, [row_id], retry=False)
    except OperationalError as error:
        log.warning("no broker: %s", error)
