"""All addresses: pages, REST, sign-in, and the health of the service."""

from django.urls import include, path, re_path

from accounts import hooks
from accounts.api.errors import not_found
from accounts.api.hook_view import HookView
from dashboards.views.api_docs import api_docs
from healthscore import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/docs", api_docs, name="api-docs"),
    path("api/v1/", include("healthscore.api_urls")),
    re_path("^api/", not_found, name="api-not-found"),
    path("hooks/mail", hooks.mail, name="mail-hook"),
    path("hooks/<str:hook>", HookView.as_view(), name="hook"),
    path("accounts/", include("healthscore.sign_in_urls")),
    path("", include("dashboards.urls")),
]
