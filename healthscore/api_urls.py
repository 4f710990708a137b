"""The addresses below `/api/v1/`."""

from django.urls import path, register_converter
from django.urls.converters import StringConverter

from accounts.api.accounts import AccountsView, AccountView
from accounts.api.events import EventsView
from accounts.api.resources import CollectionView, FactView
from accounts.kinds import RESOURCES
from healthscore.openapi import OpenApiView
from metrics.api.backtests import BacktestsView, ScorecardsView
from metrics.api.kpis import KpisView
from metrics.api.scores import ExplainView, ScoresView
from metrics.api.targets import TargetsView, TargetView


class IdConverter(StringConverter):
    """Any text, for an external id may hold slashes and line feeds."""

    regex = "(?s:.+)"


register_converter(IdConverter, "id")

urlpatterns = [
    path("openapi.json", OpenApiView.as_view(), name="api-openapi"),
    path("events", EventsView.as_view(), name="api-events"),
    path("accounts", AccountsView.as_view(name="accounts"), name="api-accounts"),
    path("accounts/<id:external_id>", AccountView.as_view(name="accounts"), name="api-accounts-item"),
    path("targets", TargetsView.as_view(), name="api-targets"),
    path("targets/<id:external_id>", TargetView.as_view(), name="api-targets-item"),
    path("kpis", KpisView.as_view(), name="api-kpis"),
    path("scorecards", ScorecardsView.as_view(), name="api-scorecards"),
    path("scorecards/<int:scorecard>/backtests", BacktestsView.as_view(), name="api-backtests"),
    path("scores", ScoresView.as_view(), name="api-scores"),
    path("scores/<id:external_id>/explain", ExplainView.as_view(), name="api-scores-explain"),
]
for resource, kind in RESOURCES.items():
    urlpatterns += [
        path(resource, CollectionView.as_view(name=kind), name=f"api-{resource}"),
        path(f"{resource}/<id:external_id>", FactView.as_view(name=kind), name=f"api-{resource}-item"),
    ]
