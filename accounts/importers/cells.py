"""Text of a column → values of a field. What cannot be read stays text, and the decoder says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec
from msgspec import Struct

from accounts.importers import formats
from accounts.importers.mapping import Column
from accounts.models import Workspace

MEMORY = 50_000
# Between the texts of a list, in one cell.
LIST = "|"


class Memo(dict[Any, Any]):
    """Files repeat their days and amounts: each text is read once, until there are too many of them."""

    def __init__(self, read: Callable[[Any], Any]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, text: Any) -> Any:
        if len(self) > MEMORY:
            self.clear()
        value = self[text] = self.read(text) if text else ""
        return value


def reader(struct: type[Struct], field: str, column: Column, workspace: Workspace) -> Memo | None:
    """How the texts of a column become values of a field; nothing where text will do."""
    kinds = kinds_of(struct).get(field, set())
    if msgspec.inspect.DateTimeType in kinds:
        return Memo(partial(_moment, workspace, column.format))
    if msgspec.inspect.DateType in kinds:
        return Memo(partial(_day, workspace, column.format))
    if msgspec.inspect.ListType in kinds:
        return Memo(lambda text: text.split(LIST))
    if column.scale or (column.format and kinds & {msgspec.inspect.DecimalType, msgspec.inspect.IntType}):
        return Memo(partial(_number, column.format, Decimal(column.scale or 1)))
    return None


def kinds_of(struct: type[Struct]) -> dict[str, set[type]]:
    """Field → the kinds of value it may hold."""
    fields = msgspec.inspect.type_info(struct).fields  # type: ignore[attr-defined]
    return {f.name: {type(each) for each in getattr(f.type, "types", (f.type,))} for f in fields}


def _parsed(text: str, form: str) -> tuple[datetime, bool] | None:
    """A moment and whether the text named a time of day, or nothing where it is neither day nor time."""
    try:
        if form:
            found, has_time = datetime.strptime(text, form), "%H" in form or "%I" in form  # noqa: DTZ007
        else:
            found, has_time = datetime.fromisoformat(text), len(text) > 10
    except ValueError:
        return None
    # At its ends the calendar has no room for time zones.
    return (found, has_time) if MINYEAR < found.year < MAXYEAR else None


def _moment(workspace: Workspace, form: str, text: str) -> datetime | str:
    """A time without an offset is local; a day alone is its beginning."""
    parsed = _parsed(text, form)
    if parsed is None:
        return text
    moment, has_time = parsed
    if not has_time:
        return workspace.start_of(moment.date())
    return (moment if moment.tzinfo else moment.replace(tzinfo=workspace.zone)).astimezone(UTC)


def _day(workspace: Workspace, form: str, text: str) -> date | str:
    parsed = _parsed(text, form)
    if parsed is None:
        return text
    return workspace.day_of(parsed[0]) if parsed[0].tzinfo else parsed[0].date()


def _number(form: str, scale: Decimal, text: str) -> Decimal | str:
    found = formats.number(text, form)
    return text if found is None else found * scale
