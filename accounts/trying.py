"""A test event goes the way of every event of its source, counts as no use, and can be taken back. A test message of a
webhook goes the way of every message, signed with its secret, and is taken back at once: nothing of it stays."""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import retraction
from accounts.api import events
from accounts.api.errors import ApiError
from accounts.api.hook_view import receive
from accounts.api.view import remember_refused
from accounts.batch import Result, refusal
from accounts.dialects.samples import signed
from accounts.models import ApiKey, Hook, Secret, Source, Waiting
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


def post(hook: Hook, body: str, moment: datetime) -> tuple[dict[str, Any], int]:
    """Post a body to a hook, signed with its newest secret: what is answered, and how many facts wait for an account.
    Nothing of it stays. Raises ApiError."""
    secrets = Secret.objects.of(hook.workspace_id).filter(hook=hook).living().texts()
    if not secrets:
        raise ApiError(401, "secret", "", _("is not there yet: nothing is taken"))
    sent = body.encode(errors="replace")
    headers = {"Content-Type": content_type(hook)} | signed(hook.source.kind, secrets[0], sent, moment)
    waiting = Waiting.objects.of(hook.workspace_id).filter(source=hook.source)
    with transaction.atomic():
        try:
            before = waiting.count()
            answer = receive(hook, headers, sent, moment)
            waits = waiting.count() - before
        finally:
            transaction.set_rollback(True)
    return answer, waits


def content_type(hook: Hook) -> str:
    """What a hook is sent."""
    return "application/cloudevents+json" if hook.source.kind == Source.Kind.CLOUDEVENTS else "application/json"


def take_back(source: Source, message: str, moment: datetime) -> bool:
    """No longer believe a test event. False where the source told none with this id."""
    if not message.startswith("test-") or "\0" in message:
        return False
    [result] = retraction.retract(source.workspace, source, [message], moment)
    return not result.reason
