"""How requests for help are met."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.models import Ticket, TicketEvent
from metrics.formulas import support as formulas
from metrics.formulas.rates import EXACT, mean, median, quantile, ratio
from metrics.kpis.answers import WIDE, Question
from metrics.kpis.ledger import WHO_PAYS
from metrics.kpis.retention import share_interval
from metrics.kpis.sums import count, hits, total
from metrics.registry import Basis, Direction, Record, Records, Side, Unit, kpi, worked

LOWER = Direction.LOWER
HOUR = timedelta(hours=1)
# A ticket that is reopened within so long was not resolved.
REOPENED_WITHIN = timedelta(days=7)
ENDS = {TicketEvent.Kind.SOLVED, TicketEvent.Kind.CLOSED}
OURS = {TicketEvent.Kind.REPLIED, *ENDS}
NO_TICKETS = _("no tickets")
TICKET, OPENED, HELPED = _("ticket"), Side(_("tickets")), ("tickets",)
TICKETS = Basis(TICKET, OPENED, None, HELPED)
TICKETS_AND_CUSTOMERS = Basis(TICKET, OPENED, Side(_("customers")), (*HELPED, *WHO_PAYS))
ANSWER_HOURS = Basis(TICKET, Side(_("hours to the first response"), Unit.HOURS), OPENED, HELPED)
RESOLUTION_HOURS = Basis(TICKET, Side(_("hours to the resolution"), Unit.HOURS), OPENED, HELPED)
RECEIVED = Basis(TICKET, Side(_("with one contact")), OPENED, HELPED)
TICKETS_A_DAY = Basis(TICKET, Side(_("tickets ÷ days")), None, HELPED)
RESOLVED = Basis(TICKET, Side(_("with one contact")), Side(_("tickets resolved")), HELPED)


@dataclass(slots=True)
class Story:
    """A ticket and what happened to it, in order: (moment, kind, by the customer)."""

    account: int
    opened: datetime
    day: date
    fact: str
    turns: list[tuple[datetime, str, bool]] = field(default_factory=list)

    @property
    def answered(self) -> datetime | None:
        """When we first did something about it."""
        return next((moment for moment, kind, customer in self.turns if kind in OURS and not customer), None)

    @property
    def resolved(self) -> datetime | None:
        """When it was first solved or closed."""
        return next((moment for moment, kind, _customer in self.turns if kind in ENDS), None)

    @property
    def contacts(self) -> int:
        """What the customer wrote, and how often it changed hands, until it was first resolved: the first message
        is the ticket."""
        end = self.resolved
        before = [turn for turn in self.turns if end is None or turn[0] <= end]
        assigned = sum(kind == TicketEvent.Kind.ASSIGNED for _moment, kind, _customer in before)
        written = sum(kind == TicketEvent.Kind.REPLIED and customer for _moment, kind, customer in before)
        return 1 + written + max(0, assigned - 1)

    @property
    def at_once(self) -> bool:
        """Whether one contact resolved it, for good."""
        return self.resolved is not None and self.contacts == 1 and not self.was_reopened()

    def was_reopened(self) -> bool:
        """Within 7 days after it was first resolved."""
        end = self.resolved
        return end is not None and any(
            kind == TicketEvent.Kind.REOPENED and end <= moment <= end + REOPENED_WITHIN
            for moment, kind, _customer in self.turns
        )


def stories(question: Question) -> list[Story]:
    """All tickets that were opened by the end of the period and touched since it began."""
    workspace, period, known = question.workspace, question.period, question.book.known
    start, until = workspace.start_of(period.start), workspace.start_of(period.until)
    events = TicketEvent.objects.of(workspace).known(workspace, known)
    lately = events.filter(occurred_at__gte=start).values("ticket")
    tickets = Ticket.objects.of(workspace).known(workspace, known).filter(occurred_at__lt=until)
    tickets = tickets.filter(occurred_at__gte=start) | tickets.filter(external_id__in=lately)
    found = {
        fact: Story(account, moment, workspace.day_of(moment), fact)
        for account, moment, fact in tickets.order_by("occurred_at", "pk").values_list(
            "account_id", "occurred_at", "external_id"
        )
    }
    turns = events.filter(ticket__in=list(found)).order_by("occurred_at", "pk")
    for fact, *turn in turns.values_list("ticket", "occurred_at", "kind", "by_customer"):
        found[fact].turns.append(tuple(turn))
    return list(found.values())


def opened(question: Question) -> Iterator[Story]:
    """The tickets of the period."""
    return (story for story in question.once(stories) if story.day >= question.period.start)


def counted(question: Question) -> Records:
    """Tickets opened in the period."""
    return [Record(story.account, story.day, 1, 0, story.fact, what="ticket") for story in opened(question)]


def counted_and_customers(question: Question) -> Records:
    """Tickets opened in the period, and the customers of its last day."""
    day = question.period.last
    customers = [Record(account, day, 0, 1, what="customer") for account in question.ledger.on(day)]
    return [*question.once(counted), *customers]


def waits(until: Callable[[Story], datetime | None]) -> Callable[[Question], Records]:
    """Elapsed hours of the tickets opened in the period, up to a moment, or so far."""

    def records(question: Question) -> Records:
        now = question.workspace.end_of(question.book.known)
        return [Record(s.account, s.day, ratio_of(until(s) or now, s.opened), fact=s.fact) for s in opened(question)]

    return records


def ratio_of(end: datetime, begin: datetime) -> Decimal:
    """Hours between two moments, exact to the microsecond."""
    elapsed = end - begin
    seconds = elapsed.days * 86_400 + elapsed.seconds
    hours = ratio(seconds * 1_000_000 + elapsed.microseconds, 3_600_000_000)
    return hours if hours is not None else Decimal(0)


FIRST_ANSWER = waits(lambda story: story.answered)
RESOLUTION = waits(lambda story: story.resolved)
HOURS: dict[str, Any] = {
    "unit": Unit.HOURS,
    "direction": LOWER,
    "nothing": NO_TICKETS,
    "of_each": True,
    "settles": True,
}


def hours(records: Records) -> list[int | Decimal]:
    return [record.part for record in records]


@kpi(_("Tickets"), unit=Unit.COUNT, direction=None, records=counted, basis=TICKETS, example=worked("12", (12, 1, 0)))
def tickets(records: Records) -> Decimal | None:
    """Tickets opened in the period."""
    return total(records)


@kpi(
    _("Tickets per 100 customers"),
    unit=Unit.COUNT,
    direction=LOWER,
    records=counted_and_customers,
    nothing=_("no customers"),
    basis=TICKETS_AND_CUSTOMERS,
    example=worked("15", (30, 1, 0, "ticket"), (200, 0, 1, "customer")),
)
def tickets_per_hundred(records: Records) -> Decimal | None:
    """Tickets opened in the period per 100 customers of its last day."""
    return formulas.per_hundred(int(hits(records)), int(count(records)))


@kpi(
    _("First response, mean"),
    records=FIRST_ANSWER,
    **HOURS,
    basis=ANSWER_HOURS,
    example=worked("3", (1, 1), (1, 2), (1, 6)),
)
def first_response_mean(records: Records) -> Decimal | None:
    """Elapsed hours from a ticket of the period to the first that we did about it: reply, solve or close. What is not
    answered counts with its age so far."""
    return mean(hours(records))


@kpi(
    _("First response, median"),
    records=FIRST_ANSWER,
    **HOURS,
    basis=ANSWER_HOURS,
    example=worked("2", (1, 1), (1, 2), (1, 6)),
)
def first_response_median(records: Records) -> Decimal | None:
    """The hours that half of the tickets of the period waited at most for the first response."""
    return median(hours(records))


@kpi(
    _("First response, 90 %"),
    records=FIRST_ANSWER,
    **HOURS,
    basis=ANSWER_HOURS,
    example=worked("5.2", (1, 1), (1, 2), (1, 6)),
)
def first_response_p90(records: Records) -> Decimal | None:
    """The hours that nine tenths of the tickets of the period waited at most for the first response."""
    return quantile(hours(records), Decimal("0.9"))


@kpi(
    _("Resolution time, mean"),
    records=RESOLUTION,
    **HOURS,
    basis=RESOLUTION_HOURS,
    example=worked("30", (1, 10), (1, 20), (1, 60)),
)
def resolution_mean(records: Records) -> Decimal | None:
    """Elapsed hours from a ticket of the period until it was first solved or closed; open ones: so far."""
    return mean(hours(records))


@kpi(
    _("Resolution time, median"),
    records=RESOLUTION,
    **HOURS,
    basis=RESOLUTION_HOURS,
    example=worked("20", (1, 10), (1, 20), (1, 60)),
)
def resolution_median(records: Records) -> Decimal | None:
    """The hours after which half of the tickets of the period were first solved or closed."""
    return median(hours(records))


@kpi(
    _("Resolution time, 90 %"),
    records=RESOLUTION,
    **HOURS,
    basis=RESOLUTION_HOURS,
    example=worked("52", (1, 10), (1, 20), (1, 60)),
)
def resolution_p90(records: Records) -> Decimal | None:
    """The hours after which nine tenths of the tickets of the period were first solved or closed."""
    return quantile(hours(records), Decimal("0.9"))


def resolved(question: Question) -> Records:
    """Tickets first resolved in the period, 1 where it took one contact; those whose 7 days still run are left out."""
    workspace, period = question.workspace, question.period
    now = workspace.end_of(question.book.known)
    found = []
    for story in question.once(stories):
        end = story.resolved
        if end is None or not period.start <= workspace.day_of(end) < period.until:
            continue
        if story.was_reopened() or end + REOPENED_WITHIN < now:
            found.append(Record(story.account, workspace.day_of(end), int(story.at_once), fact=story.fact))
    return found


@kpi(
    _("First contact resolution"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    records=resolved,
    settles=True,
    nothing=_("no resolved ticket whose 7 days are over"),
    interval=share_interval,
    basis=RESOLVED,
    example=worked("0.7", (7, 1), (3, 0)),
)
def first_contact_resolution(records: Records) -> Decimal | None:
    """Tickets resolved in the period with one contact and not reopened within 7 days ÷ tickets resolved.

    Contacts are the customer's messages, the ticket itself included, and changes of hands. Tickets whose 7 days still
    run are in neither.
    """
    return formulas.first_contact_resolution(int(hits(records)), int(count(records)))


def received(question: Question) -> Records:
    """Tickets opened in the period, 1 where one contact resolved them; those whose 7 days still run are left out."""
    now = question.workspace.end_of(question.book.known)
    return [
        Record(story.account, story.day, int(story.at_once), fact=story.fact)
        for story in opened(question)
        if story.resolved is None or story.was_reopened() or story.resolved + REOPENED_WITHIN < now
    ]


@kpi(
    _("First contact resolution of tickets received"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    records=received,
    settles=True,
    nothing=_("no ticket that is decided"),
    interval=share_interval,
    basis=RECEIVED,
    example=worked("0.7", (7, 1), (3, 0)),
)
def first_contact_resolution_of_received(records: Records) -> Decimal | None:
    """Tickets opened in the period that were resolved with one contact and not reopened within 7 days ÷ tickets opened,
    resolved or not. Tickets whose 7 days still run are in neither."""
    return formulas.first_contact_resolution(int(hits(records)), int(count(records)))


def counted_by_day(question: Question) -> Records:
    """Tickets opened in the period, each as a share of the days that are over."""
    share = WIDE.divide(Decimal(1), Decimal(question.period.days))
    return [record._replace(part=share) for record in question.once(counted)]


@kpi(
    _("Tickets a day"),
    unit=Unit.COUNT,
    direction=LOWER,
    records=counted_by_day,
    basis=TICKETS_A_DAY,
    example=worked("0.4", (4, "0.1", 0)),
    grows=False,
)
def tickets_a_day(records: Records) -> Decimal | None:
    """Tickets opened in the period ÷ its days that are over."""
    return EXACT.plus(total(records))
