"""The report of one file: counts that add up, and the rows that were not taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Refused, Workspace
from dashboards.panels.lists import PAGE_SIZE, Pager, pager


@dataclass(frozen=True)
class RefusedRow:
    """A row that was not taken: where, which field, which value, why."""

    row: int | None
    result: str
    field: str
    value: str
    reason: str


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
    refused: tuple[RefusedRow, ...]
    pager: Pager
    sources_url: str


def import_page(workspace: Workspace, imported: Any, page: int) -> ImportPage:
    """One page of the rows that were not taken. Two queries."""
    url = reverse("import", args=[workspace.slug, imported.pk])
    rows = Refused.objects.of(workspace).filter(imported=imported).order_by("row", "pk")
    first = (page - 1) * PAGE_SIZE
    found = rows[first : first + PAGE_SIZE]
    sums = (
        (_("Read"), imported.read), (_("Accepted"), imported.accepted), (_("Already known"), imported.known),
        (_("Conflicts"), imported.conflicts), (_("Rejected"), imported.rejected),
    )  # fmt: skip
    return ImportPage(
        file_name=imported.file_name,
        kind=imported.kind,
        started_at=imported.started_at,
        took=imported.finished_at - imported.started_at if imported.finished_at else None,
        failure=imported.failure,
        sums=sums,
        warnings=tuple(sorted(imported.warnings.items(), key=lambda each: -each[1])),
        refused=tuple(RefusedRow(row.row, row.get_result_display(), row.field, row.value, row.reason) for row in found),
        pager=pager(page, rows.count(), lambda number: f"{url}?page={number}" if number > 1 else url),
        sources_url=reverse("sources", args=[workspace.slug]),
    )
