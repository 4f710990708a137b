"""How each kind of entry reads: a title, what it is about, who, and which colour."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import models
from accounts.markdown import plain
from dashboards.panels.entry_form import FIGURES
from dashboards.panels.timeline.rows import UsedDay
from dashboards.templatetags.figures import band_word, day, decimal, integer, money
from metrics.models import Band

NAMES = 6


@dataclass(frozen=True)
class Words:
    """How an entry reads."""

    title: str
    text: str = ""
    by: str = ""
    quote: str = ""
    note: str = ""
    band: str = "grey"


@dataclass(frozen=True)
class Context:
    """What words may need besides the row: names of ids, what was paid of invoices, subjects of tickets, today."""

    today: date
    names: Mapping[tuple[str, str], str] = field(default_factory=dict)
    paid: Mapping[str, Decimal] = field(default_factory=dict)
    subjects: Mapping[str, str] = field(default_factory=dict)


Say = Callable[[Any, Context], Words]


# -- what was worked out and decided


def _band(row: Any, context: Context) -> Words:
    name = Band(row.band).name.lower()
    if row.before is None:
        return Words(_("First score"), band_word(name), band=name)
    title = {
        "red": _("Turned red"), "yellow": _("Turned yellow"), "green": _("Turned green"),
    }.get(name, _("No longer enough data"))  # fmt: skip
    before = _("from %(band)s") % {"band": band_word(Band(row.before).name.lower())}
    return Words(title, by=before, band=name)


def _version(row: Any, context: Context) -> Words:
    return Words(_("Scored by"), str(row.version), note=row.version.comment)


def _manual(row: Any, context: Context) -> Words:
    name = Band(row.band).name.lower()
    until = _("until %(day)s") % {"day": day(row.ends_on, context.today)}
    return Words(_("Set by hand"), f"{band_word(name)}, {until}", str(row.author or ""), row.reason, band=name)


def _manual_end(row: Any, context: Context) -> Words:
    name = Band(row.band).name.lower()
    words = _("%(band)s, planned until %(day)s") % {"band": band_word(name), "day": day(row.ends_on, context.today)}
    return Words(_("No longer set by hand"), words, note=row.reason)


def _moved(row: Any, context: Context) -> Words:
    title = {
        "owner": _("Owner"), "team": _("Team"), "segment": _("Segment"), "stage": _("Stage"), "parent": _("Parent"),
    }[row.field]  # fmt: skip
    before, after = (_named(row.field, value, context) for value in (row.before, row.value))
    return Words(title, f"{before} → {after}" if row.before else after)


def _named(kind: str, value: str | None, context: Context) -> str:
    if not value:
        return _("nobody") if kind == "owner" else _("none")
    return value if kind == "segment" else context.names.get((kind, value), _("one that is gone"))


def _import(row: Any, context: Context) -> Words:
    if row.kind == "accounts":
        return Words(_("Import"), row.file_name, str(row.source))
    facts = ngettext("%(n)s fact", "%(n)s facts", row.facts or 0) % {"n": integer(row.facts or 0)}
    return Words(_("Import"), row.file_name, f"{facts} · {row.source}")


def _release(row: Any, context: Context) -> Words:
    return Words(_("Released"), row.feature, ", ".join(row.plans), band="accent")


# -- people


def _contact(row: Any, context: Context) -> Words:
    return Words(_("New contact"), row.name or row.email, row.get_part_display())


def _left(row: Any, context: Context) -> Words:
    who = row.name or row.email
    if row.part == models.Contact.Part.CHAMPION:
        return Words(_("Champion left"), who, band="red")
    return Words(_("Contact left"), who, row.get_part_display())


def _person(row: Any, context: Context) -> Words:
    return Words(row.get_part_display(), row.name or row.email, row.email if row.name else "")


# -- money


def _term(row: Any, context: Context) -> Words:
    end = _("until %(day)s") % {"day": day(row.ends_on, context.today)} if row.ends_on else _("open-ended")
    seats = _("%(n)s seats") % {"n": row.seats} if row.seats else ""
    price = _("%(amount)s a month") % {"amount": money(row.mrr, row.currency)}
    text = ", ".join(part for part in (row.product, price, seats, end) if part)
    return Words(_("Trial") if row.is_trial else _("Term"), text, band="accent")


def _term_end(row: Any, context: Context) -> Words:
    price = _("%(amount)s a month") % {"amount": money(row.mrr, row.currency)}
    text = ", ".join(part for part in (row.product, price) if part)
    return Words(_("Trial ended") if row.is_trial else _("Term ended"), text, band="grey" if row.is_trial else "red")


def _invoice(row: Any, context: Context) -> Words:
    title = _("Invoice %(number)s") % {"number": row.number or row.external_id}
    due = _("due %(day)s") % {"day": day(row.due_on, context.today)}
    open_amount = row.amount - context.paid.get(row.external_id, 0)
    amount = money(row.amount, row.currency)
    if row.is_void or row.is_disputed:
        return Words(title, f"{amount}, {_('void') if row.is_void else _('disputed')}", due)
    if open_amount <= 1:
        return Words(title, f"{amount}, {_('paid')}", due, band="green")
    if row.due_on < context.today:
        return Words(title, _("overdue %(amount)s") % {"amount": money(open_amount, row.currency)}, due, band="red")
    return Words(title, amount, due)


def _payment(row: Any, context: Context) -> Words:
    return Words(row.get_kind_display(), money(row.amount, row.currency))


def _purchase(row: Any, context: Context) -> Words:
    came_back = row.amount < 0
    text = f"{row.product} {money(abs(row.amount), row.currency)}".strip()
    return Words(_("Sent back") if came_back else _("Purchase"), text, band="grey" if came_back else "green")


def _deal(row: Any, context: Context) -> Words:
    state = "" if row.state == models.Deal.State.OPEN else _("opened")
    return Words(_("Deal"), f"{row.name} {money(row.amount, row.currency)}".strip(), state, band="accent")


def _deal_end(row: Any, context: Context) -> Words:
    won = row.state == models.Deal.State.WON
    text = f"{row.name} {money(row.amount, row.currency)}".strip()
    return Words(_("Deal won") if won else _("Deal lost"), text, band="green" if won else "grey")


def _deal_now(row: Any, context: Context) -> Words:
    text = f"{row.name} {money(row.amount, row.currency)}".strip()
    return Words(_("Deal, %(state)s") % {"state": row.get_state_display().lower()}, text, band="accent")


def _churn(row: Any, context: Context) -> Words:
    if row.is_reactivation:
        return Words(_("Came back"), row.reason, quote=row.comment, band="green")
    title = _("Left") if row.churned_on else _("Notice given")
    left = _("leaves on %(day)s") % {"day": day(row.churned_on, context.today)} if row.churned_on else ""
    return Words(title, row.reason, left, row.comment, band="red")


# -- support and what customers say


def _ticket(row: Any, context: Context) -> Words:
    severe = row.priority in (models.Ticket.Priority.HIGH, models.Ticket.Priority.URGENT)
    by = " · ".join(part for part in (row.get_priority_display().lower(), row.person) if part)
    return Words(_("Ticket"), _subject(row.subject, row.external_id), by, band="yellow" if severe else "grey")


def _ticket_event(row: Any, context: Context) -> Words:
    words = _("Ticket %(what)s") % {"what": row.get_kind_display().lower()}
    bands = {models.TicketEvent.Kind.REOPENED: "yellow", models.TicketEvent.Kind.SOLVED: "green"}
    return Words(words, _subject(context.subjects.get(row.ticket, ""), row.ticket), band=bands.get(row.kind, "grey"))


def _subject(subject: str, ticket: str) -> str:
    return f"“{subject}”" if subject else f"#{ticket}"


def _survey(row: Any, context: Context) -> Words:
    share = (row.score - row.scale_min) / (row.scale_max - row.scale_min)
    band = "red" if share < 0.5 else "yellow" if share < 0.8 else "green"
    score = _("%(score)s of %(most)s") % {"score": decimal(row.score, 2), "most": row.scale_max}
    return Words(_("Survey"), f"{row.get_kind_display()} {score}", row.person, row.comment, band=band)


def _feedback(row: Any, context: Context) -> Words:
    bad = row.kind in (models.Feedback.Kind.PROBLEM, models.Feedback.Kind.COMPLAINT)
    complaint = row.kind == models.Feedback.Kind.COMPLAINT
    state = (_("resolved") if row.resolved_on else _("open")) if complaint else ""
    by = " · ".join(part for part in (row.person, state) if part)
    band = ("red" if complaint and not row.resolved_on else "yellow") if bad else "green"
    return Words(row.get_kind_display(), row.topic, by, row.text, band=band)


def _resolved(row: Any, context: Context) -> Words:
    return Words(_("%(what)s resolved") % {"what": row.get_kind_display()}, row.topic, note=row.text, band="green")


# -- what we do with them


def _touch(row: Any, context: Context) -> Words:
    minutes = _("%(n)s min") % {"n": row.minutes} if row.minutes else ""
    people = _("%(n)s attendees") % {"n": row.attendees} if row.attendees else ""
    by = " · ".join(part for part in (row.get_direction_display(), row.person, people, minutes) if part)
    return Words(row.get_channel_display(), row.subject, by, note=row.outcome, band="accent")


def _note(row: Any, context: Context) -> Words:
    return Words(_("Note"), by=str(row.author or ""), note=plain(row.body), band="accent")


def _pulse(row: Any, context: Context) -> Words:
    band = "red" if row.value <= 2 else "yellow" if row.value == 3 else "green"
    return Words(_("Pulse"), _("%(n)s of 5") % {"n": row.value}, row.member, row.comment, band=band)


def _goal(row: Any, context: Context) -> Words:
    numbers = _("%(target)s %(unit)s") % {"target": decimal(row.target), "unit": row.unit}
    due = _("due %(day)s") % {"day": day(row.due_on, context.today)}
    return Words(_("Goal set"), f"{row.name}, {numbers}".strip(), due, band="accent")


def _progress(row: Any, context: Context) -> Words:
    band = {"met": "green", "missed": "red"}.get(row.state, "accent")
    return Words(_("Goal"), _reached(row), row.get_state_display().lower(), band=band)


def _reached(row: Any) -> str:
    numbers = _("%(value)s of %(target)s %(unit)s") % {
        "value": decimal(row.value), "target": decimal(row.target), "unit": row.unit,
    }  # fmt: skip
    return f"{row.name}, {numbers}".strip()


def _client_figure(row: Any, context: Context) -> Words:
    counts = row.figure in ("headcount", "customers")
    value = decimal(row.value) if counts or not row.currency else money(row.value, row.currency)
    return Words(str(dict(FIGURES)[row.figure]), value)


def _used(row: UsedDay, context: Context) -> Words:
    words = _counted(row)
    by = ngettext("%(n)s person", "%(n)s people", row.people) % {"n": integer(row.people)} if row.people else ""
    return Words(_("Use"), words, by, band="accent")


def _told(row: UsedDay, context: Context) -> Words:
    return Words(_("Events"), _counted(row))


def _counted(row: UsedDay) -> str:
    words = ", ".join(f"{name} {integer(n)}" for name, n in row.names[:NAMES])
    others = len(row.names) - NAMES
    more = ngettext("%(n)s other name", "%(n)s other names", others) % {"n": integer(others)}
    return _("%(words)s and %(more)s") % {"words": words, "more": more} if others > 0 else words


# How what is not over reads, by kind of fact.
NOW: Mapping[str, Say] = {"feedback": _feedback, "goals": _progress, "contacts": _person, "deals": _deal_now}
# How an entry reads, by its kind in metrics.timeline.
SAY: Mapping[str, Say] = {
    "use": _used, "event": _told, "release": _release, "import": _import, "figure": _client_figure, "goal": _goal,
    "progress": _progress, "contact": _contact, "left": _left, "history": _moved, "term": _term,
    "term-end": _term_end, "purchase": _purchase, "deal": _deal, "deal-end": _deal_end, "churn": _churn,
    "invoice": _invoice, "payment": _payment, "ticket": _ticket, "ticket-event": _ticket_event, "survey": _survey,
    "feedback": _feedback, "resolved": _resolved, "touch": _touch, "note": _note, "pulse": _pulse, "manual": _manual,
    "manual-end": _manual_end,
    "version": _version, "band": _band,
}  # fmt: skip


def groups() -> dict[str, str]:
    """What a reader can choose, in the order in which it is offered."""
    return {
        "health": _("Health"), "touch": _("Touches"), "note": _("Notes and pulse"), "survey": _("Surveys"),
        "feedback": _("Feedback"), "support": _("Tickets"), "contract": _("Contract"), "money": _("Invoices"),
        "people": _("People"), "goal": _("Goals"), "history": _("Owner and stage"), "release": _("Releases"),
        "import": _("Imports"), "use": _("Use"), "event": _("Other events"),
    }  # fmt: skip
