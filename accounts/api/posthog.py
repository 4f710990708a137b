"""`POST /batch/`: what PostHog's libraries send; `POST /flags/`: what they ask."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from rest_framework.request import Request

from accounts.api.dialect_view import DialectView, batch_of, moment_in
from accounts.batch import Result
from accounts.dialects.posthog import Capture, messages_of
from accounts.linking import Message


class Batch(Struct, gc=False):
    """A batch of which every event is well-formed."""

    batch: list[Capture]
    sent_at: datetime | None = None


class RawBatch(Struct, gc=False):
    """A batch whose events are decoded one by one."""

    batch: list[msgspec.Raw]
    sent_at: Any = None


class PosthogView(DialectView):
    """Many events, each by itself. These libraries make batches of up to 5 MB."""

    key_field = "api_key"
    max_body = 5_500_000

    def decode(self, body: bytes) -> Sequence[Message | Result]:
        found = batch_of(body, Batch, RawBatch, Capture, "uuid")
        return messages_of(found.batch, moment_in(found.sent_at), self.moment)

    def answer(self, results: Sequence[Result]) -> Any:
        return {"status": "Ok"} | super().answer(results)

    def error(self, code: str, message: str, named: dict[str, str]) -> Any:
        """These libraries print `detail`."""
        return {"detail": message} | super().error(code, message, named)


class PosthogFlagsView(PosthogView):
    """Which feature flags a person has: none. `/flags/` is asked since 2025, `/decide/` before. Who asks often may
    still send events."""

    counted = "flags"

    def key_in(self, body: bytes) -> str:
        """Node's library calls it `token` here, and `api_key` where it sends events."""
        return super().key_in(body) or self.field_in(body, "token")

    def take(self, request: Request, body: bytes) -> Any:
        none: dict[str, Any] = {"flags": {}, "featureFlags": {}, "featureFlagPayloads": {}}
        return none | {"errorsWhileComputingFlags": False, "requestId": str(uuid.uuid4())}
