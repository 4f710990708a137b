"""The part of allauth that we offer: sign in and out, a forgotten password, a second factor."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views
from allauth.mfa.base import views as second
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as app
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import path, re_path
from django.views.decorators.cache import never_cache
from django.views.generic import RedirectView

View = Callable[..., HttpResponseBase]


def with_second_factor(view: View) -> View:
    """Who has none is led to where one is set up, not to an error."""

    @wraps(view)
    @never_cache
    @login_required
    def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        if not Authenticator.objects.filter(user_id=request.user.pk).exists():
            return redirect("mfa_index")
        return view(request, **kwargs)

    return guarded


urlpatterns = [
    path("login/", views.login, name="account_login"),
    path("logout/", views.logout, name="account_logout"),
    path("signup/", views.signup, name="account_signup"),
    path("inactive/", views.account_inactive, name="account_inactive"),
    path("reauthenticate/", views.reauthenticate, name="account_reauthenticate"),
    path("password/change/", views.password_change, name="account_change_password"),
    # Where allauth sends who is signed in and has no password: one is set by mail.
    path("password/set/", RedirectView.as_view(pattern_name="account_reset_password"), name="account_set_password"),
    path("password/reset/", views.password_reset, name="account_reset_password"),
    path("password/reset/done/", views.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        views.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/key/done/",
        views.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("second-factor/", second.index, name="mfa_index"),
    path("second-factor/sign-in/", second.authenticate, name="mfa_authenticate"),
    path("second-factor/reauthenticate/", second.reauthenticate, name="mfa_reauthenticate"),
    path("second-factor/app/", never_cache(app.activate_totp), name="mfa_activate_totp"),
    path("second-factor/app/remove/", with_second_factor(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("second-factor/codes/", with_second_factor(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "second-factor/codes/new/",
        with_second_factor(codes.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
]
