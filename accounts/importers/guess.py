"""What a file may be: its kind, and which column is which field, by the names of the columns and the texts in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import msgspec

from accounts.importers import formats
from accounts.importers.cells import kinds_of
from accounts.importers.mapping import Column, Mapping
from accounts.importers.vocabulary import ACCOUNT_NAME, KINDS_WORDS, NAMES, WORDS
from accounts.kinds import KINDS

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
DOMAIN = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[a-z]{2,}/?", re.IGNORECASE)
CURRENCY = re.compile(r"[A-Z]{3}")
CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
# A field that no column holds cannot be made up, but for these.
MADE_UP = {"id", "message_id"}
Rows = Sequence[Sequence[str]]


def guess(header: list[str], rows: Rows, file_name: str = "") -> Mapping:
    """The mapping that fits a file best."""
    named = set(plain(file_name.rpartition(".")[0]).split())
    texts = texts_of(header, rows)
    found = {kind: columns_of(kind, header, texts) for kind in KINDS}
    best = max(KINDS, key=lambda kind: _fit(kind, found[kind], bool(named & set(NAMES[kind].split()))))
    return _mapping(best, found[best], header, file_name)


def guess_kind(kind: str, header: list[str], rows: Rows) -> Mapping:
    """The mapping of a kind that fits a file best."""
    return _mapping(kind, columns_of(kind, header, texts_of(header, rows)), header)


def texts_of(header: list[str], rows: Rows) -> dict[str, list[str]]:
    """Column → the texts in it that are not empty. Columns that share a name, or have none, are left out."""
    places = {name: place for place, name in enumerate(header) if name and header.count(name) == 1}
    return {name: [text for row in rows if (text := row[place].strip())] for name, place in places.items()}


def columns_of(kind: str, header: list[str], texts: dict[str, list[str]]) -> dict[str, Column]:
    """Field → column, the surest first; each of both once."""
    pairs = sorted(_pairs(kind, texts), key=lambda pair: pair[0], reverse=True)
    found: dict[str, Column] = {}
    taken: set[str] = set()
    for _sure, field, name in pairs:
        if field not in found and name not in taken:
            found[field] = _column(kind, field, name, texts[name])
            taken.add(name)
    order = [name for name in header if name in taken]
    return dict(sorted(found.items(), key=lambda item: order.index(item[1].column)))


def unclear(mapping: Mapping, texts: dict[str, list[str]]) -> dict[str, str]:
    """Column → a text in it that could be two days or two numbers, where the mapping does not say which."""
    found = {}
    for field, column in mapping.fields().items():
        read = [text for text in texts.get(column.column, ()) if text not in column.values]
        forms = forms_of(mapping.kind, field, read)
        if not column.format and formats.is_unclear(forms, read):
            found[column.column] = next(text for text in read if formats.is_unclear(forms, [text]))
    return found


def forms_of(kind: str, field: str, texts: Sequence[str]) -> list[str]:
    """The formats in which all texts of a column are days, or numbers, as the field asks; none where it asks for
    neither, or they are not."""
    sort = sort_of(kind, field)
    return {"day": formats.day_formats, "number": formats.number_formats}.get(sort, lambda texts: [])(texts)


@cache
def sort_of(kind: str, field: str) -> str:
    """Whether a field is a `day`, a `number`, or something else."""
    kinds = kinds_of(KINDS[kind].struct).get(field, set())
    if kinds & {msgspec.inspect.DateTimeType, msgspec.inspect.DateType}:
        return "day"
    return "number" if kinds & {msgspec.inspect.DecimalType, msgspec.inspect.IntType} else ""


def plain(text: str) -> str:
    """A name in small letters without accents and marks, its words apart."""
    split = unicodedata.normalize("NFKD", CAMEL.sub(" ", text).replace("ß", "ss"))
    letters = "".join(c if c.isalnum() else " " for c in split if not unicodedata.combining(c))
    return " ".join(letters.casefold().split())


@cache
def _names(kind: str, field: str) -> dict[str, float]:
    """Each name by which a field may go → how sure it is: the earlier in its list the surer."""
    own = KINDS_WORDS.get(kind, {}).get(field)
    words = [plain(field), *(plain(each) for each in (own or WORDS.get(field, "")).split(";"))]
    return {word: 3 - n / 1_000 for n, word in reversed(list(enumerate(words)))} | {plain(field): 4.0}


def _pairs(kind: str, texts: dict[str, list[str]]) -> Iterator[tuple[float, str, str]]:
    for field in KINDS[kind].struct.__struct_fields__:
        names = _names(kind, field)
        for name, values in texts.items():
            sure = names.get(plain(name), 0.0) or (0.5 if _looks(field, values) else 0.0)
            if sure and _fits(kind, field, values):
                yield sure, field, name


def _looks(field: str, texts: list[str]) -> bool:
    """Whether the texts alone say it."""
    shape = {"email": EMAIL, "currency": CURRENCY}.get(field)
    return bool(texts) and shape is not None and all(map(shape.fullmatch, texts))


def _fits(kind: str, field: str, texts: list[str]) -> bool:
    """Whether the texts can be what the field asks for; a few may be wrong."""
    some = texts[:50]
    if not some or field == "known_at":
        return field != "known_at"
    if sort_of(kind, field):
        return any(forms_of(kind, field, [text]) for text in some)
    if field == "currency":
        return sum(map(bool, map(CURRENCY.fullmatch, some))) >= formats.ENOUGH * len(some)
    words = choices_of(kind, field)
    return not words or any(text in words for text in some)


@cache
def choices_of(kind: str, field: str) -> tuple[str, ...]:
    """The words that a field takes, where it takes certain words only."""
    fields: Any = msgspec.inspect.type_info(KINDS[kind].struct)
    found = next((each.type for each in fields.fields if each.name == field), None)
    return tuple(found.values) if isinstance(found, msgspec.inspect.LiteralType) else ()


def _column(kind: str, field: str, name: str, texts: list[str]) -> Column:
    forms = forms_of(kind, field, texts)
    form = "" if not forms or formats.is_unclear(forms, texts) else forms[0]
    return Column(column=name, format=form, lookup=_lookup(field, name, texts))


def _lookup(field: str, name: str, texts: list[str]) -> str:
    """By what an account is named, where that is not its id."""
    if field != "account":
        return ""
    if texts and all(map(DOMAIN.fullmatch, texts)):
        return "domain"
    return "account_name" if plain(name) in {plain(each) for each in ACCOUNT_NAME.split(";")} else ""


def required(kind: str) -> list[str]:
    """The fields without which an item of a kind is none."""
    return [each.name for each in msgspec.structs.fields(KINDS[kind].struct) if each.required]


def _fit(kind: str, columns: dict[str, Column], is_named: bool) -> tuple[float, int]:
    needed = required(kind)
    missing = [field for field in needed if field not in columns and field not in MADE_UP]
    lost = sum(0.5 if choices_of(kind, field) else 3 for field in missing)
    points = sum(2 if field in needed else 1 for field in columns) - lost + 4 * is_named
    return points, -list(KINDS).index(kind)


def _mapping(kind: str, columns: dict[str, Column], header: list[str], file_name: str = "") -> Mapping:
    found = Mapping(kind=kind, columns=dict(columns))
    words = set(plain(" ".join([*header, file_name])).split())
    for field in required(kind):
        named = [word for word in choices_of(kind, field) if word in words]
        if field not in columns and len(named) == 1:
            found.constants = found.constants | {field: named[0]}
    # An account that has no id goes by its name.
    if kind == "accounts" and "id" not in columns and "name" in columns:
        found.id = [columns["name"].column]
    return found
