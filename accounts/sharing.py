"""Links with which others read the health of one account (decision 31): made, looked up, counted, taken back."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, datetime

from django.db.models import F

from accounts.models import Account, Membership, ShareLink

# A link that works for ever is forgotten.
LONGEST_DAYS, USUAL_DAYS = 365, 30


def share(
    account: Account, member: Membership, ends_on: date, shows_money: bool, now: datetime
) -> tuple[ShareLink, str]:
    """Make a link; the second value is its token of 192 random bits, which is nowhere stored."""
    token = secrets.token_urlsafe(24)
    link = ShareLink.unscoped.create(
        workspace=account.workspace,
        account=account,
        made_by=member,
        hash=_hash_of(token),
        ends_on=ends_on,
        shows_money=shows_money,
        made_at=now,
    )
    return link, token


def link_of(token: str, now: datetime) -> ShareLink | None:
    """The link with this token, where it works still; it is counted as seen."""
    rows = ShareLink.unscoped.select_related("workspace", "account__stage")
    found = rows.filter(hash=_hash_of(token)).first()
    if found is None or not found.is_open(found.workspace.day_of(now)):
        return None
    seen = ShareLink.objects.of(found.workspace).filter(pk=found.pk)
    seen.update(seen_at=now, times_seen=F("times_seen") + 1)
    return found


def take_back(link: ShareLink, now: datetime) -> None:
    """It no longer works; twice changes nothing."""
    if link.revoked_at is None:
        link.revoked_at = now
        link.save(update_fields=["revoked_at"])


def _hash_of(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
