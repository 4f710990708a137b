"""How often the customer needs help, and how content it is with it."""

from __future__ import annotations

import numpy as np
from django.db.models import Aggregate, Avg, Count, FloatField, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Ticket, TicketEvent, Touch
from metrics.formulas.usage import Floats, first_known, ratio, zero
from metrics.measures.facts import ANSWERS, COUNTED, SEATS, TICKETS, TRAININGS, USERS
from metrics.registry import AsOf, Direction, Part, Unit, measure, worked

SEVERE = [Ticket.Priority.HIGH, Ticket.Priority.URGENT]
OPEN = [TicketEvent.Kind.OPENED, TicketEvent.Kind.REOPENED]


def _asked(a: AsOf) -> Q:
    return Q(kind="csat", occurred_at__gte=a.start_back(90)) & ~Q(about="")


SATISFACTION = Part(ANSWERS, _asked, lambda q: Avg("scaled", filter=q))
OPEN_SEVERE = Part(TICKETS, lambda a: Q(priority__in=SEVERE, state__in=OPEN), lambda q: Count("pk", filter=q))
OPENED = Part(TICKETS, lambda a: Q(occurred_at__gte=a.start_back(28)), lambda q: Count("pk", filter=q))


class Median(Aggregate):
    """By linear interpolation between the two in the middle."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


def _attended(a: AsOf) -> Q:
    return Q(channel=Touch.Channel.TRAINING, occurred_at__gte=a.start_back(180)) & ~Q(attendees=0)


WAITED = Part(TICKETS, lambda a: Q(occurred_at__gte=a.start_back(28)), lambda q: Median("hours_waited", filter=q))
ATTENDED = Part(TRAININGS, _attended, lambda q: Count("pk", filter=q))


@measure(
    _("Support satisfaction"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"satisfaction": SATISFACTION},
    example=worked("0.8", satisfaction=0.8),
    worst=0.40,
    neutral=0.70,
    best=0.95,
    weight=6,
    window=90,
)
def support_csat(satisfaction: Floats) -> Floats:
    """Mean of the answers after tickets, calls, chats and trainings in 90 days, each scaled to 0…1."""
    return satisfaction


@measure(
    _("Open severe tickets"),
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    parts={"open_severe": OPEN_SEVERE},
    example=worked("2", open_severe=2),
    worst=3,
    neutral=1,
    best=0,
    weight=4,
)
def open_severe(open_severe: Floats) -> Floats:
    """Tickets of high or urgent priority that are open at the end of the day."""
    return zero(open_severe)


@measure(
    _("Ticket rate"),
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    parts={"opened": OPENED, "users": USERS, "counted": COUNTED, "seats": SEATS},
    example=worked("2.5", opened=3, users=12, seats=20),
    worst=5,
    neutral=2,
    best=0.3,
    window=28,
    scaled=True,
)
def ticket_rate(opened: Floats, users: Floats, counted: Floats, seats: Floats) -> Floats:
    """Tickets opened in 28 days per 10 people who used the product; per 10 seats where nobody did."""
    return np.where(zero(opened) == 0, 0.0, ratio(zero(opened), first_known(users, counted, seats)) * 10)


@measure(
    _("First response"),
    unit=Unit.HOURS,
    direction=Direction.LOWER,
    parts={"waited": WAITED},
    example=worked("5.5", waited=5.5),
    worst=24,
    neutral=8,
    best=2,
    window=28,
)
def first_response(waited: Floats) -> Floats:
    """Median hours from opening to the first answer, of the tickets opened in 28 days; nothing without a ticket.

    Elapsed hours, nights and weekends too. A solution or closing without a reply is an answer; a ticket without any
    counts with its age at the end of the day.
    """
    return waited


@measure(
    _("Trainings attended"),
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    parts={"attended": ATTENDED},
    example=worked("2", attended=2),
    worst=0,
    neutral=0,
    best=3,
    window=180,
)
def training(attended: Floats) -> Floats:
    """Contacts of the channel training in 180 days, those that nobody attended left out. A bonus: none is not bad."""
    return zero(attended)
