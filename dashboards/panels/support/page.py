"""Support and surveys: how an account is helped, what it answers, what it says unasked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import Account, Membership
from dashboards.panels.account_head import AccountHead, head_of
from dashboards.panels.account_tables import Place, Table, TableKind, table_of
from dashboards.panels.support.tables import ANSWERS, SAID, TICKETS

BACK = "account-support"
KINDS: tuple[TableKind, ...] = (TICKETS, ANSWERS, SAID)
PAGED = tuple(kind.key for kind in KINDS)


@dataclass(frozen=True)
class SupportPage:
    """All that the page shows."""

    head: AccountHead
    tables: tuple[Table, ...]


def support_page(member: Membership, account: Account, pages: Mapping[str, int], now: datetime) -> SupportPage:
    """A fixed number of queries. `pages`: which page of each table."""
    head = head_of(member, account, BACK, now)
    place = Place(account, now, head.writes, BACK)
    url = reverse(BACK, args=[member.workspace.slug, account.pk])
    return SupportPage(head, tuple(table_of(kind, place, pages[kind.key], url) for kind in KINDS))
