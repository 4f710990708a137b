"""What PostHog's libraries send → messages (docs/client_libraries.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any

from django.utils.translation import gettext as _
from msgspec import Meta, Struct, field

from accounts.api.parser import fault, properties_fault
from accounts.batch import Result, refusal
from accounts.dialects.segment import company, on_our_clock, person, skew_of
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
    skew = skew_of(sent_at, received_at)
    return [_message(each, skew) if each.__class__ is Capture else each for each in events]


def _message(said: Capture, skew: timedelta) -> Message | Result:
    properties = said.properties or {}
    user = properties.get("distinct_id") if said.distinct_id is None else said.distinct_id
    if not isinstance(user, (str, int)) or not 0 < len(str(user)) <= LONGEST:
        return refusal("distinct_id", user, _("must be a text of 1 to %s characters") % LONGEST)
    if said.set is None:
        said.set = properties.get("$set")
    for name, told in (("$set", said.set), ("$group_set", properties.get("$group_set"))):
        if told is not None and (reason := fault(told, depth=3)):
            return refusal(name, "", reason)
    if len(group := _group(properties)) > LONGEST:
        return refusal("$groups", group, _("must have at most %s characters") % LONGEST)
    at = on_our_clock(said.timestamp, skew)
    return at if at.__class__ is Result else SPOKEN.get(said.event, _event)(said, str(user), properties, at)


def _event(said: Capture, user: str, properties: dict[str, Any], at: datetime | None) -> Message | Result:
    """An event of the account that it names, or of the account of its user; what is PostHog's own is left out."""
    kept = {name: value for name, value in properties.items() if name[:1] != "$"}
    if reason := properties_fault(kept):
        return refusal("properties", "", reason)
    name, group = f"user:{user}", _group(properties)
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
    more: list[Any] = [Belongs(name, group, at)] if group and somebody else []
    return [*more, Said("events", item, name), *_person(said, user)]


def _group(properties: dict[str, Any]) -> str:
    """The account among the groups of an event."""
    groups = properties.get("$groups")
    if not isinstance(groups, dict):
        return ""
    for kind in ACCOUNTS:
        key = groups.get(kind)
        if isinstance(key, (str, int)) and key != "":
            return str(key)
    return ""


def _feature(properties: dict[str, Any]) -> str | None:
    for name in FEATURES:
        text = properties.get(name)
        if isinstance(text, str) and (text := PATH.sub("", text) if name == URL else text):
            return text[:LONGEST]
    return None


def _person(said: Capture, user: str) -> list[Said]:
    return [Said("contacts", person(user, said.set), f"user:{user}")] if isinstance(said.set, dict) else []


def _identify(said: Capture, user: str, properties: dict[str, Any], at: datetime | None) -> Message | Result:
    """Who was nobody so far is this user."""
    nobody = properties.get("$anon_distinct_id")
    joined = [Joined(f"user:{nobody}", f"user:{user}")] if isinstance(nobody, str) and nobody else []
    group = _group(properties)
    belongs = [Belongs(f"user:{user}", group, at)] if group else []
    about = _person(said, user) or [Said("contacts", {"id": user}, f"user:{user}")]
    return [*joined, *belongs, *about]


def _set(said: Capture, user: str, properties: dict[str, Any], at: datetime | None) -> Message | Result:
    return _person(said, user)


def _alias(said: Capture, user: str, properties: dict[str, Any], at: datetime | None) -> Message | Result:
    other = properties.get("alias")
    if not isinstance(other, str) or not other:
        return refusal("alias", other, _("is required"))
    return [Joined(f"user:{user}", f"user:{other}")]


def _groupidentify(said: Capture, user: str, properties: dict[str, Any], at: datetime | None) -> Message | Result:
    """What is told of a group that is an account."""
    key, told = properties.get("$group_key"), properties.get("$group_set")
    if properties.get("$group_type") not in ACCOUNTS:
        return []
    if not isinstance(key, (str, int)) or key == "":
        return refusal("$group_key", key, _("is required"))
    return [company(str(key), told if isinstance(told, dict) else {})]


def _none(said: Capture, user: str, properties: dict[str, Any], at: datetime | None) -> Message | Result:
    """What the library tells of itself: that a flag was asked for is no use of the product."""
    return []


SPOKEN: dict[str, Callable[[Capture, str, dict[str, Any], datetime | None], Message | Result]] = {
    "$identify": _identify,
    "$set": _set,
    "$create_alias": _alias,
    "$groupidentify": _groupidentify,
    "$feature_flag_called": _none,
}
