"""The fields of facts in words, and the words that they take."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from accounts.importers.guess import choices_of
from accounts.kinds import KINDS
from dashboards.panels.entry_form import FIGURES

FIELDS = {
    "about": _("About"),
    "account": _("Account"),
    "amount": _("Amount"),
    "answered_at": _("Answered at"),
    "attendees": _("Attendees"),
    "auto_renew": _("Auto renew"),
    "baseline": _("Baseline"),
    "channel": _("Channel"),
    "churned_on": _("Churned on"),
    "closed_at": _("Closed at"),
    "closed_on": _("Closed on"),
    "comment": _("Comment"),
    "contact": _("Contact"),
    "count": _("Count"),
    "country": _("Country"),
    "currency": _("Currency"),
    "day": _("Day"),
    "direction": _("Direction"),
    "domain": _("Domain"),
    "due_on": _("Due on"),
    "email": _("Email"),
    "ends_on": _("Ends on"),
    "feature": _("Feature"),
    "figure": _("Figure"),
    "given_at": _("Given at"),
    "happened_at": _("Happened at"),
    "id": _("Id"),
    "industry": _("Industry"),
    "interval": _("Interval"),
    "interval_count": _("Interval count"),
    "invoice": _("Invoice"),
    "is_disputed": _("Is disputed"),
    "is_internal": _("Is internal"),
    "is_reactivation": _("Is reactivation"),
    "is_trial": _("Is trial"),
    "is_void": _("Is void"),
    "issued_on": _("Issued on"),
    "kind": _("Kind"),
    "known_at": _("Known at"),
    "left_on": _("Left on"),
    "member": _("Member"),
    "message_id": _("Message id"),
    "minutes": _("Minutes"),
    "month": _("Month"),
    "name": _("Name"),
    "notice_on": _("Notice on"),
    "number": _("Number"),
    "occurred_at": _("Occurred at"),
    "opened_at": _("Opened at"),
    "opened_on": _("Opened on"),
    "outcome": _("Outcome"),
    "owner": _("Owner"),
    "paid_on": _("Paid on"),
    "parent": _("Parent"),
    "part": _("Part"),
    "plans": _("Plans"),
    "priority": _("Priority"),
    "product": _("Product"),
    "properties": _("Properties"),
    "purchased_on": _("Purchased on"),
    "quantity": _("Quantity"),
    "rate": _("Rate"),
    "reason": _("Reason"),
    "refund": _("Refund"),
    "released_on": _("Released on"),
    "reopened_at": _("Reopened at"),
    "replace_by": _("Replace by"),
    "replied_at": _("Replied at"),
    "resolved_on": _("Resolved on"),
    "scale_max": _("Scale max"),
    "scale_min": _("Scale min"),
    "score": _("Score"),
    "seats": _("Seats"),
    "seconds": _("Seconds"),
    "segment": _("Segment"),
    "since_on": _("Since on"),
    "solved_at": _("Solved at"),
    "stage": _("Stage"),
    "started_on": _("Started on"),
    "starts_on": _("Starts on"),
    "state": _("State"),
    "subject": _("Subject"),
    "subscription": _("Subscription"),
    "survey": _("Survey"),
    "target": _("Target"),
    "team": _("Team"),
    "text": _("Text"),
    "theme": _("Theme"),
    "ticket": _("Ticket"),
    "topic": _("Topic"),
    "unit": _("Unit"),
    "users": _("Users"),
    "value": _("Value"),
}


def label_of(field: str) -> str:
    """A field's name as words; a property's is its own."""
    return str(FIELDS[field]) if field in FIELDS else field.replace("_", " ").capitalize()


def options_of(kind: str, field: str) -> list[tuple[str, str]]:
    """The words that a field takes, where it takes certain words only, each as it is read."""
    taken = choices_of(kind, field)
    fields = (each for model in KINDS[kind].models for each in model._meta.fields)
    labels = next((each.choices for each in fields if each.name == field and each.choices), FIGURES)
    return [(word, str(label)) for word, label in labels if word and word in taken]
