"""Vitally's analytics API: `/analytics/v1/account`, `/user`, `/track`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from msgspec import Struct

from accounts.dialects import success
from accounts.dialects.success import Id, Name, Wrong, account, contact, fingerprint, text, user
from accounts.facts import EventItem
from accounts.linking import Belongs, Message, Said

ACCOUNT = {
    "name": "name",
    "createdAt": "started_on",
    "industry": "industry",
    "country": "country",
    "website": "domain",
    "domain": "domain",
}
USER = {"name": "name", "email": "email", "createdAt": "since_on"}
# Ours → theirs, for what is found out later.
FIELDS = {
    "account": "accountId",
    "contact": "userId",
    "name": "event",
    "occurred_at": "timestamp",
    "message_id": "messageId",
}
USER_FIELDS = {"account": "accountId", "id": "userId", "since_on": "createdAt"}
ACCOUNT_FIELDS = {"id": "accountId", "started_on": "createdAt", "properties": "traits"}


class Account(Struct, rename="camel"):
    """A customer, and what is to be known of it."""

    account_id: Id
    traits: dict[str, Any]


class User(Struct, rename="camel"):
    """Somebody, and where."""

    user_id: Id
    traits: dict[str, Any]
    account_id: Id | None = None


class Track(Struct, rename="camel"):
    """What a user, or a whole account, did."""

    event: Name
    properties: dict[str, Any]
    user_id: Id | None = None
    account_id: Id | None = None
    timestamp: datetime | None = None
    message_id: Id | None = None


def account_told(said: Any) -> Message:
    """`POST /analytics/v1/account` → its message. Raises Wrong."""
    told = success.read(said, Account)
    return [account(told.account_id, told.traits, ACCOUNT)]


def user_told(said: Any) -> Message:
    """`POST /analytics/v1/user` → its message. Raises Wrong."""
    told = success.read(said, User)
    if not text(told.account_id):
        raise Wrong("accountId", "", _("is required: there are no organizations above accounts here"))
    return [Belongs(user(told.user_id), text(told.account_id)), contact(told.user_id, told.traits, USER)]


def track(said: Any) -> Message:
    """`POST /analytics/v1/track` → its message. A user alone: the account where the user belongs. Raises Wrong."""
    told = success.read(said, Track)
    if not text(told.account_id) and not text(told.user_id):
        raise Wrong("userId", "", _("is required where there is no accountId"))
    item = EventItem(
        account=text(told.account_id),
        name=told.event,
        contact=text(told.user_id) or None,
        occurred_at=told.timestamp,
        properties=told.properties or None,
        message_id=text(told.message_id) or (fingerprint(said) if told.timestamp else None),
    )
    return [Said("events", item, user(told.user_id))]
