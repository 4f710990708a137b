"""Files brought in the browser: uploaded, mapped, looked at, checked, imported."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.importers import uploads
from accounts.importers.files import FileError
from accounts.importers.guess import guess_kind, texts_of, unclear
from accounts.importers.mapping import MAX_SIZE, Mapping, MappingError, header_fault, mapping_text, parse_mapping
from accounts.kinds import KINDS
from accounts.models import Membership, Upload
from accounts.models.upload import SOURCE
from dashboards.export import attachment
from dashboards.panels.uploads.form import mapping_of, missing
from dashboards.panels.uploads.page import UploadPage, upload_list, upload_page
from dashboards.templatetags.figures import integer
from dashboards.views.page import page, show

LARGEST = 1_000_000_000
# What a form has around its file.
FORM = 100_000
TEMPLATE = "uploads/page.html"
ASKED = {"check": Upload.State.CHECKING, "import": Upload.State.IMPORTING}


@csrf_exempt
def upload_file(request: HttpRequest, **place: Any) -> HttpResponse:
    """Takes a file. Of one that is too large nothing is read: the token of the form stands in its body, and comes
    after."""
    return (_announced_too_large if _announced(request) > LARGEST + FORM else _upload_file)(request, **place)


def _announced(request: HttpRequest) -> int:
    told = request.META.get("CONTENT_LENGTH") or "0"
    return int(told) if told.isascii() and told.isdigit() else 0


@page("source.write")
def _announced_too_large(request: HttpRequest, member: Membership) -> HttpResponse:
    return _too_large(request, member, SOURCE, _("This file"))


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
@page("source.write")
def _upload_file(request: HttpRequest, member: Membership) -> HttpResponse:
    """What the file may be is guessed."""
    if request.method != "POST":
        return show(request, "uploads/new.html", upload_list(member))
    sent, source = request.FILES.get("file"), request.POST.get("source", "").strip()[:100] or SOURCE
    if sent is None or not sent.name:
        return _refused(request, member, source, _("Choose a CSV or XLSX file."))
    if sent.size > LARGEST:
        return _too_large(request, member, source, sent.name)
    if "\0" in source:
        return _refused(request, member, SOURCE, _("Source: contains a NUL character."))
    try:
        upload = uploads.take_in(member, sent.name, sent, timezone.now(), source)
    except FileError as error:
        return _refused(request, member, source, str(error))
    return redirect("upload", workspace=member.workspace.slug, upload=upload.pk)


def _too_large(request: HttpRequest, member: Membership, source: str, name: str) -> HttpResponse:
    largest = {"name": name, "size": integer(LARGEST // 1_000_000)}
    return _refused(request, member, source, _("%(name)s: a file has at most %(size)s MB.") % largest, 413)


def _refused(request: HttpRequest, member: Membership, source: str, reason: str, status: int = 400) -> HttpResponse:
    response = show(request, "uploads/new.html", upload_list(member, source, reason))
    response.status_code = status
    return response


@require_safe
@page("source.write")
def upload(request: HttpRequest, member: Membership, upload: int) -> HttpResponse:
    """Mapping and preview; live while a worker is at it; the report once it is imported."""
    found = _upload(member, upload)
    if found.imported_id and not found.is_open:
        response = redirect("import", workspace=member.workspace.slug, imported=found.imported_id)
        return _elsewhere(request, response)
    if not found.is_open and request.htmx.target == "upload-progress":  # type: ignore[attr-defined]
        return _elsewhere(request, redirect("upload", workspace=member.workspace.slug, upload=found.pk))
    return show(request, TEMPLATE, upload_page(found, timezone.now()), {"upload-progress": "uploads/progress.html"})


def _elsewhere(request: HttpRequest, response: Any) -> HttpResponse:
    """A whole page, also where htmx asked for a part of one that is no more."""
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(headers={"HX-Redirect": response["Location"]})
    return response  # type: ignore[no-any-return]


@require_POST
@page("source.write")
def save(request: HttpRequest, member: Membership, upload: int) -> HttpResponse:
    """Keeps the mapping, and goes on as the button says: look again, another kind or sheet, check, import."""
    with transaction.atomic():
        return _saved(request, _upload(member, upload, for_update=True), request.POST.get("do", "preview"))


def _saved(request: HttpRequest, found: Upload, asked: str) -> HttpResponse:
    if found.is_open or found.imported_id:
        messages.info(request, _("A worker has it already."))
        return redirect("upload", workspace=found.workspace.slug, upload=found.pk)
    try:
        is_mapped_anew = _keep(request, found, asked)
    except (FileError, MappingError) as error:
        # A sheet that cannot be read has left its marks.
        found.refresh_from_db()
        filled = request.POST if asked in ("preview", *ASKED) else None
        return _again(request, upload_page(found, timezone.now(), str(error), filled))
    if asked in ASKED and is_mapped_anew:
        messages.info(request, _("It is mapped anew: look it over, then go on."))
    elif asked in ASKED:
        mapping = parse_mapping(found.mapping)
        if _is_unfinished(found, mapping):
            return _again(request, upload_page(found, timezone.now(), _("The mapping is not finished.")))
        uploads.ask(found, ASKED[asked], timezone.now())
    response = redirect("upload", workspace=found.workspace.slug, upload=found.pk)
    if asked == "preview":
        response["Location"] += "#preview"
    return response


def _keep(request: HttpRequest, found: Upload, asked: str) -> bool:
    """Whether another sheet or kind was asked for, of which nobody has seen a row yet. Raises FileError and
    MappingError."""
    sheet, kind = request.POST.get("sheet", found.sheet), request.POST.get("kind", "")
    if asked != "file" and sheet != found.sheet:
        if sheet not in found.sheets:
            raise FileError(_("There is no sheet “%s”.") % sheet[:100])
        uploads.choose_sheet(found, sheet)
        return True
    before = parse_mapping(found.mapping)
    if asked == "kind" or (asked != "file" and kind not in ("", before.kind)):
        if kind not in KINDS:
            raise MappingError(_("“%s” is no kind of fact.") % kind[:40])
        uploads.keep_mapping(found, guess_kind(kind, found.header, uploads.good_rows(found)), "guess")
        return True
    if asked == "file":
        uploads.keep_mapping(found, _sent_mapping(request, found), "file")
        return False
    found.creates_accounts = bool(request.POST.get("creates_accounts"))
    mapping = mapping_of(found, before, request.POST)
    is_same = mapping_text(mapping) == mapping_text(before)
    uploads.keep_mapping(found, mapping, found.mapped_by if is_same else "hand")
    return False


def _sent_mapping(request: HttpRequest, found: Upload) -> Mapping:
    """The mapping file that was sent. Raises MappingError."""
    sent = request.FILES.get("mapping")
    if sent is None:
        raise MappingError(_("Choose a mapping file."))
    try:
        mapping = parse_mapping(sent.read(MAX_SIZE + 1).decode())
    except UnicodeDecodeError:
        raise MappingError(_("%s is not UTF-8.") % sent.name) from None
    fault = header_fault(mapping, found.header)
    if fault:
        raise MappingError(fault)
    return mapping


def _is_unfinished(found: Upload, mapping: Mapping) -> bool:
    texts = texts_of(found.header, uploads.good_rows(found))
    return bool(missing(mapping) or unclear(mapping, texts) or header_fault(mapping, found.header))


def _again(request: HttpRequest, panel: UploadPage) -> HttpResponse:
    response = show(request, TEMPLATE, panel)
    response.status_code = 400
    return response


@require_safe
@page("source.write")
def mapping(request: HttpRequest, member: Membership, upload: int) -> HttpResponse:
    """The mapping as a file, for the command line or for another workspace."""
    found = _upload(member, upload)
    kind = parse_mapping(found.mapping).kind
    return attachment(kind, "yaml", found.mapping, "application/yaml; charset=utf-8")


@require_POST
@page("source.write")
def discard(request: HttpRequest, member: Membership, upload: int) -> HttpResponse:
    """Forget a file that is not imported."""
    with transaction.atomic():
        found = _upload(member, upload, for_update=True)
        if not found.is_open and not found.imported_id:
            found.delete()
            messages.success(request, _("%s is forgotten.") % found.file_name)
    return redirect("upload-file", workspace=member.workspace.slug)


def _upload(member: Membership, pk: int, *, for_update: bool = False) -> Upload:
    """The workspace's upload of this id; `for_update`: nobody else changes it, or asks a worker, meanwhile."""
    rows = Upload.objects.of(member.workspace).select_related("workspace").filter(pk=pk)
    found = (rows.select_for_update(of=("self",)) if for_update else rows).first()
    if found is None:
        raise Http404
    return found  # type: ignore[no-any-return]
