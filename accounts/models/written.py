"""Queries that every page asks: Django writes each once in a process, and what differs is filled in when it is sent.

Writing a query takes Django longer than answering it takes PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cache, wraps
from inspect import signature
from typing import Any

from django.db import connections
from django.db.models import QuerySet, Value


def written_once(write: Callable[..., QuerySet[Any]]) -> Callable[..., list[Any]]:
    """The rows of a query that depends on nothing but its arguments, each a value that a column is compared with. When
    it is written, it is given what stands for them."""
    written = cache(lambda: _Written(write))

    @wraps(write)
    def rows(*values: Any) -> list[Any]:
        return written().rows(values)

    return rows


class Asked(Value):
    """Stands in a statement for one of the arguments."""

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


class _Written:
    """A statement, and what Django needs to make rows of its answer."""

    def __init__(self, write: Callable[..., QuerySet[Any]]) -> None:
        self.queryset = write(*map(Asked, range(len(signature(write).parameters))))
        self.compiler = self.queryset.query.get_compiler(using=self.queryset.db)
        self.sql, self.params = self.compiler.as_sql()

    def rows(self, values: tuple[Any, ...]) -> list[Any]:
        params = tuple(values[each.value] if isinstance(each, Asked) else each for each in self.params)
        return list(self.queryset._iterable_class(_Sent(self, params)))  # noqa: SLF001


class _Sent:
    """What Django makes rows from: to it, this is the queryset and its query in one."""

    def __init__(self, written: _Written, params: tuple[Any, ...]) -> None:
        self.written, self.params, self.db = written, params, written.queryset.db

    @property
    def query(self) -> _Sent:
        return self

    def get_compiler(self, using: str) -> Any:
        """The one that wrote the statement, on the connection of this thread."""
        compiler = copy(self.written.compiler)
        compiler.connection = connections[using]
        compiler.as_sql = lambda: (self.written.sql, self.params)
        return compiler

    def __getattr__(self, name: str) -> Any:
        """Which columns there are, and of what."""
        queryset = self.written.queryset
        return getattr(queryset if hasattr(queryset, name) else queryset.query, name)
