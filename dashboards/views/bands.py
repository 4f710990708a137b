"""Bands by hand: setting one, ending it, and the list of all."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import Membership
from dashboards.panels import filters
from dashboards.panels.band_form import BandForm, band_page
from dashboards.panels.by_hand import by_hand_of
from dashboards.templatetags.figures import band_word, day
from dashboards.views.account import account_to_write
from dashboards.views.page import page, refuse, show
from metrics.manual_bands import end_band, set_band
from metrics.models import Band

PARTS = {"entry": "accounts/band.html"}


@require_http_methods(["GET", "HEAD", "POST"])
@page("account.write")
def band(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """The form; sent, the band is set and the standing moves at once."""
    found, now = account_to_write(member, account), timezone.now()
    today = member.workspace.day_of(now)
    form = BandForm(found, today, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        response = show(request, "accounts/band_page.html", band_page(form), PARTS)
        response.status_code = 400 if form.is_bound else 200
        return response
    row = set_band(found, member, now, **form.cleaned_data)
    words = {"band": band_word(Band(row.band).name.lower()), "day": day(row.ends_on, today)}
    undo = reverse("end-manual-band", args=[member.workspace.slug, found.pk])
    messages.success(request, _("%(band)s by hand until %(day)s.") % words, extra_tags=undo)
    return redirect("account", workspace=member.workspace.slug, account=found.pk)


@require_POST
@page("account.write")
def end(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """The band is the computed one again, at once; twice is once."""
    found = account_to_write(member, account)
    if end_band(found, timezone.now()):
        messages.success(request, _("The band is the computed one again."))
    return redirect("account", workspace=member.workspace.slug, account=found.pk)


@require_safe
@page("account.read")
def by_hand(request: HttpRequest, member: Membership) -> HttpResponse:
    """What is running, what has been, and how often it was right."""
    try:
        number = filters.page_number(request.GET.get("page") or "1")
    except filters.FilterError as error:
        return refuse(request, str(error))
    return show(request, "by_hand/page.html", by_hand_of(member, number, timezone.now()), {"list": "by_hand/past.html"})
