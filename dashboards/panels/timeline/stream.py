"""Entries of an account's timeline, told in words, with the way to what each of them is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, Sum, When
from django.utils.http import urlencode

from accounts.models import Account, Membership, Payment, Stage, Team, Ticket, Workspace
from accounts.permissions import may
from dashboards.addresses import address
from dashboards.panels.entries import ENTRIES, way_to_act, way_to_correct
from dashboards.panels.lists import Link
from dashboards.panels.timeline.rows import rows_of
from dashboards.panels.timeline.words import NOW, SAY, Context, Words
from metrics.timeline import GROUPS, KINDS, Place, Wanted, places

# Above the fold of an account's first page.
HEAD = 8
# A text longer than so many characters is folded.
BRIEF = 240
WITHOUT_USE = tuple(group for group in GROUPS if group not in {"use", "event"})


@dataclass(frozen=True)
class Reader:
    """Who reads: the role decides which pages there are links to, `writes` whether entries can be corrected."""

    role: str
    writes: bool = False


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `url` leads to what it is, `link` to its correction or next step."""

    day: date
    band: str
    title: str
    text: str = ""
    by: str = ""
    quote: str = ""
    note: str = ""
    link: Link | None = None
    url: str = ""
    group: str = ""

    @classmethod
    def of(cls, at: date, words: Words, link: Link | None, url: str = "", group: str = "") -> Entry:
        return cls(at, words.band, words.title, words.text, words.by, words.quote, words.note, link, url, group)

    @property
    def brief(self) -> str:
        """How a long note begins; empty where it is short."""
        return f"{self.note[:BRIEF].rstrip()} …" if len(self.note) > BRIEF else ""


@dataclass(frozen=True)
class Timeline:
    """The newest entries without use, and the way to all of it."""

    today: date
    entries: tuple[Entry, ...]
    url: str


def head_of_timeline(account: Account, today: date, reader: Reader) -> Timeline:
    """What the account's first page shows of it. A statement for the places, a query for each kind among them, and at
    most four for what their words need."""
    found = places(account, Wanted(WITHOUT_USE, limit=HEAD), today)
    url = address("timeline", account.workspace.slug, account.pk)
    return Timeline(today, entries_of(account, found, today, reader), url)


def going_on(account: Account, today: date, writes: bool) -> tuple[Entry, ...]:
    """What is not over: complaints, goals, the people who matter, deals. A query for each."""
    workspace, found = account.workspace, []
    for entry in ENTRIES.values():
        if entry.act:
            for row in entry.going_on(workspace.pk, account.pk):
                words = NOW[entry.kind](row, Context(today))
                act = way_to_act(workspace, entry, row) if writes else None
                found.append(Entry.of(workspace.day_of(row.occurred_at), words, act))
    return tuple(found)


def entries_of(account: Account, found: Sequence[Place], today: date, reader: Reader) -> tuple[Entry, ...]:
    """What stands at these places, in their order."""
    workspace = account.workspace
    rows = rows_of(account, found, today)
    told = [(place, KINDS[place[1]], rows[place]) for place in found if place in rows]
    context = _context(workspace, today, [(kind.name, row) for _place, kind, row in told])
    return tuple(
        Entry.of(
            workspace.day_of(place[0]),
            SAY[kind.name](row, context),
            way_to_correct(workspace, row) if reader.writes else None,
            WAYS[kind.name](account, row, reader) if kind.name in WAYS else "",
            kind.group,
        )
        for place, kind, row in told
    )


# -- where each leads

Way = Callable[[Account, Any, Reader], str]


def _to_day(account: Account, row: Any, reader: Reader) -> str:
    return address("timeline-day", account.workspace.slug, account.pk, row.day)


def _to_import(account: Account, row: Any, reader: Reader) -> str:
    return address("import", account.workspace.slug, row.pk) if may(reader.role, "source.read") else ""


def _to_why(account: Account, row: Any, reader: Reader) -> str:
    if row.day_before is None:
        return ""
    days = urlencode({"from": row.day_before, "to": row.day})
    return f"{address('why', account.workspace.slug, account.pk)}?{days}"


def _to_note(account: Account, row: Any, reader: Reader) -> str:
    return f"{address('account-people', account.workspace.slug, account.pk)}?note={row.pk}#note-{row.pk}"


def _to(route: str, table: str) -> Way:
    """The table of a page of the account in which it stands."""

    def way(account: Account, row: Any, reader: Reader) -> str:
        return f"{address(route, account.workspace.slug, account.pk)}#{table}"

    return way


_TABLES = {
    "account-people": {"contacts": ("contact", "left"), "goals": ("goal", "progress"), "pulses": ("pulse",)},
    "account-money": {
        "terms": ("term", "term-end"), "purchases": ("purchase",), "deals": ("deal", "deal-end"),
        "invoices": ("invoice",), "payments": ("payment",),
    },
    "account-support": {
        "tickets": ("ticket", "ticket-event"), "answers": ("survey",), "feedback": ("feedback", "resolved"),
    },
}  # fmt: skip
WAYS: Mapping[str, Way] = {
    "use": _to_day,
    "event": _to_day,
    "import": _to_import,
    "note": _to_note,
    "band": _to_why,
    "version": _to_why,
    **{
        kind: _to(route, table)
        for route, tables in _TABLES.items()
        for table, kinds in tables.items()
        for kind in kinds
    },
}


# -- what words need besides the rows


def _context(workspace: Workspace, today: date, told: list[tuple[str, Any]]) -> Context:
    invoices = [row.external_id for kind, row in told if kind == "invoice"]
    tickets = [row.ticket for kind, row in told if kind == "ticket-event"]
    moves = {(row.field, value) for kind, row in told if kind == "history" for value in (row.value, row.before)}
    return Context(
        today,
        _names(workspace, {(field, value) for field, value in moves if value}),
        _paid(workspace, invoices) if invoices else {},
        _subjects(workspace, tickets) if tickets else {},
    )


def _subjects(workspace: Workspace, tickets: list[str]) -> dict[str, str]:
    rows = Ticket.objects.of(workspace).current().filter(external_id__in=tickets)
    return dict(rows.values_list("external_id", "subject"))


NAMED: Mapping[str, Any] = {"owner": Membership, "team": Team, "stage": Stage, "parent": Account}


def _names(workspace: Workspace, moves: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """What the ids of owners, teams, stages and parents are called. A query for each sort there is."""
    names: dict[tuple[str, str], str] = {}
    for field, model in NAMED.items():
        ids = [int(value) for of, value in moves if of == field]
        if ids:
            rows = model.objects.of(workspace).filter(pk__in=ids)
            rows = rows.select_related("user") if model is Membership else rows
            names |= {(field, str(row.pk)): str(row) for row in rows}
    return names


def _paid(workspace: Workspace, invoices: list[str]) -> dict[str, Decimal]:
    """What made each invoice smaller; a refund counts the other way."""
    kept = Payment.objects.of(workspace).current().filter(invoice__in=invoices)
    refund = When(kind=Payment.Kind.REFUND, then=-F("amount"))
    signed = Case(refund, default=F("amount"), output_field=DecimalField())
    return dict(kept.order_by().values("invoice").annotate(paid=Sum(signed)).values_list("invoice", "paid"))
