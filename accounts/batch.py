"""What is handed to `ingest.record`, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.structs import astuple

from accounts.models import Import, Source, Workspace

# Characters of a value that an error prints, and that are kept of a cell of a file, so that a word can be told again.
SHORT, KEPT = 80, 200


class Status(StrEnum):
    ACCEPTED = "accepted"
    UPDATED = "updated"
    KNOWN = "already_known"
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one item, and where it is refused: which field, which value, why. `also`: what else is wrong with
    it, a field each; only of rows of files is that looked for."""

    status: Status
    field: str = ""
    value: str = ""
    reason: str = ""
    also: tuple[Result, ...] = ()

    @property
    def all(self) -> tuple[Result, ...]:
        """This one, and what else is wrong."""
        return (self, *self.also)


# What was not taken.
BAD = (Status.REJECTED, Status.CONFLICT)
ACCEPTED, UPDATED, KNOWN = Result(Status.ACCEPTED), Result(Status.UPDATED), Result(Status.KNOWN)


@dataclass(frozen=True)
class Batch:
    """Items of one kind from one source. `history`: they were known when they happened. `dry`: will be rolled back.
    `ids`: of accounts of events that were asked for already (external id → id)."""

    workspace: Workspace
    source: Source
    kind: str
    items: Sequence[Any]
    received_at: datetime
    creates_accounts: bool = False
    imported: Import | None = None
    history: bool = False
    dry: bool = False
    ids: Mapping[str, int] = field(default_factory=dict)
    results: list[Result | None] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "results", [None] * len(self.items))

    @cached_property
    def columns(self) -> dict[str, Sequence[Any]]:
        """The items by field."""
        return columns_of(self.items)


def columns_of(items: Sequence[Struct]) -> dict[str, Sequence[Any]]:
    """Field → its value in each of the items, which are of one kind."""
    names = items[0].__struct_fields__ if items else ()
    return dict(zip(names, zip(*map(astuple, items), strict=True), strict=True))


def refusal(field: str, value: object, reason: str) -> Result:
    """A rejected item: the field, which may be made up, and its value as an error may print them; the reason."""
    return Result(Status.REJECTED, shown(field), shown(value), reason)


def shown(value: object, most: int = SHORT) -> str:
    """A value as an error may print it: short, without control characters."""
    text = str(value)[:most]
    if text.isprintable():
        return text
    text = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return text.encode(errors="replace").decode()
