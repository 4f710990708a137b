"""All addresses: pages, REST, sign-in, and the health of the service."""

from django.urls import include, path, re_path

from accounts import hooks
from accounts.api import success
from accounts.api.errors import not_found
from accounts.api.hook_view import HookView
from accounts.api.posthog import PosthogFlagsView, PosthogView
from dashboards.views.api_docs import api_docs
from healthscore import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/docs", api_docs, name="api-docs"),
    path("api/v1/", include("healthscore.api_urls")),
    re_path("^api/", not_found, name="api-not-found"),
    path("v1/", include("healthscore.client_urls")),
    re_path("^batch/?$", PosthogView.as_view(), name="posthog-batch"),
    re_path("^flags/?$", PosthogFlagsView.as_view(), name="posthog-flags"),
    re_path("^decide/?$", PosthogFlagsView.as_view(), name="posthog-decide"),
    path("hooks/mail", hooks.mail, name="mail-hook"),
    re_path("^hooks/(?P<hook>[A-Za-z0-9_-]{20,64})$", HookView.as_view(), name="hook"),
    re_path("^pixel.gif/?$", success.TotangoView.as_view(), name="totango-pixel"),
    path("custify/event", success.CustifyEventView.as_view(), name="custify-event"),
    path("custify/people", success.CustifyPeopleView.as_view(), name="custify-people"),
    path("custify/company", success.CustifyCompanyView.as_view(), name="custify-company"),
    path("data/track", success.PendoTrackView.as_view(), name="pendo-track"),
    path("analytics/v1/account", success.VitallyAccountView.as_view(), name="vitally-account"),
    path("analytics/v1/user", success.VitallyUserView.as_view(), name="vitally-user"),
    path("analytics/v1/track", success.VitallyTrackView.as_view(), name="vitally-track"),
    path("accounts/", include("healthscore.sign_in_urls")),
    path("", include("dashboards.urls")),
]

handler400 = "healthscore.errors.bad_request"
