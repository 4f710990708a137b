"""What requests ask all the time, as functions in the database: PostgreSQL reads and plans each once for a connection.

To plan them takes as long as to answer them. They are planned without regard to values, and to look into indexes alone:
a plan that was made while a table was empty would read all of it. A join may still read an index from end to end, so
none joins a table but row by row: OFFSET 0 keeps a part of a question to itself. And of several indexes that begin with
the workspace, one is taken that reads all of a large workspace where most are small: an order, which only the right one
has without sorting, keeps a question to it (BETWEEN says the equality, as that would need no order). A migration
installs them (`install`); one that changes gets another name and a migration, as who still runs the code of before asks
for the old one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps.registry import Apps
from django.db import connection
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SETTINGS = ("SET enable_seqscan = off", "SET enable_sort = off", "SET plan_cache_mode = force_generic_plan")
CREATE = """
CREATE OR REPLACE FUNCTION {name}({types}) RETURNS {returns} LANGUAGE plpgsql {volatility}
{settings} AS $body${body}$body$"""
FUNCTIONS: list[Function] = []


@dataclass(frozen=True)
class Function:
    """A statement with values $1, $2 … of these types; `returns` are the columns of its rows, if it yields some."""

    name: str
    types: tuple[str, ...]
    sql: str
    returns: str = ""

    def __post_init__(self) -> None:
        FUNCTIONS.append(self)

    @property
    def body(self) -> str:
        """As the database keeps it."""
        what = "RETURN QUERY" if self.returns else ""
        return f"\n#variable_conflict use_column\nBEGIN\n{what}{self.sql};\nEND"

    @property
    def definition(self) -> str:
        """The statement that installs it."""
        return CREATE.format(
            name=self.name,
            types=", ".join(self.types),
            returns=f"TABLE ({self.returns})" if self.returns else "void",
            volatility="STABLE" if self.returns else "VOLATILE",
            settings=" ".join(SETTINGS),
            body=self.body,
        )

    @cached_property
    def call(self) -> str:
        """The statement that asks it."""
        return f"SELECT * FROM {self.name}({', '.join(['%s'] * len(self.types))})"  # noqa: S608

    def run(self, *values: object) -> list[tuple[Any, ...]]:
        """Its rows. Values are given in the order of the types."""
        with connection.cursor() as cursor:
            cursor.execute(self.call, values)
            return list(cursor.fetchall())


def install(*functions: Function) -> Any:
    """For a migration's RunPython: these functions, as they are now."""

    def forward(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
        for function in functions:
            schema_editor.execute(function.definition)

    return forward
