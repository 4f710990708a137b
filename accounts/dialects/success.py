"""What the dialects of customer-success systems have in common: how they name accounts, people and their fields."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from accounts.batch import Result, refusal
from accounts.decode import trouble
from accounts.linking import Said

# An id as a text or as a number.
Id = Annotated[str, Meta(min_length=1, max_length=200)] | int
Name = Annotated[str, Meta(min_length=1, max_length=200)]
JSON = msgspec.json.Encoder(order="sorted", enc_hook=str)
Shape = TypeVar("Shape", bound=Struct)


class Wrong(Exception):  # noqa: N818
    """It is not taken: which field, which value, why."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(reason)
        self.result = refusal(field, value, reason)

    @classmethod
    def of(cls, result: Result) -> Wrong:
        return cls(result.field, result.value, result.reason)


def read(said: Any, shape: type[Shape]) -> Shape:
    """A message as its shape. Raises Wrong."""
    try:
        return msgspec.convert(said, shape)
    except msgspec.ValidationError as error:
        raise Wrong.of(trouble(error, shape, said)) from None


def text(value: object) -> str:
    """An id as a text; nothing as an empty one."""
    return "" if value is None else str(value)


def user(name: object) -> str:
    """The name by which a user is linked to an account; nothing for nobody."""
    return f"user:{name}" if text(name) else ""


def account(external_id: object, traits: Mapping[str, Any], fields: Mapping[str, str]) -> Said:
    """An account as it is told: traits that are fields of ours become those, all others its properties."""
    own, others = _parted(traits, fields)
    return Said("accounts", {"id": text(external_id), **own, **({"properties": others} if others else {})})


def contact(person: object, traits: Mapping[str, Any], fields: Mapping[str, str], account: object = None) -> Said:
    """A person as told: we keep name, e-mail, part and since when; an id that is an address is the e-mail as well."""
    own, _others = _parted(traits, fields)
    if "@" in text(person):
        own = {"email": text(person)} | own
    return Said("contacts", {"id": text(person), "account": text(account), **own}, user(person))


def fingerprint(said: Any) -> str:
    """What makes a message without an id this one: all that it says."""
    return hashlib.md5(JSON.encode(said), usedforsecurity=False).hexdigest()


def _parted(traits: Mapping[str, Any], fields: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The traits that are fields of ours, by our names; the others as they are. Nothing changes no field."""
    own = {fields[name]: value for name, value in traits.items() if name in fields and value not in (None, "")}
    for name, value in own.items():
        if isinstance(value, str) and name in SHORTENED:
            own[name] = SHORTENED[name](value)
    return own, {name: value for name, value in traits.items() if name not in fields}


def _host(address: str) -> str:
    """The host of a website's address, which may be told without https://."""
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname
    except ValueError:
        return address
    return (host or address).removeprefix("www.")


def _day(moment: str) -> str:
    """The day of a moment, or what was there instead."""
    return moment[:10] if moment[10:11] in ("T", " ") else moment


SHORTENED = {"domain": _host, "started_on": _day, "since_on": _day}
