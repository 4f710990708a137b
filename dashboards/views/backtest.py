"""The back-test of a scorecard: what it said, and beginning one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership
from dashboards.panels.backtest.page import backtest_page, running_of
from dashboards.panels.filters import FilterError, key
from dashboards.views.page import page, refuse, show
from dashboards.views.studio import scorecard_of
from metrics.backtest.run import begin_alone
from metrics.models import ScorecardVersion

WHOLE, RUNNING = "backtest/page.html", "backtest-running"


@require_safe
@page("scorecard.read")
def backtest(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """The newest one, or the one asked for; live while one runs."""
    found = scorecard_of(member, scorecard)
    is_poll = request.htmx.target == RUNNING  # type: ignore[attr-defined]
    try:
        asked = key(request.GET, "run")
    except FilterError as error:
        return refuse(request, str(error))
    running = running_of(found, asked) if is_poll else None
    if running is not None:
        return show(request, WHOLE, {"running": running}, {RUNNING: "backtest/running.html"})
    panel = backtest_page(member, found, asked, timezone.now())
    response = show(request, WHOLE, panel, {RUNNING: "backtest/body.html"})
    if is_poll:
        response["HX-Retarget"] = "#backtest"
    return response


@require_POST
@page("scorecard.write")
def start(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """Judge a version by the past; one at a time for a scorecard."""
    found, asked = scorecard_of(member, scorecard), request.POST.get("version", "")
    versions = ScorecardVersion.objects.of(member.workspace).filter(scorecard=found).select_related("scorecard")
    version = (
        versions.filter(pk=int(asked)).first() if asked.isascii() and asked.isdigit() and len(asked) < 18 else None
    )
    if version is None:
        return refuse(request, _("version: is none of this scorecard: “%s”.") % asked[:40])
    _backtest, is_new = begin_alone(version, timezone.now(), member)
    if not is_new:
        messages.info(request, _("A back-test of it runs already."))
    return redirect("backtest", workspace=member.workspace.slug, scorecard=found.pk)
