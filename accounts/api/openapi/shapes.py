"""Structs → JSON Schema, as OpenAPI 3.1 has it."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, inspect

from accounts.bounds import DECIMALS, DIGITS
from accounts.words import READ_ONLY

Schema = dict[str, Any]

TEXT: Schema = {"type": "string"}
MOMENT: Schema = {"type": "string", "format": "date-time"}
NOTHING: Schema = {"type": "null"}
BOUND = 10**DIGITS
PLAIN = {
    inspect.BoolType: {"type": "boolean"},
    inspect.DateType: {"type": "string", "format": "date"},
    inspect.DateTimeType: MOMENT,
    inspect.DictType: {"type": "object"},
    inspect.NoneType: NOTHING,
}
# What is told beside an item's own fields, when it is pulled.
OURS = {
    "known_at": {**MOMENT, "description": "When we heard of it"},
    "retracted_at": {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "Since when it is no longer believed",
    },
    "updated_at": {**MOMENT, "description": "When it last changed here: the clock of `updated_since`"},
}


def item(struct: type[Struct], *, without: tuple[str, ...] = (), whole: bool = True) -> Schema:
    """What may be sent. `whole`: with all that a new object needs."""
    fields = [each for each in _fields(struct) if each.name not in (*READ_ONLY, *without)]
    needed = [each.name for each in fields if each.required] if whole else []
    properties = {each.name: _given(struct, each) for each in fields}
    return _object(properties, needed, " ".join((struct.__doc__ or "").split()))


def answer(struct: type[Struct], ours: dict[str, Schema]) -> Schema:
    """What is pulled: every field, and what is ours to say."""
    properties = {each.name: _of(each.type, {}) for each in _fields(struct) if each.name not in READ_ONLY}
    if "id" in properties:
        properties["id"] = TEXT
    return _object(properties | ours, [*properties, *ours], " ".join((struct.__doc__ or "").split()))


def listed(of: Schema) -> Schema:
    """A list of something."""
    return {"type": "array", "items": of}


def closed(**properties: Schema) -> Schema:
    """An object of exactly these fields."""
    return _object(properties, list(properties))


def ref(name: str) -> Schema:
    """A schema that stands in the document by name."""
    return {"$ref": f"#/components/schemas/{name}"}


def _object(properties: dict[str, Schema], needed: list[str], words: str = "") -> Schema:
    schema = {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}
    return {name: value for name, value in (schema | {"description": words}).items() if value not in ("", [])}


def _fields(struct: type[Struct]) -> tuple[inspect.Field, ...]:
    return inspect.type_info(struct).fields  # type: ignore[attr-defined,no-any-return]


def _given(struct: Any, field: inspect.Field) -> Schema:
    """A field as it may be sent, with the bounds that its type cannot say."""
    decimals = getattr(struct, "DECIMALS", {}).get(field.name, DECIMALS)
    least = getattr(struct, "LEAST", {}).get(field.name, 1 - BOUND)
    number = {
        "type": ["string", "number"],
        "pattern": rf"^{'' if least >= 0 else '-?'}\d{{1,{DIGITS}}}(\.\d{{1,{decimals}}})?$",
        "minimum": least,
        "exclusiveMaximum": BOUND,
        "description": f"At most {DIGITS} digits and {decimals} decimals; exact as text",
    }
    schema = _of(field.type, number)
    plain = isinstance(field.default, (str, int)) and field.default not in ("", UNSET)
    return schema | {"default": field.default} if plain else schema


def _of(kind: inspect.Type, number: Schema) -> Schema:
    """A type as a schema; decimals as `number`, or as the text in which they are pulled."""
    if isinstance(kind, inspect.UnionType):
        return _either([_of(each, number) for each in kind.types])
    if isinstance(kind, inspect.LiteralType):
        return {"enum": list(kind.values)}
    if isinstance(kind, inspect.DecimalType):
        return number or {"type": "string", "format": "decimal"}
    if isinstance(kind, inspect.ListType):
        return listed(_of(kind.item_type, number)) | _told(maxItems=kind.max_length)
    if isinstance(kind, inspect.IntType):
        return {"type": "integer"} | _told(minimum=kind.ge, maximum=kind.le)
    if isinstance(kind, inspect.StrType):
        return TEXT | _told(minLength=kind.min_length, maxLength=kind.max_length, pattern=kind.pattern)
    return PLAIN[type(kind)]  # type: ignore[index]


def _either(several: list[Schema]) -> Schema:
    """One of these; in short where it is a plain one, or null."""
    plain = [each for each in several if each != NOTHING]
    if len(plain) > 1 or "type" not in plain[0]:
        return {"anyOf": several}
    kinds = plain[0]["type"]
    return plain[0] | {"type": [*([kinds] if isinstance(kinds, str) else kinds), "null"]}


def _told(**bounds: Any) -> Schema:
    return {name: value for name, value in bounds.items() if value is not None}
