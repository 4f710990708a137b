"""Makes links to the health of an account for others, lists them, takes them back."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import sharing
from accounts.models import Membership, ShareLink
from dashboards.panels.share import all_links, links_of
from dashboards.views.account import account_to_write
from dashboards.views.page import page, show

SETTINGS = "settings"


class ShareForm(forms.Form):
    """Until when, and whether with money."""

    ends_on = forms.DateField(
        label=gettext_lazy("Works until"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    shows_money = forms.BooleanField(label=gettext_lazy("With MRR and other amounts"), required=False)

    def __init__(self, today: date, *args: Any) -> None:
        super().__init__(*args, initial={"ends_on": today + timedelta(days=sharing.USUAL_DAYS)})
        self.first, self.last = today, today + timedelta(days=sharing.LONGEST_DAYS)
        self.fields["ends_on"].widget.attrs |= {"min": self.first.isoformat(), "max": self.last.isoformat()}

    def clean_ends_on(self) -> date:
        day: date = self.cleaned_data["ends_on"]
        if not self.first <= day <= self.last:
            words = {"first": self.first.isoformat(), "last": self.last.isoformat()}
            raise forms.ValidationError(_("A day from %(first)s to %(last)s.") % words)
        return day


@require_http_methods(["GET", "HEAD", "POST"])
@page("account.write")
def share(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """The links of an account; a new one is shown once, in the answer that made it."""
    found, now = account_to_write(member, account), timezone.now()
    today = member.workspace.day_of(now)
    if request.method != "POST":
        return show(request, "accounts/share.html", links_of(member, found, ShareForm(today), now))
    form = ShareForm(today, request.POST)
    if not form.is_valid():
        response = show(request, "accounts/share.html", links_of(member, found, form, now))
        response.status_code = 400
        return response
    told = form.cleaned_data
    _link, token = sharing.share(found, member, told["ends_on"], told["shows_money"], now)
    address = request.build_absolute_uri(reverse("shared", args=[token]))
    return show(request, "accounts/share.html", links_of(member, found, ShareForm(today), now, address))


@require_POST
@page("account.write")
def take_back(request: HttpRequest, member: Membership, account: int, link: int) -> HttpResponse:
    """The link no longer works."""
    found = account_to_write(member, account)
    row = ShareLink.objects.of(member.workspace).filter(account=found, pk=link).first()
    if row is None:
        raise Http404
    sharing.take_back(row, timezone.now())
    messages.success(request, _("The link no longer works."))
    if request.POST.get("back") == SETTINGS:
        return redirect("settings-links", workspace=member.workspace.slug)
    return redirect("share", workspace=member.workspace.slug, account=found.pk)


@require_safe
@page("settings.write")
def links(request: HttpRequest, member: Membership) -> HttpResponse:
    """Every link of the workspace that works."""
    return show(request, "settings/links.html", all_links(member, timezone.now()))
