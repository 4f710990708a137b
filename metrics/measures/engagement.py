"""Who is in touch with us."""

from __future__ import annotations

import numpy as np
from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext_lazy as _

from accounts.models import Touch
from metrics.formulas.usage import Floats, share, zero
from metrics.measures.facts import CHAMPIONS, INBOUND, TOUCHES, events
from metrics.registry import AsOf, Direction, Part, Unit, measure, worked

WRITTEN_OR_SAID = [Touch.Channel.EMAIL, Touch.Channel.CHAT, Touch.Channel.CALL]
# What an event of a mail names as its feature where nobody looked: a mail program fetched the pictures.
MACHINE = "machine"
MAILS = events("mails", 90, "email_delivered", "email_opened", "email_clicked", "email_deleted")


def _came_in(a: AsOf) -> Q:
    direction = Touch.Direction.INBOUND
    return Q(direction=direction, channel__in=WRITTEN_OR_SAID, occurred_at__gte=a.start_back(30))


def _mails(name: str, *, machines: bool = True) -> Part:
    condition = Q(name=name) if machines else Q(name=name) & ~Q(feature=MACHINE)
    return Part(MAILS, lambda a: condition, lambda q: Sum("count", filter=q), (name,))


LAST_TOUCH = Part(TOUCHES, lambda a: Q(direction=Touch.Direction.TWO_WAY), lambda q: Max("occurred_at", filter=q))
CAME_IN = Part(INBOUND, _came_in, lambda q: Count("pk", filter=q))
DELIVERED = _mails("email_delivered")
OPENED = _mails("email_opened", machines=False)
CLICKED = _mails("email_clicked", machines=False)
DELETED = _mails("email_deleted")
LEFT = Part(
    CHAMPIONS,
    lambda a: Q(left_on__gt=a.back(30), left_on__lte=a.day),
    lambda q: Max("left_on", filter=q),
)


@measure(
    _("Champion left"),
    unit=Unit.FLAG,
    direction=Direction.LOWER,
    parts={"left": LEFT},
    example=worked("1", left=95),
    worst=1,
    neutral=0,
    best=0,
)
def champion_left(left: Floats) -> Floats:
    """1 where a champion left in the last 30 days, else 0."""
    return np.where(np.isnan(left), 0.0, 1.0)


@measure(
    _("Days since last contact"),
    unit=Unit.DAYS,
    direction=Direction.LOWER,
    parts={"last_touch": LAST_TOUCH},
    example=worked("12", last_touch=88, today=100),
    worst=60,
    neutral=30,
    best=7,
    weight=6,
)
def days_since_touch(last_touch: Floats, today: Floats) -> Floats:
    """Days since the last contact in which both sides spoke; nothing if there never was one.

    What only we or only the customer sent does not count.
    """
    return today - last_touch


@measure(
    _("Contacts from the customer"),
    unit=Unit.COUNT,
    direction=Direction.HIGHER,
    parts={"came_in": CAME_IN},
    example=worked("4", came_in=4),
    worst=0,
    neutral=0,
    best=4,
    window=30,
)
def inbound_contacts(came_in: Floats) -> Floats:
    """Mails, chats and calls that came from the customer in 30 days. A bonus: none is not bad."""
    return zero(came_in)


@measure(
    _("Mails opened"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"delivered": DELIVERED, "opened": OPENED},
    example=worked("0.3", delivered=40, opened=12),
    worst=0.05,
    neutral=0.20,
    best=0.50,
    window=90,
)
def email_opens(delivered: Floats, opened: Floats) -> Floats:
    """Events `email_opened` ÷ `email_delivered` in 90 days, at most 1; nothing where no mail was delivered.

    Openings by a machine are left out: their event names `machine` as its feature.
    """
    return share(zero(opened), delivered)


@measure(
    _("Mails clicked"),
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    parts={"delivered": DELIVERED, "clicked": CLICKED},
    example=worked("0.05", delivered=40, clicked=2),
    worst=0,
    neutral=0.02,
    best=0.08,
    window=90,
)
def email_clicks(delivered: Floats, clicked: Floats) -> Floats:
    """Events `email_clicked` ÷ `email_delivered` in 90 days, at most 1; nothing where no mail was delivered.

    Clicks by a machine, as of a filter that tries the links, are left out: their event names `machine` as its feature.
    """
    return share(zero(clicked), delivered)


@measure(
    _("Mails deleted unread"),
    unit=Unit.RATIO,
    direction=Direction.LOWER,
    parts={"delivered": DELIVERED, "deleted": DELETED},
    example=worked("0.1", delivered=40, deleted=4),
    worst=0.60,
    neutral=0.30,
    best=0.05,
    window=90,
)
def email_deleted(delivered: Floats, deleted: Floats) -> Floats:
    """Events `email_deleted` (unread) ÷ `email_delivered` in 90 days, at most 1; nothing where none was delivered."""
    return share(zero(deleted), delivered)
