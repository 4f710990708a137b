"""Rates, costs, targets: listed, entered, taken back, brought in and out as CSV, each in the same way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.entering import note_file
from accounts.importers.files import GZIP, CsvFile, FileError
from accounts.importers.mapping import MappingError
from accounts.models import Membership
from dashboards.export import send
from dashboards.panels import filters
from dashboards.panels.settings.tables import Table, report_words, sheet_of, table_page
from dashboards.templatetags.figures import integer
from dashboards.views.page import page, refuse, show

TEMPLATE = "settings/table.html"
# A file is read while the person waits.
LARGEST, MOST_ROWS = 1_000_000, 5_000
View = Callable[..., HttpResponse]


def listing(table: Table) -> View:
    """A page of rows, and the form: empty, or `?change=` a row."""

    @require_safe
    @page("settings.read")
    def view(request: HttpRequest, member: Membership) -> HttpResponse:
        try:
            asked = filters.read(request.GET, filters.Filters())
        except filters.FilterError as error:
            return refuse(request, str(error))
        change = request.GET.get("change", "")
        initial = table.initial(_row(table, member, change)) if change else None
        panel = table_page(member, table, table.form(member, initial=initial), asked.page)
        return show(request, TEMPLATE, panel, {"list": "settings/table_rows.html"})

    return view


def adding(table: Table) -> View:
    """Keeps a row; one of the same is corrected."""

    @require_POST
    @page(table.permission)
    def view(request: HttpRequest, member: Membership) -> HttpResponse:
        form = table.form(member, request.POST)
        if form.is_valid():
            result = table.keep(member, form.item(), timezone.now())  # type: ignore[attr-defined]
            if not result.reason:
                messages.success(request, str(table.kept))
                return redirect(table.section, workspace=member.workspace.slug)
            form.refuse(result)
        return _refused(request, member, table, form)

    return view


def taking_back(table: Table) -> View:
    """From now on it is not so; twice is once."""

    @require_POST
    @page(table.permission)
    def view(request: HttpRequest, member: Membership, **key: int) -> HttpResponse:
        row = _row(table, member, str(key[table.name]))
        if not table.reaches(member)(row):
            raise PermissionDenied
        table.take_back(member, row, timezone.now())
        messages.success(request, _("Taken back."))
        return redirect(table.section, workspace=member.workspace.slug)

    return view


def uploading(table: Table) -> View:
    """Takes a CSV file, each row by itself, and shows the report."""

    @require_POST
    @page(table.permission)
    def view(request: HttpRequest, member: Membership) -> HttpResponse:
        sent = request.FILES.get("file")
        if sent is None:
            return _bad_file(request, member, table, _("Choose a CSV file."))
        if sent.size > LARGEST:
            return _bad_file(request, member, table, _("%s: a file has at most 1 MB.") % sent.name, 413)
        read = sent.read()
        # The head, and the end of the last line.
        if read.count(b"\n") > MOST_ROWS + 1:
            reason = _("%(name)s: a file has at most %(n)s rows; send it in parts.")
            return _bad_file(request, member, table, reason % {"name": sent.name, "n": integer(MOST_ROWS)}, 413)
        try:
            imported = _load(member, table, Path(sent.name), read)
        except (FileError, MappingError) as error:
            return _bad_file(request, member, table, str(error))
        messages.success(request, report_words(imported))
        return redirect("import", workspace=member.workspace.slug, imported=imported.pk)

    return view


def downloading(table: Table) -> View:
    """All rows, as CSV the file that could be brought in."""

    @require_safe
    @page("settings.read")
    def view(request: HttpRequest, member: Membership, form: str) -> HttpResponse:
        return send(sheet_of(member, table), form)

    return view


def _load(member: Membership, table: Table, path: Path, sent: bytes) -> Any:
    if sent.startswith(GZIP):
        raise FileError(_("%s is packed: send it as plain CSV.") % path)
    with CsvFile(path, sent) as file, transaction.atomic():
        imported = table.load(member, file, timezone.now())
        note_file(imported)
    return imported


def _row(table: Table, member: Membership, key: str) -> Any:
    """A row of the member's workspace. Raises Http404."""
    found = (
        table.rows(member).filter(pk=int(key)).first() if key.isascii() and key.isdigit() and len(key) < 18 else None
    )
    if found is None:
        raise Http404
    return found


def _refused(request: HttpRequest, member: Membership, table: Table, form: Any) -> HttpResponse:
    response = show(request, TEMPLATE, table_page(member, table, form))
    response.status_code = 400
    return response


def _bad_file(request: HttpRequest, member: Membership, table: Table, reason: str, status: int = 400) -> HttpResponse:
    response = show(request, TEMPLATE, table_page(member, table, table.form(member), file_error=reason))
    response.status_code = status
    return response
