"""The web server as in production, with one address more: the rival of ingest, on the same server and database."""

from __future__ import annotations

import contextlib
import http.client
import os
import queue
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

HOST = "127.0.0.1"


@dataclass
class Server:
    """A running gunicorn: its process id and its port."""

    pid: int
    port: int


@dataclass
class Answers:
    """What came back: seconds of each request, and what was not a 200."""

    seconds: list[float] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the requests was answered."""
        ranked = sorted(self.seconds)
        return 1000 * ranked[min(len(ranked) - 1, int(share * len(ranked)))]


@contextlib.contextmanager
def serving(workers: int = 2) -> Iterator[Server]:
    """gunicorn as `manage.py up` starts it, on a free port."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port = probe.getsockname()[1]
    options = (
        f"--worker-class healthscore.worker.Worker --workers {workers} --threads 4 --preload --graceful-timeout 3"
        " --no-control-socket --log-level warning"
    )
    command = [sys.executable, "-m", "gunicorn", "benchmarks.wsgi", *options.split(), "--bind", f"{HOST}:{port}"]
    child = subprocess.Popen(command, env=os.environ | {"PYTHONWARNINGS": "ignore"}, start_new_session=True)
    try:
        _wait(child, port)
        yield Server(child.pid, port)
    finally:
        child.terminate()
        child.wait(20)


@contextlib.contextmanager
def working() -> Iterator[list[int]]:
    """Worker and beat as `manage.py up` starts them; yields their process ids."""
    quiet = ["--loglevel", "ERROR", "--without-gossip", "--without-mingle", "--without-heartbeat"]
    parts = [["worker", "--concurrency", "2", *quiet], ["beat", "--loglevel", "ERROR", "--pidfile="]]
    start = [sys.executable, "-m", "celery", "--app", "healthscore", "--quiet"]
    environment = os.environ | {"PYTHONWARNINGS": "ignore"}
    children = [subprocess.Popen([*start, *part], env=environment, start_new_session=True) for part in parts]
    try:
        yield [child.pid for child in children]
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(30)


def send(server: Server, clients: int, requests: Iterable[tuple[str, str, dict[str, str], bytes]]) -> Answers:
    """Send (method, path, headers, body) from so many clients at once, each over a connection that stays open."""
    answers, todo = Answers(), queue.Queue[tuple[str, str, dict[str, str], bytes] | None](clients * 2)

    def client() -> None:
        connection = http.client.HTTPConnection(HOST, server.port, timeout=120)
        while (request := todo.get()) is not None:
            method, path, headers, body = request
            began = time.perf_counter()
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            said = answer.read()
            answers.seconds.append(time.perf_counter() - began)
            if answer.status != 200:
                answers.bad.append(f"{path}: {answer.status} {said[:200]!r}")

    threads = [threading.Thread(target=client, daemon=True) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for request in requests:
        todo.put(request)
    for _ in threads:
        todo.put(None)
    for thread in threads:
        thread.join()
    if answers.bad:
        raise RuntimeError(f"{len(answers.bad)} requests failed, the first: {answers.bad[0]}")
    return answers


def _wait(child: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and child.poll() is None:
        with contextlib.suppress(OSError):
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not start")
