"""The scorecard studio: what a draft says and does, changing it, publishing it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership
from dashboards.panels.studio.forms import typed_rows
from dashboards.panels.studio.page import Asked, saved_page, studio_page
from dashboards.views.page import page, refuse, show
from metrics import drafts
from metrics.card_rules import CardError
from metrics.models import Scorecard, ScorecardVersion
from metrics.registry import MEASURES
from metrics.scorecards import card_of

WHOLE, BODY, SAVED = "studio/page.html", "studio/body.html", "studio/saved.html"


@require_safe
@page("scorecard.read")
def studio(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """The draft of a scorecard beside what is published."""
    found, now = scorecard_of(member, scorecard), timezone.now()
    asked = Asked(line=request.GET.get("line", ""), cap=request.GET.get("cap", ""))
    panel = studio_page(member, found, asked, now)
    if (asked.line and panel.line is None) or (asked.cap and panel.cap is None):
        raise Http404
    return show(request, WHOLE, panel, {"studio": BODY})


@require_POST
@page("scorecard.write")
def change(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """Change the draft as the form says; where there is none yet, one is made."""
    found = scorecard_of(member, scorecard)
    asked = request.POST.get("do", "")
    if asked not in CHANGES:
        return refuse(request, _("do: “%s” is nothing that can be done.") % asked[:40])
    try:
        with transaction.atomic():
            draft = drafts.draft_of(found)
            drafts.check_seen(draft, _seen(request.POST))
            opened = CHANGES[asked](draft, request.POST)
    except CardError as error:
        return _refused(request, member, found, str(error))
    except Scorecard.DoesNotExist:  # somebody deleted it meanwhile
        raise Http404 from None
    if _is_slider(request):
        return show(request, SAVED, saved_page(found, draft, timezone.now()))
    if asked == "discard":
        messages.success(request, _("The draft is discarded."))
    return _back(member, found, opened)


@require_POST
@page("scorecard.write")
def publish(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """Publish the draft with a comment."""
    found, now = scorecard_of(member, scorecard), timezone.now()
    draft = drafts.open_draft(found)
    if draft is None:
        return _refused(request, member, found, _("There is no draft to publish."))
    try:
        drafts.publish(draft, request.POST.get("comment", ""), member, now, _seen(request.POST))
    except CardError as error:
        return _refused(request, member, found, str(error))
    messages.success(
        request, _("Version %s is published. Its accounts are scored by it within minutes.") % draft.number
    )
    return _back(member, found)


def scorecard_of(member: Membership, pk: int) -> Scorecard:
    """A scorecard of the member's workspace. Raises Http404."""
    found: Scorecard | None = Scorecard.objects.of(member.workspace).select_related("workspace").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _back(member: Membership, scorecard: Scorecard, opened: str = "") -> HttpResponse:
    response = redirect("scorecard", workspace=member.workspace.slug, scorecard=scorecard.pk)
    if opened:
        response["Location"] += f"?{opened}"
    return response


def _is_slider(request: HttpRequest) -> bool:
    """Whether the page stays as it is, and only hears whether its weights were kept."""
    return bool(request.htmx and request.htmx.target == "saved")  # type: ignore[attr-defined]


def _seen(post: QueryDict) -> int:
    """How many changes of the draft its page has shown. Raises CardError."""
    seen = post.get("seen", "")
    if not (seen.isascii() and seen.isdigit() and len(seen) < 10):
        raise CardError(_("Draft"), _("the form does not say which state of it you saw. Load the page anew."))
    return int(seen)


def _refused(request: HttpRequest, member: Membership, scorecard: Scorecard, reason: str) -> HttpResponse:
    """The page again, with what was wrong; what was open stays open, and what was typed stays there."""
    if _is_slider(request):
        response = show(request, "studio/refused.html", reason)
    else:
        post = request.POST
        line = post.get("measure", "") if post.get("do") == "line" else ""
        cap = (post.get("position") or "new") if post.get("do") == "cap" else ""
        panel = studio_page(member, scorecard, Asked(line, cap, reason, post), timezone.now())
        response = show(request, WHOLE, panel, {"studio": BODY})
    response.status_code = 400
    # The address of a form is no page.
    response["HX-Push-Url"] = "false"
    return response


# -- what a form asks for -------------------------------------------------------------------------------------
# Each returns what of the page is open afterwards.

Change = Callable[[ScorecardVersion, QueryDict], str]


def _weights(draft: ScorecardVersion, post: QueryDict) -> str:
    weights = {name.removeprefix("weight."): post[name] for name in post if name.startswith("weight.")}
    drafts.change_weights(draft, {key: _plain(weight) for key, weight in weights.items()})
    asked = {"red_below": post.get("red_below"), "green_from": post.get("green_from")}
    borders: dict[str, Any] = {name: _plain(value) for name, value in asked.items() if value is not None}
    if borders:
        borders["bands_by_rank"] = "bands_by_rank" in post
        if any(getattr(draft, name) != value for name, value in borders.items()):
            drafts.change_bands(draft, **borders)
    return ""


def _line(draft: ScorecardVersion, post: QueryDict) -> str:
    measure = post.get("measure", "")
    fields: dict[str, Any] = {"by_rank": "by_rank" in post}
    if any(name.startswith("sign.") for name in post):
        fields["steps"] = [
            [sign, bound, points]
            for sign, bound, points in typed_rows(post, "sign", "bound", "points")
            if bound.strip() or points.strip()
        ]
    else:
        given = {name: _empty(post.get(name, "")) for name in ("worst", "neutral", "best")}
        fields |= given
    fields["assumed_points"] = _empty(post.get("assumed_points", "")) if post.get("missing") == "assume" else None
    if post.get("missing") == "assume" and fields["assumed_points"] is None:
        raise CardError(_("Points without data"), _("say how many."))
    drafts.change_line(draft, measure, **fields)
    return f"line={measure}"


def _line_add(draft: ScorecardVersion, post: QueryDict) -> str:
    asked = post.get("measure", "").strip()
    named = next((key for key, each in MEASURES.items() if asked.casefold() == str(each.name).casefold()), asked)
    drafts.add_line(draft, named)
    return f"line={named}"


def _line_remove(draft: ScorecardVersion, post: QueryDict) -> str:
    drafts.remove_line(draft, post.get("measure", ""))
    return ""


def _line_move(draft: ScorecardVersion, post: QueryDict) -> str:
    measure, keys = post.get("measure", ""), [line.measure for line in card_of(draft).lines]
    step = -1 if post.get("do") == "line-up" else 1
    drafts.move_line(draft, measure, keys.index(measure) + step if measure in keys else 0)
    return f"line={measure}"


def _cap(draft: ScorecardVersion, post: QueryDict) -> str:
    conditions = [
        [measure, sign, bound]
        for measure, sign, bound in typed_rows(post, "of", "sign", "bound")
        if measure or bound.strip()
    ]
    band = post.get("band", "")
    told: dict[str, Any] = {
        "name": post.get("name", ""), "band": int(band) if band in ("1", "2") else 0, "conditions": conditions,
    }  # fmt: skip
    if place := post.get("position", ""):
        drafts.change_cap(draft, _place(place), **told)
    else:
        drafts.add_cap(draft, **told)
    return ""


def _discard(draft: ScorecardVersion, post: QueryDict) -> str:
    drafts.discard(draft)
    return ""


def _cap_remove(draft: ScorecardVersion, post: QueryDict) -> str:
    drafts.remove_cap(draft, _place(post.get("position", "")))
    return ""


CHANGES: dict[str, Change] = {
    "weights": _weights,
    "line": _line,
    "line-add": _line_add,
    "line-remove": _line_remove,
    "line-up": _line_move,
    "line-down": _line_move,
    "cap": _cap,
    "cap-remove": _cap_remove,
    "discard": _discard,
}


def _place(text: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise CardError(_("Rule"), _("there is none in place %s.") % text[:10])
    return int(text)


def _empty(text: str) -> str | None:
    return text.strip() or None


def _plain(text: str | None) -> Any:
    """A number where it is one; what is none is left for the rules to refuse."""
    try:
        return float(text or "")
    except ValueError:
        return text
