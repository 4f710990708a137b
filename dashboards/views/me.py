"""What is one's own, whatever the workspace: name, address, devices."""

from __future__ import annotations

from typing import Any

from allauth.decorators import rate_limit
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.members import has_second_factor, memberships_of
from accounts.models import User
from dashboards.mails.send import send
from dashboards.panels.devices import devices_of, end_devices

SALT, DAY = "new e-mail", 24 * 3600


class ProfileForm(forms.ModelForm):
    """What one is called, and whether single keys do something."""

    class Meta:
        model = User
        fields = ("name", "uses_keys")
        labels = {
            "name": gettext_lazy("Your name"),
            "uses_keys": gettext_lazy("Single keys: / finds, j and k move, a adds, ? lists them"),
        }
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


class EmailForm(forms.Form):
    """A new address to sign in with; the password shows that it is oneself who asks."""

    email = forms.EmailField(label=gettext_lazy("New e-mail"), max_length=254)
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, user: User, *args: Any) -> None:
        super().__init__(*args)
        self.user = user

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()

    def clean_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("This is not your password."))
        return ""


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Name, address, password, second factor, workspaces."""
    user: Any = request.user
    if request.method != "POST":
        return _profile(request)
    form = ProfileForm(request.POST, instance=User.objects.get(pk=user.pk))
    if not form.is_valid():
        return _profile(request, 400, profile_form=form)
    form.save()
    messages.success(request, _("Saved."))
    return redirect("profile")


@require_POST
@login_required
@rate_limit(action="change_email")
def ask_email(request: HttpRequest) -> HttpResponse:
    """Send a link to the new address. Whether somebody else signs in with it is not told here."""
    user: Any = request.user
    form = EmailForm(user, request.POST)
    if not form.is_valid():
        return _profile(request, 400, email_form=form)
    email = form.cleaned_data["email"]
    if not User.objects.filter(email=email).exists():
        token = signing.dumps([user.pk, user.email, email], salt=SALT)
        link = request.build_absolute_uri(reverse("confirm-email", args=[token]))
        send(email, _("Your new address for Healthscore"), "new_email", user=user, link=link)
    messages.success(request, _("Look into the mail of %(email)s: a link there completes it.") % {"email": email})
    return redirect("profile")


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def confirm_email(request: HttpRequest, token: str) -> HttpResponse:
    """The link of the mail asks; the button changes the address. It works for who asked, once, for a day."""
    user: Any = request.user
    try:
        pk, old, new = signing.loads(token, salt=SALT, max_age=DAY)
    except (signing.BadSignature, ValueError):
        pk, old, new = None, "", ""
    if (pk, old) != (user.pk, user.email) or User.objects.filter(email=new).exists():
        return _no_link(request)
    if request.method != "POST":
        return render(request, "me/email.html", {"new": new})
    if not _take(pk, old, new):
        return _no_link(request)
    messages.success(request, _("From now on you sign in with %(email)s.") % {"email": new})
    return redirect("profile")


def _take(pk: int, old: str, new: str) -> bool:
    """Whether the new address became theirs: the same link, or somebody else, may have been quicker."""
    try:
        with transaction.atomic():
            return bool(User.objects.filter(pk=pk, email=old).update(email=new))
    except IntegrityError:
        return False


def _no_link(request: HttpRequest) -> HttpResponse:
    return render(request, "me/email.html", {"new": ""}, status=400)


@require_safe
@login_required
def devices(request: HttpRequest) -> HttpResponse:
    """Where one is signed in."""
    user: Any = request.user
    return render(request, "me/devices.html", {"devices": devices_of(user, request.session.session_key)})


@require_POST
@login_required
def end_device(request: HttpRequest, device: int) -> HttpResponse:
    """Sign out elsewhere; one that is signed out already, or somebody else's, changes nothing."""
    rows = UserSession.objects.filter(user_id=request.user.pk, pk=device)
    if end_devices(rows.exclude(session_key=request.session.session_key)):
        messages.success(request, _("Signed out there."))
    return redirect("devices")


@require_POST
@login_required
def end_other_devices(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    rows = UserSession.objects.filter(user_id=request.user.pk)
    end_devices(rows.exclude(session_key=request.session.session_key))
    messages.success(request, _("You are signed in here only."))
    return redirect("devices")


def _profile(request: HttpRequest, status: int = 200, **forms: Any) -> HttpResponse:
    user: Any = request.user
    told = {"profile_form": ProfileForm(instance=user), "email_form": EmailForm(user)} | forms
    told |= {"has_second_factor": has_second_factor(user), "memberships": memberships_of(user)}
    return render(request, "me/profile.html", told, status=status)
