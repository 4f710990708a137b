"""Requests for help and what became of them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.fact import Fact


class Ticket(Fact):
    """A request for help. Whether it is open on a day is told by its TicketEvents."""

    class Priority(models.TextChoices):
        LOW = "low", _("Low")
        NORMAL = "normal", _("Normal")
        HIGH = "high", _("High")
        URGENT = "urgent", _("Urgent")

    subject = models.CharField(max_length=300, blank=True, default="")
    priority = models.CharField(max_length=6, choices=Priority, default=Priority.NORMAL)
    theme = models.CharField(max_length=60, blank=True, default="")
    person = models.CharField(max_length=200, blank=True, default="")


class TicketEvent(Fact):
    """One thing that happened to a ticket."""

    class Kind(models.TextChoices):
        OPENED = "opened", _("Opened")
        REPLIED = "replied", _("Replied")
        ASSIGNED = "assigned", _("Assigned")
        SOLVED = "solved", _("Solved")
        REOPENED = "reopened", _("Reopened")
        CLOSED = "closed", _("Closed")

    ticket = models.CharField(max_length=200, help_text=_("The ticket's external id"))
    kind = models.CharField(max_length=8, choices=Kind)
    by_customer = models.BooleanField(default=False)

    class Meta(Fact.Meta):
        indexes = [
            *Fact.Meta.indexes,
            models.Index(fields=["workspace", "ticket"], name="ticket_event_ticket"),
        ]
