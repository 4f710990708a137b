"""The mapping file: which column of a file is which field of a kind. Every value in it is text, as in a cell."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import yaml
from django.utils.translation import gettext as _
from msgspec import Struct

from accounts.decode import trouble
from accounts.importers.lookups import LOOKUPS
from accounts.kinds import KINDS, Kind

MAX_SIZE = 200_000
RECEIVED = "received"
LAG = re.compile(r"\+(\d{1,4}) days?")


class MappingError(Exception):
    """What is wrong with a mapping, in one sentence."""


class Exclude(Struct, forbid_unknown_fields=True, rename={"values": "not"}):
    """All but these values."""

    values: str | list[str]


Condition = dict[str, str | list[str] | Exclude]


class Column(Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """How a column becomes a field."""

    column: str
    format: str = ""
    values: dict[str, str] = {}
    lookup: str = ""
    scale: str = ""
    where: Condition = {}


class Warn(Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Accept, and count: the field lies before (or after) a day of what was looked up."""

    field: str
    reason: str
    before: str = ""
    after: str = ""


class Mapping(Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A mapping file.

    `id` is a column, several, or `row`: a hash of the mapped columns. `known_at` is a column, `received`,
    or a lag such as `+2 days`; without it things were known when they happened.
    """

    kind: str
    columns: dict[str, str | Column] = {}
    constants: dict[str, str] = {}
    where: Condition = {}
    id: str | list[str] = ""
    known_at: str | Column = ""
    warn: list[Warn] = []
    text: str = ""

    @property
    def id_field(self) -> str:
        return "message_id" if self.kind == "events" else "id"

    @property
    def history(self) -> bool:
        """Whether things were known when they happened, which is what a file tells unless it says otherwise."""
        return self.known_at != RECEIVED

    @property
    def lag(self) -> timedelta | None:
        """How long after a thing happened it was known, where the mapping says so."""
        match = LAG.fullmatch(self.known_at) if isinstance(self.known_at, str) else None
        return timedelta(days=int(match[1])) if match else None

    def fields(self) -> dict[str, Column]:
        """Field → column, with those of `id` and `known_at` among them."""
        fields = {field: _column(each) for field, each in self.columns.items()}
        if self.known_at not in ("", RECEIVED) and self.lag is None:
            fields["known_at"] = _column(self.known_at)
        if isinstance(self.id, str) and self.id not in ("", "row"):
            fields[self.id_field] = Column(column=self.id)
        return fields

    def id_columns(self) -> list[str]:
        """The columns that an id is made of; none where a field holds it, or the kind makes it itself."""
        if KINDS[self.kind].of_workspace:
            return []
        if isinstance(self.id, list):
            return self.id
        columns = [each.column for each in self.fields().values()]
        return columns if self.id == "row" or self.id_field not in self.columns and not self.id else []


def read_mapping(path: Path) -> Mapping:
    """The mapping in a YAML file. Raises MappingError."""
    try:
        text = path.read_bytes()[: MAX_SIZE + 1].decode()
    except OSError as error:
        raise MappingError(f"{path}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise MappingError(_("%s is not UTF-8.") % path) from None
    try:
        return parse_mapping(text)
    except MappingError as error:
        raise MappingError(f"{path}: {error}") from None


def parse_mapping(text: str) -> Mapping:
    """The mapping in a YAML text. Raises MappingError."""
    if len(text) > MAX_SIZE:
        raise MappingError(_("A mapping has at most %s characters.") % f"{MAX_SIZE:,}")
    try:
        plain = yaml.load(text, yaml.BaseLoader)  # noqa: S506  makes nothing but text, lists and dictionaries
        mapping = msgspec.convert(plain, Mapping, strict=False)
    except (yaml.YAMLError, RecursionError) as error:
        raise MappingError(_("This is not YAML: %s.") % " ".join(str(error).split())) from None
    except msgspec.ValidationError as error:
        wrong = trouble(error, Mapping, plain)
        raise MappingError(f"{str(error).replace('`', '')} ({wrong.field or wrong.value}).") from None
    mapping.text = text
    return _checked(mapping)


def mapping_text(mapping: Mapping) -> str:
    """The mapping as a YAML text: what `parse_mapping` reads."""
    plain = msgspec.to_builtins(mapping)
    plain.pop("text", None)
    plain["columns"] = {name: _short(each) for name, each in plain.get("columns", {}).items()}
    if "known_at" in plain:
        plain["known_at"] = _short(plain["known_at"])
    return str(yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=1_000))


def _short(column: Any) -> Any:
    """A column by its name alone, where nothing more is said of it."""
    return column["column"] if isinstance(column, dict) and list(column) == ["column"] else column


def plain_mapping(kind: str, header: list[str]) -> Mapping:
    """The mapping of a file whose columns are called as the fields are. Raises MappingError."""
    return _checked(Mapping(kind=kind, columns={name: name for name in header}))


def _column(each: str | Column) -> Column:
    return each if isinstance(each, Column) else Column(column=each)


def _checked(mapping: Mapping) -> Mapping:
    kind = KINDS.get(mapping.kind)
    if kind is None:
        known = {"kind": mapping.kind, "known": ", ".join(KINDS)}
        raise MappingError(_("“%(kind)s” is no kind of fact; there are: %(known)s.") % known)
    _check_fields(mapping, kind)
    if mapping.id and kind.of_workspace:
        known = {"kind": mapping.kind, "key": ", ".join(kind.key)}
        raise MappingError(_("id: that of %(kind)s is made of %(key)s.") % known)
    for field, column in mapping.fields().items():
        _check_column(field, column)
    for warn in mapping.warn:
        _check_warning(mapping, warn)
    if mapping.lag is not None and not (kind.moment or mapping.kind == "events"):
        raise MappingError(_("known_at: %s have no moment of their own to count days from.") % mapping.kind)
    return mapping


def _check_fields(mapping: Mapping, kind: Kind) -> None:
    known = kind.struct.__struct_fields__
    for field in [*mapping.fields(), *mapping.constants]:
        if field not in known and not (field.startswith("properties.") and "properties" in known):
            names = {"field": field, "kind": mapping.kind, "known": ", ".join(known)}
            raise MappingError(_("“%(field)s” is no field of %(kind)s; there are: %(known)s.") % names)


def _check_column(field: str, column: Column) -> None:
    if column.lookup and column.lookup not in LOOKUPS:
        names = {"field": field, "lookup": column.lookup, "known": ", ".join(LOOKUPS)}
        raise MappingError(_("%(field)s: there is no lookup “%(lookup)s”, only: %(known)s.") % names)
    if column.scale:
        try:
            msgspec.convert(column.scale, float, strict=False)
        except msgspec.ValidationError:
            wrong = {"field": field, "scale": column.scale}
            raise MappingError(_("%(field)s: scale “%(scale)s” is not a number.") % wrong) from None


def _check_warning(mapping: Mapping, warn: Warn) -> None:
    name = (warn.before or warn.after).partition(".")[0]
    fields = mapping.fields()
    looked_up = {column.lookup for column in fields.values()} | {"account"}
    if bool(warn.before) == bool(warn.after) or warn.field not in fields or name not in looked_up:
        wrong = {
            "reason": warn.reason,
            "known": ", ".join(f"{each}.{LOOKUPS[each].day}" for each in looked_up if each),
        }
        text = _("warn “%(reason)s” needs a mapped field, and either before or after one of: %(known)s.")
        raise MappingError(text % wrong)
    if (warn.before or warn.after) != f"{name}.{LOOKUPS[name].day}":
        raise MappingError(
            _("warn “%(reason)s”: there is only %(known)s.")
            % {"reason": warn.reason, "known": f"{name}.{LOOKUPS[name].day}"}
        )


def header_fault(mapping: Mapping, header: list[str]) -> str:
    """Why a file with this header does not fit a mapping, in one sentence, or nothing."""
    for name in used_columns(mapping):
        if header.count(name) != 1:
            found = _("has no column") if name not in header else _("has twice the column")
            return _("The file %(found)s “%(name)s”; its columns: %(header)s.") % {
                "found": found,
                "name": name,
                "header": ", ".join(header)[:500],
            }
    return ""


def used_columns(mapping: Mapping) -> list[str]:
    """Every column a mapping names, once."""
    fields = mapping.fields().values()
    names: list[Any] = [each.column for each in fields]
    names += [name for each in fields for name in each.where]
    return list(dict.fromkeys([*names, *mapping.where, *mapping.id_columns()]))
