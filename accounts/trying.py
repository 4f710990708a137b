"""A test event: it goes the way of every event of its source, counts as no use, and can be taken back."""

from __future__ import annotations

import json
import uuid
from datetime import datetime

from accounts import retraction
from accounts.api import events
from accounts.api.errors import ApiError
from accounts.api.view import remember_refused
from accounts.batch import Result, refusal
from accounts.models import ApiKey, Source
from accounts.models.event import TEST


def send(source: Source, account: str, moment: datetime) -> tuple[str, Result]:
    """Push a test event as the newest key of the source would. Returns its message id and what became of it."""
    message = f"test-{uuid.uuid4()}"
    said = {"name": TEST, "account": account, "message_id": message}
    keys = ApiKey.objects.of(source.workspace_id).living().filter(source=source)
    key = keys.order_by("-pk").first() or ApiKey()
    key.workspace, key.source = source.workspace, source
    try:
        decoded, _retracted = events.read(json.dumps({"events": [said]}).encode())
    except ApiError as error:
        return message, refusal(error.field, error.value, str(error.detail))
    results = events.record(key, decoded, moment)
    remember_refused(source, "events", results, moment, decoded)
    return message, results[0]


def take_back(source: Source, message: str, moment: datetime) -> bool:
    """No longer believe a test event. False where the source told none with this id."""
    if not message.startswith("test-") or "\0" in message:
        return False
    [result] = retraction.retract(source.workspace, source, [message], moment)
    return not result.reason
