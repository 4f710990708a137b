"""The report of one file: counts that add up, what was not taken by column and reason, row by row, and to be mended."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.importers.files import REASON
from accounts.importers.mapping import MappingError, parse_mapping
from accounts.importers.report import STORED, taken_back, told_of
from accounts.importers.uploads import keep_mapping, take_in
from accounts.kinds import KINDS
from accounts.models import Import, Membership, Refused, Upload
from accounts.permissions import may
from accounts.removal import plan
from accounts.retraction import is_going_on
from dashboards.export import Field, Sheet, write_csv
from dashboards.panels.lists import PAGE_SIZE, Pager, pager
from dashboards.panels.uploads.words import Word, refused_for, refused_in, with_words, words_of
from dashboards.panels.words import kind_name


@dataclass(frozen=True)
class RefusedRow:
    """A row that was not taken: where, and which fields, their values, why."""

    row: int | None
    result: str
    wrong: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class ImportPage:
    """All that the page shows."""

    file_name: str
    kind: str
    started_at: datetime
    took: timedelta | None
    failure: str
    sums: tuple[tuple[str, int], ...]
    warnings: tuple[tuple[str, int], ...]
    reasons: tuple[tuple[str, str, int], ...]
    refused: tuple[RefusedRow, ...]
    pager: Pager
    sources_url: str
    url: str
    state: str
    is_moving: bool
    is_undone: bool
    refused_url: str
    again_url: str
    words: tuple[Word, ...]
    not_kept: int
    undo_url: str
    plan: tuple[tuple[int, str], ...] | None
    undone: tuple[tuple[int, str], ...]
    upload_url: str


def import_page(member: Membership, imported: Any, page: int, planned: bool = False) -> ImportPage:
    """One page of the rows that were not taken. Four queries, and one where words of them could be said; `planned`:
    two more, which say what taking it back would do."""
    workspace = member.workspace
    args, may_write = [workspace.slug, imported.pk], may(member.role, "source.write")
    columns, refused = _columns(imported), imported.conflicts + imported.rejected
    has_ended = imported.state in (Import.State.DONE, Import.State.FAILED) and not is_going_on(imported)
    url = reverse("import", args=[workspace.slug, imported.pk])
    can_undo = may_write and has_ended and imported.kind in KINDS
    rows = Refused.objects.of(workspace).filter(imported=imported, count__gt=0).order_by("row", "pk")
    first = (page - 1) * PAGE_SIZE
    found = list(rows.values_list("row", flat=True)[first : first + PAGE_SIZE])
    sums = (
        (_("Read"), imported.read), (_("Accepted"), imported.accepted), (_("Already known"), imported.known),
        (_("Conflicts"), imported.conflicts), (_("Rejected"), imported.rejected),
    )  # fmt: skip
    return ImportPage(
        file_name=imported.file_name,
        kind=kind_name(imported.kind),
        started_at=imported.started_at,
        took=imported.finished_at - imported.started_at if imported.finished_at else None,
        failure=imported.failure,
        sums=sums,
        warnings=tuple(sorted(imported.warnings.items(), key=lambda each: -each[1])),
        refused=tuple(_refused_rows(imported, found)),
        pager=pager(page, rows.count(), lambda number: f"{url}?page={number}" if number > 1 else url),
        sources_url=reverse("sources", args=[workspace.slug]),
        reasons=tuple((columns.get(field, field), reason, count) for field, reason, count in imported.reasons),
        url=url,
        state=imported.get_state_display() if imported.state != Import.State.DONE else "",
        is_moving=imported.state in (Import.State.RUNNING, Import.State.UNDOING),
        is_undone=imported.state == Import.State.UNDONE,
        refused_url=reverse("import-refused", args=args) if refused and imported.header else "",
        again_url=reverse("import-again", args=args),
        words=tuple(_words(imported)) if may_write and has_ended and imported.rejected and imported.header else (),
        not_kept=max(refused - STORED, 0),
        undo_url=reverse("import-undo", args=args) if can_undo else "",
        plan=(_plan(imported) if can_undo else ()) if planned else None,
        undone=tuple(taken_back(imported.undone)),
        upload_url=reverse("upload-file", args=args[:1]) if may_write else "",
    )


def _plan(imported: Any) -> tuple[tuple[int, str], ...]:
    facts = imported.accepted if imported.kind != "accounts" else 0
    return tuple(taken_back({"facts": facts} | plan(imported)))


def _refused_rows(imported: Import, numbers: list[int | None]) -> Iterator[RefusedRow]:
    """One query."""
    found = Refused.objects.of(imported.workspace).filter(imported=imported, row__in=numbers).order_by("row", "pk")
    for number, same in groupby(found, lambda each: each.row):
        several = list(same)
        wrong = tuple((each.field, each.value, each.reason) for each in several)
        yield RefusedRow(number, several[0].get_result_display(), wrong)


def _words(imported: Any) -> list[Word]:
    """What was refused of fields that take certain words only. One query."""
    try:
        mapping = parse_mapping(imported.mapping)
    except MappingError:
        return []
    said = {column.column: column.values for column in mapping.fields().values()}
    found = words_of(mapping, imported.header, imported.workspace, refused_in(imported, mapping))
    return [each for each in found if each.text not in said[each.column]]


def _columns(imported: Import) -> dict[str, str]:
    """Field → the column of the file that fills it."""
    try:
        mapping = parse_mapping(imported.mapping)
    except MappingError:
        return {}
    return {field: column.column for field, column in mapping.fields().items()}


def refused_sheet(imported: Import, which: Q | None = None) -> Sheet:
    """The rows that were not taken, or some of them, as they were, with all that is wrong in a column more: mended, it
    can be sent again."""
    rows = Refused.objects.of(imported.workspace).filter(imported=imported).order_by("row", "pk")
    if which:
        rows = rows.filter(row__in=rows.filter(which).order_by().values("row"))
    header = [name for name in imported.header if name != REASON]
    place = imported.header.index(REASON) if REASON in imported.header else len(header)
    same_rows = groupby(rows.iterator(2_000), lambda each: each.row)
    lines = (_mendable(list(same), len(header), place) for _number, same in same_rows)
    return Sheet(f"refused-{imported.pk}", tuple(Field(name) for name in [*header, REASON]), lines)


def taken_again(member: Membership, imported: Import, posted: Mapping[str, str], moment: datetime) -> Upload:
    """The rows that were refused for words of which a form says what they mean, as a file on its way in, mapped as
    before and with these words. Raises FileError and MappingError."""
    before = parse_mapping(imported.mapping)
    mapping, content = with_words(before, imported.header, posted), io.BytesIO()
    write_csv(refused_sheet(imported, refused_for(before, imported.header, posted)), content)
    name = Path(imported.file_name).stem
    upload = take_in(member, f"{name}.csv", ContentFile(content.getvalue()), moment, imported.source.name)
    keep_mapping(upload, mapping, "hand")
    return upload


def _mendable(wrong: list[Refused], width: int, place: int) -> list[str]:
    """The cells of a row, as many as the header has, and all for which it was refused."""
    cells = list(wrong[0].cells or ())
    cells = (cells[:place] + cells[place + 1 :] + [""] * width)[:width]
    why = "; ".join(map(told_of, wrong))
    return [*cells, _("row %(row)s: %(why)s") % {"row": wrong[0].row, "why": why}]
