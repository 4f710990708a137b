"""`/api/v1/targets`: list, read, set, correct and take back what KPIs should be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import decode
from accounts.api import parser
from accounts.api.idempotency import idempotent
from accounts.api.openapi.operations import Resource, schemas_of
from accounts.api.openapi.shapes import OURS, Schema
from accounts.api.resources import CollectionView, FactView, ResourceView
from accounts.batch import Result, refusal
from accounts.words import READ_ONLY
from metrics.models import Target
from metrics.names import Names
from metrics.targets import DEFAULTS, KIND, TargetItem, find, id_of, in_words, set_targets, take_back

MOMENT = "2026-06-02T09:00:00Z"
ITEM = {"kpi": "revenue.nrr", "start": "2026-01-01", "value": "1.05"}
WHOLE = DEFAULTS | ITEM
SHOWN = Resource(
    words="targets",
    kind=KIND,
    item=ITEM,
    change={"value": "1.1"},
    pulled={**WHOLE, "id": id_of(WHOLE), "updated_at": MOMENT},
    id=id_of(WHOLE),
    ours={"updated_at": OURS["updated_at"]},
)


class TargetWords(ResourceView):
    """What targets have of their own: no versions, and names of whose they are."""

    kind = KIND
    resource = SHOWN

    @cached_property
    def names(self) -> Names:
        return Names(self.request.auth.workspace)

    def schemas(self) -> dict[str, Schema]:
        return schemas_of(SHOWN)

    def rows(self, request: Request) -> Any:
        """All targets that the key may see."""
        return Target.objects.of(request.auth.workspace_id)

    def words(self, request: Request, rows: list[Any]) -> list[dict[str, Any]]:
        return in_words(self.names, rows)

    def current(self, rows: Any) -> Any:
        return rows

    def listed(self, request: Request) -> Any:
        return self.rows(request)

    def found(self, request: Request, external_id: str) -> Any:
        """The target of this id. Raises NotFound, also for another workspace's."""
        for row in find(self.names, [external_id]).values():
            return row
        raise NotFound(_("Nothing here has this id."))

    def made_of(self, values: dict[str, Any]) -> str:
        return id_of(values)

    def tell(self, request: Request, sent: list[Any], moment: datetime) -> list[Result]:
        """Set or correct targets; a field that is absent keeps its value."""
        decoded = self._decoded(sent)
        items = [each for each in decoded if not isinstance(each, Result)]
        return decode.merge(decoded, set_targets(self.names, items, moment) if items else [])

    def _decoded(self, sent: Sequence[Any]) -> list[decode.Decoded]:
        ids = [_identity(each) for each in sent]
        rows = find(self.names, ids)
        known = dict(zip(rows, in_words(self.names, rows.values()), strict=True))
        return [_item(each, known.get(name, {})) for each, name in zip(sent, ids, strict=True)]


def _identity(sent: Any) -> str:
    """The id of an object that is sent, or nothing."""
    if not isinstance(sent, dict):
        return ""
    return str(sent["id"]) if sent.get("id") else id_of(sent)


def _item(sent: Any, known: Mapping[str, Any]) -> decode.Decoded:
    if not isinstance(sent, dict):
        return refusal("", sent, _("must be an object"))
    for name, value in sent.items():
        if reason := parser.fault(name) or parser.fault(value):
            return refusal(name, value, reason)
    told = {name: value for name, value in {**known, **sent}.items() if name not in READ_ONLY}
    return decode.one(told, TargetItem)


class TargetsView(TargetWords, CollectionView):
    """All targets of the key's workspace."""


class TargetView(TargetWords, FactView):
    """One target by its id, which is made of what it is about."""

    @idempotent
    def delete(self, request: Request, external_id: str) -> Response:
        """Take it back: what was the target before is the target again. The answer is what it was."""
        row = self.found(request, external_id)
        take_back(self.names, row)
        return Response(self.words(request, [row])[0])
