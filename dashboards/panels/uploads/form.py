"""The form in which a person maps a file: what it offers for each column, and the mapping that it means."""

from __future__ import annotations

from collections.abc import Mapping as Posted
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.utils.translation import gettext as _

from accounts.importers import formats
from accounts.importers.guess import MADE_UP, choices_of, forms_of, required, sort_of, texts_of, unclear
from accounts.importers.lookups import LOOKUPS
from accounts.importers.mapping import Column, Mapping, MappingError, mapping_text, parse_mapping
from accounts.importers.uploads import good_rows
from accounts.kinds import KINDS
from accounts.models import Upload
from dashboards.panels.uploads.labels import label_of, options_of
from dashboards.panels.uploads.words import said, told

# Wider files are mapped by a mapping file, beyond these.
MOST_COLUMNS = 200
NEW_YEARS_EVE = datetime(2026, 12, 31, 14, 30)  # noqa: DTZ001  an example, of no zone
PLAIN = "1234.56"
Option = tuple[str, str, bool]


@dataclass(frozen=True)
class ColumnRow:
    """A column of the file: what stands in it, and what it becomes."""

    place: int
    name: str
    texts: tuple[str, ...]
    fields: tuple[tuple[str, tuple[Option, ...]], ...]
    formats: tuple[Option, ...]
    in_id: bool
    unclear: str


@dataclass(frozen=True)
class Constant:
    """A field that may be the same in every row."""

    field: str
    label: str
    value: str
    options: tuple[Option, ...]
    is_needed: bool


def column_rows(upload: Upload, mapping: Mapping, posted: Posted[str, str] | None = None) -> list[ColumnRow]:
    """The columns of the file: the first of them, and those that are mapped. `posted`: a form that was refused."""
    texts, fields = texts_of(upload.header, good_rows(upload)), _fields(mapping)
    doubtful = unclear(mapping, texts)
    rows = []
    for place in places(upload, mapping):
        name = upload.header[place]
        field, column = fields.get(name, ("", Column(column=name)))
        in_id = isinstance(mapping.id, list) and name in mapping.id
        if posted is not None:
            field, _colon, lookup = posted.get(f"c{place}", "").partition(":")
            column = msgspec.structs.replace(column, format=posted.get(f"f{place}", ""), lookup=lookup)
            in_id = bool(posted.get(f"i{place}"))
        rows.append(
            ColumnRow(
                place=place,
                name=name,
                texts=tuple(text[:80] for text in list(dict.fromkeys(texts.get(name, ())))[:3]),
                fields=_field_options(mapping.kind, name, _chosen(field, column)) if name in texts else (),
                formats=_format_options(mapping.kind, field, column, texts.get(name, [])),
                in_id=in_id,
                unclear=doubtful.get(name, "")[:80],
            )
        )
    return rows


def places(upload: Upload, mapping: Mapping) -> list[int]:
    """Which columns the form shows."""
    used = set(_fields(mapping)) | set(mapping.id if isinstance(mapping.id, list) else ())
    room = MOST_COLUMNS - len(used)
    return [place for place, name in enumerate(upload.header) if name in used or (room := room - 1) >= 0]


def constants(mapping: Mapping, posted: Posted[str, str] | None = None) -> list[Constant]:
    """The fields that a person may set for all rows: words of a few, the currency, and what no column holds."""
    needed, taken = required(mapping.kind), mapping.fields()
    found = []
    for field in _constant_fields(mapping):
        value = (posted or {}).get(f"k-{field}", mapping.constants.get(field, ""))
        words = options_of(mapping.kind, field)
        options = tuple((word, label, word == value) for word, label in [("", ""), *words]) if words else ()
        found.append(Constant(field, label_of(field), value, options, field in needed and field not in taken))
    return found


def _constant_fields(mapping: Mapping) -> list[str]:
    kind = mapping.kind
    free = [
        field
        for field in KINDS[kind].struct.__struct_fields__
        if field not in mapping.columns and field not in {*MADE_UP, "account", "known_at", "properties"}
    ]
    known = {field for field in free if choices_of(kind, field) or field == "currency" or field in mapping.constants}
    return [field for field in free if field in known or (field in required(kind) and not sort_of(kind, field))]


def missing(mapping: Mapping) -> list[str]:
    """The fields without which no row can be taken, where nothing fills them."""
    filled = {*mapping.fields(), *mapping.constants}
    needed = [field for field in required(mapping.kind) if field not in filled]
    made = bool(mapping.id) or mapping.kind != "accounts"
    return [field for field in needed if field not in MADE_UP or not made]


def mapping_of(upload: Upload, before: Mapping, posted: Posted[str, str]) -> Mapping:
    """The mapping that a filled form means. What a mapping file can say and the form cannot stays. Raises
    MappingError."""
    found = msgspec.structs.replace(before, columns=dict(before.columns), text="", id="", constants={})
    shown, old = places(upload, before), _fields(before)
    for place in shown:
        if (known := old.get(upload.header[place])) and known[0] in found.columns:
            del found.columns[known[0]]
    for place in shown:
        _map_column(found, upload.header[place], posted.get(f"c{place}", ""), posted.get(f"f{place}", ""), old)
        _tell_words(found, upload.header[place], said(posted, place), old)
    parts = [upload.header[place] for place in shown if posted.get(f"i{place}")]
    if found.id_field not in found.columns:
        found.id = parts or ("row" if before.id == "row" else "")
    same = {field: posted.get(f"k-{field}", before.constants.get(field, "")) for field in _all_constants(before)}
    found.constants = {
        field: text.strip() for field, text in same.items() if text.strip() and field not in found.columns
    }
    found.warn = [warn for warn in found.warn if warn.field in found.columns]
    return parse_mapping(mapping_text(found))


def _all_constants(mapping: Mapping) -> list[str]:
    return list(dict.fromkeys([*KINDS[mapping.kind].struct.__struct_fields__, *mapping.constants]))


def _map_column(found: Mapping, name: str, chosen: str, form: str, old: dict[str, tuple[str, Column]]) -> None:
    if not chosen:
        return
    field, _colon, lookup = chosen.partition(":")
    before = old.get(name, ("", None))
    if field == "properties":
        field = before[0] if before[0].startswith("properties.") else f"properties.{name}"
    if field in found.columns:
        both = {"field": label_of(field), "one": found.fields()[field].column, "other": name}
        raise MappingError(_("%(field)s: “%(one)s” and “%(other)s” cannot both fill it.") % both)
    kept = before[1] if before[0] == field and before[1] else Column(column=name)
    is_read = sort_of(found.kind, field)
    found.columns[field] = msgspec.structs.replace(kept, lookup=lookup, format=form if is_read else "")


def _tell_words(found: Mapping, name: str, words: dict[str, str], old: dict[str, tuple[str, Column]]) -> None:
    """Words are those of the field that the column was shown for."""
    field, column = _fields(found).get(name, ("", None))
    if column and field in found.columns and old.get(name, ("",))[0] == field:
        found.columns[field] = told(column, words)


def _fields(mapping: Mapping) -> dict[str, tuple[str, Column]]:
    """Column → the field it fills, and how."""
    return {column.column: (field, column) for field, column in mapping.fields().items()}


def _chosen(field: str, column: Column) -> str:
    if field.startswith("properties."):
        return "properties"
    return f"{field}:{column.lookup}" if column.lookup else field


def _field_options(kind: str, name: str, chosen: str) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    needed, fields = required(kind), KINDS[kind].struct.__struct_fields__
    plain_fields = [field for field in fields if field not in {"account", "properties"}]
    groups = [
        ("", [("", _("leave out"))]),
        (_("Needed"), [(field, label_of(field)) for field in plain_fields if field in needed]),
        (_("Account"), _ways_to_account() if "account" in fields else []),
        (_("Also"), [(field, label_of(field)) for field in plain_fields if field not in needed]),
        (_("Other"), [("properties", _("a property, “%s”") % name[:40])] if "properties" in fields else []),
    ]
    return tuple(
        (title, tuple((value, label, value == chosen) for value, label in options))
        for title, options in groups
        if options
    )


def _ways_to_account() -> list[tuple[str, str]]:
    others = [name for name in LOOKUPS if name not in {"account", "account_name", "domain", "email"}]
    return [
        ("account", _("Account, by its id")),
        ("account:account_name", _("Account, by its name")),
        ("account:domain", _("Account, by its domain")),
        ("account:email", _("Account, by the address of somebody there")),
        *((f"account:{name}", _("Account, by the id of its %s") % name) for name in others),
    ]


def _format_options(kind: str, field: str, column: Column, texts: list[str]) -> tuple[Option, ...]:
    sort = sort_of(kind, field) if field and not field.startswith("properties.") else ""
    if not sort:
        return ()
    fitting = forms_of(kind, field, texts)
    all_forms = formats.DAYS if sort == "day" else (PLAIN, *formats.NUMBERS)
    offered = list(dict.fromkeys(["", column.format, *(PLAIN if sort == "number" and not f else f for f in fitting)]))
    offered += [form for form in all_forms if form not in offered] if not fitting else []
    label = _day_label if sort == "day" else _number_label
    return tuple((form, label(form), form == column.format) for form in offered)


def _day_label(form: str) -> str:
    return NEW_YEARS_EVE.strftime(form) + f" ({_order(form)})" if form else _("2026-12-31")


def _order(form: str) -> str:
    words = {"d": _("day"), "m": _("month"), "b": _("month"), "B": _("month"), "y": _("year"), "Y": _("year")}
    return ", ".join(words[letter] for letter in form.replace("%", "") if letter in words)


def _number_label(form: str) -> str:
    return form or _("as it stands")
