"""Asking workers for a back-test."""

from __future__ import annotations

import logging

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = logging.getLogger(__name__)

WORKERS = 2


def wake(backtest_id: int) -> None:
    """Ask as soon as it is stored. Without a broker they hear of it at a later tick."""
    transaction.on_commit(lambda: _send(backtest_id))


def _send(backtest_id: int) -> None:
    try:
        for _ in range(WORKERS):
            current_app.send_task("metrics.judge", [backtest_id], retry=False)
    except OperationalError as error:
        log.warning("no broker: %s", error)
