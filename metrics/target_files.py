"""A CSV file of targets into a workspace: its columns are called as the fields are; a report as of every other file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal, InvalidOperation
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import decode
from accounts.batch import Result, refusal
from accounts.importers.files import Chunk, CsvFile, FileError
from accounts.importers.report import Report, Row
from accounts.models import Import, Refused, Source
from metrics.names import Names
from metrics.registry import KPIS, Unit
from metrics.targets import Reached, TargetItem, anybody, set_targets

COLUMNS = ("kpi", "scope", "scope_key", "period", "start", "value")
NEEDED = ("kpi", "start", "value")
# What keeps a spreadsheet from taking a name for a formula.
QUOTED = tuple(f"'{sign}" for sign in ("=", "+", "-", "@", "＝", "＋", "－", "＠"))


@transaction.atomic
def import_targets(names: Names, file: CsvFile, moment: datetime, reaches: Reached = anybody) -> Import:
    """Set the targets of a file: each row is taken or refused by itself. Raises FileError."""
    _check(file.header)
    source, _made = Source.unscoped.get_or_create(
        workspace=names.workspace, name="Files", defaults={"kind": Source.Kind.FILE}
    )
    imported = Import.unscoped.create(
        workspace=names.workspace, source=source, kind="targets", file_name=file.path.name[:300]
    )
    report, refused = Report(), []
    for chunk in file.chunks():
        rows = [*_set(names, file.header, chunk, moment, reaches), *_broken(chunk)]
        refused += report.add(sorted(rows, key=itemgetter(0)))
    report.write_to(imported)
    imported.state, imported.finished_at = Import.State.DONE, timezone.now()
    imported.save()
    Refused.unscoped.bulk_create(
        (Refused.of(source, "targets", row, each, moment, imported) for row, each, _reasons in refused), 2_000
    )
    return imported


def _check(header: list[str]) -> None:
    """Raises FileError where a file has not the columns of targets."""
    listed = {"columns": ", ".join(COLUMNS)}
    for name in header:
        if name not in COLUMNS or header.count(name) > 1:
            raise FileError(
                _("“%(name)s” is no column of targets, or stands twice; there are: %(columns)s.")
                % {"name": name[:80], **listed}
            )
    for name in NEEDED:
        if name not in header:
            raise FileError(_("The file has no column “%(name)s”; there are: %(columns)s.") % {"name": name, **listed})


def _broken(chunk: Chunk) -> Iterator[Row]:
    return ((line, result, ()) for line, result in chunk.broken)


def _set(names: Names, header: list[str], chunk: Chunk, moment: datetime, reaches: Reached) -> Iterator[Row]:
    told = [_told(header, cells) for cells in chunk.cells]
    decoded = [_shared(each) or decode.rows([each], TargetItem)[0] for each in told]
    items: list[Any] = [each for each in decoded if not isinstance(each, Result)]
    results = decode.merge(decoded, set_targets(names, items, moment, reaches))
    return ((line, result, ()) for line, result in zip(chunk.numbers, results, strict=True))


def _told(header: list[str], cells: list[str]) -> dict[str, Any]:
    """A row as the fields it fills; an empty cell says nothing."""
    told = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
    if told.get("scope_key", "").startswith(QUOTED):
        told["scope_key"] = told["scope_key"][1:]
    return told


def _shared(told: dict[str, Any]) -> Result | None:
    """Read 95% as 0.95, for KPIs that are shares; what is wrong with it."""
    text = str(told.get("value", ""))
    if not text.endswith("%"):
        return None
    kpi = KPIS.get(told.get("kpi", ""))
    if kpi is not None and kpi.unit is not Unit.RATIO:
        return refusal("value", text, _("is a percentage, and this KPI is no share"))
    try:
        told["value"] = Decimal(text[:-1].strip()) / 100
    except InvalidOperation:
        return refusal("value", text, _("must be a number"))
    return None
