"""The KPIs once more, slowly: plain Python that reads fact by fact, written from metrics.md.

None is no number. A KPI is asked for a period and for those (account, day) that are `mine`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from tests.metrics.witness import Item, Witness, monthly
from tests.metrics.world import Crowd

DAY = timedelta(days=1)
ENDLESS = date.max


@dataclass
class House:
    """What a workspace is set to, and what it was told that is about no account: whose accounts were by (field,
    account) as [(day, value)], costs as (month, amount, currency), scores of a day as (account, band, score, MRR)."""

    zone: Any
    gap: int = 0
    by_events: bool = False
    by_purchases: bool = False
    purchase_days: int = 365
    margin: Decimal | None = None
    first_value: str = ""
    fiscal_start: int = 1
    week_start: int = 0
    moved: dict[tuple[str, str], list[tuple[date, str]]] = field(default_factory=dict)
    costs: list[tuple[date, Decimal, str]] = field(default_factory=list)
    positive: dict[str, int] = field(default_factory=dict)
    scores: dict[date, list[tuple[str, int, int | None, int | None]]] = field(default_factory=dict)


class NoRateError(Exception):
    """There is no rate for what is asked."""


def later(day: date, months: int) -> date:
    """The same day of another month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError(day)


@dataclass(frozen=True)
class Span:
    """A period of a kind, from its first to its last day that is over."""

    kind: str
    first: date
    last: date

    @property
    def until(self) -> date:
        return self.last + DAY

    @property
    def eve(self) -> date:
        return self.first - DAY

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and self.first <= day <= self.last


def span_of(house: House, kind: str, day: date, known: date) -> Span:
    first = day
    if kind == "week":
        while first.weekday() != house.week_start:
            first -= DAY
        return Span(kind, first, min(first + 6 * DAY, known))
    months = {"month": 1, "quarter": 3, "year": 12}[kind]
    first = first.replace(day=1)
    while (first.month - house.fiscal_start) % months:
        first = later(first, -1)
    return Span(kind, first, min(later(first, months) - DAY, known))


class Told:
    """Everything, as known at the end of a day."""

    def __init__(self, crowd: Crowd, house: House, known: date) -> None:
        self.crowd, self.house, self.known = crowd, house, known
        self.w = Witness(crowd, known)
        self.names = list(crowd.started)

    def kept(self, key: Any, make: Callable[[], Any]) -> Any:
        return self.w.once(("kpi", key), make)

    def facts(self, kind: str, name: str | None = None) -> list[Item]:
        found: list[Item] = self.kept(("facts", kind, name), lambda: self.w.versions(kind, name))
        return found

    def within(self, kind: str, span: Span) -> list[Item]:
        return [item for item in self.facts(kind) if item["on"] in span]

    def whose(self, kind: str, name: str, day: date) -> str:
        """The value at the end of a day; before there was one, the first."""
        rows = self.house.moved.get((kind, name), [])
        return next((value for since, value in reversed(rows) if since <= day), rows[0][1] if rows else "")

    # -- who pays

    def paid(self, name: str) -> list[Item]:
        found: list[Item] = self.kept(("paid", name), lambda: [t for t in self.terms(name) if self.is_paid(t)])
        return found

    def terms(self, name: str) -> list[Item]:
        return sorted(self.facts("subscriptions", name), key=lambda term: term["starts_on"])

    def is_paid(self, term: Item) -> bool:
        return not term["is_trial"] and native(term) > 0

    def customer(self, name: str, day: date) -> bool:
        return day in self.kept(("days", name), lambda: self._days(name))

    def _days(self, name: str) -> set[date]:
        """The days, none later than known, on which it is a customer."""
        horizon = self.known + (self.house.gap + 1) * DAY
        days: set[date] = set()
        for term in self.paid(name):
            days.update(each(term["starts_on"], min(end(term), horizon)))
        self._fill_gaps(days, any(end(t) > horizon or t["starts_on"] > horizon for t in self.paid(name)))
        if self.house.by_events:
            starts = [term["starts_on"] for term in self.paid(name)]
            for churn in self.facts("churns", name):
                gone = churn["churned_on"]
                if gone:
                    days -= {day for day in days if gone <= day and not any(gone < start <= day for start in starts)}
        if self.house.by_purchases:
            for item in self.facts("purchases", name):
                if item["amount"] > 0:
                    days.update(each(item["purchased_on"], item["purchased_on"] + self.house.purchase_days * DAY))
        return days

    def _fill_gaps(self, days: set[date], goes_on: bool) -> None:
        gap, there = self.house.gap, sorted(days)
        for day, following in zip(there, there[1:], strict=False):
            if (following - day).days - 1 <= gap:
                days.update(each(day, following))
        if gap and there and not goes_on and there[-1] <= self.known <= there[-1] + gap * DAY:
            days.update(each(there[-1], there[-1] + (gap + 1) * DAY))

    def worth(self, amount: Decimal, currency: str, on: date) -> Decimal:
        if currency == self.w.world.currency:
            return amount
        rates = {day: rate for (code, day), rate in self.w.world.rates.items() if code == currency and day <= on}
        if not rates:
            raise NoRateError
        return cents(Fraction(amount) * Fraction(rates[max(rates)]))

    def running(self, name: str, day: date) -> list[Item]:
        return [term for term in self.paid(name) if term["starts_on"] <= day < end(term)]

    def mrr(self, name: str, day: date) -> Decimal:
        """Raises NoRateError."""
        found = self.kept(("mrr", name, day), lambda: self._mrr(name, day))
        if found is None:
            raise NoRateError
        return Decimal(found)

    def _mrr(self, name: str, day: date) -> Decimal | None:
        if not self.customer(name, day):
            return Decimal(0)
        try:
            return sum((self.of_term(term) for term in self.running(name, day)), Decimal(0))
        except NoRateError:
            return None

    def of_term(self, term: Item) -> Decimal:
        return self.worth(native(term), term["currency"], term["starts_on"])

    def last_seen(self, name: str, before: date, last: date) -> date:
        """The last day on which it was a customer; if it was none, the last of all."""
        day = last
        while day >= before:
            if self.customer(name, day):
                return day
            day -= DAY
        return last

    # -- whom a KPI is about

    def scopes(self) -> Iterator[tuple[str, str]]:
        yield "workspace", ""
        for kind, column in (("team", "team"), ("csm", "owner"), ("segment", "segment")):
            rows = (row for (name, _), row in self.house.moved.items() if name == column)
            yield from ((kind, value) for value in sorted({value for row in rows for _, value in row if value}))

    def mine(self, scope: tuple[str, str]) -> Mine:
        kind, key = scope
        column = "owner" if kind == "csm" else kind
        return lambda name, day: kind == "workspace" or self.whose(column, name, day) == key

    @cached_property
    def tickets(self) -> list[Ticket]:
        return [Ticket(self.w, ticket) for ticket in self.facts("tickets")]


class Ticket:
    """What happened to a ticket: (moment, what, by the customer)."""

    def __init__(self, w: Witness, item: Item) -> None:
        self.name, self.on, self.opened = item["account"], item["on"], item["opened_at"]
        by_customer = ("opened_at", "reopened_at")
        turns = [
            (item[what], what, what in by_customer)
            for what in ("replied_at", "solved_at", "reopened_at", "closed_at")
            if item.get(what)
        ]
        for event in w.versions("ticket_events", item["account"]):
            if event["ticket"] == item["id"]:
                turns.append((event["happened_at"], event["kind"], event["by_customer"]))
        self.turns = sorted(turns)

    def first(self, *kinds: str, ours: bool = False) -> Any:
        return next((at for at, what, theirs in self.turns if what in kinds and not (ours and theirs)), None)


def each(first: date, until: date) -> Iterator[date]:
    while first < until:
        yield first
        first += DAY


def end(term: Item) -> date:
    return term["ends_on"] or ENDLESS


def native(term: Item) -> Decimal:
    return monthly(term["amount"], term["interval"], term["interval_count"])


def cents(exact: Fraction) -> Decimal:
    return Decimal(round(exact * 100)) / 100


def over(top: Any, bottom: Any) -> Fraction | None:
    return Fraction(top) / Fraction(bottom) if bottom else None


Mine = Callable[[str, date], bool]
NaiveKpi = Callable[[Told, Span, Mine], Any]
NAIVE_KPIS: dict[str, NaiveKpi] = {}


def naive_kpi(key: str) -> Callable[[NaiveKpi], NaiveKpi]:
    def keep(of: NaiveKpi) -> NaiveKpi:
        NAIVE_KPIS[key] = of
        return of

    return keep


def value_of(told: Told, key: str, span: Span, mine: Mine) -> Fraction | None:
    try:
        found = NAIVE_KPIS[key](told, span, mine)
    except NoRateError:
        return None
    return None if found is None else Fraction(found)
