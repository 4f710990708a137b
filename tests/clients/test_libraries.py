"""The client libraries as they come from the registries push to a live server (`make test-clients`): what they said is
there once, of the right account and person, when it happened. On the way a proxy says 503: the first time it passes
nothing on, the second time everything, so that the client says again what had arrived."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.accounts.api.pushing import CHECKOUT, HOST, Server

pytestmark = [pytest.mark.clients, pytest.mark.django_db]
THERE = CHECKOUT / ".local" / "clients"
PYTHON = [str(THERE / "venv" / "bin" / "python"), str(CHECKOUT / "tests" / "clients" / "tell.py")]
NODE = ["node", str(CHECKOUT / "tests" / "clients" / "tell.cjs")]
LIBRARIES = {
    "segment-python": PYTHON, "rudder-python": PYTHON, "posthog": PYTHON, "segment-node": NODE, "rudder-node": NODE,
}  # fmt: skip
ENV = os.environ | {"NODE_PATH": str(THERE / "node_modules")}
THEN, MANY = datetime(2025, 3, 1, 10, 30, tzinfo=UTC), 60
# What each says, by name and account. The visit that came before the group is of the account that it led to.
SAID = {("Early", "a1"): 1, ("Export", "a1"): 1, ("page", "a1"): 1, ("Click", "a1"): MANY, ("Later", "a2"): 1}
EVENTS = """
SELECT e.name, a.external_id, e.occurred_at, e.properties->>'rows' FROM accounts_event e
JOIN accounts_account a ON a.id = e.account_id WHERE e.person = '{}'"""
CONTACT = """
SELECT c.name, c.email, a.external_id FROM accounts_contact c JOIN accounts_account a ON a.id = c.account_id
WHERE c.external_id = '{}' AND c.retracted_at IS NULL"""


class Proxy(ThreadingHTTPServer):
    """Passes on to a server; the first two requests are answered with 503."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__((HOST, 0), Passing)
        self.port, self.seen, self.answers, self.lock = port, 0, Counter[int](), threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Passing(BaseHTTPRequestHandler):
    """One request on its way."""

    server: Proxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:  # noqa: N802
        with self.server.lock:
            self.server.seen += 1
            turn = self.server.seen
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = (503, b"{}") if turn == 1 else self._passed_on(body)
        if turn == 2:
            status, answer = 503, b'{"code": "unavailable", "message": "once more"}'
        self.server.answers[status] += 1
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _passed_on(self, body: bytes) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(HOST, self.server.port, timeout=30)
        connection.request("POST", self.path, body, dict(self.headers))
        answer = connection.getresponse()
        return answer.status, answer.read()

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("clients")
    home.chmod(0o700)
    started = Server(home, {})
    _until_it_listens(started.port)
    yield started
    started.stop()


def _is_refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) != 0


def _until_it_listens(port: int) -> None:
    deadline = time.monotonic() + 60
    while _is_refused(port):
        assert time.monotonic() < deadline, "the server does not listen"
        time.sleep(0.2)


@pytest.fixture(scope="module")
def told(server: Server) -> dict[str, tuple[str, Counter[int]]]:
    """All libraries at once tell their story: what each printed where it failed, and the answers that it got."""
    found = {name: command for name, command in LIBRARIES.items() if is_there(command)}

    def tell(name: str) -> tuple[str, Counter[int]]:
        proxy = Proxy(server.port)
        command = [*found[name], name, f"http://{HOST}:{proxy.server_port}", server.key]
        done = subprocess.run(command, env=ENV, capture_output=True, text=True, timeout=100)
        return "" if done.returncode == 0 else done.stderr + done.stdout, proxy.answers

    with ThreadPoolExecutor() as pool:
        return dict(zip(found, pool.map(tell, found), strict=True))


def is_there(command: list[str]) -> bool:
    return Path(command[0]).exists() if command is PYTHON else (THERE / "node_modules").exists()


@pytest.mark.parametrize("name", LIBRARIES)
def test_what_a_library_says_is_there_once(name: str, server: Server, request: pytest.FixtureRequest) -> None:
    if not is_there(LIBRARIES[name]):
        pytest.skip("the library is not installed: make test-clients")
    trouble, answers = request.getfixturevalue("told")[name]
    assert not trouble
    assert answers[503] == 2
    assert answers[200] >= 2
    assert set(answers) == {200, 503}
    rows = server.ask(EVENTS.format(f"{name}-ann"))
    assert Counter(row[:2] for row in rows) == SAID
    assert {row[2:] for row in rows if row[0] != "page"} == {(THEN, "5")}
    assert {row[2] for row in rows} == {THEN}
    assert server.ask(CONTACT.format(f"{name}-ann")) == [("Ann", f"{name}-ann@one.example", "a2")]


def test_the_group_is_told_and_nothing_waits_or_is_refused(server: Server, told: dict[str, object]) -> None:
    assert server.ask("SELECT industry FROM accounts_account WHERE external_id = 'a1'") == [("Tea",)]
    assert server.ask("SELECT count(*) FROM accounts_waiting") == [(0,)]
    refused = "SELECT field, value, reason FROM accounts_refused WHERE result IN ('rejected', 'conflict')"
    assert server.ask(refused) == []
