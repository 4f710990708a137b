"""The web worker: who is busy takes a new connection later."""

from __future__ import annotations

import socket
import time

from gunicorn.config import Config

from healthscore.worker import LONGEST, PAUSE, Worker


def waited(worker: Worker, listener: socket.socket) -> float:
    """Seconds until it has looked for a connection."""
    began = time.monotonic()
    worker.accept(listener)
    return time.monotonic() - began


def test_a_busy_worker_lets_others_go_first() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        worker = Worker(0, 0, [listener], None, 30, Config(), None)
        assert worker.busy == 0
        worker.nr_conns = 3
        worker.keepalived_conns.append(object())
        assert worker.busy == 2
        assert waited(worker, listener) >= 2 * PAUSE
        worker.nr_conns = 1_001
        assert LONGEST * PAUSE <= waited(worker, listener) < 10
        assert worker.nr_conns == 1_001
