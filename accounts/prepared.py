"""Statements that PostgreSQL reads and plans once for each connection: to plan them takes as long as to answer them."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

# The names of those that a connection has; a new connection has none.
_prepared: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Prepared:
    """A statement with values $1, $2 … of these types."""

    def __init__(self, name: str, sql: str, *types: str) -> None:
        self.name = name
        self._prepare = f"PREPARE {name} ({', '.join(types)}) AS {sql}"
        self._execute = f"EXECUTE {name} ({', '.join(['%s'] * len(types))})"

    def run(self, *values: object) -> list[tuple[Any, ...]]:
        """Run it in the transaction at hand. Returns the rows, where it yields some."""
        with connection.cursor() as cursor:
            self._make_ready()
            cursor.execute(self._execute, values)
            return cursor.fetchall() if cursor.description else []

    def _make_ready(self) -> None:
        """Past Django's cursor: who counts queries counts it every time or never. No rollback takes it back."""
        names = _prepared.setdefault(connection.connection, set())
        if self.name not in names:
            with connection.wrap_database_errors, connection.connection.cursor() as cursor:
                cursor.execute(self._prepare)
            names.add(self.name)
