"""A collection and an item for every kind of `accounts/kinds.py`: list, read, create, correct, retract."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import retraction
from accounts.api import parser
from accounts.api.errors import ApiError
from accounts.api.idempotency import idempotent
from accounts.api.openapi import operations
from accounts.api.openapi.operations import Resource, resource_of
from accounts.api.paging import page
from accounts.api.telling import tell
from accounts.api.view import MAX_ITEMS, ApiView, remember_refused, results_of
from accounts.batch import BAD, Result, Status
from accounts.kinds import KINDS, Kind
from accounts.models import Account, ApiKey
from accounts.words import in_words

READ, WRITE = ApiKey.Scope.READ, ApiKey.Scope.WRITE
COUNTED = ("accepted", "updated", "already_known", "conflict", "rejected")


class ResourceView(ApiView):
    """What the two addresses of a kind have in common."""

    name = ""
    number: type = Decimal

    @property
    def kind(self) -> Kind:
        """The kind, whose Struct says which fields there are."""
        return KINDS[self.name]

    def rows(self, request: Request) -> Any:
        """Every version that the key may see."""
        rows = self.kind.model.objects.of(request.auth.workspace_id)
        return rows if self.kind.of_workspace else rows.select_related("account")

    def words(self, request: Request, rows: list[Any]) -> list[dict[str, Any]]:
        """Rows as they are told."""
        return in_words(request.auth.workspace_id, self.kind, rows)

    def found(self, request: Request, external_id: str) -> Any:
        """What is known by this id now. Raises NotFound, also for another workspace's."""
        rows = self.current(self.rows(request)).filter(external_id=external_id) if "\0" not in external_id else []
        for row in rows:
            return row
        raise NotFound(_("Nothing here has this id."))

    def current(self, rows: Any) -> Any:
        """Those of the rows that are believed now."""
        return rows.current()

    @property
    def resource(self) -> Resource:
        """What the OpenAPI document tells of it."""
        return resource_of(self.name)

    def tell(self, request: Request, sent: list[Any], moment: datetime) -> list[Result]:
        """Create or correct what is sent; a result for each, in order."""
        return tell(request.auth, self.name, sent, moment)

    def told(self, request: Request, values: dict[str, Any]) -> Response:
        """Take one object and answer as it is now: 201 where it is new. Raises ApiError (422)."""
        [result] = self.tell(request, [values], timezone.now())
        if result.status in BAD:
            raise ApiError.of(result)
        row = self.found(request, str(values.get("id") or self.made_of(values)))
        return Response(self.words(request, [row])[0], status=201 if result.status == Status.ACCEPTED else 200)

    def made_of(self, values: dict[str, Any]) -> str:
        return "-".join(str(values[name]) for name in self.kind.key)


class CollectionView(ResourceView):
    """All objects of a kind."""

    scopes = {"GET": READ, "POST": WRITE}

    def operations(self) -> operations.Operations:
        return operations.collection(self.resource)

    def get(self, request: Request) -> Response:
        """A page, oldest change first. With `updated_since` also what was retracted."""
        rows, following = page(request, self.listed(request))
        return Response({"results": self.words(request, rows), "next": following})

    @idempotent
    def post(self, request: Request) -> Response:
        """Create or correct one object, whose body names the id, or many: `{"items": […]}`."""
        values = parser.an_object(request.data or b"", self.number)
        return self.many(request, values) if "items" in values else self.told(request, values)

    def listed(self, request: Request) -> QuerySet[Any]:
        """The rows of the list, before it is cut into pages. Raises ApiError (400)."""
        rows = self.rows(request)
        rows = rows.newest() if request.query_params.get("updated_since") else rows.current()
        name = request.query_params.get("account")
        return rows if name is None else rows.filter(account=self.account(request, name))

    def account(self, request: Request, name: str) -> Account:
        """The account that a list is asked for. Raises ApiError (400)."""
        accounts = Account.objects.of(request.auth.workspace_id).filter(external_id=name.replace("\0", ""))
        account: Account | None = None if self.kind.of_workspace else accounts.first()
        if account is None:
            reason = _("belong to no account") if self.kind.of_workspace else _("no account has this external id")
            raise ApiError(400, "account", name, reason)
        return account

    def many(self, request: Request, values: dict[str, Any]) -> Response:
        """Take each object by itself; a result for each."""
        items, more = values["items"], sorted(values.keys() - {"items"})
        if more:
            raise ApiError(422, more[0], values[more[0]], _("is no field beside “items”"))
        if not isinstance(items, list):
            raise ApiError(422, "items", items, _("must be a list"))
        if len(items) > MAX_ITEMS:
            raise ApiError(413, "items", len(items), _("A request carries at most %s.") % MAX_ITEMS)
        moment = timezone.now()
        results = self.tell(request, items, moment) if items else []
        remember_refused(request.auth.source, self.name, results, moment, items)
        counts = Counter(str(result.status) for result in results)
        return Response({"counts": {name: counts[name] for name in COUNTED}, "results": results_of(results)})


class ItemView(ResourceView):
    """One object by its id."""

    scopes = {"GET": READ, "PUT": WRITE, "PATCH": WRITE}

    def operations(self) -> operations.Operations:
        return operations.one(self.resource)

    def get(self, request: Request, external_id: str) -> Response:
        """The object as it is believed now, or 404."""
        return Response(self.words(request, [self.found(request, external_id)])[0])

    @idempotent
    def put(self, request: Request, external_id: str) -> Response:
        """Create, or correct the fields that are named."""
        return self.set(request, external_id)

    @idempotent
    def patch(self, request: Request, external_id: str) -> Response:
        """Correct the fields that are named of an object that is there."""
        self.found(request, external_id)
        return self.set(request, external_id)

    def set(self, request: Request, external_id: str) -> Response:
        """Take the body as the object of this id. Raises ApiError (422)."""
        values = parser.an_object(request.data or b"", self.number)
        if values.get("id", external_id) != external_id:
            raise ApiError(422, "id", values["id"], _("is not the one in the address"))
        return self.told(request, values | {"id": external_id})


class FactView(ItemView):
    """One fact by its id, which may be retracted."""

    scopes = {**ItemView.scopes, "DELETE": WRITE}

    @idempotent
    def delete(self, request: Request, external_id: str) -> Response:
        """No longer believe it. It stays, with `retracted_at`, and days scored before stay as they are."""
        row = self.found(request, external_id)
        retraction.take_back(row, timezone.now())
        row.refresh_from_db(fields=["retracted_at", "updated_at"])
        return Response(self.words(request, [row])[0])
