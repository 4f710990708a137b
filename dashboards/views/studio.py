"""The scorecard studio: what a draft says and does, changing it, publishing it."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership
from dashboards.panels.studio.page import studio_page
from dashboards.views.page import page, refuse, show
from metrics import drafts
from metrics.card_rules import CardError
from metrics.models import Scorecard


@require_safe
@page("scorecard.read")
def studio(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """The draft of a scorecard beside what is published."""
    return show(request, "studio/page.html", studio_page(member, scorecard_of(member, scorecard), timezone.now()))


@require_POST
@page("scorecard.write")
def change(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """Change the draft as the form says."""
    found = scorecard_of(member, scorecard)
    draft = drafts.open_draft(found)
    if request.POST.get("do") != "discard":
        return refuse(request, _("do: say what to do."))
    if draft is not None:
        drafts.discard(draft)
        messages.success(request, _("The draft is discarded."))
    return redirect("scorecard", workspace=member.workspace.slug, scorecard=found.pk)


@require_POST
@page("scorecard.write")
def publish(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """Publish the draft with a comment."""
    found = scorecard_of(member, scorecard)
    draft = drafts.open_draft(found)
    if draft is None:
        return refuse(request, _("There is no draft to publish."))
    seen = request.POST.get("seen", "")
    try:
        drafts.publish(
            draft, request.POST.get("comment", ""), member, timezone.now(), int(seen) if seen.isdigit() else None
        )
    except CardError as error:
        return refuse(request, str(error))
    messages.success(request, _("Version %s is published.") % draft.number)
    return redirect("scorecard", workspace=member.workspace.slug, scorecard=found.pk)


def scorecard_of(member: Membership, pk: int) -> Scorecard:
    """A scorecard of the member's workspace. Raises Http404."""
    found: Scorecard | None = Scorecard.objects.of(member.workspace).select_related("workspace").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
