"""Puts tags on an account."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Membership, Tag
from accounts.places import tag_account
from dashboards.views.account import account_to_write
from dashboards.views.page import page, refuse


@require_POST
@page("account.write")
def tags(request: HttpRequest, member: Membership, account: int) -> HttpResponse:
    """The account gets the tags that were sent and no others; an unknown one is 400."""
    found = account_to_write(member, account)
    asked = {key for key in request.POST.getlist("tag") if key.isascii() and key.isdigit() and len(key) < 18}
    wanted = list(Tag.objects.of(member.workspace).filter(pk__in=asked))
    if len(wanted) < len(set(request.POST.getlist("tag"))):
        return refuse(request, _("tag: one of them is not there (any more)."))
    if tag_account(found, wanted):
        messages.success(request, _("The tags are kept."))
    return redirect("account", workspace=member.workspace.slug, account=found.pk)
