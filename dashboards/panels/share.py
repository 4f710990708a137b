"""The links that were made to accounts for others: of one account, and of the whole workspace."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse

from accounts.models import Account, Membership, ShareLink
from dashboards.panels.account_head import AccountHead, head_of

MOST = 500


@dataclass(frozen=True)
class LinkRow:
    """A link; its address is nowhere kept."""

    account: str
    account_url: str
    by: str
    made_at: datetime
    ends_on: date
    shows_money: bool
    is_open: bool
    revoked_at: datetime | None
    seen_at: datetime | None
    times_seen: int
    take_back_url: str


@dataclass(frozen=True)
class SharePage:
    """All that the page of an account shows; `address` is there once, right after the link was made."""

    head: AccountHead
    url: str
    now: datetime
    today: date
    form: Any
    address: str
    links: tuple[LinkRow, ...]


@dataclass(frozen=True)
class LinksPage:
    """All that the page of the settings shows."""

    now: datetime
    today: date
    links: tuple[LinkRow, ...]


def links_of(member: Membership, account: Account, form: Any, now: datetime, address: str = "") -> SharePage:
    """Of one account, the newest first, those that ended as well."""
    head = head_of(member, account, "share", now)
    rows = _rows(member).filter(account=account)
    return SharePage(
        head=head,
        url=reverse("share", args=[member.workspace.slug, account.pk]),
        now=now,
        today=head.today,
        form=form,
        address=address,
        links=tuple(_link(member, row, head.today) for row in rows[:MOST]),
    )


def all_links(member: Membership, now: datetime) -> LinksPage:
    """Of all accounts, those that work. One query."""
    today = member.workspace.day_of(now)
    return LinksPage(now, today, tuple(_link(member, row, today) for row in _rows(member).open(today)[:MOST]))


def _rows(member: Membership) -> Any:
    rows = ShareLink.objects.of(member.workspace).select_related("account", "made_by__user")
    return rows.order_by("-made_at", "-pk")


def _link(member: Membership, row: ShareLink, today: date) -> LinkRow:
    place = [member.workspace.slug, row.account.pk]
    return LinkRow(
        account=row.account.name,
        account_url=reverse("account", args=place),
        by=str(row.made_by or "–"),
        made_at=row.made_at,
        ends_on=row.ends_on,
        shows_money=row.shows_money,
        is_open=row.is_open(today),
        revoked_at=row.revoked_at,
        seen_at=row.seen_at,
        times_seen=row.times_seen,
        take_back_url=reverse("take-link-back", args=[*place, row.pk]),
    )
