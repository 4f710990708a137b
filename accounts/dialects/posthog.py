"""What PostHog's libraries send → messages (docs/client_libraries.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from django.utils.translation import gettext as _
from msgspec import Meta, Struct, field

from accounts.api.parser import are_flat, fault, properties_fault
from accounts.batch import Result, refusal
from accounts.dialects.segment import all_on_our_clock, company, person, skew_of
from accounts.facts import EventItem
from accounts.linking import Belongs, Joined, Message, Said

Name = Annotated[str, Meta(max_length=200)]
LONGEST = 200
# All of an address but its path.
PATH = re.compile(r"^[a-z+]+://[^/?#]*|[?#].*$", re.S)
PAGES = ("$pageview", "$screen")
# What tells the feature: the first that says something.
URL = "$current_url"
FEATURES = ("$pathname", "$screen_name", URL, "feature")
# Types of groups that are accounts; of several, the first. Other groups are none of ours.
ACCOUNTS = ("company", "organization", "account", "customer")


class Capture(Struct, gc=False):
    """One event; fields that nobody reads are left where they are."""

    event: Annotated[str, Meta(min_length=1, max_length=200)]
    distinct_id: Name | int | None = None
    uuid: Annotated[str, Meta(max_length=100)] | None = None
    timestamp: datetime | None = None
    properties: dict[str, Any] | None = None
    set: dict[str, Any] | None = field(default=None, name="$set")


def messages_of(
    events: Sequence[Capture | Result], sent_at: datetime | None, received_at: datetime
) -> list[Message | Result]:
    """What the events of a body say; a bad one is its Result."""
    told = [each for each in events if each.__class__ is Capture]
    moments = iter(all_on_our_clock([each.timestamp for each in told], skew_of(sent_at, received_at)))
    messages = [_message(each, next(moments)) if each.__class__ is Capture else each for each in events]
    if are_flat([kept for each in messages for kept in _kept(each)]):
        return messages
    return [_fault_inside(each) or each for each in messages]


def _message(said: Capture, at: datetime | Result | None) -> Message | Result:
    properties, user, group = said.properties or {}, said.distinct_id, ""
    if user is None:
        user = properties.get("distinct_id")
    if (user := _key("distinct_id", user)).__class__ is Result:
        return user
    if "$set" in properties and said.set is None:
        said.set = properties["$set"]
    if (said.set is not None or "$group_set" in properties) and (reason := _fault_of_traits(said, properties)):
        return reason
    if "$groups" in properties and (group := _group(properties)).__class__ is Result:
        return group
    if at.__class__ is Result:
        return at
    return SPOKEN.get(said.event, _event)(said, user, properties, group, at)


def _kept(message: Message | Result) -> list[dict[str, Any]]:
    """The properties of a message's events."""
    if message.__class__ is Result:
        return []
    return [
        part.item.properties
        for part in message
        if part.__class__ is Said and part.kind == "events" and part.item.properties
    ]


def _fault_inside(message: Message | Result) -> Result | None:
    reason = next(filter(None, map(properties_fault, _kept(message))), "")
    return refusal("properties", "", reason) if reason else None


def _event(said: Capture, user: str, properties: dict[str, Any], group: str, at: datetime | None) -> Message | Result:
    """An event of the account that it names, or of the account of its user; what is PostHog's own is left out."""
    kept = {name: value for name, value in properties.items() if name[:1] != "$"}
    name = f"user:{user}"
    somebody = properties.get("$process_person_profile") is not False
    item = EventItem(
        account=group,
        name="page" if said.event in PAGES else said.event,
        message_id=said.uuid or None,
        occurred_at=at,
        contact=user if somebody else None,
        feature=_feature(properties),
        properties=kept or None,
    )
    event = Said("events", item, name)
    if said.set is None and not group:
        return (event,)
    more: list[Any] = [Belongs(name, group, at)] if group and somebody else []
    return [*more, event, *_person(said, user)]


def _group(properties: dict[str, Any]) -> str | Result:
    """The account among the groups of an event, or why there can be none."""
    groups = properties["$groups"]
    if groups and groups.__class__ is not dict:  # PHP writes none of them as a list
        return refusal("$groups", groups, _("must be an object"))
    for kind in ACCOUNTS if groups else ():
        key = groups.get(kind)
        if key is not None and key != "":
            return _key("$groups", key)
    return ""


def _key(field: str, key: Any) -> str | Result:
    """What somebody or a group is known by; a number is a text."""
    key = str(key) if key.__class__ is int else key
    if key.__class__ is not str or not 0 < len(key) <= LONGEST:
        return refusal(field, key, _("must be a text of 1 to %s characters") % LONGEST)
    return key


def _feature(properties: dict[str, Any]) -> str | None:
    for name in FEATURES:
        text = properties.get(name)
        if text.__class__ is str and (text := PATH.sub("", text) if name == URL else text):
            return text[:LONGEST]
    return None


def _person(said: Capture, user: str) -> list[Said]:
    return [Said("contacts", person(user, said.set), f"user:{user}")] if isinstance(said.set, dict) else []


def _fault_of_traits(said: Capture, properties: dict[str, Any]) -> Result | None:
    for name, told in (("$set", said.set), ("$group_set", properties.get("$group_set"))):
        if told is not None and (reason := fault(told, depth=3)):
            return refusal(name, "", reason)
    return None


def _identify(
    said: Capture, user: str, properties: dict[str, Any], group: str, at: datetime | None
) -> Message | Result:
    """Who was nobody so far is this user."""
    nobody = properties.get("$anon_distinct_id")
    joined = [Joined(f"user:{nobody}", f"user:{user}")] if isinstance(nobody, str) and nobody else []
    belongs = [Belongs(f"user:{user}", group, at)] if group else []
    about = _person(said, user) or [Said("contacts", {"id": user}, f"user:{user}")]
    return [*joined, *belongs, *about]


def _set(said: Capture, user: str, properties: dict[str, Any], group: str, at: datetime | None) -> Message | Result:
    return _person(said, user)


def _alias(said: Capture, user: str, properties: dict[str, Any], group: str, at: datetime | None) -> Message | Result:
    other = properties.get("alias")
    if not isinstance(other, str) or not other:
        return refusal("alias", other, _("is required"))
    return [Joined(f"user:{user}", f"user:{other}")]


def _groupidentify(
    said: Capture, user: str, properties: dict[str, Any], group: str, at: datetime | None
) -> Message | Result:
    """What is told of a group that is an account."""
    key, told = properties.get("$group_key"), properties.get("$group_set")
    if properties.get("$group_type") not in ACCOUNTS:
        return []
    if (key := _key("$group_key", key)).__class__ is Result:
        return key
    return [company(key, told if isinstance(told, dict) else {})]


def _none(said: Capture, user: str, properties: dict[str, Any], group: str, at: datetime | None) -> Message | Result:
    """What the library tells of itself: that a flag was asked for is no use of the product."""
    return []


SPOKEN: dict[str, Callable[[Capture, str, dict[str, Any], str, datetime | None], Message | Result]] = {
    "$identify": _identify,
    "$set": _set,
    "$create_alias": _alias,
    "$groupidentify": _groupidentify,
    "$feature_flag_called": _none,
}
