"""Many nights in which workers are killed, Valkey loses all it holds, and PostgreSQL crashes: each ends by itself.

A service of its own in a private folder, as `manage.py up` runs it, which starts again what ends.
"""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

from healthscore.servers import Postgres, Valkey
from tests.metrics.cases import DAY

pytestmark = pytest.mark.faults

CHECKOUT = Path(__file__).parents[3]
ROUNDS = int(os.environ.get("FAULT_ROUNDS", "6"))
ACCOUNTS, SHARD_ACCOUNTS = 120, 3
PATIENCE = 240
FILL = f"""
from django.utils import timezone
from metrics.nightly.run import drain, open_run
from metrics.scorecards import create_workspace
from tests.metrics import crowd
acme = create_workspace("acme", "Acme", time_zone="Europe/Madrid", currency="EUR")
crowd.fill(acme, crowd.make({ACCOUNTS}, seed=1))
# The last finished day is there, so that the heartbeat has no other night to open.
drain(open_run(acme, acme.last_finished_day(timezone.now())).pk)
drain(open_run(acme, __import__("datetime").date.fromisoformat("{DAY}")).pk)
"""
AGAIN = f"""
from accounts.models import Workspace
from healthscore.tick import wake
from metrics.nightly.run import open_run
acme = Workspace.objects.get(slug="acme")
wake(open_run(acme, __import__("datetime").date.fromisoformat("{DAY}"), again=True))
"""


class Service:
    """`manage.py up` in a folder of its own, and ways to hurt it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        ours = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL"}}
        self.env = ours | {"HEALTHSCORE_HOME": str(home), "SHARD_ACCOUNTS": str(SHARD_ACCOUNTS)}
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.log = home / "up.log"
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=CHECKOUT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=self.log.open("wb"),
            stderr=subprocess.STDOUT,
        )
        until(lambda: b"http://" in self.log.read_bytes(), "up did not start")

    def shell(self, code: str) -> None:
        subprocess.run([sys.executable, "manage.py", "shell", "-c", code], cwd=CHECKOUT, env=self.env, check=True)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)

    def ask(self, query: str) -> tuple[Any, ...] | None:
        """The first row of an answer; nothing while the database is away."""
        folder = str(Postgres(self.home).socket.parent)
        try:
            connection = psycopg2.connect(host=folder, port=5432, user="healthscore", dbname="healthscore")
        except psycopg2.OperationalError:
            return None
        try:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchone()
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            return None
        finally:
            connection.close()

    def run(self) -> tuple[Any, ...] | None:
        """(state, attempt, published attempt, digest, moment of publication) of DAY's run."""
        columns = "state, attempt, published_attempt, digest, published_at"
        return self.ask(f"SELECT {columns} FROM metrics_run WHERE day = '{DAY}'")

    def done(self) -> int:
        """Steps of shards that are done: each has two."""
        row = self.ask(
            "SELECT coalesce(sum(CASE s.state WHEN 'read' THEN 1 WHEN 'scored' THEN 2 ELSE 0 END), 0)"
            f" FROM metrics_shard s JOIN metrics_run r ON r.id = s.run_id WHERE r.day = '{DAY}'"
        )
        return int(row[0]) if row else -1

    def workers(self) -> list[int]:
        """The worker's processes: the first is the parent of the others."""
        listed = subprocess.run(["ps", "-wweo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
        rows = [line.split(None, 2) for line in listed.splitlines()]
        mains = [pid for pid, parent, args in rows if parent == str(self.process.pid) and " worker " in args]
        return [int(pid) for pid in mains + [pid for pid, parent, _ in rows if parent in mains]]

    # -- faults

    def kill_worker(self) -> None:
        """One of the two that work."""
        until(lambda: len(self.workers()) > 2, f"no workers: {self.log.read_text()}")
        os.kill(self.workers()[-1], signal.SIGKILL)

    def kill_all_workers(self) -> None:
        until(lambda: len(self.workers()) > 2, f"no workers: {self.log.read_text()}")
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)

    def flush_valkey(self) -> None:
        redis.Redis(unix_socket_path=str(Valkey(self.home).socket)).flushall()

    def restart_postgres(self) -> None:
        Postgres(self.home).stop()
        Postgres(self.home).ensure()

    def crash_postgres(self) -> None:
        """Without a word; `up` starts it again."""
        pid = int((Postgres(self.home).folder / "postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)


FAULTS: list[list[Callable[[Service], None]]] = [
    [Service.kill_worker],
    [Service.kill_all_workers],
    [Service.restart_postgres],
    [Service.flush_valkey, Service.kill_all_workers],
    [Service.crash_postgres],
    [Service.kill_worker, Service.flush_valkey, Service.restart_postgres, Service.kill_all_workers],
]


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    home = tmp_path_factory.mktemp("faults")
    home.chmod(0o700)
    service = Service(home)
    try:
        service.shell(FILL)
        yield service
    finally:
        service.stop()


@pytest.mark.parametrize("number", range(ROUNDS))
def test_a_night_ends_by_itself_once_with_the_same_digest(service: Service, number: int) -> None:
    chance = random.Random(number)
    state, attempt, _, digest, _ = service.run()
    assert (state, len(digest)) == ("published", 64)
    shots = service.ask(f"SELECT count(*) FROM metrics_scoresnapshot WHERE day = '{DAY}'")
    service.shell(AGAIN)
    steps = 2 * ACCOUNTS // SHARD_ACCOUNTS
    hit = []
    for fault in FAULTS[number % len(FAULTS)]:
        wanted = service.done() + chance.randint(1, steps // 6)
        until(lambda wanted=wanted: service.done() >= wanted or finished(service, attempt), "nothing moves")
        if not finished(service, attempt):
            hit.append((fault.__name__, service.done()))
            fault(service)
    until(lambda: finished(service, attempt), f"the run did not end: {service.run()} after {hit}")
    assert hit, "the night was over before anything could happen to it"
    ended = service.run()
    assert ended[:4] == ("published", attempt + 1, attempt + 1, digest), hit
    assert service.ask(f"SELECT count(*) FROM metrics_scoresnapshot WHERE day = '{DAY}'") == shots
    time.sleep(3)
    assert service.run() == ended


def finished(service: Service, attempt: int) -> bool:
    row = service.run()
    return row is not None and row[1] > attempt and row[0] not in {"readings", "scores"}
