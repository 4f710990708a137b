"""Money: what an account pays, how it moved, how late it pays, what else it buys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import Account, Membership
from dashboards.panels.account_head import AccountHead, head_of
from dashboards.panels.account_tables import Place, Table, TableKind, table_of
from dashboards.panels.chart import Chart
from dashboards.panels.money.history import mrr_history
from dashboards.panels.money.invoices import INVOICES
from dashboards.panels.money.tables import DEALS, PAYMENTS, PURCHASES, TERMS

BACK = "account-money"
KINDS: tuple[TableKind, ...] = (TERMS, INVOICES, DEALS, PAYMENTS, PURCHASES)
PAGED = tuple(kind.key for kind in KINDS)


@dataclass(frozen=True)
class MoneyPage:
    """All that the page shows; `chart` is the history of MRR."""

    head: AccountHead
    chart: Chart
    tables: tuple[Table, ...]


def money_page(member: Membership, account: Account, pages: Mapping[str, int], now: datetime) -> MoneyPage:
    """A fixed number of queries. `pages`: which page of each table."""
    head = head_of(member, account, BACK, now)
    place = Place(account, now, head.writes, BACK)
    url = reverse(BACK, args=[member.workspace.slug, account.pk])
    tables = tuple(table_of(kind, place, pages[kind.key], url) for kind in KINDS)
    return MoneyPage(head=head, chart=mrr_history(place), tables=tables)
