"""Sources, their keys, what comes in, and the reports of files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import retraction
from accounts.models import ApiKey, Import, Membership, Source
from dashboards.export import send
from dashboards.panels import filters
from dashboards.panels.imports import import_page, refused_sheet
from dashboards.panels.live import live_of
from dashboards.panels.sources import sources_of
from dashboards.views.page import page, refuse, show


class KeyForm(forms.Form):
    """What a new key is for."""

    source = forms.CharField(label=gettext_lazy("Source"), max_length=100, initial="Web app")
    name = forms.CharField(label=gettext_lazy("Key"), max_length=100, initial="production")
    scope = forms.ChoiceField(
        label=gettext_lazy("May"),
        choices=[
            ("events", gettext_lazy("push events")),
            ("events,read,write", gettext_lazy("push, read and write")),
            ("read", gettext_lazy("read")),
        ],
    )
    creates_accounts = forms.BooleanField(label=gettext_lazy("Creates accounts that it does not know"), required=False)


@require_safe
@page("source.read")
def sources(request: HttpRequest, member: Membership) -> HttpResponse:
    """Freshness, keys, live events, imports."""
    return _page(request, member, KeyForm())


@require_safe
@page("source.read")
def live(request: HttpRequest, member: Membership) -> HttpResponse:
    """The newest events again; without htmx the whole page."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("sources", workspace=member.workspace.slug)
    try:
        panel = live_of(member.workspace, timezone.now(), request.GET.get("show", "all"))
    except filters.FilterError as error:
        return refuse(request, str(error))
    return show(request, "sources/live.html", {"live": panel})


@require_POST
@page("source.write")
def create_key(request: HttpRequest, member: Membership) -> HttpResponse:
    """Make a key, and its source where there is none of that name; the answer shows the key, once."""
    form = KeyForm(request.POST)
    if not form.is_valid():
        response = _page(request, member, form)
        response.status_code = 400
        return response
    asked = form.cleaned_data
    with transaction.atomic():
        source, _created = Source.unscoped.get_or_create(
            workspace=member.workspace, name=asked["source"], defaults={"kind": Source.Kind.REST}
        )
        _row, key = ApiKey.issue(
            member.workspace,
            source,
            asked["name"],
            asked["scope"].split(","),
            creates_accounts=asked["creates_accounts"],
        )
    return _page(request, member, KeyForm(), key)


@require_POST
@page("source.write")
def revoke_key(request: HttpRequest, member: Membership, key: int) -> HttpResponse:
    """A revoked key is refused from now on; revoking it twice changes nothing."""
    found = ApiKey.objects.of(member.workspace).filter(pk=key).first()
    if found is None:
        raise Http404
    if found.revoked_at is None:
        found.revoked_at = timezone.now()
        found.save(update_fields=["revoked_at"])
        messages.success(request, _("The key is revoked."))
    return redirect("sources", workspace=member.workspace.slug)


@require_safe
@page("source.read")
def imported(request: HttpRequest, member: Membership, imported: int) -> HttpResponse:
    """The report of one file."""
    found = _import(member, imported)
    try:
        asked = filters.read(request.GET, filters.Filters())
    except filters.FilterError as error:
        return refuse(request, str(error))
    return show(request, "sources/import.html", import_page(member, found, asked.page), PARTS)


PARTS = {"import": "sources/import_body.html"}


@require_safe
@page("source.read")
def refused_rows(request: HttpRequest, member: Membership, imported: int) -> HttpResponse:
    """The rows that were not taken, to be mended and sent again."""
    return send(refused_sheet(_import(member, imported)), "csv")


@require_POST
@page("source.write")
def undo(request: HttpRequest, member: Membership, imported: int) -> HttpResponse:
    """Let a worker take back what a file brought; twice is once."""
    found = _import(member, imported)
    if not retraction.ask_undo(found):
        messages.info(request, _("There is nothing to take back, or it is being done."))
    return redirect("import", workspace=member.workspace.slug, imported=found.pk)


def _import(member: Membership, pk: int) -> Import:
    found = Import.objects.of(member.workspace).select_related("workspace").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found  # type: ignore[no-any-return]


def _page(request: HttpRequest, member: Membership, form: Any, key: str = "") -> HttpResponse:
    base = f"{request.scheme}://{request.get_host()}"
    panel = sources_of(member, timezone.now(), base, form, key)
    return show(request, "sources/page.html", panel)
