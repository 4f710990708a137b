"""The addresses below `/api/v1/`."""

from django.urls import path

from accounts.api.accounts import AccountsView, AccountView
from accounts.api.events import EventsView

urlpatterns = [
    path("events", EventsView.as_view(), name="api-events"),
    path("accounts", AccountsView.as_view(), name="api-accounts"),
    path("accounts/<path:external_id>", AccountView.as_view(), name="api-account"),
]
