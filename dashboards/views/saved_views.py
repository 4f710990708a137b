"""Saves, changes and deletes views of the portfolio, and chooses the one it opens with."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import Membership, SavedView
from dashboards.panels.filters import bad
from dashboards.panels.portfolio import default_filters
from dashboards.panels.saved_views import kindly, query_of, sharing
from dashboards.views.page import page, refuse

MOST = 50


class ViewForm(forms.Form):
    """A name, and who else sees it."""

    name = forms.CharField(max_length=60)
    shared = forms.ChoiceField(required=False)

    def __init__(self, member: Membership, *args: Any) -> None:
        super().__init__(*args)
        self.fields["shared"].choices = sharing(member)  # type: ignore[attr-defined]

    def clean_shared(self) -> str:
        return self.cleaned_data["shared"] or SavedView.Shared.NOBODY

    def problem(self) -> str:
        """The first error, with the name of its field."""
        name, errors = next(iter(self.errors.items()))
        return f"{name}: {errors[0]}"


@require_POST
@page("portfolio.read")
def save(request: HttpRequest, member: Membership) -> HttpResponse:
    """Keep what is shown under a name; one's own view of that name is replaced."""
    form = ViewForm(member, request.POST)
    if not form.is_valid():
        return refuse(request, form.problem())
    views, told = SavedView.objects.of(member.workspace), form.cleaned_data
    if views.filter(owner=member).exclude(name=told["name"]).count() >= MOST:
        return refuse(request, _("Of your own you keep %(most)s views. Delete one first.") % {"most": MOST})
    default = default_filters(member)
    told["query"] = query_of(kindly(request.POST.get("query", ""), default)[0], default)
    found, made = SavedView.unscoped.update_or_create(
        workspace=member.workspace, owner=member, name=told["name"], defaults=told
    )
    said = _("The view “%(name)s” is kept.") if made else _("The view “%(name)s” is replaced.")
    messages.success(request, said % {"name": found.name})
    return redirect(_address(member, found))


@require_POST
@page("portfolio.read")
def change(request: HttpRequest, member: Membership, view: int) -> HttpResponse:
    """Rename or share it, delete it, or open the portfolio with it, as `do` says."""
    found = SavedView.objects.of(member.workspace).visible_to(member).filter(pk=view).first()
    if found is None:
        raise Http404
    asked = request.POST.get("do", "")
    act = {"keep": _keep, "delete": _delete, "open": _open, "close": _close}.get(asked)
    if act is None:
        return refuse(request, str(bad("do", asked)))
    if act in (_keep, _delete) and not found.may_change(member):
        raise PermissionDenied
    return act(request, member, found)


def _keep(request: HttpRequest, member: Membership, view: SavedView) -> HttpResponse:
    form = ViewForm(member, request.POST)
    if not form.is_valid():
        return refuse(request, form.problem())
    same = SavedView.objects.of(member.workspace).filter(owner=view.owner_id, name=form.cleaned_data["name"])
    if same.exclude(pk=view.pk).exists():
        return refuse(request, _("name: there is a view “%(name)s” already.") % form.cleaned_data)
    view.name, view.shared = form.cleaned_data["name"], form.cleaned_data["shared"]
    view.save(update_fields=["name", "shared"])
    messages.success(request, _("Saved."))
    return redirect(_address(member, view))


def _delete(request: HttpRequest, member: Membership, view: SavedView) -> HttpResponse:
    view.delete()
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return redirect("portfolio", workspace=member.workspace.slug)


def _open(request: HttpRequest, member: Membership, view: SavedView) -> HttpResponse:
    Membership.objects.of(member.workspace).filter(pk=member.pk).update(opens_with=view)
    messages.success(request, _("Your portfolio now opens with “%(name)s”.") % {"name": view.name})
    return redirect(_address(member, view))


def _close(request: HttpRequest, member: Membership, view: SavedView) -> HttpResponse:
    Membership.objects.of(member.workspace).filter(pk=member.pk, opens_with=view).update(opens_with=None)
    messages.success(request, _("Your portfolio opens with all of it again."))
    return redirect(_address(member, view))


def _address(member: Membership, view: SavedView) -> str:
    return f"{reverse('portfolio', args=[member.workspace.slug])}?view={view.pk}"
