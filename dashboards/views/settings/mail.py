"""The address to which members send copies of their mail with customers."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import MailAddress, Membership
from dashboards.panels.settings.mail import mail_page
from dashboards.views.page import page, show


@require_safe
@page("settings.read")
def mail(request: HttpRequest, member: Membership) -> HttpResponse:
    """The address, how it is used, what came."""
    return show(request, "settings/mail.html", mail_page(member))


@require_POST
@page("settings.write")
def renew(request: HttpRequest, member: Membership) -> HttpResponse:
    """Make an address; the one before goes on until it is retired."""
    if settings.INBOUND_MAIL_DOMAIN:
        MailAddress.renew(member.workspace, timezone.now())
        messages.success(request, _("The new address takes mail."))
    return redirect("settings-mail", workspace=member.workspace.slug)


@require_POST
@page("settings.write")
def retire(request: HttpRequest, member: Membership, address: int) -> HttpResponse:
    """The address takes no more mail; retiring it twice changes nothing."""
    found = MailAddress.objects.of(member.workspace).filter(pk=address).first()
    if found is None:
        raise Http404
    if found.retired_at is None:
        found.retire(timezone.now())
        messages.success(request, _("The old address takes no more mail."))
    return redirect("settings-mail", workspace=member.workspace.slug)
