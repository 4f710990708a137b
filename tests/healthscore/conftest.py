"""A PostgreSQL server of its own, as another machine would be, and Healthscore deployed on it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg2
import pytest
from django.conf import settings

from healthscore import embedded
from healthscore.servers import Postgres

SECRET = "kJ3-vQ8xW2mZ7nB4cL9pT6rY1sD5fG0hA-uE-iO-wX-qR-tM-bN-zV"


@dataclass(frozen=True)
class Production:
    """One database of the server; the role is `healthscore`, who owns it and is no superuser."""

    server: Postgres
    database: str
    static: Path

    def url(self, role: str = "healthscore") -> str:
        host = quote(str(self.server.socket.parent), safe="")
        return f"postgresql://{role}@{host}:5432/{self.database}"

    def query(self, sql: str, *, role: str = "healthscore") -> list[tuple[Any, ...]]:
        host = str(self.server.socket.parent)
        with contextlib.closing(psycopg2.connect(host=host, port=5432, user=role, dbname=self.database)) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []

    def python(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs Python as on a server: every setting is told. An empty value unsets."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "HEALTHSCORE_HOME") if name in os.environ}
        told = {"DATABASE_URL": self.url(), "REDIS_URL": settings.REDIS_URL, "SECRET_KEY": SECRET}
        told |= {"ALLOWED_HOSTS": "health.example.com", "STATIC_ROOT": str(self.static), **environment}
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=embedded.CHECKOUT,
            env=kept | {name: value for name, value in told.items() if value},
            capture_output=True,
            text=True,
            timeout=120,
        )

    def manage(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.python("manage.py", *arguments, **environment)


@pytest.fixture(scope="session")
def server() -> Iterator[Postgres]:
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder))
        server.ensure()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def production(server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Production:
    """Its database is up to date and its static files are collected."""
    production = Production(server, "healthscore", tmp_path_factory.mktemp("static"))
    for command in ("migrate", "collectstatic"):
        done = production.manage(command, "--no-input", "--verbosity", "0")
        assert done.returncode == 0, done.stderr
    return production


@pytest.fixture
def empty(production: Production) -> Iterator[Production]:
    """Another database of that server, with nothing in it."""
    home = replace(production, database="postgres")
    home.query("CREATE DATABASE empty")
    yield replace(production, database="empty")
    home.query("DROP DATABASE empty WITH (FORCE)")
