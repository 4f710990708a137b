"""`POST /v1/{identify,group,track,page,screen,alias,batch,import}`: what Segment's and RudderStack's libraries send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

import msgspec
from msgspec import Struct

from accounts import decode
from accounts.api import parser
from accounts.api.dialect_view import MAX_ITEM, DialectView, batch_of, moment_in
from accounts.api.errors import ApiError
from accounts.batch import BAD, Result
from accounts.dialects.segment import SPOKEN, Call, messages_of
from accounts.linking import Message


class Batch(Struct, gc=False):
    """A batch of which every message is well-formed."""

    batch: list[Call]
    sentAt: datetime | None = None  # noqa: N815


class RawBatch(Struct, gc=False):
    """A batch whose messages are decoded one by one."""

    batch: list[msgspec.Raw]
    sentAt: Any = None  # noqa: N815


class BatchView(DialectView):
    """Many messages, each by itself."""

    key_field = "writeKey"

    def decode(self, body: bytes) -> Sequence[Message | Result]:
        found = batch_of(body, Batch, RawBatch, Call, "messageId")
        return messages_of(found.batch, moment_in(found.sentAt), self.moment)


class CallView(DialectView):
    """One message; the address says what it is."""

    key_field = "writeKey"
    max_body = MAX_ITEM
    type: ClassVar[str] = ""

    def decode(self, body: bytes) -> Sequence[Message | Result]:
        try:
            call = parser.decode_mended(body, Call)
        except msgspec.ValidationError as error:
            raise ApiError.of(decode.trouble(error, Call, ""), 400) from None
        call.type = self.type
        [message] = messages_of([call], None, self.moment)
        if isinstance(message, Result):
            raise ApiError.of(message, 400)
        return [message]

    def answer(self, results: Sequence[Result]) -> Any:
        [result] = results
        if result.status in BAD:
            raise ApiError.of(result, 400)
        return super().answer(results)


# The views of one message, by its type.
VIEWS = {name: type(f"{name.title()}View", (CallView,), {"type": name}) for name in SPOKEN}
