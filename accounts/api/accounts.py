"""`/api/v1/accounts`: list, read, create and change customer companies by their external id."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from accounts.api.resources import CollectionView, ItemView, ResourceView
from accounts.models import Account


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


class AccountWords(ResourceView):
    """What accounts have of their own: no versions, and what may change leaves its history."""

    number = float

    def rows(self, request: Request) -> Any:
        """The accounts a key may see, with what the serializer prints of other tables."""
        accounts = Account.objects.of(request.auth.workspace_id)
        return accounts.select_related("owner__user", "team", "stage", "parent")

    def words(self, request: Request, rows: list[Any]) -> list[dict[str, Any]]:
        return [dict(each) for each in AccountSerializer(rows, many=True).data]

    def current(self, rows: Any) -> Any:
        return rows

    def listed(self, request: Request) -> Any:
        return self.rows(request)


class AccountsView(AccountWords, CollectionView):
    """All accounts of the key's workspace."""


class AccountView(AccountWords, ItemView):
    """One account by its external id."""
