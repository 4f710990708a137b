"""`/api/v1/scorecards` and the back-tests of one: list them, begin one."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import parser
from accounts.api.errors import ApiError
from accounts.api.idempotency import idempotent
from accounts.api.openapi.operations import Operations
from accounts.api.openapi.shapes import Schema
from accounts.api.paging import page
from accounts.api.view import ApiView
from accounts.models import ApiKey
from metrics.api.backtest_shapes import SCHEMAS, backtest_operations, scorecard_operations
from metrics.backtest.panel import MOST_DAYS
from metrics.backtest.run import begin_alone
from metrics.models import Backtest, Scorecard, ScorecardVersion

LEAST = {"version": 1, "lag": 0, "horizon": 1}


class ScorecardsView(ApiView):
    """The scorecards of a workspace."""

    scopes = {"GET": ApiKey.Scope.READ}

    def operations(self) -> Operations:
        return scorecard_operations()

    def schemas(self) -> dict[str, Schema]:
        return SCHEMAS

    def get(self, request: Request) -> Response:
        """All of them, in the order in which accounts look for theirs."""
        workspace = request.auth.workspace
        versions = ScorecardVersion.objects.of(workspace).order_by("number")
        told = list(versions.values_list("scorecard_id", "number", "published_at"))
        published = {card: number for card, number, at in told if at}
        drafts = {card: number for card, number, at in told if not at}
        rows = Scorecard.objects.of(workspace).in_order()
        return Response({"results": [_card(row, published.get(row.pk), drafts.get(row.pk)) for row in rows]})


class BacktestsView(ApiView):
    """The back-tests of a scorecard."""

    scopes = {"GET": ApiKey.Scope.READ, "POST": ApiKey.Scope.WRITE}

    def operations(self) -> Operations:
        return backtest_operations()

    def schemas(self) -> dict[str, Schema]:
        return SCHEMAS

    def get(self, request: Request, scorecard: int) -> Response:
        """A page, oldest change first."""
        found = _scorecard(request, scorecard)
        rows = Backtest.objects.of(request.auth.workspace).filter(scorecard=found).select_related("version")
        some, following = page(request, rows.defer("outcomes"), "moved_at")
        return Response({"results": [_backtest(row) for row in some], "next": following})

    @idempotent
    def post(self, request: Request, scorecard: int) -> Response:
        """Begin one; while one of the scorecard runs, that one is answered."""
        found = _scorecard(request, scorecard)
        asked = _asked(parser.an_object(request.data or b"{}"))
        version = _version(found, asked.pop("version", None))
        backtest, _is_new = begin_alone(version, timezone.now(), **asked)
        return Response(_backtest(backtest), status=202)


def _scorecard(request: Request, pk: int) -> Scorecard:
    found = Scorecard.objects.of(request.auth.workspace).filter(pk=min(pk, 2**62)).first()
    if found is None:
        raise NotFound(_("Nothing here has this id."))
    return found  # type: ignore[no-any-return]


def _asked(sent: dict[str, Any]) -> dict[str, int]:
    for name, value in sent.items():
        if name not in LEAST:
            raise ApiError(422, name, value, _("is no field of a back-test"))
        most = MOST_DAYS if name != "version" else 2**31 - 1
        if type(value) is not int or not LEAST[name] <= value <= most:
            reason = _("must be a whole number from %(least)d to %(most)d") % {"least": LEAST[name], "most": most}
            raise ApiError(422, name, value, reason)
    return dict(sent)


def _version(scorecard: Scorecard, number: int | None) -> ScorecardVersion:
    rows = ScorecardVersion.objects.of(scorecard.workspace_id).filter(scorecard=scorecard)
    rows = rows.exclude(published_at=None) if number is None else rows.filter(number=number)
    found = rows.select_related("scorecard", "workspace").order_by("-number").first()
    if found is None:
        raise ApiError(422, "version", number, _("is no version of this scorecard"))
    return found  # type: ignore[no-any-return]


def _card(row: Scorecard, version: int | None, draft: int | None) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in ("name", "kind", "position", "segments", "stages")}
    return {"id": row.pk, **own, "version": version, "draft": draft}


def _backtest(row: Backtest) -> dict[str, Any]:
    own = {name: getattr(row, name) for name in ("state", "lag", "horizon", "known_day", "ended_on", "error")}
    digests = {"inputs": row.inputs_digest, "digest": row.result_digest, "result": row.result}
    times = {"began_at": row.began_at, "updated_at": row.moved_at}
    return {"id": row.pk, "scorecard": row.scorecard_id, "version": row.version.number, **own, **digests, **times}
