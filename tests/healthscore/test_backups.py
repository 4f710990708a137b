"""A backup taken here fills a database on another server: the same rows, the same scores, and it runs."""

from __future__ import annotations

from datetime import date, timedelta

import psycopg2
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from metrics.nightly.publish import digest
from metrics.sql import statement
from tests.cast import account, night, tell
from tests.concurrency import beside, until
from tests.dashboards.conftest import pays, use

pytestmark = pytest.mark.django_db(transaction=True)
DAY = date(2025, 6, 30)
BATCH = 40


@pytest.fixture
def scored(cast):
    for name, people in [("sable", 9), ("nordlys", 2)]:
        account(cast.acme, name, owner="alice@acme.example", segment="SMB")
        pays(cast.acme, name, 900, "2026-01-01")
        use(cast.acme, name, people, DAY - timedelta(days=40), DAY)
    return night(cast.acme, DAY)


@pytest.fixture
def backup(scored, tmp_path):
    file = tmp_path / "backup.dump"
    call_command("backup", file, verbosity=0)
    return file


def counts(query) -> dict[str, int]:
    """The rows of each table, by its name."""
    tables = [name for (name,) in query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
    union = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)
    return dict(query(union))


def here(sql: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def digest_there(production, run) -> str:
    values = {"workspace": run.workspace_id, "day": f"'{run.day}'", "attempt": run.attempt}
    return production.query(statement("digest") % values)[0][0]


def test_what_was_backed_up_is_restored_elsewhere_and_runs(scored, backup, empty):
    assert backup.stat().st_mode & 0o777 == 0o600
    done = empty.manage("restore", str(backup))
    assert (done.returncode, done.stderr) == (0, "")
    rows = counts(here)
    assert rows["accounts_event"] == rows["accounts_event_2025_05"] + rows["accounts_event_2025_06"] > 400
    assert rows["metrics_scoresnapshot"] == 2
    assert counts(empty.query) == rows
    assert digest_there(empty, scored) == digest(scored)
    assert empty.python("-c", "import healthscore.wsgi").returncode == 0
    next_night = empty.manage("recompute", "acme", "--day", str(DAY + timedelta(days=1)))
    assert next_night.returncode == 0, next_night.stderr
    assert counts(empty.query)["metrics_scoresnapshot"] == 4


def test_a_restored_database_can_be_backed_up_and_replaced(scored, backup, empty, tmp_path):
    empty.query("CREATE TABLE something_else AS SELECT 1")
    done = empty.manage("restore", str(backup))
    assert done.returncode == 1
    assert "The database is not empty" in done.stderr
    assert counts(empty.query) == {"something_else": 1}
    for file in (backup, tmp_path / "second.dump"):
        assert empty.manage("restore", str(file), "--replace").returncode == 0
        assert counts(empty.query) == counts(here)
        if file == backup:
            assert empty.manage("backup", str(tmp_path / "second.dump")).returncode == 0


def test_a_broken_file_changes_nothing(backup, empty):
    whole = backup.read_bytes()
    backup.write_bytes(whole[: len(whole) * 2 // 3])
    empty.query("CREATE TABLE kept AS SELECT 7 AS seven")
    done = empty.manage("restore", str(backup), "--replace")
    assert done.returncode == 1
    assert done.stderr.startswith("CommandError: pg_restore failed: error: could not read from input file")
    assert empty.query("SELECT seven FROM kept") == [(7,)]


def test_a_restore_that_fails_leaves_what_was_there(empty, tmp_path):
    """The file has a schema that is there already, beside the one that is replaced."""
    empty.query("CREATE SCHEMA other; CREATE TABLE kept AS SELECT 7 AS seven")
    file = tmp_path / "backup.dump"
    assert empty.manage("backup", str(file)).returncode == 0
    done = empty.manage("restore", str(file), "--replace")
    assert done.returncode == 1
    assert 'schema "other" already exists' in done.stderr
    assert empty.query("SELECT seven FROM kept") == [(7,)]


def test_nothing_is_restored_below_those_who_work(backup, empty):
    worker = psycopg2.connect(empty.url())
    done = empty.manage("restore", str(backup))
    worker.close()
    assert done.returncode == 1
    assert "1 other connections use the database: stop web, worker and beat first" in done.stderr


def test_a_backup_is_never_written_over(backup):
    before = backup.read_bytes()
    with pytest.raises(CommandError, match="exists already: choose another name"):
        call_command("backup", backup)
    assert backup.read_bytes() == before


def test_a_server_newer_than_every_program_is_named(db, tmp_path, monkeypatch):
    monkeypatch.setattr("healthscore.backups._major", lambda program: 15)
    with pytest.raises(CommandError, match=r"^pg_dump of PostgreSQL \d\d or newer is missing: install"):
        call_command("backup", tmp_path / "backup.dump")
    assert not list(tmp_path.iterdir())


def test_a_backup_is_one_moment_while_events_arrive(acme, empty, tmp_path):
    account(acme, "sable")
    pushed, stop = [], []

    def push() -> None:
        while not stop:
            number = len(pushed)
            items = [{"account": "sable", "name": "login", "message_id": f"{number}-{n}"} for n in range(BATCH)]
            tell(acme, "events", *[item | {"occurred_at": "2025-06-20T09:00:00Z"} for item in items])
            pushed.append(number)

    with beside(push) as client:
        client.start()
        until(lambda: pushed)
        call_command("backup", tmp_path / "backup.dump", verbosity=0)
        at_end = len(pushed)
        until(lambda: len(pushed) > at_end)
        stop.append(True)
        client.result()
    assert empty.manage("restore", str(tmp_path / "backup.dump")).returncode == 0
    (events,), (keys,) = (
        empty.query(f"SELECT count(*) FROM {table}")[0] for table in ("accounts_event", "accounts_eventkey")
    )
    assert BATCH <= events < len(pushed) * BATCH
    assert events % BATCH == 0
    assert keys == events
