"""The pages. All but the first two lie below a workspace, whose members alone may see them."""

from django.urls import include, path

from dashboards.views import account, accounts, home, portfolio, runs, sources
from dashboards.views.settings import calendar, first

settings = [
    path("calendar", calendar.calendar, name="settings-calendar"),
    path("calendar/save", calendar.save, name="settings-calendar-save"),
]

pages = [
    path("portfolio", portfolio.portfolio, name="portfolio"),
    path("accounts", accounts.accounts, name="accounts"),
    path("accounts/<int:account>", account.account, name="account"),
    path("accounts/<int:account>/timeline", account.timeline, name="timeline"),
    path("runs", runs.runs, name="runs"),
    path("sources", sources.sources, name="sources"),
    path("sources/live", sources.live, name="live"),
    path("sources/keys", sources.create_key, name="create-key"),
    path("sources/keys/<int:key>/revoke", sources.revoke_key, name="revoke-key"),
    path("sources/imports/<int:imported>", sources.imported, name="import"),
    path("settings", first.first, name="settings"),
    path("settings/", include(settings)),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("theme", home.theme, name="theme"),
    path("w/<slug:workspace>/", include(pages)),
]
