"""How often the customer needs help, and how content it is with it."""

from __future__ import annotations

import numpy as np
from django.db.models import Avg, Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Ticket, TicketEvent
from metrics.formulas.usage import Floats, first_known, ratio, zero
from metrics.measures.facts import ANSWERS, COUNTED, SEATS, TICKETS, USERS
from metrics.registry import AsOf, Direction, Part, Unit, measure

SEVERE = [Ticket.Priority.HIGH, Ticket.Priority.URGENT]
OPEN = [TicketEvent.Kind.OPENED, TicketEvent.Kind.REOPENED]


def _asked(a: AsOf) -> Q:
    return Q(kind="csat", occurred_at__gte=a.start_back(90)) & ~Q(about="")


SATISFACTION = Part(ANSWERS, _asked, lambda q: Avg("scaled", filter=q))
OPEN_SEVERE = Part(TICKETS, lambda a: Q(priority__in=SEVERE, state__in=OPEN), lambda q: Count("pk", filter=q))
OPENED = Part(TICKETS, lambda a: Q(occurred_at__gte=a.start_back(28)), lambda q: Count("pk", filter=q))


@measure(
    _("Support satisfaction"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"satisfaction": SATISFACTION},
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
    worst=5,
    neutral=2,
    best=0.3,
    window=28,
    scaled=True,
)
def ticket_rate(opened: Floats, users: Floats, counted: Floats, seats: Floats) -> Floats:
    """Tickets opened in 28 days per 10 people who used the product; per 10 seats where nobody did."""
    return np.where(zero(opened) == 0, 0.0, ratio(zero(opened), first_known(users, counted, seats)) * 10)
