"""Hundreds of ids in a statement, as one array: `filter(account_id__among=Ids(found))`.

A list of parameters, as `__in` makes it, costs the more the longer it is, in Python and in the database's parser.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import BigAutoField, ForeignKey, Lookup


def whole(values: Iterable[int]) -> str:
    """A list of whole numbers, as PostgreSQL writes arrays."""
    return "{" + ",".join(map(str, values)) + "}"


class Ids:
    """Ids of rows, written once, however many statements name them."""

    def __init__(self, ids: Iterable[int]) -> None:
        self.text = whole(ids)


class Among(Lookup):  # type: ignore[type-arg]
    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s::bigint[])", [*params, getattr(self.rhs, "text", self.rhs)]


BigAutoField.register_lookup(Among)
ForeignKey.register_lookup(Among)
