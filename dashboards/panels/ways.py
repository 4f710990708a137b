"""The ways in: what kinds of source there are, what each is called, and how often it is heard."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Source

KIND = Source.Kind
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY, DAILY, WEEKLY = (HOUR, DAY), (DAY, 8 * DAY), (8 * DAY, 32 * DAY)


@dataclass(frozen=True)
class Way:
    """A kind of source: its name, the mark beside a source's name, what to use it for; up to which silence it is
    fresh, and up to which late. `group`: under which heading one chooses it, or nothing where nobody can."""

    name: Any
    mark: Any
    about: Any = ""
    expected: tuple[timedelta, timedelta] = HOURLY
    group: str = ""


GROUPS = {
    "api": _("Our API"),
    "library": _("A client library"),
    "webhook": _("Webhooks"),
    "tool": _("Calls that are there already"),
}
_hook = _("webhook")
_instead = _("Another host and key, nothing else.")
WAYS: dict[str, Way] = {
    KIND.REST: Way("REST", "REST", _("Events, accounts and facts as JSON, from any program."), HOURLY, "api"),
    KIND.SEGMENT: Way("Segment, RudderStack", _("Segment shape"), _instead, HOURLY, "library"),
    KIND.POSTHOG: Way("PostHog", _("PostHog shape"), _instead, HOURLY, "library"),
    KIND.STRIPE: Way("Stripe", _hook, _("Subscriptions, invoices, payments."), WEEKLY, "webhook"),
    KIND.ZENDESK: Way("Zendesk", _hook, _("Tickets, and what became of them."), DAILY, "webhook"),
    KIND.TYPEFORM: Way("Typeform", _hook, _("Answers to surveys."), WEEKLY, "webhook"),
    KIND.DELIGHTED: Way("Delighted", _hook, _("Answers to surveys, with comments."), WEEKLY, "webhook"),
    KIND.CLOUDEVENTS: Way("CloudEvents", _hook, _("One event or a batch."), HOURLY, "webhook"),
    KIND.WEBHOOK: Way(_("Signed webhook"), _hook, _("Any JSON, by a mapping of yours."), DAILY, "webhook"),
    KIND.TOTANGO: Way("Totango", _("Totango shape"), _instead, HOURLY, "tool"),
    KIND.CUSTIFY: Way("Custify", _("Custify shape"), _instead, HOURLY, "tool"),
    KIND.PENDO: Way("Pendo", _("Pendo shape"), _instead, HOURLY, "tool"),
    KIND.VITALLY: Way("Vitally", _("Vitally shape"), _instead, HOURLY, "tool"),
    KIND.FILE: Way(_("Files"), _("files"), "", WEEKLY),
    KIND.HAND: Way(_("By hand"), _("by hand"), "", WEEKLY),
    KIND.MAIL: Way(_("Mail"), _("mail"), "", WEEKLY),
    KIND.DEMO: Way(_("Demo"), _("demo"), "", (2 * DAY, 8 * DAY)),
}


def way_of(kind: str) -> Way:
    return WAYS[KIND(kind)]


def takes_keys(kind: str) -> bool:
    """Whether programs push to it with a key of ours; webhooks have an address and a secret instead."""
    return way_of(kind).group in ("api", "library", "tool")


def is_webhook(kind: str) -> bool:
    return way_of(kind).group == "webhook"


def freshness(kind: str, seen_at: datetime | None, now: datetime) -> tuple[str, str]:
    """The band and the word for how long ago a source was last heard."""
    if seen_at is None:
        return "grey", gettext("Waiting")
    fresh, late = way_of(kind).expected
    silence = now - seen_at
    if silence <= fresh:
        return "green", gettext("Fresh")
    return ("yellow", gettext("Late")) if silence <= late else ("red", gettext("Silent"))
