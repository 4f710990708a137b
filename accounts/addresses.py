"""Whose an e-mail address is: a contact's first, then that of the account which has its domain."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models.functions import Lower

from accounts.models import Account, Contact, Workspace


def contacts_with(workspace: Workspace, addresses: Iterable[str]) -> list[tuple[int, str]]:
    """(account id, address in small letters) of the customers' people who have one of these, the oldest first."""
    rows = Contact.objects.of(workspace).current().filter(is_internal=False).annotate(address=Lower("email"))
    found = rows.filter(address__in=list(addresses)).order_by("pk")
    return list(found.values_list("account_id", "address"))


def accounts_of_domains(workspace: Workspace, domains: Iterable[str]) -> dict[str, list[int]]:
    """Domain in small letters → the ids of the accounts that have it."""
    rows = Account.objects.of(workspace).annotate(place=Lower("domain")).filter(place__in=list(domains))
    found: dict[str, list[int]] = {}
    for pk, domain in rows.values_list("pk", "place"):
        found.setdefault(domain, []).append(pk)
    return found


def owners(workspace: Workspace, addresses: Iterable[str]) -> dict[str, int]:
    """Address in small letters → the id of the one account whose it is. Two queries at most."""
    wanted = {each.strip().lower() for each in addresses if "@" in each and "\0" not in each}
    if not wanted:
        return {}
    found: dict[str, set[int]] = {}
    for account, address in contacts_with(workspace, wanted):
        found.setdefault(address, set()).add(account)
    rest = {each: each.rpartition("@")[2] for each in wanted - found.keys()}
    by_domain = accounts_of_domains(workspace, set(rest.values())) if rest else {}
    found |= {address: set(by_domain.get(domain, ())) for address, domain in rest.items()}
    return {address: next(iter(accounts)) for address, accounts in found.items() if len(accounts) == 1}
