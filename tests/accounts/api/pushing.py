"""Clients that push events over HTTP and try again what was not acknowledged, while the server is killed under them.

A PostgreSQL and a gunicorn of their own, in a private folder. What event n says follows from n alone, so that at the
end each row can be held against what was sent.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2

from healthscore import backups
from healthscore.management.commands.up import arguments
from healthscore.servers import Postgres

CHECKOUT = Path(__file__).parents[3]
HOST, PATIENCE, CLIENTS = "127.0.0.1", 120, 4
ACCOUNTS, LARGEST, REPEATED = 50, 160, 0.2
# So many events in a row are one person's: new people come all the time.
EACH = 40
BEGAN = datetime(2025, 3, 1, tzinfo=UTC)
NAMES = ("login", "page", "feature", "export")
FILL = f"""
import django
django.setup()
from accounts.models import Account, ApiKey, Source, Workspace
acme = Workspace.objects.create(slug="acme", name="Acme")
for n in range({ACCOUNTS}):
    Account.unscoped.create(workspace=acme, external_id=f"a{{n}}", name=f"A {{n}}")
source = Source.unscoped.create(workspace=acme, name="Pushed", kind="rest")
print(ApiKey.issue(acme, source, "Pushed", ["events"])[1])
"""
ROWS = """
SELECT e.message_id, a.external_id, e.name, e.person, e.occurred_at
FROM accounts_event e JOIN accounts_account a ON a.id = e.account_id"""
# What was accepted and has no account yet is on disk as well; but not where its account is known.
WAITING = """
SELECT w.message, l.account_id IS NOT NULL FROM accounts_waiting w
LEFT JOIN accounts_link l ON l.workspace_id = w.workspace_id AND l.name = w.name"""
UNMARKED = """
SELECT count(*) FROM accounts_event e WHERE NOT EXISTS (
  SELECT FROM accounts_dirtyday d
  WHERE d.account_id = e.account_id AND d.day = (e.occurred_at AT TIME ZONE 'UTC')::date)"""
# An acknowledged transaction then waits in memory until the writer comes by, which it seldom does.
FORGETFUL = {
    "synchronous_commit": "off",
    "wal_writer_delay": "10s",
    "wal_writer_flush_after": "1GB",
    "bgwriter_lru_maxpages": "0",
}


def said(n: int) -> tuple[str, str, str, str, datetime]:
    """Event n, as its row reads: message id, account, name, person, moment."""
    who = n // EACH
    account = f"a{who * 31 % ACCOUNTS}"
    person = f"person{who}@{account}.example"
    return f"m-{n}", account, NAMES[n % len(NAMES)], person, BEGAN + timedelta(seconds=n * 7)


@dataclass(frozen=True)
class Shape:
    """How a client speaks: its address, its headers, a batch as bytes, and which of a batch an answer acknowledges."""

    path: str
    headers: Callable[[str], dict[str, str]]
    body: Callable[[list[int]], bytes]
    acknowledged: Callable[[bytes, list[int]], list[int]]


def _events(batch: list[int]) -> bytes:
    fields = ("message_id", "account", "name", "contact", "occurred_at")
    return json.dumps({"events": [dict(zip(fields, said(n), strict=True)) for n in batch]}, default=str).encode()


def _taken(answer: bytes, batch: list[int]) -> list[int]:
    results = json.loads(answer)["results"]
    return [batch[each["index"]] for each in results if each["status"] in {"accepted", "already_known"}]


def _calls(batch: list[int]) -> bytes:
    """Tracks of users; of some one hears before or after it to which account the user belongs."""
    calls: list[dict[str, Any]] = []
    for n in batch:
        message, account, name, person, moment = said(n)
        group = {"type": "group", "userId": person, "groupId": account, "messageId": f"g-{n}"}
        track = {"type": "track", "userId": person, "event": name, "messageId": message, "timestamp": moment}
        calls += [track, group] if n % EACH == EACH // 2 else [group, track] if n % 7 == 0 else [track]
    return json.dumps({"batch": calls}, default=str).encode()


def _all(answer: bytes, batch: list[int]) -> list[int]:
    return batch if json.loads(answer) == {"success": True} else []


OURS = Shape("/api/v1/events", lambda key: {"Authorization": f"Bearer {key}"}, _events, _taken)
SEGMENT = Shape("/v1/batch", lambda key: {"Authorization": f"Bearer {key}"}, _calls, _all)


class Server:
    """PostgreSQL and gunicorn, and ways to kill them."""

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        self.home, self.postgres = home, Postgres(home)
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        # No Valkey: nothing that is accepted goes through it.
        self.env = kept | {
            "HEALTHSCORE_HOME": str(home),
            "REDIS_URL": f"unix://{home}/none.sock",
            "EVENTS_PER_MINUTE": "1000000",
            "DJANGO_SETTINGS_MODULE": "healthscore.settings",
            "PYTHONWARNINGS": "ignore",
        }
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = probe.getsockname()[1]
        self.postgres.ensure()
        for name, value in settings.items():
            self.ask(f"ALTER SYSTEM SET {name} = '{value}'", user="postgres")
        self.postgres.stop()
        self.postgres.ensure()
        self._copy_tables()
        self.web = self._gunicorn()
        filled = subprocess.run(
            [sys.executable, "-c", FILL], cwd=CHECKOUT, env=self.env, capture_output=True, text=True
        )
        assert filled.returncode == 0, filled.stderr
        self.key = filled.stdout.strip()

    def _copy_tables(self) -> None:
        """As the tests' database has them: to migrate takes longer than all the rest."""
        file = self.home / "tables"
        backups.save(file)
        program = backups.program("pg_restore")
        socket_folder = str(self.postgres.socket.parent)
        options = ["--host", socket_folder, "--username", "healthscore", "--dbname", "healthscore", *backups.PLAIN]
        subprocess.run([program, *options, file], check=True, capture_output=True)

    def ask(self, sql: str, user: str = "healthscore") -> list[tuple[Any, ...]]:
        folder = str(self.postgres.socket.parent)
        with closing(psycopg2.connect(host=folder, port=5432, user=user, dbname="healthscore")) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def _gunicorn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments("web", self.port)],
            cwd=CHECKOUT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stderr=(self.home / "web.log").open("ab"),
            start_new_session=True,
        )

    def kill_web(self) -> None:
        """gunicorn and its workers, at once; then start it again."""
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()
        self.web = self._gunicorn()

    def kill_postgres(self) -> None:
        """All of its processes, so that nobody writes out what only their common memory holds; then start it again."""
        first = (self.postgres.folder / "postmaster.pid").read_text().split()[0]
        listed = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
        pairs = map(str.split, listed.splitlines())
        family = [int(first), *(int(pid) for pid, parent in pairs if parent == first)]
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(map(_lives, family)):
            time.sleep(0.005)
        self.postgres.ensure()

    def stop(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait()
        self.postgres.stop()


def _lives(pid: int) -> bool:
    """Whether it is there, and more than an entry that nobody took note of."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@dataclass
class Told:
    """What clients know at the end: which events were sent, which acknowledged; how often nothing came back."""

    sent: set[int] = field(default_factory=set)
    acknowledged: set[int] = field(default_factory=set)
    broken: int = 0
    refused: list[bytes] = field(default_factory=list)


def batches(count: int, chance: random.Random) -> Iterator[list[int]]:
    """So many events, a fifth of them repeats: most of what was just sent, maybe by another; some of long ago."""
    fresh, batch, size = 0, [], chance.randint(1, LARGEST)
    for _ in range(count):
        if fresh and chance.random() < REPEATED:
            batch.append(chance.randrange(max(0, fresh - 500) if chance.random() < 0.8 else 0, fresh))
        else:
            batch.append(fresh)
            fresh += 1
        if len(batch) == size:
            yield batch
            batch, size = [], chance.randint(1, LARGEST)
    if batch:
        yield batch


class Clients:
    """Some that push side by side until everything was acknowledged."""

    def __init__(self, server: Server, shape: Shape, todo: Iterator[list[int]]) -> None:
        self.server, self.shape, self.todo, self.told, self.lock = server, shape, todo, Told(), threading.Lock()
        self.threads = [threading.Thread(target=self._push_all, daemon=True) for _ in range(CLIENTS)]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    @property
    def at_work(self) -> bool:
        return any(thread.is_alive() for thread in self.threads)

    def _push_all(self) -> None:
        headers = {"Content-Type": "application/json", **self.shape.headers(self.server.key)}
        connection = http.client.HTTPConnection(HOST, self.server.port, timeout=PATIENCE)
        while batch := self._next():
            while not self._push(connection, headers, batch):
                connection.close()
                time.sleep(0.05)

    def _next(self) -> list[int] | None:
        with self.lock:
            batch = next(self.todo, None)
            self.told.sent.update(batch or ())
            return batch

    def _push(self, connection: http.client.HTTPConnection, headers: dict[str, str], batch: list[int]) -> bool:
        """Whether an answer came that ends it. Nothing, or a 5xx, says: send the same again."""
        try:
            connection.request("POST", self.shape.path, self.shape.body(batch), headers)
            answer = connection.getresponse()
            body, status = answer.read(), answer.status
        except (OSError, http.client.HTTPException):
            body, status = b"", 503
        with self.lock:
            if status >= 500:
                self.told.broken += 1
                return False
            taken = self.shape.acknowledged(body, batch) if status == 200 else []
            self.told.acknowledged.update(taken)
            if len(taken) < len(batch):
                self.told.refused.append(body[:300])
        return True


def push(server: Server, shape: Shape, count: int, kills: int) -> Told:
    """Push so many events; web, PostgreSQL and both by turns are killed, the last time after the last answer."""
    clients = Clients(server, shape, batches(count, random.Random(count)))
    turns = [[server.kill_web], [server.kill_postgres], [server.kill_web, server.kill_postgres]]
    clients.start()
    deadline = time.monotonic() + PATIENCE + count / 500
    for n in range(kills):
        wanted = (1 - REPEATED) * count * (n + 1) / (kills + 1)
        while clients.at_work and len(clients.told.acknowledged) < wanted:
            assert time.monotonic() < deadline, f"nothing moves: {(server.home / 'web.log').read_text()[-2000:]}"
            time.sleep(0.005)
        for kill in turns[n % len(turns)]:
            kill()
    for thread in clients.threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    assert not clients.at_work, f"clients still try: {(server.home / 'web.log').read_text()[-2000:]}"
    server.kill_postgres()
    return clients.told


@dataclass(frozen=True)
class Verdict:
    """What is wrong with what is stored: nothing, or these."""

    lost: set[str]
    twice: set[str]
    never_sent: set[str]
    other_than_sent: set[str]
    stuck: set[str]
    days_not_marked: int


def look(server: Server, told: Told) -> Verdict:
    """Hold the rows against what clients know."""
    rows, waiting = server.ask(ROWS), server.ask(WAITING)
    times = Counter(row[0] for row in (*rows, *waiting))
    sent = {said(n)[0]: said(n) for n in told.sent}
    return Verdict(
        lost={said(n)[0] for n in told.acknowledged} - times.keys(),
        twice={message for message, count in times.items() if count > 1},
        never_sent=times.keys() - sent.keys(),
        other_than_sent={row[0] for row in rows if row[0] in sent and row != sent[row[0]]},
        stuck={message for message, has_account in waiting if has_account},
        days_not_marked=server.ask(UNMARKED)[0][0],
    )
