"""Text and JSON → typed items: all in one go, and one by one where some are bad."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any, cast

import msgspec
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _
from msgspec import Struct

from accounts.batch import Result, refusal

Decoded = Struct | Result

_TROUBLE = re.compile(r"(?P<what>.*?)(?: - at `\$(?P<path>[^`]*)`)?$", re.DOTALL)
_NAMED = re.compile(r"Object (missing required|contains unknown) field `(.*)`$", re.DOTALL)
_EXPECTED = re.compile(r"Expected `(int \| str|[a-z]+)[^`]*`, got `")
_LENGTH = re.compile(r"Expected `\w+` of length ([<>]=) (\d+)$")
_BOUND = re.compile(r"Expected `\w+` ([<>]=) (-?\d+)$")


def learn(struct: type[Struct] = Struct) -> None:
    """Let msgspec read all structs there are. It does so when it first meets one; two threads that meet the same one
    at once end the process."""
    for each in struct.__subclasses__():
        with suppress(TypeError):  # one that is only written
            msgspec.json.Decoder(each)
        learn(each)


def rows(values: Sequence[dict[str, Any]], struct: type[Struct]) -> list[Decoded]:
    """Rows of a file (text, or values already converted) as items; a bad row becomes its Result."""
    try:
        return cast(list[Decoded], msgspec.convert(values, list[struct], strict=False))  # type: ignore[valid-type]
    except msgspec.ValidationError:
        return [one(row, struct, strict=False) for row in values]


def one(value: dict[str, Any], struct: type[Struct], *, strict: bool = True) -> Decoded:
    """One object as an item, or the Result that says what is wrong with it."""
    return _attempt(lambda: msgspec.convert(value, struct, strict=strict), struct, lambda: value)


def tolerant(struct: type[Struct]) -> type[Struct]:
    """The same shape with nothing required. To be made where a module is loaded, so that `learn` meets it."""
    needed = [(field.name, field.type, None) for field in msgspec.structs.fields(struct) if field.required]
    return msgspec.defstruct(struct.__name__, needed, bases=(struct,), kw_only=True)


def readable(row: dict[str, Any], struct: type[Struct]) -> tuple[Struct, list[Result]]:
    """What can be read of a row of a file, as an item of a `tolerant` shape, and each field that cannot."""
    left, wrong = dict(row), []
    while True:
        try:
            return msgspec.convert(left, struct, strict=False), wrong
        except msgspec.ValidationError as error:
            wrong.append(trouble(error, struct, left))
            del left[wrong[-1].field]


def documents(raws: Iterable[msgspec.Raw], struct: type[Struct]) -> list[Decoded]:
    """JSON objects that were cut out of a larger document, as items; a bad one becomes its Result."""
    return [
        _attempt(lambda raw=raw: msgspec.json.decode(raw, type=struct), struct, lambda raw=raw: _plain(raw))
        for raw in raws
    ]


def merge(decoded: Iterable[Decoded], results: Iterable[Result]) -> list[Result]:
    """The results of the items that could be decoded, put back among those that could not."""
    given = iter(results)
    return [each if isinstance(each, Result) else next(given) for each in decoded]


def trouble(error: msgspec.ValidationError, struct: type[Struct], value: Any) -> Result:
    """A decoding error as field, value and reason."""
    match = _TROUBLE.match(str(error))
    what, path = (match["what"], match["path"] or "") if match else (str(error), "")
    named = _NAMED.match(what)
    if named:
        missing = named[1] == "missing required"
        reason = _("is required") if missing else _("is no field of this kind")
        return refusal(named[2], "" if missing else _at(value, named[2]), reason)
    field = path.lstrip(".").split(".")[0].split("[")[0]
    return refusal(field, _at(value, field), _reason(what, struct, field, get_language()))


def _attempt(decode: Callable[[], Struct], struct: type[Struct], plain: Callable[[], Any]) -> Decoded:
    try:
        return decode()
    except msgspec.ValidationError as error:
        return trouble(error, struct, plain())
    except UnicodeDecodeError:
        return refusal("", "", _("is not UTF-8"))


def _plain(raw: msgspec.Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return bytes(memoryview(raw)[:200]).decode(errors="replace")


def _at(value: Any, field: str) -> Any:
    if not field:
        return value
    return value.get(field, "") if isinstance(value, dict) else value


# A file may be wrong a million times in the same way.
@lru_cache(maxsize=1_000)
def _reason(what: str, struct: type[Struct], field: str, language: str | None) -> str:
    """msgspec's words in those of somebody who never heard of it."""
    if what.startswith("Invalid enum value"):
        return _("must be one of: %s") % ", ".join(_choices(struct).get(field, ()))
    if match := _LENGTH.match(what):
        if match[1] == ">=":
            return _("must not be empty")
        return _("must have at most %s characters") % match[2]
    if match := _BOUND.match(what):
        return (_("must be at least %s") if match[1] == ">=" else _("must be at most %s")) % match[2]
    if "matching regex" in what:
        return _("must be a currency such as EUR")
    if match := _EXPECTED.match(what):
        return _("must be %s") % _(_NAMES.get(match[1], match[1]))
    for start, name in _INVALID.items():
        if what.startswith(start):
            return _("must be %s") % _(_NAMES[name])
    return what.replace("`", "")


_INVALID = {
    "Invalid RFC3339 encoded datetime": "datetime",
    "Invalid RFC3339 encoded date": "date",
    "Invalid decimal": "decimal",
}

_NAMES = {
    "int": gettext_noop("a whole number"),
    "str": gettext_noop("a text"),
    "int | str": gettext_noop("a text or a whole number"),
    "bool": gettext_noop("true or false"),
    "decimal": gettext_noop("a number"),
    "datetime": gettext_noop("a time such as 2026-11-22T10:00:00Z"),
    "date": gettext_noop("a day such as 2026-11-22"),
    "object": gettext_noop("an object"),
    "array": gettext_noop("a list"),
}


@cache
def _choices(struct: type[Struct]) -> dict[str, tuple[str, ...]]:
    """The words that a field takes, for fields that take certain words only."""
    fields = cast(msgspec.inspect.StructType, msgspec.inspect.type_info(struct)).fields
    literals = {f.name: f.type for f in fields if isinstance(f.type, msgspec.inspect.LiteralType)}
    return {name: tuple(str(value) for value in kind.values) for name, kind in literals.items()}
