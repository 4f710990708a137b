"""Segment's HTTP tracking API, which RudderStack's libraries speak as well → messages (docs/client_libraries.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from accounts.api.parser import are_flat, properties_fault
from accounts.batch import Result, refusal
from accounts.bounds import are_moments, moment_fault
from accounts.facts import EventItem
from accounts.linking import Belongs, Joined, Message, Said

Name = Annotated[str, Meta(max_length=200)]
Ident = Name | int | None
# A clock that is wrong by less is not told from the way here.
NO_SKEW, TOLERANCE = timedelta(), timedelta(seconds=10)
# No clock is so far ahead.
FAR_OFF = datetime(2200, 1, 1, tzinfo=UTC)
NOTHING = (None, "")
# The types of calls that have properties; in others nobody reads them.
EVENTS = ("track", "page", "screen")
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


def messages_of(
    calls: Sequence[Call | Result], sent_at: datetime | None, received_at: datetime
) -> list[Message | Result]:
    """What the calls of a body say; a bad one is its Result. `sent_at` is the body's, for calls without their own."""
    told = [call for call in calls if call.__class__ is Call]
    moments = iter(_moments(told, skew_of(sent_at, received_at), received_at))
    messages = [_message(call, next(moments)) if call.__class__ is Call else call for call in calls]
    if are_flat(filter(None, [call.properties for call in told])) and are_flat(filter(None, map(_traits, told))):
        return messages
    both = zip(messages, calls, strict=True)
    return [message if message.__class__ is Result else _fault_inside(call) or message for message, call in both]


def _moments(calls: Sequence[Call], skew: timedelta, received_at: datetime) -> Sequence[datetime | Result | None]:
    """When each happened by our clock."""
    if not any(call.originalTimestamp or call.sentAt for call in calls):
        return all_on_our_clock([call.timestamp for call in calls], skew)
    return [on_our_clock(call.timestamp or call.originalTimestamp, _skew(call, skew, received_at)) for call in calls]


def _message(call: Call, at: datetime | Result | None) -> Message | Result:
    if call.type is None:
        return refusal("type", "", _("is required"))
    if (user := call.userId) not in NOTHING:
        name = f"user:{user}"
    elif (user := call.anonymousId) not in NOTHING:
        name = f"anonymous:{user}"
    else:
        return refusal("userId", "", _("or anonymousId is required"))
    if at.__class__ is Result:
        return at
    group = call.groupId
    if group in NOTHING and call.context:
        group = call.context.groupId
    return SPOKEN[call.type](call, name, _text(group), at)


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value)


def _skew(call: Call, skew: timedelta, received_at: datetime) -> timedelta:
    """A time beside the original one was said on purpose, or was set right on the way."""
    if call.timestamp and call.originalTimestamp:
        return NO_SKEW
    return skew_of(call.sentAt, received_at) if call.sentAt else skew


def skew_of(sent: datetime | None, received_at: datetime) -> timedelta:
    """By how much a client's clock is behind ours: as long as it says that something happened before it was sent, it
    happened before we heard of it. Zero where it says nothing, or cannot be told from the way here."""
    if sent is None or moment_fault(sent, FAR_OFF):
        return NO_SKEW
    skew = received_at - sent
    return skew if abs(skew) > TOLERANCE else NO_SKEW


def all_on_our_clock(said: Sequence[datetime | None], skew: timedelta) -> Sequence[datetime | Result | None]:
    """When each happened by our clock; to look at all of them together is cheaper."""
    if not skew and None not in said and are_moments(said, FAR_OFF):
        return said
    return [on_our_clock(each, skew) for each in said]


def on_our_clock(said: datetime | None, skew: timedelta) -> datetime | Result | None:
    """When it happened by our clock."""
    if said is None:
        return None
    if reason := moment_fault(said, FAR_OFF):
        return refusal("timestamp", said, reason)
    return said + skew if skew else said


def _fault_inside(call: Call) -> Result | None:
    properties = call.properties if call.type in EVENTS else None
    for name, said in (("traits", _traits(call)), ("properties", properties)):
        if said and (reason := properties_fault(said)):
            return refusal(name, "", reason)
    return None


def _traits(call: Call) -> dict[str, Any]:
    return call.traits or (call.context.traits if call.context else None) or {}


def _event(call: Call, what: str, feature: str | None, name: str, group: str, at: datetime | None) -> Message:
    """An event of the account that it names, or of the account of its user."""
    item = EventItem(
        account=group,
        name=what,
        message_id=call.messageId or None,
        occurred_at=at,
        contact=name.partition(":")[2],
        feature=feature,
        properties=call.properties or None,
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
