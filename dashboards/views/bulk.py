"""Many accounts at once: the page before, doing it, undoing it, and what was done lately."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import bulk
from accounts.models import BulkChange, Membership
from dashboards.panels.bulk import BulkForm, action_of, bulk_page, selected
from dashboards.panels.bulk_changes import changes_of, left_of, names_of, notes_of, what_of
from dashboards.panels.filters import FilterError
from dashboards.templatetags.figures import accounts
from dashboards.views.page import page, refuse, show


@require_http_methods(["GET", "HEAD", "POST"])
@page("account.write")
def change(request: HttpRequest, member: Membership) -> HttpResponse:
    """What is about to be done to which accounts; sent, it is done to those that the member writes."""
    asked, now = request.POST if request.method == "POST" else request.GET, timezone.now()
    try:
        action, ids = action_of(asked), selected(member, asked, now)
    except FilterError as error:
        return refuse(request, str(error))
    form = BulkForm(member.workspace, action, request.POST if request.method == "POST" else None)
    panel = bulk_page(member, action, ids, form, _back(member, asked.get("back", "")))
    if panel is None:
        raise Http404
    if not panel.count or not form.is_valid():
        response = show(request, "bulk/page.html", panel)
        response.status_code = 400 if form.is_bound else 200
        return response
    try:
        made = bulk.change(member, action, form.value, form.said, ids, form.cleaned_data["ticket"], now)
    except bulk.GoneError:
        return refuse(request, _("value: %(name)s has left, or owns no accounts any more.") % {"name": form.said})
    _report(request, member, made)
    return redirect(panel.back)


@require_POST
@page("account.write")
def undo(request: HttpRequest, member: Membership, change: int) -> HttpResponse:
    """Give back what was there before, where nobody has changed it since."""
    found = BulkChange.objects.of(member.workspace).filter(pk=change).first()
    if found is None:
        raise Http404
    was_undone = found.undone_at is not None
    made = bulk.undo(found, member, timezone.now())
    if made.undone_at is None:
        messages.warning(request, _("Nothing was undone: the accounts were changed since, or are not yours to change."))
    elif not was_undone:
        names = names_of(member.workspace, [made])
        words = _("Undone for %(accounts)s.") % {"accounts": accounts(len(made.accounts) - len(made.left))}
        messages.success(request, " ".join((words, *left_of(made, names))))
    else:
        messages.info(request, _("It was undone already."))
    return redirect("bulk-changes", workspace=member.workspace.slug)


@require_safe
@page("account.write")
def changes(request: HttpRequest, member: Membership) -> HttpResponse:
    """What was done lately, each with the way to undo it."""
    return show(request, "bulk/changes.html", changes_of(member))


def _report(request: HttpRequest, member: Membership, made: BulkChange) -> None:
    words = (f"{what_of(made)}.", *notes_of(made, names_of(member.workspace, [made])))
    url = reverse("bulk-undo", args=[member.workspace.slug, made.pk]) if made.accounts and not made.undone_at else ""
    messages.success(request, " ".join(words), extra_tags=url)


def _back(member: Membership, asked: str) -> str:
    """The list that the accounts were selected in."""
    base = reverse("portfolio", args=[member.workspace.slug])
    root = base.removesuffix("portfolio")
    return asked if asked.startswith(root) and url_has_allowed_host_and_scheme(asked, None) else base
