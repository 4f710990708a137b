"""Segment's HTTP tracking API, which RudderStack's libraries speak as well → messages (docs/client_libraries.md)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from accounts.api.parser import properties_fault
from accounts.batch import Result, refusal
from accounts.bounds import moment_fault
from accounts.facts import EventItem
from accounts.linking import Belongs, Joined, Message, Said

Name = Annotated[str, Meta(max_length=200)]
Ident = Name | int | None
# A clock that is wrong by less is not told from the way here.
TOLERANCE = timedelta(seconds=10)
# No clock is so far ahead.
FAR_OFF = datetime(2200, 1, 1, tzinfo=UTC)
NOTHING = (None, "")
# Traits of a group that are fields of an account; the others are its properties.
SITE = re.compile(r"(?s)^(?:[a-z+]+://)?(?:www\.)?([^/?#:]*).*$")
FIELDS = ("name", "industry", "country", "domain")


class Context(Struct, gc=False):
    """What goes with a message; nothing else of it is read."""

    groupId: Ident = None  # noqa: N815
    traits: dict[str, Any] | None = None


class Call(Struct, gc=False):
    """One message; fields that nobody reads are left where they are."""

    type: Literal["identify", "group", "track", "page", "screen", "alias"] | None = None
    userId: Ident = None  # noqa: N815
    anonymousId: Ident = None  # noqa: N815
    messageId: Annotated[str, Meta(max_length=100)] | None = None  # noqa: N815
    timestamp: datetime | None = None
    originalTimestamp: datetime | None = None  # noqa: N815
    sentAt: datetime | None = None  # noqa: N815
    context: Context | None = None
    groupId: Ident = None  # noqa: N815
    previousId: Ident = None  # noqa: N815
    event: Name | None = None
    name: Name | None = None
    category: Name | None = None
    properties: dict[str, Any] | None = None
    traits: dict[str, Any] | None = None


def message_of(call: Call, sent_at: datetime | None, received_at: datetime) -> Message | Result:
    """What one call says. `sent_at` is that of its batch, for calls without their own."""
    if call.type is None:
        return refusal("type", "", _("is required"))
    if call.userId not in NOTHING:
        name = f"user:{call.userId}"
    elif call.anonymousId not in NOTHING:
        name = f"anonymous:{call.anonymousId}"
    else:
        return refusal("userId", "", _("or anonymousId is required"))
    group = call.groupId
    if group in NOTHING and call.context:
        group = call.context.groupId
    if (traits := _traits(call)) and (reason := properties_fault(traits)):
        return refusal("traits", "", reason)
    at = _moment(call, sent_at, received_at)
    return at if at.__class__ is Result else SPOKEN[call.type](call, name, _text(group), at)


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _moment(call: Call, sent_at: datetime | None, received_at: datetime) -> datetime | Result | None:
    """A time beside the original one was said on purpose, or was set right on the way."""
    sent = None if call.timestamp and call.originalTimestamp else call.sentAt or sent_at
    return on_our_clock(call.timestamp or call.originalTimestamp, sent, received_at)


def on_our_clock(said: datetime | None, sent: datetime | None, received_at: datetime) -> datetime | Result | None:
    """When it happened by our clock: as long before we heard of it as the client says it was before it was sent."""
    if said is None:
        return None
    if reason := moment_fault(said, FAR_OFF):
        return refusal("timestamp", said, reason)
    if sent is None or moment_fault(sent, FAR_OFF):
        return said
    skew = received_at - sent
    return said + skew if abs(skew) > TOLERANCE else said


def _traits(call: Call) -> dict[str, Any]:
    return call.traits or (call.context.traits if call.context else None) or {}


def _event(call: Call, what: str, feature: str | None, name: str, group: str, at: datetime | None) -> Message | Result:
    """An event of the account that it names, or of the account of its user."""
    properties = call.properties or None
    if properties and (reason := properties_fault(properties)):
        return refusal("properties", "", reason)
    item = EventItem(
        account=group,
        name=what,
        message_id=call.messageId or None,
        occurred_at=at,
        contact=name.partition(":")[2],
        feature=feature,
        properties=properties,
    )
    return (Said("events", item, name), Belongs(name, group, at)) if group else (Said("events", item, name),)


def _track(call: Call, name: str, group: str, at: datetime | None) -> Message | Result:
    if not call.event:
        return refusal("event", "", _("is required"))
    feature = call.properties.get("feature") if call.properties else None
    feature = feature[:200] if isinstance(feature, str) else None
    return _event(call, call.event, feature, name, group, at)


def _page(call: Call, name: str, group: str, at: datetime | None) -> Message | Result:
    path = (call.properties or {}).get("path")
    feature = call.name or call.category or (path[:200] if isinstance(path, str) else None)
    return _event(call, "page", feature, name, group, at)


def _identify(call: Call, name: str, group: str, at: datetime | None) -> Message | Result:
    belongs = [Belongs(name, group, at)] if group else []
    if call.userId in NOTHING:
        return belongs
    user = _text(call.userId)
    joined = [Joined(f"anonymous:{call.anonymousId}", name)] if call.anonymousId not in NOTHING else []
    return [*joined, *belongs, Said("contacts", person(user, _traits(call)), name)]


def person(user: str, traits: dict[str, Any]) -> dict[str, Any]:
    """A contact, as far as the traits of a user tell one."""
    names = (traits.get("firstName"), traits.get("lastName"))
    called = traits.get("name") or " ".join(each for each in names if isinstance(each, str) and each)
    said = {"name": called, "email": traits.get("email")}
    return {"id": user} | {field: value for field, value in said.items() if value not in NOTHING}


def _group(call: Call, name: str, group: str, at: datetime | None) -> Message | Result:
    if not group:
        return refusal("groupId", "", _("is required"))
    return company(group, _traits(call)), Belongs(name, group, at)


def company(group: str, traits: dict[str, Any]) -> Said:
    """An account, as far as the traits of a group tell one."""
    address, site = traits.get("address"), traits.get("website")
    said = {field: traits[field] for field in FIELDS if traits.get(field) not in NOTHING}
    if isinstance(address, dict) and address.get("country"):
        said.setdefault("country", address["country"])
    if isinstance(site, str) and site:
        said.setdefault("domain", SITE.sub(r"\1", site))
    properties = {field: value for field, value in traits.items() if field not in FIELDS}
    return Said("accounts", {"id": group, **said} | ({"properties": properties} if properties else {}))


def _alias(call: Call, name: str, group: str, at: datetime | None) -> Message | Result:
    """Nobody says whether it was a user or nobody before: both are that user now."""
    if call.previousId in NOTHING:
        return refusal("previousId", "", _("is required"))
    return [Joined(f"{kind}:{call.previousId}", name) for kind in ("anonymous", "user")]


SPOKEN: dict[str, Callable[[Call, str, str, datetime | None], Message | Result]] = {
    "track": _track,
    "page": _page,
    "screen": _page,
    "identify": _identify,
    "group": _group,
    "alias": _alias,
}
