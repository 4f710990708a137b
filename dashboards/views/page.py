"""What every page does first and last: who asks, may they, and how the answer is sent."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _

from accounts.members import has_second_factor
from accounts.models import Membership
from accounts.models.written import written_once
from accounts.permissions import may

View = Callable[..., HttpResponse]


def page(permission: str) -> Callable[[View], View]:
    """A page of a workspace: 404 for who is no member, 403 for a role without the permission.

    The view gets the membership as its second argument; days and times are those of the workspace's zone.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        @login_required
        def guarded(request: HttpRequest, workspace: str, **kwargs: Any) -> HttpResponse:
            member = member_of(request, workspace)
            if not may(member.role, permission):
                raise PermissionDenied
            if member.workspace.needs_second_factor and not has_second_factor(member.user):
                messages.warning(
                    request, _("%(workspace)s asks for a second factor.") % {"workspace": member.workspace}
                )
                return redirect("mfa_index")
            member.see(timezone.now())
            request.member = member  # type: ignore[attr-defined]
            with timezone.override(member.workspace.zone):
                return view(request, member, **kwargs)

        return guarded

    return decorate


def member_of(request: HttpRequest, workspace: str) -> Membership:
    """The membership in a workspace of the person who asks. The person's others are kept for the menu. Raises
    Http404."""
    members = _memberships(request.user.pk)
    member = next((each for each in members if each.workspace.slug == workspace), None)
    if member is None:
        raise Http404
    member.user = request.user
    request.memberships = members  # type: ignore[attr-defined]
    return member


@written_once
def _memberships(user: int) -> QuerySet[Membership]:
    found = Membership.unscoped.select_related("workspace", "team").filter(user_id=user, ended_at=None)
    return found.order_by("workspace__name")


def show(request: HttpRequest, whole: str, panel: Any, parts: dict[str, str] | None = None) -> HttpResponse:
    """The page, or the part of it that htmx asks for by the id of its target."""
    target = request.htmx.target if request.htmx else None  # type: ignore[attr-defined]
    response = render(request, (parts or {}).get(target or "", whole), {"panel": panel})
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    response["Cache-Control"] = "private, no-store"
    return response


def refuse(request: HttpRequest, reason: str) -> HttpResponse:
    """400, with what was wrong in the address or the form."""
    return render(request, "400.html", {"reason": reason}, status=400)
