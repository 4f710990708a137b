"""`GET /api/v1/scores`, and why one of them became another."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Q
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.errors import ApiError
from accounts.api.openapi.operations import Operations
from accounts.api.openapi.shapes import Schema
from accounts.api.paging import cursor_of, day_of, key_of, limit_of, moment_of, next_of
from accounts.api.view import ApiView
from accounts.models import Account, ApiKey, Workspace
from metrics.api.score_shapes import EXPLAIN_SCHEMAS, SCHEMAS, explaining, listing
from metrics.explain import At, End, Explanation, NotScoredError, Part, explain, scored_days
from metrics.kpis.digits import written
from metrics.models import Band, ScoreSnapshot
from metrics.models.snapshot import UNIT
from metrics.scorecards import Card, cards_by_id

BANDS = {Band.GREEN: "healthy", Band.YELLOW: "at-risk", Band.RED: "poor", Band.GREY: "unscored"}
BACK = timedelta(days=7)


class ScoresView(ApiView):
    """Scores of finished days."""

    scopes = {"GET": ApiKey.Scope.READ}

    def operations(self) -> Operations:
        return listing()

    def schemas(self) -> dict[str, Schema]:
        return SCHEMAS

    def get(self, request: Request) -> Response:
        """A page of scores as they were published, the oldest day first, each with its contributions: 50 and they make
        the score. `updated_since` is compared with `published_at`, when the night could first be read, or was again
        after `recompute`."""
        workspace = request.auth.workspace
        rows, following = _page(request, _asked(request, workspace))
        cards = cards_by_id(workspace, {row.version_id for row in rows})
        return Response({"results": [_score(row, cards[row.version_id]) for row in rows], "next": following})


class ExplainView(ApiView):
    """Why one score of an account became another."""

    scopes = {"GET": ApiKey.Scope.READ}

    def operations(self) -> Operations:
        return explaining()

    def schemas(self) -> dict[str, Schema]:
        return EXPLAIN_SCHEMAS

    def get(self, request: Request, external_id: str) -> Response:
        """Two scored days and the parts that lead from one score to the other, exact to 1/10,000 point: a new scorecard
        on the old data, other values (of ranks: its own move and the others'), data that came or went, the ends of the
        scale. As each day was known then."""
        account = _account(request, external_id)
        first, last = _days(request, account)
        try:
            found = explain(account, first, last)
        except NotScoredError as error:
            name = "from" if error.day == first else "to"
            raise ApiError(400, name, str(error.day), _("is no scored day of this account")) from None
        return Response(_explanation(account, found))


# -- what is asked for --------------------------------------------------------------------------------------


def _asked(request: Request, workspace: Workspace) -> Any:
    rows = ScoreSnapshot.objects.of(workspace).published().select_related("account")
    rows = rows.annotate(published_at=F("run__published_at"))
    if "account" in request.query_params:
        rows = rows.filter(account__external_id=request.query_params["account"].replace("\0", ""))
    if first := day_of(request, "from"):
        rows = rows.filter(day__gte=first)
    if last := day_of(request, "to"):
        rows = rows.filter(day__lte=last)
    since = moment_of(request, "updated_since")
    return rows.filter(published_at__gte=since) if since else rows


def _page(request: Request, rows: Any) -> tuple[list[Any], str | None]:
    """Rows after the cursor, by day and account, and the address of the next page."""
    limit, after = limit_of(request), cursor_of(request, _place)
    if after:
        day, account = after
        rows = rows.filter(Q(day__gt=day) | Q(account_id__gt=account), day__gte=day)
    found = list(rows.order_by("day", "account_id")[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], next_of(request, str(last.day), last.account_id)


def _place(day: str, account: int) -> tuple[date, int]:
    return date.fromisoformat(day), key_of(account)


def _account(request: Request, external_id: str) -> Account:
    rows = Account.objects.of(request.auth.workspace).select_related("workspace")
    found = rows.filter(external_id=external_id).first() if "\x00" not in external_id else None
    if found is None:
        raise NotFound(_("Nothing here has this id."))
    return found  # type: ignore[no-any-return]


def _days(request: Request, account: Account) -> tuple[date, date]:
    """The two days; by default the last seven."""
    first, last = day_of(request, "from"), day_of(request, "to")
    if first is None or last is None:
        days = scored_days(account)
        if not days:
            raise ApiError(400, "account", account.external_id, _("was never scored"))
        end = last or days[-1]
        last, first = end, first or max((day for day in days if day + BACK <= end), default=days[0])
    if first > last:
        raise ApiError(400, "from", str(first), _("is later than “to”"))
    return first, last


# -- what is answered ---------------------------------------------------------------------------------------


def _score(row: Any, card: Card) -> dict[str, Any]:
    return {
        "account": row.account.external_id,
        "name": row.account.name,
        "day": row.day,
        "score": written(row.score),
        "band": BANDS[Band(row.band)],
        "computed_band": BANDS[Band(row.computed_band)],
        "held_band": BANDS[Band(row.held_band)],
        **_basis(row, card),
        "mrr": written(row.mrr),
        "known_day": row.known_day,
        "computed_at": row.computed_at,
        "published_at": row.published_at,
        "contributions": [
            {
                "measure": line.measure,
                "value": _number(row.values[n]),
                "points": _number(row.points[n]),
                "contribution": _points(row.contributions[n]),
            }
            for n, line in enumerate(card.lines)
        ],
    }


def _basis(row: Any, card: Card) -> dict[str, Any]:
    return {
        "manual": row.manual,
        "caps": [cap.name for cap in card.caps if row.caps >> cap.position & 1],
        "coverage": row.coverage / UNIT,
        "unknown": row.unknown / UNIT,
        "scorecard": card.version.scorecard.name,
        "version": card.version.number,
    }


def _explanation(account: Account, found: Explanation) -> dict[str, Any]:
    return {
        "account": account.external_id,
        "before": _end(found.then),
        "after": _end(found.now),
        "difference": None if found.units is None else _points(found.units),
        "ranks_split": found.split,
        "parts": [_part(part) for part in found.parts],
    }


def _end(end: End) -> dict[str, Any]:
    return {"day": end.day, "score": written(end.row.score), "band": BANDS[end.band], **_basis(end.row, end.card)}


def _part(part: Part) -> dict[str, Any]:
    return {
        "kind": str(part.kind),
        "measure": part.measure,
        "points": _points(part.units),
        "before": _side(part.then),
        "after": _side(part.now),
    }


def _side(at: At | None) -> dict[str, Any] | None:
    if at is None:
        return None
    told = {name: getattr(at, name) for name in ("value", "points", "weight", "effective")}
    return told | {"contribution": _points(at.units)}


def _points(units: int) -> str | None:
    return written(Decimal(units) / UNIT)


def _number(value: float) -> float | None:
    return None if value != value else value
