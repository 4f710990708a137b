"""Segments: no list of their own, only what accounts have. Renamed and joined."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import places
from accounts.models import Membership
from dashboards.panels.settings.items import segments_page
from dashboards.templatetags.figures import accounts
from dashboards.views.page import page, show
from dashboards.views.settings.items import TEMPLATE
from metrics import scorecards


class SegmentForm(forms.Form):
    """A segment, and what it is called from now on."""

    old = forms.CharField(max_length=60, widget=forms.HiddenInput)
    new = forms.CharField(label=gettext_lazy("Segment"), max_length=60)


@require_safe
@page("settings.read")
def segments(request: HttpRequest, member: Membership) -> HttpResponse:
    """What accounts have, with how many."""
    return _show(request, member)


@require_POST
@page("settings.write")
def rename(request: HttpRequest, member: Membership) -> HttpResponse:
    """Rename one, or join it with another."""
    form = SegmentForm(request.POST, auto_id="id_sent_%s")
    if not form.is_valid():
        return _show(request, member, form)
    old, new = form.cleaned_data["old"], form.cleaned_data["new"]
    with transaction.atomic():
        count = places.rename_segment(member.workspace, old, new, timezone.now())
        if count:
            scorecards.rename_segment(member.workspace, old, new)
    if count:
        messages.success(request, _("%(segment)s: %(accounts)s.") % {"segment": new, "accounts": accounts(count)})
    return redirect("settings-segments", workspace=member.workspace.slug)


def _show(request: HttpRequest, member: Membership, refused: SegmentForm | None = None) -> HttpResponse:
    count = iter(range(10**6))

    def form_of(name: str) -> Any:
        if refused is not None and refused.data.get("old") == name:
            return refused
        return SegmentForm(initial={"old": name, "new": name}, auto_id=f"id_{next(count)}_%s")

    response = show(request, TEMPLATE, segments_page(member, form_of, None))
    response.status_code = 400 if refused else 200
    return response
