"""What a value may be, whatever its kind: times, dates, numbers, characters."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from msgspec import Struct
from msgspec.structs import asdict

from accounts.batch import Result, columns_of, refusal

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
FARTHEST = date(2100, 1, 1)
FARTHEST_OFFSET = timedelta(hours=14)
DIGITS = 14
DECIMALS = 4
# Zeros after the last decimal say nothing, but a billion of them would be written out.
WRITTEN_DECIMALS = 30


def faults(items: Sequence[Struct], received_at: datetime) -> dict[int, Result]:
    """Place of each bad item → the first field that is wrong with it. Looks at whole columns, which is cheaper."""
    return faults_by_column(columns_of(items), received_at, type(items[0])) if items else {}


def faults_by_column(
    columns: dict[str, Sequence[Any]], received_at: datetime, struct: type[Struct]
) -> dict[int, Result]:
    """The same of items that are columns already."""
    found: dict[int, Result] = {}
    latest = received_at + timedelta(days=1)
    for name, values in columns.items():
        if values[0] is None and values.count(None) == len(values):
            continue
        kinds = set(map(type, values))
        for kind in kinds & CHECKS.keys():
            same = values if len(kinds) == 1 else [each for each in values if each.__class__ is kind]
            if kind in AS_ONE_TEXT and _is_plain(AS_ONE_TEXT[kind](same)):
                continue
            if kind is datetime and are_moments(same, latest):
                continue
            check = _number_check(struct, name) if kind is Decimal else CHECKS[kind]
            for n, value in enumerate(values):
                if value.__class__ is kind and (reason := check(value, latest)):
                    found.setdefault(n, refusal(name, "" if kind is dict else value, reason))
    return found


def every_fault(item: Struct, received_at: datetime) -> Iterator[Result]:
    """All fields of one item that are wrong."""
    latest = received_at + timedelta(days=1)
    for name, value in asdict(item).items():
        kind = type(value)
        check = _number_check(type(item), name) if kind is Decimal else CHECKS.get(kind)
        if check and (reason := check(value, latest)):
            yield refusal(name, "" if kind is dict else value, reason)


def text_fault(text: str) -> str:
    """Why a text cannot be stored, or nothing."""
    return _bad_text(text, EARLIEST)


def moment_fault(moment: datetime, received_at: datetime) -> str:
    """Why something cannot have happened at a moment, or nothing."""
    if moment.tzinfo is UTC and EARLIEST <= moment <= received_at:
        return ""
    return _bad_moment(moment, received_at + timedelta(days=1))


def are_moments(moments: Sequence[datetime], latest: datetime) -> bool:
    """Whether all are told in UTC, and none is too early or too late."""
    return set(map(attrgetter("tzinfo"), moments)) == {UTC} and min(moments) >= EARLIEST and max(moments) <= latest


def _number_check(struct: type[Struct], field: str) -> Callable[[Any, datetime], str]:
    decimals, least = getattr(struct, "DECIMALS", {}), getattr(struct, "LEAST", {})
    return partial(_bad_number, decimals=decimals.get(field, DECIMALS), least=least.get(field))


def _is_plain(text: str) -> bool:
    return text.isascii() and "\x00" not in text


def _bad_text(text: str, latest: datetime) -> str:
    if text.isprintable():
        return ""
    if "\x00" in text:
        return _("contains a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        return _("contains a lone surrogate")
    return ""


def _bad_properties(properties: dict[str, Any], latest: datetime) -> str:
    return _bad_text(json.dumps(properties, ensure_ascii=False, default=str).replace("\\u0000", "\x00"), latest)


def _bad_moment(moment: datetime, latest: datetime) -> str:
    if moment.tzinfo is None:
        return _("needs a UTC offset, such as 2026-11-22T10:00:00Z")
    if abs(moment.utcoffset() or timedelta()) > FARTHEST_OFFSET:
        return _("has a UTC offset that no place has: at most 14 hours")
    return "" if EARLIEST <= moment <= latest else _("must lie between 2000 and tomorrow")


def _bad_day(day: date, latest: datetime) -> str:
    return "" if EARLIEST.date() <= day <= FARTHEST else _("must lie between 2000 and 2100")


def _bad_texts(texts: list[str], latest: datetime) -> str:
    return next((reason for text in texts if (reason := _bad_text(text, latest))), "")


def _bad_number(number: Decimal, latest: datetime, decimals: int = DECIMALS, least: int | None = None) -> str:
    if not number.is_finite():
        return _("is not a number")
    if number.adjusted() >= DIGITS:
        return _("is larger than %s digits") % DIGITS
    exponent = int(number.as_tuple().exponent)
    if exponent < -WRITTEN_DECIMALS or (exponent < -decimals and number != round(number, decimals)):
        return _("has more than %s decimals") % decimals
    return _("must be at least %s") % least if least is not None and number < least else ""


def _documents(values: Sequence[dict[str, Any]]) -> str:
    """All of them as one text, which is not plain where something in them cannot be written."""
    try:
        return msgspec.json.encode(values, enc_hook=str).decode().replace("\\u0000", "\x00")
    except UnicodeEncodeError:
        return "\x00"


# What is plain taken together needs no look at each.
AS_ONE_TEXT: dict[type, Callable[[Any], str]] = {
    str: "".join,
    dict: _documents,
}
CHECKS: dict[type, Callable[[Any, datetime], str]] = {
    str: _bad_text,
    dict: _bad_properties,
    list: _bad_texts,
    datetime: _bad_moment,
    date: _bad_day,
    Decimal: _bad_number,
}
