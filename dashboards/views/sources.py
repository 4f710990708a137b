"""Sources, what comes in, and the reports of files."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import retraction
from accounts.importers.files import FileError
from accounts.importers.mapping import MappingError
from accounts.models import Import, Membership
from dashboards.export import send
from dashboards.panels import filters
from dashboards.panels.imports import import_page, refused_sheet, taken_again
from dashboards.panels.live import live_of
from dashboards.panels.sources import sources_of
from dashboards.views.page import page, refuse, show
from dashboards.views.source import base_of, found


@require_safe
@page("source.read")
def sources(request: HttpRequest, member: Membership) -> HttpResponse:
    """Freshness, lines to paste, live events, imports."""
    panel = sources_of(
        member,
        timezone.now(),
        base_of(request),
        source=_number(request.GET.get("source", "")),
        language=request.GET.get("language", ""),
    )
    return show(request, "sources/page.html", panel, {"push": "sources/push.html"})


@require_safe
@page("source.read")
def live(request: HttpRequest, member: Membership) -> HttpResponse:
    """The newest events again, of all sources or of one; without htmx the whole page."""
    one = _number(request.GET.get("source", ""))
    of = found(member, one) if one is not None else None
    if not request.htmx:  # type: ignore[attr-defined]
        place = {"source": of.pk} if of else {}
        return redirect("source" if of else "sources", workspace=member.workspace.slug, **place)
    try:
        panel = live_of(member.workspace, timezone.now(), request.GET.get("show", "all"), of)
    except filters.FilterError as error:
        return refuse(request, str(error))
    return show(request, "sources/live.html", {"live": panel})


@require_safe
@page("source.read")
def imported(request: HttpRequest, member: Membership, imported: int) -> HttpResponse:
    """The report of one file."""
    found = _import(member, imported)
    try:
        asked = filters.read(request.GET, filters.Filters())
    except filters.FilterError as error:
        return refuse(request, str(error))
    panel = import_page(member, found, asked.page)
    if request.htmx.target == "import-progress" and not panel.is_moving:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Refresh": "true"})
    return show(request, "sources/import.html", panel, {"import-progress": "sources/import_progress.html"})


@require_safe
@page("source.read")
def refused_rows(request: HttpRequest, member: Membership, imported: int) -> HttpResponse:
    """The rows that were not taken, to be mended and sent again."""
    return send(refused_sheet(_import(member, imported)), "csv")


@require_POST
@page("source.write")
def again(request: HttpRequest, member: Membership, imported: int) -> HttpResponse:
    """The refused rows once more, with what was said of their words."""
    found = _import(member, imported)
    try:
        with transaction.atomic():
            upload = taken_again(member, found, request.POST, timezone.now())
    except (FileError, MappingError) as error:
        messages.error(request, str(error))
        return redirect("import", workspace=member.workspace.slug, imported=found.pk)
    return redirect("upload", workspace=member.workspace.slug, upload=upload.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@page("source.write")
def undo(request: HttpRequest, member: Membership, imported: int) -> HttpResponse:
    """What taking back a file would do; asked for, a worker does it, and twice is once."""
    found = _import(member, imported)
    if request.method != "POST":
        panel = import_page(member, found, page=1, planned=True)
        return show(request, "sources/import.html", panel, {"undo-plan": "sources/import_plan.html"})
    if not retraction.ask_undo(found):
        messages.info(request, _("There is nothing to take back, or it is being done."))
    return redirect("import", workspace=member.workspace.slug, imported=found.pk)


def _import(member: Membership, pk: int) -> Import:
    found = Import.objects.of(member.workspace).select_related("workspace", "source").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found  # type: ignore[no-any-return]


def _number(text: str) -> int | None:
    """An id as an address carries it."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
