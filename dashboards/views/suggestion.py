"""Weights that past churn suggests: asked for, shown, taken into a draft."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership
from accounts.wake import SEVERAL, wake
from dashboards.panels.suggestion import suggestion_page
from dashboards.views.page import page, refuse, show
from dashboards.views.studio import scorecard_of
from metrics.card_rules import CardError
from metrics.drafts import newest
from metrics.models import Suggestion
from metrics.weights.effects import take
from metrics.weights.run import begin


@require_safe
@page("scorecard.read")
def suggestion(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """The newest suggestion, with its progress while workers are at it."""
    found = suggestion_page(member, scorecard_of(member, scorecard), timezone.now())
    return show(request, "suggestion/page.html", found, {"suggestion": "suggestion/body.html"})


@require_POST
@page("scorecard.write")
def start(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """Ask for a suggestion; workers do the rest."""
    found = scorecard_of(member, scorecard)
    version = newest(found)
    if version is None:
        return refuse(request, _("No version of this scorecard is published: it has no past to learn from."))
    version.workspace = member.workspace
    wake("metrics.suggest", begin(version, timezone.now(), member).pk, SEVERAL)
    return redirect("suggestion", workspace=member.workspace.slug, scorecard=found.pk)


@require_POST
@page("scorecard.write")
def take_over(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """Put the suggested weights that were looked at into the draft, then look at it in the studio."""
    found = scorecard_of(member, scorecard)
    rows = Suggestion.objects.of(member.workspace).select_related("workspace", "scorecard__workspace", "version")
    chosen = rows.filter(scorecard=found).newest_first().first()
    if chosen is None or str(chosen.pk) != request.POST.get("suggestion"):
        return refuse(request, _("These suggested weights are not the newest. Load the page and look at it again."))
    if chosen.state != Suggestion.State.DONE:
        return refuse(request, _("There are no suggested weights to take."))
    if chosen.version != newest(found):
        return refuse(request, _("Another version has been published since. Suggest again to learn about that one."))
    try:
        draft = take(chosen)
    except CardError as error:
        return refuse(request, str(error))
    messages.success(request, _("The suggested weights are in the draft of version %s.") % draft.number)
    return redirect("scorecard", workspace=member.workspace.slug, scorecard=found.pk)
