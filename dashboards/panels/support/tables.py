"""Tickets, answers to surveys, and what was said unasked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Feedback, Ticket, TicketEvent
from dashboards.export import Field
from dashboards.panels.account_tables import WAY, Cells, Column, Place, Shown, TableKind, a_day, a_way
from dashboards.panels.entries import ENTRIES, way_to_act, way_to_correct
from dashboards.panels.feedback.words import BANDS, level_of, score_text, state_text
from dashboards.panels.lists import Link
from dashboards.templatetags.figures import decimal
from metrics.feedback.choice import UNUSUAL, answers_of
from metrics.kpis.support import Story, ratio_of

NONE = "–"
SEVERE = (Ticket.Priority.HIGH, Ticket.Priority.URGENT)
STATES = {
    TicketEvent.Kind.SOLVED: gettext_lazy("solved"),
    TicketEvent.Kind.CLOSED: gettext_lazy("closed"),
    TicketEvent.Kind.REOPENED: gettext_lazy("open again"),
}
HOURS_A_DAY = 48

# -- tickets -------------------------------------------------------------------------------------------------


def _tickets(place: Place) -> Any:
    found = Ticket.objects.of(place.workspace).current().filter(account_id=place.account.pk)
    return found.order_by("-occurred_at", "-pk")


def _ticket_columns(place: Place) -> tuple[Column, ...]:
    state = (Field(_("State")), Field(_("Reopened")))
    first, end = "kpi-support.first_response_median", "kpi-support.resolution_median"
    return (
        Column(_("Ticket"), is_wide=True),
        Column(_("Theme")),
        Column(_("Priority")),
        Column(_("Opened")),
        Column(_("First response"), (Field(_("Hours to the first response")),), anchor=first, is_number=True),
        Column(_("Resolution"), (Field(_("Hours to the resolution")),), anchor=end, is_number=True),
        Column(_("State"), state),
    )


def _ticket_cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    """One query: what happened to them."""
    stories = {
        row.external_id: Story(
            row.account_id, row.occurred_at, place.workspace.day_of(row.occurred_at), row.external_id
        )
        for row in rows
    }
    turns = TicketEvent.objects.of(place.workspace).current().filter(ticket__in=stories)
    for ticket, *turn in turns.order_by("occurred_at", "pk").values_list(
        "ticket", "occurred_at", "kind", "by_customer"
    ):
        stories[ticket].turns.append(tuple(turn))
    return [_ticket_line(place, row, stories[row.external_id]) for row in rows]


def _ticket_line(place: Place, row: Any, story: Story) -> Cells:
    priority = str(row.get_priority_display())
    return (
        Shown(row.subject or f"#{row.external_id}", note=row.person),
        Shown(row.theme),
        Shown(priority) if row.priority not in SEVERE else Shown("", (priority,), tag=priority, tag_band="yellow"),
        a_day(place, story.day),
        _wait(place, story, story.answered),
        _wait(place, story, story.resolved),
        _ticket_state(story),
    )


def _wait(place: Place, story: Story, until: datetime | None) -> Shown:
    """Elapsed hours, as the KPIs count them; what still runs says so."""
    if until is not None:
        hours = ratio_of(until, story.opened)
        return Shown(_hours(hours), (hours,))
    if story.resolved is not None:
        return Shown(NONE, (None,))
    return Shown(_("not yet"), (None,), note=_("for %(hours)s") % {"hours": _hours(_so_far(place, story))})


def _so_far(place: Place, story: Story) -> Decimal:
    return ratio_of(place.now, story.opened)


def _hours(hours: Decimal) -> str:
    if hours < HOURS_A_DAY:
        return _("%(n)s h") % {"n": decimal(hours)}
    return _("%(n)s d") % {"n": decimal(hours / 24)}


def _ticket_state(story: Story) -> Shown:
    last = next((kind for _at, kind, _customer in reversed(story.turns) if kind in STATES), None)
    word = str(STATES.get(last, _("open")))  # type: ignore[call-overload]
    reopened = sum(kind == TicketEvent.Kind.REOPENED for _at, kind, _customer in story.turns)
    is_over = last in (TicketEvent.Kind.SOLVED, TicketEvent.Kind.CLOSED)
    tag = _("reopened") if reopened else ""
    return Shown(word, (word, reopened), band="green" if is_over else "yellow", tag=tag, tag_band="yellow")


TICKETS = TableKind(
    "tickets",
    gettext_lazy("Tickets"),
    gettext_lazy("Here stands each request for help, how soon it was answered and resolved, and what became of it."),
    _ticket_columns,
    _tickets,
    _ticket_cells,
)

# -- answers -------------------------------------------------------------------------------------------------


def _answers(place: Place) -> Any:
    return answers_of(place.workspace).filter(account_id=place.account.pk).order_by("-occurred_at", "-pk")


def _answer_columns(place: Place) -> tuple[Column, ...]:
    return (
        Column(_("Day")),
        Column(_("Survey")),
        Column(_("Score"), (Field(_("Score")), Field(_("of")), Field(_("Unusual"))), anchor="kpi-satisfaction.nps"),
        Column(_("Who")),
        Column(_("In their words"), is_wide=True),
    )


def _answer_cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    return [
        (
            a_day(place, place.workspace.day_of(row.occurred_at)),
            Shown(str(row.get_kind_display()), note=row.survey),
            _answer(row),
            Shown(row.person),
            Shown(f"“{row.comment}”" if row.comment else "", (row.comment,)),
        )
        for row in rows
    ]


def _answer(row: Any) -> Shown:
    """Its score; far from the same contact's answer before, what that was."""
    unusual = row.previous is not None and abs(row.scale - row.previous) >= UNUSUAL
    before = _("unusual: was %(score)s of 10") % {"score": decimal(row.previous)} if unusual else ""
    text = score_text(row.score, row.scale_max)
    told = (row.score, row.scale_max, before)
    return Shown(text, told, band=BANDS[level_of(row.scale)], tag=before, tag_band="yellow")


ANSWERS = TableKind(
    "answers",
    gettext_lazy("Surveys"),
    gettext_lazy("Here stands every answer to a survey with its words. None has come in yet."),
    _answer_columns,
    _answers,
    _answer_cells,
)

# -- said unasked ----------------------------------------------------------------------------------------------

BAD = (Feedback.Kind.PROBLEM, Feedback.Kind.COMPLAINT)


def _said(place: Place) -> Any:
    found = Feedback.objects.of(place.workspace).current().filter(account_id=place.account.pk)
    return found.order_by("-occurred_at", "-pk")


def _said_columns(place: Place) -> tuple[Column, ...]:
    return (
        Column(_("Day")),
        Column(_("What")),
        Column(_("Topic")),
        Column(_("Who")),
        Column(_("In their words"), is_wide=True),
        Column(
            _("State"), (Field(_("State")), Field(_("Resolved"))), anchor="measure-complaints.unresolved_complaints"
        ),
        WAY,
    )


def _said_cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    return [
        (
            a_day(place, place.workspace.day_of(row.occurred_at)),
            Shown(str(row.get_kind_display())),
            Shown(row.topic),
            Shown(row.person),
            Shown(f"“{row.text}”" if row.text else "", (row.text,)),
            _said_state(place, row),
            a_way(place, _said_way(place, row)),
        )
        for row in rows
    ]


def _said_state(place: Place, row: Any) -> Shown:
    if row.kind != Feedback.Kind.COMPLAINT:
        return Shown("", ("", None))
    text = state_text(row.resolved_on, place.today)
    return Shown(
        text,
        (_("resolved") if row.resolved_on else _("open"), row.resolved_on),
        band="green" if row.resolved_on else "red",
    )


def _said_way(place: Place, row: Any) -> Link | None:
    if row.kind == Feedback.Kind.COMPLAINT and row.resolved_on is None:
        return way_to_act(place.workspace, ENTRIES["complaint"], row)
    return way_to_correct(place.workspace, row)


SAID = TableKind(
    "feedback",
    gettext_lazy("Complaints and feedback"),
    gettext_lazy("Here stands what they said unasked: complaints until they are resolved, praise, problems, requests."),
    _said_columns,
    _said,
    _said_cells,
    add="complaint",
)
