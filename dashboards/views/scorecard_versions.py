"""The versions of a scorecard: two side by side, one as a file, a file into the draft."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership
from dashboards.export import NO_FILE_NAME
from dashboards.panels.filters import FilterError
from dashboards.panels.scorecards.compare import FILES, compare_page
from dashboards.views.page import page, refuse, show
from dashboards.views.studio import scorecard_of
from metrics.card_rules import CardError
from metrics.drafts import card_of, draft_of
from metrics.models import ScorecardVersion
from metrics.scorecard_files import MAX_SIZE, ScorecardFileError, bring, written

TEMPLATE = "scorecards/compare.html"


@require_safe
@page("scorecard.read")
def compare(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """All versions, and two of them beside each other."""
    found = scorecard_of(member, scorecard)
    try:
        return show(request, TEMPLATE, compare_page(member, found, request.GET, timezone.now()))
    except FilterError as error:
        return refuse(request, str(error))


@require_safe
@page("scorecard.read")
def file(request: HttpRequest, member: Membership, scorecard: int, number: int, form: str) -> HttpResponse:
    """A version as YAML."""
    versions = ScorecardVersion.objects.of(member.workspace).select_related("scorecard", "workspace")
    version = versions.filter(scorecard_id=scorecard, number=number).first()
    if version is None or form not in FILES:
        raise Http404
    response = HttpResponse(written(card_of(version)), content_type="application/yaml; charset=utf-8")
    name = NO_FILE_NAME.sub("-", f"{version.scorecard.name}-v{version.number}")
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
@page("scorecard.write")
def upload(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """A YAML file takes the place of what the draft says."""
    found, sent = scorecard_of(member, scorecard), request.FILES.get("file")
    if sent is None or sent.size is None:
        reason, status = _("Choose a YAML file."), 400
    elif sent.size > MAX_SIZE:
        reason, status = _("%(name)s: a file has at most %(n)s kB.") % {"name": sent.name, "n": MAX_SIZE // 1000}, 413
    else:
        try:
            with transaction.atomic():
                bring(draft_of(found), sent.read().decode())
        except UnicodeDecodeError:
            reason, status = _("%s is not UTF-8.") % sent.name, 400
        except (ScorecardFileError, CardError) as error:
            reason, status = str(error), 400
        else:
            messages.success(request, _("The draft says what %s says.") % sent.name)
            return redirect("scorecard", workspace=member.workspace.slug, scorecard=found.pk)
    panel = compare_page(member, found, QueryDict(), timezone.now(), reason)
    response = show(request, TEMPLATE, panel)
    response.status_code = status
    return response
