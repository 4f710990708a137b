"""Pendo's track events: `POST /data/track`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from accounts.dialects import success
from accounts.dialects.success import Id, Name, fingerprint, text, user
from accounts.facts import EventItem
from accounts.linking import Belongs, Message, Said

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Milliseconds; the year 2100.
LATEST = 4_102_444_800_000
# Ours → theirs, for what is found out later.
FIELDS = {"account": "accountId", "contact": "visitorId", "name": "event", "occurred_at": "timestamp"}


class Track(Struct, rename="camel"):
    """What a visitor did; the context (address, browser) is not kept."""

    type: Literal["track"]
    event: Name
    visitor_id: Id
    timestamp: Annotated[int, Meta(ge=0, le=LATEST)]
    account_id: Id | None = None
    properties: dict[str, Any] | None = None


def track(said: Any) -> Message:
    """A track event → its message; where it names its account, the visitor belongs there from then on. Raises Wrong."""
    told = success.read(said, Track)
    ours, person, moment = text(told.account_id), text(told.visitor_id), EPOCH + timedelta(milliseconds=told.timestamp)
    item = EventItem(
        account=ours,
        name=told.event,
        contact=person,
        occurred_at=moment,
        properties=told.properties or None,
        message_id=fingerprint([ours, person, told.event, told.timestamp, told.properties]),
    )
    return [*([Belongs(user(person), ours, moment)] if ours else []), Said("events", item, user(person))]
