"""Members: roles and teams, who leaves, who is invited, whether a second factor is asked for."""

from __future__ import annotations

from typing import Any

from allauth.decorators import rate_limit
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts import members as people
from accounts.models import Account, Invitation, Membership, Role, Team, Workspace
from dashboards.mails.send import send
from dashboards.panels.settings.members import members_of
from dashboards.views.page import page, show


class PlaceForm(forms.Form):
    """A role and a team."""

    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Role.choices, initial=Role.CSM)
    team = forms.ModelChoiceField(
        label=gettext_lazy("Team"), queryset=None, required=False, empty_label=gettext_lazy("None")
    )

    def __init__(self, workspace: Workspace, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["team"].queryset = Team.objects.of(workspace).order_by("name")  # type: ignore[attr-defined]


class InviteForm(PlaceForm):
    """Who is asked to join."""

    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254)
    field_order = ("email", "role", "team")


class EndForm(forms.Form):
    """Who takes over the accounts of who leaves."""

    heir = forms.ModelChoiceField(
        label=gettext_lazy("Who takes over the accounts"),
        queryset=None,
        required=False,
        empty_label=gettext_lazy("Nobody: they become unowned"),
    )

    def __init__(self, member: Membership, *args: Any) -> None:
        super().__init__(*args)
        rows = Membership.objects.of(member.workspace_id).filter(ended_at=None).exclude(pk=member.pk)
        rows = rows.exclude(role=Role.VIEWER).select_related("user").order_by("user__name")
        self.fields["heir"].queryset = rows  # type: ignore[attr-defined]


@require_safe
@page("settings.read")
def members(request: HttpRequest, member: Membership) -> HttpResponse:
    """Everybody, who was invited, and the form to invite."""
    return _page(request, member, InviteForm(member.workspace))


@require_POST
@page("settings.write")
@rate_limit(action="invite")
def invite(request: HttpRequest, member: Membership) -> HttpResponse:
    """Send an invitation; the answer shows its link, once."""
    form = InviteForm(member.workspace, request.POST)
    if not form.is_valid():
        return _page(request, member, form, status=400)
    told = form.cleaned_data
    return _invite(request, member, form, told["email"], told["role"], told["team"])


@require_POST
@page("settings.write")
@rate_limit(action="invite")
def again(request: HttpRequest, member: Membership, invitation: int) -> HttpResponse:
    """Send it once more, with a new link; the one of before no longer works."""
    found = _invitation(member, invitation)
    return _invite(request, member, InviteForm(member.workspace), found.email, found.role, found.team)


@require_POST
@page("settings.write")
def revoke(request: HttpRequest, member: Membership, invitation: int) -> HttpResponse:
    """The link no longer works; taking it back twice changes nothing."""
    found = _invitation(member, invitation)
    if found.accepted_at is None and found.revoked_at is None:
        found.revoked_at = timezone.now()
        found.save(update_fields=["revoked_at"])
        messages.success(request, _("The invitation of %(email)s is taken back.") % {"email": found.email})
    return redirect("settings-members", workspace=member.workspace.slug)


@require_safe
@page("settings.write")
def one(request: HttpRequest, member: Membership, member_id: int) -> HttpResponse:
    """One member: role, team, and the way out."""
    return _member_page(request, member, _find(member, member_id))


@require_POST
@page("settings.write")
def save(request: HttpRequest, member: Membership, member_id: int) -> HttpResponse:
    """Another role or team, from now on."""
    found = _find(member, member_id)
    form = PlaceForm(member.workspace, request.POST)
    if not form.is_valid():
        return _member_page(request, member, found, form, status=400)
    try:
        people.change(member, found, form.cleaned_data["role"], form.cleaned_data["team"])
    except people.MemberError as error:
        return _member_page(request, member, found, form, error=str(error), status=400)
    messages.success(request, _("Saved."))
    return redirect("settings-members", workspace=member.workspace.slug)


@require_POST
@page("settings.write")
def end(request: HttpRequest, member: Membership, member_id: int) -> HttpResponse:
    """The membership ends now, and with it every page of the workspace; accounts go to the heir or to nobody."""
    found = _find(member, member_id)
    form = EndForm(found, request.POST)
    if not form.is_valid():
        return _member_page(request, member, found, status=400, end_form=form)
    try:
        moved = people.end(member, found, form.cleaned_data["heir"], timezone.now())
    except people.MemberError as error:
        return _member_page(request, member, found, error=str(error), status=400)
    words = ngettext("%(who)s has left; %(n)s account moved.", "%(who)s has left; %(n)s accounts moved.", moved)
    messages.success(request, words % {"who": found.user, "n": moved})
    return redirect("settings-members", workspace=member.workspace.slug)


@require_POST
@page("settings.write")
def revive(request: HttpRequest, member: Membership, member_id: int) -> HttpResponse:
    """Who had left is back."""
    found = _find(member, member_id)
    try:
        people.revive(member, found)
        messages.success(request, _("%(who)s is back.") % {"who": found.user})
    except people.MemberError as error:
        messages.error(request, str(error))
    return redirect("settings-members", workspace=member.workspace.slug)


@require_POST
@page("settings.write")
def second_factor(request: HttpRequest, member: Membership) -> HttpResponse:
    """Ask every member for a second factor, or no longer; an admin without one would shut themselves out."""
    needed = request.POST.get("needed") == "yes"
    if needed and not people.has_second_factor(member.user):
        messages.error(request, _("Set up your own second factor first."))
    else:
        member.workspace.needs_second_factor = needed
        member.workspace.save(update_fields=["needs_second_factor"])
        messages.success(request, _("Saved."))
    return redirect("settings-members", workspace=member.workspace.slug)


def _find(member: Membership, pk: int) -> Membership:
    """A member of the same workspace, of now or of before. Raises Http404."""
    found = Membership.objects.of(member.workspace).select_related("user", "team").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found  # type: ignore[no-any-return]


def _invitation(member: Membership, pk: int) -> Invitation:
    found = Invitation.objects.of(member.workspace).select_related("team").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found  # type: ignore[no-any-return]


def _invite(
    request: HttpRequest, member: Membership, form: Any, email: str, role: str, team: Team | None
) -> HttpResponse:
    try:
        invitation, token = people.invite(member, email, role, team, timezone.now())
    except people.MemberError as error:
        messages.error(request, str(error))
        return redirect("settings-members", workspace=member.workspace.slug)
    link = request.build_absolute_uri(reverse("invitation", args=[token]))
    subject = _("Your invitation to %(workspace)s") % {"workspace": member.workspace.name}
    mailed = send(invitation.email, subject, "invitation", invitation=invitation, link=link)
    return _page(request, member, InviteForm(member.workspace), invited=invitation.email, link=link, was_mailed=mailed)


def _page(request: HttpRequest, member: Membership, form: Any, status: int = 200, **more: Any) -> HttpResponse:
    response = show(request, "settings/members.html", members_of(member, timezone.now(), form, **more))
    response.status_code = status
    return response


def _member_page(
    request: HttpRequest,
    member: Membership,
    found: Membership,
    form: Any = None,
    end_form: Any = None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    panel = {
        "found": found,
        "is_self": found.pk == member.pk,
        "form": form or PlaceForm(member.workspace, initial={"role": found.role, "team": found.team_id}),
        "end_form": end_form or EndForm(found),
        "error": error,
        "accounts": Account.objects.of(member.workspace).filter(owner=found).count(),
    }
    response = show(request, "settings/member.html", panel)
    response.status_code = status
    return response
