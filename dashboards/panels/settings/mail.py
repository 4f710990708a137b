"""The workspace's mail address: to copy, to change, and what came to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import MailAddress, Membership, Refused, Source, Touch
from accounts.permissions import may

ROWS = 10


@dataclass(frozen=True)
class Address:
    """An address that takes mail; `retire_url` where another one takes it as well."""

    text: str
    since: datetime
    retire_url: str = ""


@dataclass(frozen=True)
class Came:
    """A message that was filed, or that was not, and why."""

    at: datetime
    subject: str
    who: str
    url: str = ""
    reason: str = ""


@dataclass(frozen=True)
class MailPage:
    """The newest address first. `domain` is empty where this installation takes no mail."""

    domain: str
    addresses: tuple[Address, ...]
    renew_url: str
    may_change: bool
    filed: tuple[Came, ...]
    refused: tuple[Came, ...]


def mail_page(member: Membership) -> MailPage:
    """Four queries."""
    workspace = member.workspace
    rows = list(MailAddress.objects.of(workspace).living())
    may_change = may(member.role, "settings.write")
    source = Source.objects.of(workspace).filter(kind=Source.Kind.MAIL).first()
    return MailPage(
        domain=settings.INBOUND_MAIL_DOMAIN,
        addresses=tuple(_address(row, may_change and len(rows) > 1) for row in rows),
        renew_url=reverse("settings-mail-renew", args=[workspace.slug]),
        may_change=may_change,
        filed=_filed(source) if source else (),
        refused=_refused(source) if source else (),
    )


def _address(row: MailAddress, may_retire: bool) -> Address:
    slug = row.workspace.slug
    url = reverse("settings-mail-retire", args=[slug, row.pk]) if may_retire else ""
    return Address(row.address, row.created_at, url)


def _filed(source: Any) -> tuple[Came, ...]:
    workspace = source.workspace
    touches = Touch.objects.of(workspace).current().filter(source=source).select_related("account")
    return tuple(
        Came(row.known_at, row.subject, row.account.name, reverse("timeline", args=[workspace.slug, row.account_id]))
        for row in touches.order_by("-known_at", "-pk")[:ROWS]
    )


def _refused(source: Any) -> tuple[Came, ...]:
    rows = Refused.objects.of(source.workspace).filter(source=source).order_by("-at", "-pk")[:ROWS]
    return tuple(Came(row.at, row.field, row.value, reason=row.reason) for row in rows)
