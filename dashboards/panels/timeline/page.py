"""The timeline of an account as a page: all there is, by kind, by words, and its days of events one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Account, Event, MailAddress, Membership, Workspace
from dashboards.panels import cursor
from dashboards.panels.account_head import AccountHead, head_of
from dashboards.panels.lists import Link
from dashboards.panels.timeline.asked import Asked
from dashboards.panels.timeline.stream import Entry, Reader, entries_of
from dashboards.panels.timeline.words import groups
from metrics.timeline import places

PAGE = 40
EVENTS = 200


@dataclass(frozen=True)
class TimelinePage:
    """A page of the stream. `newer` and `older` lead to its neighbours; `hidden` is what a search keeps."""

    head: AccountHead
    url: str
    query: str
    hidden: tuple[tuple[str, str], ...]
    chips: tuple[Link, ...]
    entries: tuple[Entry, ...]
    today: date
    newer: str
    older: str
    is_empty: bool
    mail: str


@dataclass(frozen=True)
class EventRow:
    """One event, as it was told."""

    at: datetime
    name: str
    person: str
    feature: str
    count: int


@dataclass(frozen=True)
class DayPage:
    """The single events of a local day."""

    head: AccountHead
    day: date
    events: tuple[EventRow, ...]
    more: str
    back: str


def timeline_page(member: Membership, account: Account, asked: Asked, now: datetime) -> TimelinePage:
    """The page. A statement for its places, a query for each kind on it, and few more. Raises CursorError."""
    head = head_of(member, account, "timeline", now)
    url = reverse("timeline", args=[account.workspace.slug, account.pk])
    wanted = asked.wanted(PAGE + 1)
    found = places(account, wanted, head.today)
    more, found = len(found) > PAGE, found[:PAGE]
    found = found[::-1] if wanted.newer else found
    newer = bool(found) and (more if wanted.newer else wanted.behind is not None)
    older = bool(found) and (more or wanted.newer)
    return TimelinePage(
        head=head,
        url=url,
        query=asked.q,
        hidden=tuple(("show", name) for name in asked.show),
        chips=_chips(asked, url),
        entries=entries_of(account, found, head.today, Reader(member.role, head.writes)),
        today=head.today,
        newer=asked.but(before=cursor.write(found[0])).address(url) if newer else "",
        older=asked.but(after=cursor.write(found[-1])).address(url) if older else "",
        is_empty=not found and asked == Asked(),
        mail=_mail(account.workspace) if head.writes else "",
    )


def _mail(workspace: Workspace) -> str:
    """Where copies of mail are filed from, if this installation takes mail."""
    newest = MailAddress.objects.of(workspace).living().first() if settings.INBOUND_MAIL_DOMAIN else None
    return newest.address if newest else ""


def _chips(asked: Asked, url: str) -> tuple[Link, ...]:
    everything = Link(_("All"), asked.but(show=()).address(url), here=not asked.show)
    return (
        everything,
        *(Link(label, asked.toggled(name).address(url), name in asked.show) for name, label in groups().items()),
    )


def day_page(member: Membership, account: Account, day: date, after: str, now: datetime) -> DayPage:
    """The events of a day, the latest first, paged by key. Raises CursorError."""
    workspace, key = account.workspace, cursor.read(after)
    url = reverse("timeline-day", args=[workspace.slug, account.pk, day])
    rows = Event.objects.of(workspace).current().filter(account_id=account.pk)
    rows = rows.filter(occurred_at__gte=workspace.start_of(day), occurred_at__lt=workspace.end_of(day))
    if key:
        rows = rows.filter(Q(occurred_at__lt=key[0]) | Q(occurred_at=key[0], pk__lt=key[2]))
    found = list(rows.order_by("-occurred_at", "-pk")[: EVENTS + 1])
    last = found[EVENTS - 1] if len(found) > EVENTS else None
    more = f"{url}?{urlencode({'after': cursor.write((last.occurred_at, 0, last.pk))})}" if last else ""
    shown = tuple(
        EventRow(row.occurred_at, row.name, row.person or "", row.feature or "", row.count) for row in found[:EVENTS]
    )
    back = reverse("timeline", args=[workspace.slug, account.pk])
    return DayPage(head_of(member, account, "timeline", now), day, shown, more, back)
