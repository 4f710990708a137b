"""The web worker of gunicorn: threads, of which the busy ones let others open the door."""

from __future__ import annotations

import sys
import time
from typing import Any

from gunicorn.workers.gthread import ThreadWorker

# Seconds for which a computing thread keeps the interpreter from the others. A request asks the database ten times, and
# waits for its turn after each.
TURN = 0.001
# Seconds, some turns long: within them an idle worker comes first.
PAUSE = 0.006
LONGEST = 3


class Worker(ThreadWorker):  # type: ignore[misc]
    """A connection stays with the worker that takes it. With something to do, this one waits a moment for each request
    before it takes another, so that an idle worker comes first; without, pages queue in one while the next is idle."""

    def init_process(self) -> None:
        sys.setswitchinterval(TURN)
        super().init_process()

    def accept(self, listener: Any) -> None:
        time.sleep(PAUSE * min(self.busy, LONGEST))
        super().accept(listener)

    @property
    def busy(self) -> int:
        """How many requests it is at; an idle connection is none."""
        return int(self.nr_conns - len(self.keepalived_conns) - len(self.pending_conns))
