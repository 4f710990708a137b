"""A file on its way in: mapping and preview, how far a worker is, what a dry run said."""

from __future__ import annotations

from collections.abc import Mapping as Posted
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.importers.guess import texts_of
from accounts.importers.mapping import Mapping, MappingError, header_fault, parse_mapping
from accounts.importers.ready import ready
from accounts.importers.uploads import good_rows, known_header
from accounts.kinds import KINDS
from accounts.models import Membership, Upload
from accounts.models.upload import SOURCE
from dashboards.panels.uploads.form import ColumnRow, Constant, Option, column_rows, constants, missing
from dashboards.panels.uploads.labels import label_of
from dashboards.panels.uploads.preview import Preview, preview_of
from dashboards.panels.uploads.words import Word, seen_in, words_of
from dashboards.panels.words import kind_name
from dashboards.templatetags.figures import moment

SHOWN = 20


@dataclass(frozen=True)
class Checked:
    """What a dry run said."""

    sums: tuple[tuple[str, int], ...]
    left_out: int
    reasons: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True)
class Progress:
    """How far a worker is."""

    words: str
    position: int
    size: int
    rows: int
    url: str


@dataclass(frozen=True)
class UploadPage:
    """All that the page shows."""

    upload: Upload
    url: str
    save_url: str
    yaml_url: str
    discard_url: str
    upload_url: str
    sources_url: str
    origin: str
    fault: str
    kinds: tuple[Option, ...]
    sheets: tuple[Option, ...]
    columns: tuple[ColumnRow, ...]
    hidden: int
    constants: tuple[Constant, ...]
    words: tuple[Word, ...]
    sampled: int
    todo: tuple[str, ...]
    extras: tuple[str, ...]
    preview: Preview | None
    checked: Checked | None
    progress: Progress | None


@dataclass(frozen=True)
class UploadList:
    """The page on which a file is brought, with those that nobody has gone on with."""

    upload_url: str
    sources_url: str
    file_error: str
    source: str
    kinds: tuple[str, ...]
    waiting: tuple[tuple[str, str, str, datetime], ...]


def upload_list(member: Membership, source: str = SOURCE, fault: str = "") -> UploadList:
    """One query."""
    slug = member.workspace.slug
    rows = Upload.objects.of(member.workspace).filter(imported=None).newest_first().defer("header", "sample")[:SHOWN]
    return UploadList(
        upload_url=reverse("upload-file", args=[slug]),
        sources_url=reverse("sources", args=[slug]),
        file_error=fault,
        source=source,
        kinds=tuple(map(kind_name, KINDS)),
        waiting=tuple(
            (reverse("upload", args=[slug, row.pk]), row.file_name, row.get_state_display(), row.made_at)
            for row in rows
        ),
    )


def upload_page(upload: Upload, now: datetime, fault: str = "", posted: Posted[str, str] | None = None) -> UploadPage:
    """Mapping and preview, or how far a worker is. A form that was refused stays as it was filled."""
    mapping = parse_mapping(upload.mapping)
    args, is_shown = [upload.workspace.slug, upload.pk], not upload.is_open
    todo = _todo(upload, mapping) if is_shown else ()
    fault = fault or (header_fault(mapping, upload.header) if is_shown else "") or upload.failure
    columns = column_rows(upload, mapping, posted) if is_shown else []
    return UploadPage(
        upload=upload,
        url=reverse("upload", args=args),
        save_url=reverse("upload-save", args=args),
        yaml_url=reverse("upload-mapping", args=args),
        discard_url=reverse("upload-discard", args=args),
        upload_url=reverse("upload-file", args=args[:1]),
        sources_url=reverse("sources", args=args[:1]),
        origin=_origin(upload) if is_shown else "",
        fault=fault,
        kinds=tuple((name, kind_name(name), name == mapping.kind) for name in KINDS),
        sheets=tuple((name, name, name == upload.sheet) for name in upload.sheets),
        columns=tuple(columns),
        hidden=len(upload.header) - len(columns),
        constants=tuple(constants(mapping, posted)) if is_shown else (),
        words=tuple(_words(upload, mapping)) if is_shown else (),
        sampled=0 if "words" in (upload.checked or {}) else len(upload.sample),
        todo=tuple([*todo, *(_unclear(row) for row in columns if row.unclear)]),
        extras=_extras(mapping),
        preview=_preview(upload, mapping, now) if is_shown else None,
        checked=_checked(upload.checked, mapping) if upload.checked else None,
        progress=None if is_shown else _progress(upload),
    )


def _words(upload: Upload, mapping: Mapping) -> list[Word]:
    """Those of the sample; where a dry run has looked at all rows, those that it refused."""
    told = (upload.checked or {}).get("words")
    seen = seen_in(mapping, texts_of(upload.header, good_rows(upload))) if told is None else told
    return words_of(mapping, upload.header, upload.workspace, seen)


def _preview(upload: Upload, mapping: Mapping, now: datetime) -> Preview | None:
    if header_fault(mapping, upload.header) or not mapping.fields():
        return None
    try:
        return preview_of(upload, mapping, now)
    except MappingError:
        return None


def _origin(upload: Upload) -> str:
    """Where its mapping comes from. One query of a file whose columns are known."""
    mapped_by = upload.mapped_by
    if mapped_by == "known" and (known := known_header(upload)):
        return _("Mapped as the last file with these columns, of %s.") % moment(known.used_at)
    words = {
        "known": _("Mapped as the last file with these columns."),
        "guess": _("Guessed from the names of the columns and what is in them: look it over."),
        "file": _("Mapped by a mapping file."),
        "hand": _("Mapped by hand."),
    }
    if mapped_by in ready():
        return _("Mapped as an export of %s.") % ready()[mapped_by].title
    return words.get(mapped_by, "")


def _todo(upload: Upload, mapping: Mapping) -> tuple[str, ...]:
    return tuple(_("%s: choose its column.") % label_of(field) for field in missing(mapping))


def _unclear(row: ColumnRow) -> str:
    words = {"column": row.name[:80], "text": row.unclear}
    return _("%(column)s: “%(text)s” can be read in two ways; choose one.") % words


def _extras(mapping: Mapping) -> tuple[str, ...]:
    """What the form does not show of a mapping and keeps."""
    fields = mapping.fields().values()
    found = {
        "where": mapping.where or any(each.where for each in fields),
        "values": any(each.values for each in fields),
        "scale": any(each.scale for each in fields),
        "known_at": mapping.known_at,
        "warn": mapping.warn,
    }
    return tuple(name for name, told in found.items() if told)


def _progress(upload: Upload) -> Progress:
    words = _("Checking, nothing is stored") if upload.state == Upload.State.CHECKING else _("Importing")
    url = reverse("upload", args=[upload.workspace.slug, upload.pk])
    return Progress(words, upload.position, upload.size, upload.rows, url)


def _checked(told: dict[str, Any], mapping: Mapping) -> Checked:
    columns = {field: column.column for field, column in mapping.fields().items()}
    labels = (
        ("read", _("Read")), ("accepted", _("Accepted")), ("known", _("Already known")), ("conflicts", _("Conflicts")),
        ("rejected", _("Rejected")),
    )  # fmt: skip
    return Checked(
        sums=tuple((label, told[name]) for name, label in labels),
        left_out=told["left_out"],
        reasons=tuple((columns.get(field, field), reason, count) for field, reason, count in told["reasons"]),
    )
