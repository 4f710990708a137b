"""How a record behind a value reads: what it is, and what it counted for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import (
    Churn,
    ClientFigure,
    Contact,
    Deal,
    Feedback,
    Goal,
    Invoice,
    Pulse,
    Purchase,
    Release,
    Subscription,
    SurveyResponse,
    Ticket,
    TicketEvent,
    Touch,
    Workspace,
)
from dashboards.panels.timeline.words import SAY, Context
from dashboards.templatetags.figures import day, in_unit, integer, money
from metrics.evidence import Block, Change, Evidence, Person, Row, Use
from metrics.measures.usage import BLOCK
from metrics.registry import AsOf

# Facts read as they do on the timeline.
KINDS: Mapping[Any, str] = {
    Churn: "churn", ClientFigure: "figure", Contact: "left", Deal: "deal", Feedback: "feedback", Goal: "goal",
    Invoice: "invoice", Pulse: "pulse", Purchase: "purchase", Subscription: "term", SurveyResponse: "survey",
    Ticket: "ticket", Touch: "touch",
}  # fmt: skip


@dataclass(frozen=True)
class Amount:
    """What a record counted for: a number for files, and how it is written."""

    value: Decimal | int | float | str
    text: str


@dataclass(frozen=True)
class Writer:
    """Writes the records of one day: as known then, people by their names."""

    as_of: AsOf
    currency: str
    names: Mapping[str, str] = field(default_factory=dict)

    def title(self, row: Row) -> str:
        """What it is."""
        fact = row.fact
        if isinstance(fact, Use):
            return fact.name if fact.feature == fact.name else f"{fact.name} · {fact.feature}"
        if isinstance(fact, Person):
            return self.names.get(fact.person, fact.person)
        if isinstance(fact, Block):
            first = fact.day - timedelta(days=BLOCK - 1)
            return _("28 days from %(first)s to %(last)s") % {"first": self._day(first), "last": self._day(fact.day)}
        if isinstance(fact, Release):
            return _("Released: %(feature)s") % {"feature": fact.feature}
        return self._words(fact)

    def _words(self, fact: Any) -> str:
        paid = {fact.external_id: fact.amount - fact.balance} if hasattr(fact, "balance") else {}
        words = SAY[KINDS[type(fact)]](fact, Context(self.as_of.day, paid=paid))
        return " · ".join(part for part in (words.title, words.text, words.by, words.quote) if part)

    def amount(self, row: Row) -> Amount:
        """What it counted for; empty where it is enough that it is there."""
        for part in row.parts:
            if part in BY_PART:
                return self._amount(*BY_PART[part](row.fact))
        known = BY_FACT.get(type(row.fact))
        return self._amount(*known(row.fact)) if known else Amount(1, "")

    def _amount(self, value: Any, unit: str) -> Amount:
        if value is None:
            return Amount("", "–")
        if unit in ("late", "open"):
            return Amount(value, _late(value, unit == "open"))
        if unit in ("", "money"):
            return Amount(value, str(value) if not unit else money(value, self.currency))
        return Amount(value, in_unit(value, unit))

    def _day(self, at: date) -> str:
        return day(at, self.as_of.day)


def _late(days: int, is_open: bool) -> str:
    """22 d late, 3 d early, on time, not due."""
    if days <= 0 and is_open:
        return _("not due")
    if not days:
        return _("on time")
    return (_("%(n)s d late") if days > 0 else _("%(n)s d early")) % {"n": integer(abs(days))}


Counted = Callable[[Any], tuple[Any, str]]
# What a record counts for in a part that reads something else of it than usual.
BY_PART: Mapping[str, Counted] = {
    "counted": lambda use: (use.users, "count"),
    "most_counted": lambda use: (use.users, "count"),
    "seconds": lambda use: (Decimal(use.seconds) / 60, "minutes"),
    "seats": lambda term: (term.seats, "count"),
    "waited": lambda ticket: (ticket.hours_waited, "hours"),
    "open_severe": lambda ticket: (TicketEvent.Kind(ticket.state).label, ""),
    "renewed": lambda term: (_("renewed") if term.renewed else _("not renewed"), ""),
    "unresolved": lambda said: (_("open"), ""),
    "oldest": lambda said: (_("open"), ""),
}
BY_FACT: Mapping[Any, Counted] = {
    Use: lambda use: (use.count, "count"),
    Person: lambda person: (person.days, "days"),
    Block: lambda block: (block.people, "count"),
    Invoice: lambda invoice: (invoice.days_late, "open" if invoice.balance > 1 else "late"),
    Subscription: lambda term: (getattr(term, "worth", term.mrr), "money"),
    Purchase: lambda purchase: (purchase.worth, "money"),
    Deal: lambda deal: (deal.worth, "money"),
    ClientFigure: lambda figure: (figure.worth, "count"),
    SurveyResponse: lambda answer: (answer.scaled, "ratio"),
    Pulse: lambda pulse: (pulse.value, "count"),
    Goal: lambda goal: (goal.attained, "ratio"),
    Release: lambda release: (_("in use") if release.is_adopted else _("not in use"), ""),
}


def writers(
    workspace: Workspace, then: Evidence | None, now: Evidence, changes: Iterable[Change]
) -> tuple[Writer, Writer]:
    """Who writes these records of both days. A query where there are people."""
    people = {each.row.fact.person for each in changes if isinstance(each.row.fact, Person)}
    names = _names(workspace, now.as_of.accounts[0], people) if people else {}
    old, new = (Writer(side.as_of, workspace.currency, names) for side in (then or now, now))
    return old, new


def _names(workspace: Workspace, account: int, people: Iterable[str]) -> dict[str, str]:
    """The names of contacts, by what events call them: id or e-mail."""
    called = list(people)
    contacts = Contact.objects.of(workspace).current().filter(account_id=account).exclude(name="")
    known = contacts.filter(external_id__in=called) | contacts.filter(email__in=called)
    rows = list(known.values_list("external_id", "email", "name"))
    return {key: name for row in rows for key, name in ((row[0], row[2]), (row[1], row[2])) if key}
