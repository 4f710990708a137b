"""Who reads a crowd's facts one by one, and says what was known of an account on a day. Shares nothing with the
product."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property
from operator import itemgetter
from typing import Any

from tests.metrics.world import Crowd

WHEN = {
    "subscriptions": ["starts_on"],
    "invoices": ["issued_on"],
    "payments": ["paid_on"],
    "survey_responses": ["answered_at"],
    "feedback": ["given_at"],
    "tickets": ["opened_at"],
    "ticket_events": ["happened_at"],
    "contacts": ["since_on", "left_on", "known_at"],
    "churns": ["notice_on", "churned_on"],
    "purchases": ["purchased_on"],
    "deals": ["opened_on"],
    "goals": ["started_on"],
    "client_figures": ["day"],
    "touches": ["happened_at"],
    "pulses": ["given_at"],
    "events": ["occurred_at"],
}
MOMENTS = ["opened_at", "replied_at", "solved_at", "reopened_at", "closed_at"]
OPENING, ANSWERING = ("opened_at", "reopened_at"), ("replied_at", "solved_at", "closed_at")
Item = dict[str, Any]


@dataclass
class Heard:
    """A crowd's facts in the order in which they were told, each with the local days on which it happened (`on`), was
    heard (`since`) and taken back (`until`)."""

    crowd: Crowd

    @cached_property
    def by_account(self) -> dict[tuple[str, str | None], list[Item]]:
        found: dict[tuple[str, str | None], list[Item]] = {}
        for kind, item in self.crowd.facts:
            entry = item | self._days(kind, item)
            found.setdefault((kind, None), []).append(entry)
            found.setdefault((kind, item["account"]), []).append(entry)
        return found

    def _days(self, kind: str, item: Item) -> dict[str, Any]:
        key = item.get("id") or item["message_id"]
        gone = item.get("gone_at") or self.crowd.taken_back.get(key)
        fields = [field for field in WHEN[kind] if item.get(field)]
        # A churn is dated by what came first, all others by the first date that they have.
        on = min(self.local(item[field]) for field in (fields if kind == "churns" else fields[:1]))
        until = self.local(gone) if gone else date.max
        return {"key": key, "on": on, "since": self.local(item["known_at"]), "until": until}

    def local(self, moment: date | datetime) -> date:
        return moment.astimezone(self.crowd.world.zone).date() if isinstance(moment, datetime) else moment


class Witness:
    """What somebody who reads every fact would say about a day, known as of its own end."""

    def __init__(self, crowd: Crowd, day: date, heard: Heard | None = None) -> None:
        self.crowd, self.world, self.day, self.heard = crowd, crowd.world, day, heard or Heard(crowd)
        self.local = self.heard.local
        # What was worked out once; a witness is of one day.
        self.notes: dict[Any, Any] = {}

    def once(self, key: Any, of: Callable[[], Any]) -> Any:
        if key not in self.notes:
            self.notes[key] = of()
        return self.notes[key]

    def believed(self, kind: str, name: str | None = None) -> list[Item]:
        """The last version told by the day of each fact that had happened by then."""
        found: list[Item] = self.once((kind, name), lambda: self._believed(kind, name))
        return found

    def _believed(self, kind: str, name: str | None) -> list[Item]:
        return [item for item in self.versions(kind, name) if item["on"] <= self.day]

    def versions(self, kind: str, name: str | None = None) -> list[Item]:
        """The last version told by the day of each fact, whenever it happens."""
        newest: dict[str, Item] = {}
        for item in self.heard.by_account.get((kind, name), []):
            if item["since"] <= self.day:
                newest[item["key"]] = item
        return [item for item in newest.values() if self.day < item["until"]]

    def within(self, days: int, day: date, back: int = 0) -> bool:
        return self.day - timedelta(days=days + back) < day <= self.day - timedelta(days=back)

    # -- use

    def happened(self, name: str | None = None) -> list[Item]:
        """The events that were not taken back, by the customer's own people, by day."""
        found: list[Item] = self.once(("happened", name), lambda: self._happened(name))
        return found

    def _happened(self, name: str | None) -> list[Item]:
        found = []
        for item in self.believed("events", name):
            person = item["contact"] or ""
            if not (person in self.world.internal or person.rpartition("@")[2] in self.world.own_domains):
                found.append(item)
        return sorted(found, key=lambda item: item["on"])

    def called(self, item: Item) -> str:
        return self.world.aliases.get(item["name"], item["name"])

    def uses(self, name: str | None = None) -> list[Item]:
        found: list[Item] = self.once(("uses", name), lambda: self._of_names(name, self.world.not_use, there=False))
        return found

    def signs(self, name: str | None, days: int, *names: str) -> list[Item]:
        """Events of other names than use, of so many days."""
        found = self.once(("signs", name, names), lambda: self._of_names(name, set(names), there=True))
        return self._between(found, days)

    def _of_names(self, name: str | None, names: set[str], there: bool) -> list[Item]:
        return [item for item in self.happened(name) if (self.called(item) in names) == there]

    def used(self, name: str | None, days: int, back: int = 0) -> list[Item]:
        return self._between(self.uses(name), days, back)

    def _between(self, by_day: list[Item], days: int, back: int = 0) -> list[Item]:
        first, last = self.day - timedelta(days=days + back), self.day - timedelta(days=back)
        on = itemgetter("on")
        return by_day[bisect_right(by_day, first, key=on) : bisect_right(by_day, last, key=on)]

    def feature(self, item: Item) -> str:
        return item["feature"] or self.called(item)

    @cached_property
    def features(self) -> set[str]:
        recent = self.used(None, 90)
        users = {item["account"] for item in recent}
        by_feature: dict[str, set[str]] = {}
        for item in recent:
            by_feature.setdefault(self.feature(item), set()).add(item["account"])
        return {feature for feature, accounts in by_feature.items() if Fraction(len(accounts), len(users)) * 20 >= 1}

    # -- accounts

    def age(self, name: str) -> int:
        starts = [item["starts_on"] for item in self.believed("subscriptions", name)]
        return (self.day - min([self.crowd.started[name], self.day, *starts])).days + 1

    def in_force(self, name: str, day: date) -> list[Item]:
        terms = self.believed("subscriptions", name)
        return [t for t in terms if t["starts_on"] <= day and (t["ends_on"] is None or day < t["ends_on"])]

    def paid(self, name: str, day: date) -> list[Item]:
        return [term for term in self.in_force(name, day) if not term["is_trial"] and self.monthly(term) > 0]

    def monthly(self, term: Item) -> Decimal:
        return monthly(term["amount"], term["interval"], term["interval_count"])

    def worth(self, term: Item) -> Decimal | None:
        return self.converted(self.monthly(term), term["currency"], term["starts_on"])

    def converted(self, amount: Decimal, currency: str, on: date) -> Decimal | None:
        if currency == self.world.currency:
            return amount
        known = [(day, rate) for (code, day), rate in self.world.rates.items() if code == currency and day <= on]
        return amount * max(known)[1] if known else None

    def mrr(self, name: str, day: date) -> Decimal | None:
        worths = [self.worth(term) for term in self.paid(name, day)]
        return None if None in worths else sum(worths, Decimal(0))  # type: ignore[arg-type]

    def stage(self, name: str) -> str:
        """The stage at the end of the day; before its history began, the first known."""
        rows = self.crowd.stages.get(name, [])
        return next((stage for stage, until in rows if until is None or self.local(until) > self.day), "")

    def turns(self, name: str, ticket: Item) -> list[tuple[datetime, str]]:
        """What happened to a ticket by the end of the day."""
        own = [(ticket[field], field) for field in MOMENTS if ticket.get(field)]
        for item in self.believed("ticket_events", name):
            if item["ticket"] == ticket["id"]:
                own.append((item["happened_at"], item["kind"]))
        return sorted((moment, what) for moment, what in own if self.local(moment) <= self.day)

    def scored(self) -> list[str]:
        """Customers and trials."""
        return [
            name
            for name in self.crowd.started
            if self.paid(name, self.day) or any(t["is_trial"] for t in self.in_force(name, self.day))
        ]


@cache
def monthly(amount: Decimal, interval: str, count: int) -> Decimal:
    """A month is a twelfth of 52 weeks; cents, half-even."""
    exact = Fraction(amount) / count * (Fraction(52, 12) if interval == "week" else 1)
    return Decimal(round(exact * 100)) / 100
