"""The rival of ingest: events through a DRF serializer with `many=True` and one `bulk_create`.

It does the same: an event whose message id was seen before is left out, its day is marked, each has a result.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.view import ApiView
from accounts.models import Account, ApiKey, DirtyDay, Event, EventKey, Workspace


class EventSerializer(serializers.Serializer[Any]):
    """The fields of an event, with the same bounds."""

    account = serializers.CharField(max_length=200)
    name = serializers.CharField(max_length=200)
    message_id = serializers.CharField(max_length=200)
    occurred_at = serializers.DateTimeField()
    contact = serializers.CharField(max_length=200, required=False)
    feature = serializers.CharField(max_length=200, required=False)
    count = serializers.IntegerField(min_value=1, max_value=2_000_000_000, default=1)
    quantity = serializers.DecimalField(max_digits=18, decimal_places=4, required=False)
    seconds = serializers.IntegerField(min_value=0, max_value=2_000_000_000, required=False)
    users = serializers.IntegerField(min_value=0, max_value=2_000_000_000, required=False)
    properties = serializers.DictField(required=False)


class BulkCreate(ApiView):
    """`POST /bulk-create`."""

    parser_classes = [JSONParser]
    scopes = {"POST": ApiKey.Scope.EVENTS}

    def post(self, request: Request) -> Response:
        serializer = EventSerializer(data=request.data["events"], many=True)
        serializer.is_valid(raise_exception=True)
        workspace, source, moment = request.auth.workspace, request.auth.source, timezone.now()
        items = serializer.validated_data
        seen = set(
            EventKey.objects.of(workspace)
            .filter(source=source, message_id__in=[item["message_id"] for item in items])
            .values_list("message_id", flat=True)
        )
        named = Account.objects.of(workspace).filter(external_id__in={item["account"] for item in items})
        ids = dict(named.values_list("external_id", "pk"))
        fresh = [
            Event(
                workspace=workspace,
                source=source,
                account_id=ids[item.pop("account")],
                person=item.pop("contact", None),
                known_at=moment,
                **item,
            )
            for item in items
            if item["message_id"] not in seen
        ]
        with transaction.atomic():
            EventKey.unscoped.bulk_create([_key(event) for event in fresh])
            Event.unscoped.bulk_create(fresh)
            DirtyDay.unscoped.bulk_create(_days(workspace, fresh, moment), ignore_conflicts=True)
        return Response({"results": [{"index": n, "status": "accepted"} for n in range(len(items))]})


def _key(event: Event) -> EventKey:
    content = repr((event.name, event.person, event.feature, event.count, event.seconds, event.properties))
    return EventKey(
        workspace=event.workspace,
        source=event.source,
        message_id=event.message_id,
        digest=hashlib.md5(content.encode(), usedforsecurity=False).hexdigest(),
        occurred_at=event.occurred_at,
        account_id=event.account_id,
    )


def _days(workspace: Workspace, events: list[Event], moment: datetime) -> list[DirtyDay]:
    marks = {(event.account_id, workspace.day_of(event.occurred_at)) for event in events}
    return [
        DirtyDay(workspace=workspace, account_id=account, day=day, marked_at=moment) for account, day in sorted(marks)
    ]
