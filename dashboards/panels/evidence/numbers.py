"""What a formula is made of, in words: the numbers of a measure's parts, then and now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.templatetags.figures import NONE, day, in_unit, integer, signed
from metrics.evidence import Evidence

# Names of events that a number is told by.
NAMES = 8
Named = tuple[Promise, str]


def _counts(**names: Promise) -> dict[str, Named]:
    return {name: (label, "count") for name, label in names.items()}


# By the part's name in its measure, with the unit; where two measures mean something else by it, by both names.
PARTS: Mapping[str, Named] = {
    **_counts(
        users=_("People who used it"),
        counted=_("People, as the source counts them"),
        seats=_("Seats"),
        uses=_("Uses"),
        uses_before=_("Uses in the 28 days before"),
        features=_("Listed features used"),
        listed=_("Features listed"),
        most=_("Most people in 28 days of the year"),
        most_counted=_("Most people, as the source counts them"),
        released=_("Features released"),
        adopted=_("Of these in use"),
        person_days=_("Days of each person"),
        done=_("Steps done"),
        steps=_("Steps there are"),
        headcount=_("Their headcount"),
        headcount_before=_("Their headcount a year before"),
        customers=_("Their customers"),
        customers_before=_("Their customers a year before"),
        unrated=_("Without a rate"),
        unrated_first=_("Without a rate at the start"),
        unrated_mrr=_("Terms without a rate"),
        reminded=_("Reminders"),
        invoiced=_("Invoices"),
        due=_("Invoices due"),
        due_before=_("Invoices due in the year before"),
        late=_("Of these late"),
        announced=_("Notices"),
        not_renewing=_("Renewals turned off"),
        recent=_("Complaints"),
        unresolved=_("Open complaints"),
        came_in=_("Contacts from the customer"),
        delivered=_("Mails delivered"),
        clicked=_("Mails clicked"),
        deleted=_("Mails deleted unread"),
        pulse=_("Latest pulse"),
        said=_("Feedback"),
        praised=_("Of these praise"),
        blamed=_("Of these problems"),
        open_severe=_("Open severe tickets"),
        opened=_("Tickets opened"),
        attended=_("Trainings"),
        referred=_("Referrals"),
        planned=_("Talks of the future"),
        vouched=_("Reviews, references and case studies"),
        spoken=_("Mentions and replies"),
        toned=_("With a tone"),
        liked=_("Of these positive"),
        disliked=_("Of these negative"),
    ),
    **{
        name: (label, "money")
        for name, label in {
            "mrr": _("MRR"),
            "mrr_before": _("MRR 90 days before"),
            "first_mrr": _("MRR at the start"),
            "bought": _("Purchases"),
            "offered": _("Open deals"),
            "gained": _("Their return"),
            "cost": _("Their cost"),
            "revenue": _("Their revenue"),
            "revenue_before": _("Their revenue a year before"),
        }.items()
    },
    "engagement.email_opens opened": (_("Mails opened"), "count"),
    "value.onboarding_progress planned": (_("Planned for the stage"), "days"),
    "commercial.payment_drift late": (_("Mean days late"), "days"),
    "commercial.payment_drift late_before": (_("Mean days late in the year before"), "days"),
    "days": (_("Days with use"), "days"),
    "buying_days": (_("Days with a purchase"), "days"),
    "settled": (_("Mean days late"), "days"),
    "age": (_("With us for"), "days"),
    "seconds": (_("Time told"), "seconds"),
    "waited": (_("Median wait"), "hours"),
    "attained": (_("Mean of the goals"), "ratio"),
    "latest": (_("Mean of the answers"), "ratio"),
    "opinion": (_("Mean of the answers"), "ratio"),
    "satisfaction": (_("Mean of the answers"), "ratio"),
    "renewed": (_("Last one renewed"), "flag"),
    "last_day": (_("Last day with use"), "day"),
    "last_purchase": (_("Last purchase"), "day"),
    "oldest_unpaid": (_("Oldest unpaid since"), "day"),
    "oldest": (_("Oldest open complaint"), "day"),
    "last_touch": (_("Last contact"), "day"),
    "left": (_("Champion left"), "day"),
}


@dataclass(frozen=True)
class Number:
    """One line: a number of the formula then and now; `of` marks what a number is told by, name by name."""

    label: str
    then: str
    now: str
    change: str = ""
    of: bool = False


def part_label(measure: str, part: str) -> str:
    """What a part of a measure is called."""
    return str(_named(measure, part)[0])


def _named(measure: str, part: str) -> Named:
    return PARTS.get(f"{measure} {part}") or PARTS[part]


def numbers_of(then: Evidence | None, now: Evidence, currency: str, today: date) -> tuple[Number, ...]:
    """All that the formula takes but the day itself; what was counted by events, by their names as well."""
    found: list[Number] = []
    before = then.inputs if then else {}
    for name, value in now.inputs.items():
        label, unit = _named(now.measure.key, name) if name != "today" else ("", "")
        if not label or _is_idle(name, before.get(name), value):
            continue
        write = _writer(currency if unit == "money" else unit, now, today)
        found.append(_number(str(label), before.get(name), value, write, then is not None))
        found += _by_name(name, then, now)
    return tuple(found)


def _is_idle(name: str, *values: Any) -> bool:
    """What is missing or 0 and only asked for in case of need."""
    return not any(values) and (name.startswith("unrated") or name in ("counted", "most_counted"))


def _writer(unit: str, evidence: Evidence, today: date) -> Callable[[Any], str]:
    def write(value: Any) -> str:
        if value is None:
            return NONE
        if unit == "day":
            return day(evidence.as_of.workspace.day_of(value) if isinstance(value, datetime) else value, today)
        return in_unit(Decimal(value) / 60, "minutes") if unit == "seconds" else in_unit(value, unit)

    return write


def _number(label: str, then: Any, now: Any, write: Callable[[Any], str], both: bool) -> Number:
    if not both:
        return Number(label, "", write(now))
    countable = isinstance(then, int) and isinstance(now, int)
    return Number(label, write(then), write(now), signed(now - then) if countable and now != then else "")


def _by_name(part: str, then: Evidence | None, now: Evidence) -> Iterator[Number]:
    """How many events of each name, the most first; nothing where all have the same name."""
    old, new = (side.uses(part) if side and part in side.measure.parts else {} for side in (then, now))
    names = sorted({*old, *new}, key=lambda name: (-max(old.get(name, 0), new.get(name, 0)), name))
    for name in names[:NAMES]:
        told = _number(name, old.get(name, 0), new.get(name, 0), integer, then is not None)
        yield replace(told, of=True)
