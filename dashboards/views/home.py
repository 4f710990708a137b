"""The way in, and the choice of colours."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.models import Membership
from dashboards.context import THEME_COOKIE, THEMES

YEAR = 365 * 24 * 3600


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """To the portfolio of the workspace that the person joined first; 403 for who is in none."""
    members = Membership.unscoped.filter(user_id=request.user.pk, ended_at=None)
    slug = members.order_by("pk").values_list("workspace__slug", flat=True).first()
    if slug is None:
        raise PermissionDenied
    return redirect("portfolio", workspace=slug)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep light or dark in a cookie, or follow the system again; then back to where one was."""
    back = request.POST.get("next", "")
    response = HttpResponseRedirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/")
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            THEME_COOKIE, chosen, max_age=YEAR, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
    else:
        response.delete_cookie(THEME_COOKIE)
    return response
