"""People and plan: who is there, what they want to reach, how it goes, what we noted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.models import Account, Membership
from dashboards.panels.account_head import AccountHead, head_of
from dashboards.panels.notes import Notes, notes_of


@dataclass(frozen=True)
class PeoplePage:
    """All that the page shows."""

    head: AccountHead
    notes: Notes


def people_page(member: Membership, account: Account, notes_page: int, now: datetime) -> PeoplePage:
    """A fixed number of queries."""
    head = head_of(member, account, "account-people", now)
    url = reverse("account-people", args=[member.workspace.slug, account.pk])
    return PeoplePage(head=head, notes=notes_of(member, account, head.writes, notes_page, url))
