"""`/api/v1/accounts`: list, read, create and change customer companies by their external id."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import decode, ingest
from accounts.api.errors import ApiError
from accounts.api.paging import page
from accounts.api.view import ApiView
from accounts.batch import Batch, Result, Status
from accounts.facts import AccountItem
from accounts.models import Account, ApiKey


class AccountSerializer(serializers.ModelSerializer[Account]):
    """An account in the words in which it is told: names and external ids, no numbers of ours."""

    id = serializers.CharField(source="external_id")
    owner = serializers.CharField(source="owner.user.email", default=None)
    team = serializers.CharField(source="team.name", default=None)
    stage = serializers.CharField(source="stage.name", default=None)
    parent = serializers.CharField(source="parent.external_id", default=None)

    class Meta:
        model = Account
        fields = [
            *("id", "name", "owner", "team", "segment", "stage", "parent", "started_on"),
            *("industry", "country", "domain", "properties", "created_at", "updated_at"),
        ]


class AccountsView(ApiView):
    """All accounts of the key's workspace."""

    scopes = {"GET": ApiKey.Scope.READ, "POST": ApiKey.Scope.WRITE}

    def get(self, request: Request) -> Response:
        """A page of accounts, oldest change first."""
        rows, following = page(request, accounts_of(request))
        return Response({"results": AccountSerializer(rows, many=True).data, "next": following})

    def post(self, request: Request) -> Response:
        """Create, or change the fields that are named; the body names the id."""
        return answer(request, tell(request, values_of(request)))


class AccountView(ApiView):
    """One account by its external id."""

    scopes = {"GET": ApiKey.Scope.READ, "PUT": ApiKey.Scope.WRITE, "PATCH": ApiKey.Scope.WRITE}

    def get(self, request: Request, external_id: str) -> Response:
        """The account, or 404."""
        return Response(AccountSerializer(find(request, external_id)).data)

    def put(self, request: Request, external_id: str) -> Response:
        """Create, or change the fields that are named."""
        return answer(request, tell(request, values_of(request, external_id)))

    def patch(self, request: Request, external_id: str) -> Response:
        """Change the fields that are named of an account that exists."""
        find(request, external_id)
        return self.put(request, external_id)


def accounts_of(request: Request) -> Any:
    """The accounts a key may see, with what the serializer prints of other tables."""
    return Account.objects.of(request.auth.workspace_id).select_related("owner__user", "team", "stage", "parent")


def find(request: Request, external_id: str) -> Account:
    """An account of the key's workspace; another workspace's is not found."""
    account = accounts_of(request).filter(external_id=external_id).first() if "\0" not in external_id else None
    if account is None:
        raise NotFound(_("No account has this external id."))
    return account


def values_of(request: Request, external_id: str | None = None) -> dict[str, Any]:
    """The body, with the id of the address. Raises ApiError (422)."""
    values = request.data
    if not isinstance(values, dict):
        raise ApiError(422, "body", "", _("must be an object"))
    if external_id is None:
        return values
    if values.get("id", external_id) != external_id:
        raise ApiError(422, "id", values["id"], _("is not the one in the address"))
    return values | {"id": external_id}


def tell(request: Request, values: dict[str, Any]) -> tuple[AccountItem, Result]:
    """Hand an account to ingest. Raises ApiError (422) where it is refused."""
    item = decode.one(values, AccountItem)
    if isinstance(item, Result):
        raise ApiError.of(item)
    key = request.auth
    [result] = ingest.record(Batch(key.workspace, key.source, "accounts", [item], timezone.now()))
    if result.status in (Status.REJECTED, Status.CONFLICT):
        raise ApiError.of(result)
    return item, result


def answer(request: Request, told: tuple[AccountItem, Result]) -> Response:
    """The account as it is now: 201 where it was created."""
    item, result = told
    account = AccountSerializer(find(request, item.id)).data
    return Response(account, status=201 if result.status == Status.ACCEPTED else 200)
