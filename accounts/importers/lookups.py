"""From an id in a file to the account it belongs to, through what is already there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from accounts import models
from accounts.addresses import owners
from accounts.models import Workspace
from accounts.models.fact import Fact


@dataclass(frozen=True)
class Lookup:
    """A model, the field an id is looked for in, the way to the account's external id, and a day worth a warning."""

    model: Any
    key: str
    account: str
    day: str


LOOKUPS = {
    "account": Lookup(models.Account, "external_id", "external_id", "started_on"),
    "account_name": Lookup(models.Account, "name", "external_id", "started_on"),
    "domain": Lookup(models.Account, "domain", "external_id", "started_on"),
    "subscription": Lookup(models.Subscription, "external_id", "account__external_id", "starts_on"),
    "invoice": Lookup(models.Invoice, "external_id", "account__external_id", "issued_on"),
    "ticket": Lookup(models.Ticket, "external_id", "account__external_id", "occurred_at"),
    "contact": Lookup(models.Contact, "external_id", "account__external_id", "occurred_at"),
    # By way of the contact who has this address, else of the account that has its domain.
    "email": Lookup(models.Account, "external_id", "external_id", "started_on"),
}
# Said of addresses that are none of a customer.
OURS = _("is an address of our own")


@dataclass(frozen=True, slots=True)
class Found:
    """What a lookup came to: one account's external id and a day, or the reason why not."""

    account: str = ""
    day: date | None = None
    reason: str = ""


def look_up(workspace: Workspace, name: str, keys: Iterable[str]) -> dict[str, Found]:
    """What each key leads to, in one query."""
    lookup, wanted = LOOKUPS[name], {key for key in keys if key}
    if name == "email":
        return _by_address(workspace, wanted)
    rows = lookup.model.objects.of(workspace).filter(**{f"{lookup.key}__in": list(wanted)})
    if issubclass(lookup.model, Fact):
        rows = rows.current()
    found: dict[str, Found] = {}
    for key, account, moment in rows.values_list(lookup.key, lookup.account, lookup.day):
        day = workspace.day_of(moment) if isinstance(moment, datetime) else moment
        same = key not in found or found[key].account == account
        found[key] = Found(account, day) if same else Found(reason=_t("leads to more than one account"))
    nothing = Found(reason=_t("no %s has this id") % name.replace("_", " "))
    return {key: found.get(key, nothing) for key in wanted}


def _by_address(workspace: Workspace, addresses: set[str]) -> dict[str, Found]:
    owned = owners(workspace, addresses)
    rows = models.Account.objects.of(workspace).filter(pk__in=set(owned.values()))
    accounts = {pk: Found(account, day) for pk, account, day in rows.values_list("pk", "external_id", "started_on")}
    own = {domain.lower() for domain in workspace.own_domains}
    return {each: accounts.get(owned.get(each.strip().lower(), 0)) or _stranger(each, own) for each in addresses}


def _stranger(address: str, own: set[str]) -> Found:
    is_own = address.strip().lower().rpartition("@")[2] in own
    return Found(reason=str(OURS) if is_own else _t("is neither a contact's nor of the domain of one account"))
