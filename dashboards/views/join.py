"""Accepting an invitation: the link puts its token into the session and leads to a page whose address holds none."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import perform_login
from allauth.decorators import rate_limit
from django import forms
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import members
from accounts.models import Invitation, User

TOKEN = "invitation"  # noqa: S105  the name of it in the session


class NewPersonForm(SetPasswordMixin, forms.Form):
    """What a person who never signed in here tells of themselves."""

    name = forms.CharField(
        label=gettext_lazy("Your name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password1, password2 = SetPasswordMixin.create_password_fields(gettext_lazy("Password"), gettext_lazy("Again"))

    def __init__(self, email: str, *args: Any) -> None:
        super().__init__(*args)
        self.email = email
        for field in self.fields.values():
            field.help_text = ""

    def clean(self) -> dict[str, Any]:
        self.validate_passwords()
        self.validate_password_for_user(User(email=self.email, name=self.cleaned_data.get("name", "")))
        return super().clean() or self.cleaned_data


@require_safe
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail. It never answers with an error, for that would put the token into the log."""
    request.session[TOKEN] = token
    return redirect("join")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@rate_limit(action="join", limit_get=True)
def join(request: HttpRequest) -> HttpResponse:
    """Who invites to what, and the one thing to do: confirm, sign in, or choose a password."""
    found = members.invitation_of(request.session.get(TOKEN, ""), timezone.now())
    if found is None:
        return render(request, "join/closed.html", status=400)
    if request.method != "POST":
        return _page(request, found, NewPersonForm(found.email))
    return _accept(request, found) if request.user.is_authenticated else _accept_as_new(request, found)


def _accept(request: HttpRequest, found: Invitation) -> HttpResponse:
    try:
        members.accept(request.session[TOKEN], request.user, timezone.now())  # type: ignore[arg-type]
    except members.MemberError as error:
        return _page(request, found, None, str(error))
    del request.session[TOKEN]
    messages.success(request, _("You are a member of %(workspace)s.") % {"workspace": found.workspace.name})
    return redirect("portfolio", workspace=found.workspace.slug)


def _accept_as_new(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = NewPersonForm(found.email, request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=400)
    told = form.cleaned_data
    try:
        user = members.accept_as_new(request.session[TOKEN], told["name"], told["password1"], timezone.now())
    except members.MemberError as error:
        return _page(request, found, form, str(error))
    del request.session[TOKEN]
    to = reverse("portfolio", args=[found.workspace.slug])
    return perform_login(request, user, email_verification="none", redirect_url=to)  # type: ignore[no-any-return]


def _page(
    request: HttpRequest, found: Invitation, form: NewPersonForm | None, error: str = "", status: int = 200
) -> HttpResponse:
    signs_in = User.objects.filter(email=found.email).exists()
    is_other = request.user.is_authenticated and request.user.email.lower() != found.email
    told = {"invitation": found, "form": form, "error": error, "signs_in": signs_in, "is_other": is_other}
    return render(request, "join/page.html", told, status=400 if error else status)
