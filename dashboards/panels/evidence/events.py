"""The events that a rollup counts, one by one, as they were known on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse

from accounts.ingest.rereading import internal_people
from accounts.models import Account, Event, EventName, Membership
from dashboards.panels import cursor
from dashboards.panels.account_head import AccountHead, head_of
from dashboards.panels.evidence.asked import evidence_url
from dashboards.panels.filters import day_of, text
from dashboards.panels.lists import PAGE_SIZE
from dashboards.panels.words import measure_label
from metrics.registry import Measure


@dataclass(frozen=True)
class EventsAsked:
    """The days from first to last as known on a day; of one name and feature, or the use of one person."""

    first: date
    last: date
    known: date
    name: str = ""
    feature: str = ""
    person: str = ""
    after: str = ""


@dataclass(frozen=True)
class EventRow:
    """One event, or a source's count of many."""

    at: datetime
    name: str
    feature: str
    person: str
    count: int
    source: str


@dataclass(frozen=True)
class EventsPage:
    """A page of them; `more` leads to the earlier ones."""

    head: AccountHead
    label: str
    back: str
    what: str
    first: date
    last: date
    known: date
    events: tuple[EventRow, ...]
    more: str


def read_events(asked: QueryDict, today: date) -> EventsAsked:
    """What an address asks for; of today, as known today, where it names no days. Raises FilterError."""
    last = day_of(asked, "to") or today
    first, known = day_of(asked, "from") or last, day_of(asked, "known") or today
    named = {name: text(asked, name)[:200] for name in ("name", "feature", "person")}
    return EventsAsked(first, last, known, **named, after=text(asked, "after")[:80])


def events_page(
    member: Membership, account: Account, measure: Measure, asked: EventsAsked, now: datetime
) -> EventsPage:
    """The events, the latest first, paged by key. Raises CursorError."""
    rows = _events(account, asked)
    key = cursor.read(asked.after)
    if key:
        rows = rows.filter(Q(occurred_at__lt=key[0]) | Q(occurred_at=key[0], pk__lt=key[2]))
    found = list(rows.select_related("source").order_by("-occurred_at", "-pk")[: PAGE_SIZE + 1])
    return EventsPage(
        head=head_of(member, account, "account", now),
        label=measure_label(measure),
        back=evidence_url(account, measure.key),
        what=" · ".join(dict.fromkeys(part for part in (asked.name, asked.feature, asked.person) if part)),
        first=asked.first,
        last=asked.last,
        known=asked.known,
        events=tuple(
            EventRow(row.occurred_at, row.name, row.feature or "", row.person or "", row.count, row.source.name)
            for row in found[:PAGE_SIZE]
        ),
        more=_more(account, measure, asked, found[PAGE_SIZE - 1]) if len(found) > PAGE_SIZE else "",
    )


def _more(account: Account, measure: Measure, asked: EventsAsked, row: Event) -> str:
    url = reverse("evidence-events", args=[account.workspace.slug, account.pk, measure.key])
    told = {"from": asked.first, "to": asked.last, "known": asked.known}
    named = {name: getattr(asked, name) for name in ("name", "feature", "person") if getattr(asked, name)}
    return f"{url}?{urlencode({**told, **named, 'after': cursor.write((row.occurred_at, 0, row.pk))})}"


def _events(account: Account, asked: EventsAsked) -> Any:
    """Those that the rollups count: not by our own people; two queries."""
    workspace = account.workspace
    rows = Event.objects.of(workspace).known(workspace, asked.known).filter(account_id=account.pk)
    rows = rows.filter(occurred_at__gte=workspace.start_of(asked.first), occurred_at__lt=workspace.end_of(asked.last))
    ours = Q(person__in=internal_people(workspace))
    for domain in workspace.own_domains:
        ours |= Q(person__endswith=f"@{domain}")
    rows = rows.filter(Q(person=None) | ~ours)
    catalogue = {row.name: row for row in EventName.objects.of(workspace)}
    called = {name: row.alias_of or name for name, row in catalogue.items()}
    if asked.person:
        idle = [name for name in catalogue if not catalogue.get(called[name], catalogue[name]).is_use]
        rows = rows.filter(person=asked.person).exclude(name__in=idle)
    if asked.name:
        rows = rows.filter(name__in=[name for name in {*called, asked.name} if called.get(name, name) == asked.name])
    if asked.feature:
        own = Q(feature=asked.feature)
        rows = rows.filter(own | Q(feature=None) if asked.feature == asked.name else own)
    return rows
