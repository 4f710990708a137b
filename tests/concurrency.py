"""Two connections at once: for tests with `transaction=True`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from django.db import connection, connections

PATIENCE = 30


@contextmanager
def another_connection() -> Iterator[Any]:
    """A cursor of a second connection to the same database; what it did is rolled back at the end."""
    other = connections.create_connection("default")
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            yield cursor
    finally:
        other.rollback()
        other.close()


class Beside:
    """Some work that a thread does once it is started, with a connection of its own."""

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work, self._pool = work, ThreadPoolExecutor(1)

    def start(self) -> None:
        self._future = self._pool.submit(self._alone)

    def result(self) -> Any:
        """What the work returns, or raises, once it has ended."""
        return self._future.result(PATIENCE)

    def end(self) -> None:
        self._pool.shutdown()

    def _alone(self) -> Any:
        try:
            return self._work()
        finally:
            connections.close_all()


@contextmanager
def beside(work: Callable[..., Any], *args: Any, **more: Any) -> Iterator[Beside]:
    """Work for a thread, which has ended when the block has been left."""
    thread = Beside(partial(work, *args, **more))
    try:
        yield thread
    finally:
        thread.end()


def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def somebody_waits() -> bool:
    """Whether a session of this database waits for a lock."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
            " WHERE NOT l.granted AND a.datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
