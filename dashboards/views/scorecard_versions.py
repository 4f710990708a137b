"""The versions of a scorecard: two side by side, one as a file, a file into the draft."""

from __future__ import annotations

from io import BytesIO

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership
from dashboards.export import FORMS, attachment
from dashboards.panels.filters import FilterError
from dashboards.panels.scorecards.compare import compare_page
from dashboards.views.page import page, refuse, show
from dashboards.views.studio import scorecard_of
from metrics.card_rules import CardError
from metrics.drafts import draft_of
from metrics.models import ScorecardVersion
from metrics.scorecard_files import MAX_SIZE, ScorecardFileError, bring, written
from metrics.scorecards import card_of

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
def yaml(request: HttpRequest, member: Membership, scorecard: int, number: int) -> HttpResponse:
    """A version as YAML."""
    version = _version(member, scorecard, number)
    content = written(card_of(version))
    return _file(version, "yaml", content, "application/yaml; charset=utf-8")


@require_safe
@page("scorecard.read")
def xlsx(request: HttpRequest, member: Membership, scorecard: int, number: int) -> HttpResponse:
    """A version as a spreadsheet with a row for each account, whose formulas make the scores."""
    # A quarter of a second that only those pay who ask for such a file.
    from dashboards.panels.scorecards.sheet import score_sheet

    version = _version(member, scorecard, number)
    made = BytesIO()
    score_sheet(version, timezone.now()).write(made)
    return _file(version, "xlsx", made.getvalue(), FORMS["xlsx"][0])


def _version(member: Membership, scorecard: int, number: int) -> ScorecardVersion:
    versions = ScorecardVersion.objects.of(member.workspace).select_related("scorecard", "workspace")
    version = versions.filter(scorecard_id=scorecard, number=number).first()
    if version is None:
        raise Http404
    return version  # type: ignore[no-any-return]


def _file(version: ScorecardVersion, form: str, content: str | bytes, content_type: str) -> HttpResponse:
    return attachment(f"{version.scorecard.name}-v{version.number}", form, content, content_type)


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
