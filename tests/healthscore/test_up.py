"""`manage.py up`, started and stopped as a shell does it, on a home of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from healthscore import embedded

PATIENCE = 90


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def up(home: Path, port: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = start(home, port, tmp_path / "output")
    yield process
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    process.wait(PATIENCE)


def start(home: Path, port: int, output: Path) -> subprocess.Popen[bytes]:
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    with output.open("wb") as file:
        return subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", str(port)],
            cwd=embedded.CHECKOUT,
            env=own | {"HEALTHSCORE_HOME": str(home)},
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            # A script's background job ignores Ctrl-C until told otherwise.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        )


def eventually(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def answers(port: int, page: str = "healthz") -> bool:
    with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/{page}", timeout=5) as response:
        return response.status == 200
    return False


def children(home: Path) -> dict[str, int]:
    """Living processes that work for this home, and their numbers."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_text()
            environment = (process / "environ").read_text(errors="replace")
            if home in (process / "cwd").readlink().parents or f"HEALTHSCORE_HOME={home}\0" in environment:
                kind = re.search("gunicorn|worker|beat|postgres|valkey", command)
                found.setdefault(kind[0] if kind else "up", int(process.name))
    return found


def test_runs_web_worker_and_beat_until_ctrl_c(up, home, port, tmp_path):
    output = tmp_path / "output"
    eventually(lambda: f"runs at http://127.0.0.1:{port}\n" in output.read_text())
    assert f"--admin you@example.com --site http://127.0.0.1:{port}\n" in output.read_text(), "nobody can sign in yet"
    assert answers(port)
    assert children(home).keys() >= {"gunicorn", "worker", "beat", "postgres", "valkey"}
    asked = time.monotonic()
    os.killpg(up.pid, signal.SIGINT)
    assert up.wait(PATIENCE) == 0
    assert time.monotonic() - asked < 10
    assert children(home) == {}
    assert "Traceback" not in output.read_text()


@pytest.mark.parametrize("name", ["worker", "valkey", "postgres"])
def test_starts_again_what_ends_by_itself(up, home, port, tmp_path, name):
    eventually(lambda: "runs at" in (tmp_path / "output").read_text())
    first = children(home)[name]
    os.kill(first, signal.SIGKILL)
    eventually(lambda: children(home).get(name, first) != first)
    eventually(lambda: answers(port, "readyz"))


def test_after_kill_9_its_children_end_and_the_next_start_works(up, home, port, tmp_path):
    eventually(lambda: "runs at" in (tmp_path / "output").read_text())
    os.killpg(up.pid, signal.SIGKILL)
    eventually(lambda: not children(home).keys() & {"gunicorn", "worker", "beat", "up"})
    again = start(home, port, tmp_path / "again")
    eventually(lambda: answers(port))
    again.terminate()
    assert again.wait(PATIENCE) == 0
    assert children(home) == {}


def test_a_taken_port_is_one_clear_sentence(home, port, tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        assert start(home, port, tmp_path / "output").wait(PATIENCE) == 1
    assert (tmp_path / "output").read_text() == (
        f"Port {port} cannot be used (Address already in use): choose another, as in make demo PORT=8001.\n"
    )
    assert children(home) == {}


def test_a_command_on_an_empty_database_is_one_clear_sentence():
    own = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "manage.py", "create_workspace", "acme"],
            cwd=embedded.CHECKOUT,
            env=own | {"HEALTHSCORE_HOME": folder},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("The database lacks tables or columns: run manage.py migrate")
    assert "Traceback" not in done.stderr
