"""The secrets and the mapping of a webhook."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import connecting
from accounts.models import Membership, Secret
from dashboards.views.page import page, refuse
from dashboards.views.source import found, source_response


@require_POST
@page("source.write")
def rotate(request: HttpRequest, member: Membership, source: int) -> HttpResponse:
    """A new secret beside the one before; one that we made is shown in the answer, once."""
    of = found(member, source)
    hook = connecting.hooks(member.workspace, [of]).get(of.pk)
    if hook is None:
        return refuse(request, _("This source has no secret."))
    given = request.POST.get("secret", "")
    if connecting.PROVIDERS[of.kind].makes_secret and not given.strip():
        return _wrong(request, member, of, _("Paste the secret that the provider shows."))
    try:
        _row, text = connecting.rotate(hook, timezone.now(), given)
    except connecting.ConnectError as error:
        return _wrong(request, member, of, str(error))
    if given.strip():
        messages.success(request, _("What is signed with the new secret is taken."))
        return redirect("source", workspace=member.workspace.slug, source=of.pk)
    return source_response(request, member, of, new_secret=text)


@require_POST
@page("source.write")
def revoke(request: HttpRequest, member: Membership, secret: int) -> HttpResponse:
    """Take nothing more that a secret signed; twice changes nothing."""
    row = Secret.objects.of(member.workspace).filter(pk=secret).select_related("hook").first()
    if row is None or not connecting.revoke(member.workspace, secret, timezone.now()):
        raise Http404
    messages.success(request, _("The secret is revoked."))
    return redirect("source", workspace=member.workspace.slug, source=row.hook.source_id)


@require_POST
@page("source.write")
def remap(request: HttpRequest, member: Membership, source: int) -> HttpResponse:
    """Map what comes from now on by another mapping."""
    of = found(member, source)
    hook = connecting.hooks(member.workspace, [of]).get(of.pk)
    if hook is None:
        return refuse(request, _("This source has no mapping."))
    try:
        connecting.remap(hook, request.POST.get("mapping", ""))
    except connecting.ConnectError as error:
        return _wrong(request, member, of, str(error), request.POST.get("mapping", ""))
    messages.success(request, _("What comes from now on is mapped by it."))
    return redirect("source", workspace=member.workspace.slug, source=of.pk)


def _wrong(request: HttpRequest, member: Membership, source: Any, reason: str, mapping: str = "") -> HttpResponse:
    response = source_response(request, member, source, error=reason, mapping=mapping)
    response.status_code = 400
    return response
