"""Custify's API: `/event`, `/people`, `/company`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from msgspec import Struct

from accounts.dialects import success
from accounts.dialects.success import Id, Name, Wrong, account, contact, text, user
from accounts.facts import EventItem
from accounts.linking import Belongs, Joined, Message, Said

COMPANY = {
    "name": "name",
    "signed_up_at": "started_on",
    "industry": "industry",
    "country": "country",
    "website": "domain",
}
PERSON = {"name": "name", "email": "email", "signed_up_at": "since_on"}
# Ours → theirs, for what is found out later.
FIELDS = {
    "account": "company_id",
    "occurred_at": "created_at",
    "properties": "metadata",
    "message_id": "deduplication_id",
}
PEOPLE_FIELDS = {"id": "user_id", "account": "companies", "since_on": "signed_up_at"}
COMPANY_FIELDS = {
    "id": "company_id",
    "started_on": "signed_up_at",
    "domain": "website",
    "properties": "custom_attributes",
}


class Event(Struct):
    """What somebody did, by id or by e-mail."""

    name: Name
    user_id: Id | None = None
    email: str | None = None
    company_id: Id | None = None
    created_at: datetime | None = None
    metadata: dict[str, Any] | None = None
    deduplication_id: Id | None = None


class Membership(Struct):
    """A company of a person."""

    company_id: Id
    remove: bool | None = None


class Person(Struct):
    """Somebody, by id or by e-mail, and where."""

    user_id: Id | None = None
    email: str | None = None
    companies: list[Membership] = []


class Company(Struct):
    """A customer."""

    company_id: Id
    custom_attributes: dict[str, Any] | None = None


def event(said: Any) -> Message:
    """`POST /event` → its message. Raises Wrong."""
    told = success.read(said, Event)
    person = _who(told.user_id, told.email, told.company_id)
    item = EventItem(
        account=text(told.company_id),
        name=told.name,
        contact=person or None,
        occurred_at=told.created_at,
        properties=told.metadata or None,
        message_id=text(told.deduplication_id) or None,
    )
    return [Said("events", item, user(person))]


def people(said: Any) -> Message:
    """`POST /people` → its message. Raises Wrong."""
    told = success.read(said, Person)
    person = _who(told.user_id, told.email)
    for each in told.companies:
        if each.remove:
            reason = _("is not taken: say left_on over REST, /api/v1/contacts")
            raise Wrong("companies", f"remove: {each.company_id}", reason)
    # Who has an id may be named by the address alone elsewhere.
    joined = [Joined(user(told.email), user(person))] if told.email and told.email != person else []
    belongs = [Belongs(user(person), text(each.company_id)) for each in told.companies]
    return [*joined, *belongs, contact(person, said, PERSON)]


def company(said: Any) -> Message:
    """`POST /company` → its message. Raises Wrong."""
    told = success.read(said, Company)
    traits = {name: value for name, value in said.items() if name not in ("company_id", "custom_attributes")}
    return [account(told.company_id, {**(told.custom_attributes or {}), **traits}, COMPANY)]


def _who(user_id: object, email: str | None, otherwise: object = None) -> str:
    """Raises Wrong where neither is told."""
    if not text(user_id) and not email and not text(otherwise):
        raise Wrong("user_id", "", _("is required where there is no email"))
    return text(user_id) or email or ""
