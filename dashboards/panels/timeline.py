"""All that is known of an account, the newest first, paged by key; and what of it is worth a mark."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, Max, Sum, When
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import Account, Membership, Payment, Stage, Ticket, Workspace
from dashboards.charts.score_line import Mark
from dashboards.panels import cursor
from dashboards.panels.account_head import AccountHead
from dashboards.panels.cursor import CursorError, Key
from dashboards.panels.entries import ENTRIES, way_to_act, way_to_correct
from dashboards.panels.happenings import HAPPENINGS, NOW, Context, Happening, Words
from dashboards.panels.lists import Link
from dashboards.templatetags.figures import integer
from metrics.models import AccountDay, ContactDay

PAGE = 20
# Of each sort that is not over.
GOING_ON = 5
MARKS, MARK_ROWS = 4, 30


@dataclass(frozen=True)
class Entry:
    """One thing that happened."""

    day: date
    band: str
    title: str
    text: str = ""
    by: str = ""
    quote: str = ""
    note: str = ""
    link: Link | None = None

    @classmethod
    def of(cls, at: date, words: Words, link: Link | None) -> Entry:
        return cls(at, words.band, words.title, words.text, words.by, words.quote, words.note, link)


@dataclass(frozen=True)
class Timeline:
    """A page of it; `more` leads to the earlier ones."""

    today: date
    entries: tuple[Entry, ...]
    more: str
    tabs: tuple[Link, ...]


@dataclass(frozen=True)
class TimelinePage:
    """The timeline as a page of its own."""

    head: AccountHead
    timeline: Timeline


def timeline_of(workspace: Workspace, account: int, today: date, after: str = "", writes: bool = False) -> Timeline:
    """The entries after a cursor, with the way to correct them for who `writes`. A query per kind of fact, whatever
    their number. Raises CursorError."""
    key = cursor.read(after)
    found = [_rows(n, kind, workspace, account, key) for n, kind in enumerate(HAPPENINGS)]
    merged = heapq.merge(*found, key=lambda each: each[0], reverse=True)
    page = [each for each, _n in zip(merged, range(PAGE + 1), strict=False)]
    context = _context(workspace, today, [(kind, row) for _key, kind, row in page])
    url = reverse("timeline", args=[workspace.slug, account])
    return Timeline(
        today=today,
        entries=tuple(
            _entry(workspace, kind, row, context, way_to_correct(workspace, row) if writes else None)
            for _key, kind, row in page[:PAGE]
        ),
        more=f"{url}?{urlencode({'after': cursor.write(page[PAGE - 1][0])})}" if len(page) > PAGE else "",
        tabs=_tabs(url, is_use=False),
    )


def going_on(account: Account, today: date, writes: bool) -> tuple[Entry, ...]:
    """What is not over: complaints, goals, the people who matter, deals. A query for each."""
    workspace, found = account.workspace, []
    for entry in ENTRIES.values():
        if entry.act:
            for row in entry.going_on(account)[:GOING_ON]:
                words = NOW[entry.kind](row, Context(today))
                act = way_to_act(workspace, entry, row) if writes else None
                found.append(Entry.of(workspace.day_of(row.occurred_at), words, act))
    return tuple(found)


def use_of(workspace: Workspace, account: int, today: date, before: str = "") -> Timeline:
    """Days with use: what was done how often, by how many. Two queries. Raises CursorError."""
    try:
        limit = date.fromisoformat(before) if before else date.max
    except ValueError:
        raise CursorError(_("before: “%(value)s” is no day.") % {"value": before[:40]}) from None
    names = AccountDay.objects.of(workspace).known(today).filter(account_id=account, day__lt=limit, is_use=True)
    days = list(names.order_by("-day").values_list("day", flat=True).distinct()[: PAGE + 1])
    counts = names.filter(day__in=days).order_by("-day").values("day", "name").annotate(n=Sum("count"), u=Max("users"))
    people = ContactDay.objects.of(workspace).known(today).filter(account_id=account, day__in=days)
    seen = dict(people.order_by().values("day").annotate(n=Sum(1)).values_list("day", "n"))
    rows: dict[date, list[dict[str, Any]]] = {}
    for row in counts:
        rows.setdefault(row["day"], []).append(row)
    url = reverse("timeline", args=[workspace.slug, account])
    return Timeline(
        today=today,
        entries=tuple(_use(at, rows[at], seen.get(at)) for at in days[:PAGE]),
        more=f"{url}?{urlencode({'use': 1, 'before': days[PAGE - 1].isoformat()})}" if len(days) > PAGE else "",
        tabs=_tabs(url, is_use=True),
    )


def marks_of(workspace: Workspace, account: int, days: list[date], today: date) -> list[Mark]:
    """The few happenings worth a word on the chart, at most one a day, the newest where there are many."""
    found: dict[date, str] = {}
    context = Context(today)
    for kind in HAPPENINGS:
        if kind.is_marked and days:
            rows = kind.rows(workspace, account)
            rows = rows.filter(at__gte=workspace.start_of(days[0]), at__lt=workspace.end_of(days[-1]))
            for row in rows.order_by("-at")[:MARK_ROWS]:
                mark = kind.say(row, context).mark
                if mark:
                    found.setdefault(workspace.day_of(row.at), mark)
    return [Mark(at, found[at]) for at in sorted(found)[-MARKS:]]


def _rows(
    n: int, kind: Happening, workspace: Workspace, account: int, key: Key | None
) -> list[tuple[Key, Happening, Any]]:
    rows = kind.rows(workspace, account)
    if key is not None:
        rows = rows.filter(cursor.earlier(n, key))
    return [((row.at, n, row.ordinal), kind, row) for row in rows.order_by("-at", "-ordinal")[: PAGE + 1]]


def _entry(workspace: Workspace, kind: Happening, row: Any, context: Context, link: Link | None = None) -> Entry:
    words = kind.say(row, context)
    return Entry.of(workspace.day_of(row.at), words, link)


def _context(workspace: Workspace, today: date, page: Iterable[tuple[Happening, Any]]) -> Context:
    """What the words of a page need, at most four queries."""
    rows = list(page)
    invoices = [row.external_id for kind, row in rows if kind.name == "invoice"]
    moves = {(row.field, row.value) for kind, row in rows if kind.name == "history" and row.value}
    tickets = [row.ticket for kind, row in rows if kind.name == "ticket-event"]
    return Context(
        today,
        _names(workspace, moves),
        _paid(workspace, invoices) if invoices else {},
        _subjects(workspace, tickets) if tickets else {},
    )


def _subjects(workspace: Workspace, tickets: list[str]) -> dict[str, str]:
    rows = Ticket.objects.of(workspace).current().filter(external_id__in=tickets)
    return dict(rows.values_list("external_id", "subject"))


def _names(workspace: Workspace, moves: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    names: dict[tuple[str, str], str] = {}
    owners = [int(value) for field, value in moves if field == "owner"]
    stages = [int(value) for field, value in moves if field == "stage"]
    if owners:
        members = Membership.objects.of(workspace).filter(pk__in=owners).select_related("user")
        names |= {("owner", str(member.pk)): str(member) for member in members}
    if stages:
        names |= {("stage", str(stage.pk)): stage.name for stage in Stage.objects.of(workspace).filter(pk__in=stages)}
    return names


def _paid(workspace: Workspace, invoices: list[str]) -> dict[str, Decimal]:
    """What made each invoice smaller; a refund counts the other way."""
    kept = Payment.objects.of(workspace).current().filter(invoice__in=invoices)
    refund = When(kind=Payment.Kind.REFUND, then=-F("amount"))
    signed = Case(refund, default=F("amount"), output_field=DecimalField())
    return dict(kept.order_by().values("invoice").annotate(paid=Sum(signed)).values_list("invoice", "paid"))


def _use(at: date, names: list[dict[str, Any]], people: int | None) -> Entry:
    total = sum(row["n"] for row in names)
    told = people or max((row["u"] or 0 for row in names), default=0)
    by = _("%(n)s people") % {"n": integer(told)} if told else ""
    parts = sorted(names, key=lambda row: -row["n"])[:6]
    text = ", ".join(f"{row['name']} {integer(row['n'])}" for row in parts)
    return Entry(at, "accent", _("%(n)s uses") % {"n": integer(total)}, by=by, note=text)


def _tabs(url: str, is_use: bool) -> tuple[Link, ...]:
    return Link(_("Facts"), url, here=not is_use), Link(_("Use"), f"{url}?use=1", here=is_use)
