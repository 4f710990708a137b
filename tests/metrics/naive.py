"""The measures once more, slowly: plain Python over a crowd's facts, one account at a time, written from metrics.md.

None is nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.metrics.witness import OPENING, Item, Witness


def mean(values: list[Fraction]) -> Fraction | None:
    return sum(values, Fraction(0)) / len(values) if values else None


def over(top: Any, bottom: Any) -> Fraction | None:
    return Fraction(top) / Fraction(bottom) if bottom else None


Naive = Callable[[Witness, str], Any]
NAIVE: dict[str, Naive] = {}


def values_of(w: Witness, name: str) -> dict[str, float | None]:
    """Every measure of an account."""
    found = {key: of(w, name) for key, of in NAIVE.items()}
    return {key: None if value is None else float(value) for key, value in found.items()}


def naive(key: str, window: int = 0, needs: int | None = None, count: bool = False) -> Callable[[Naive], Naive]:
    """Register; younger than the window: nothing under 14 days (or `needs`), counts brought to the window."""

    def keep(of: Naive) -> Naive:
        def young(w: Witness, name: str) -> Any:
            age, value = w.age(name), of(w, name)
            if value is None or not window:
                return value
            if age < (needs or min(window, 14)):
                return None
            return Fraction(value) * Fraction(window, age) if count and age < window else value

        NAIVE[key] = young
        return of

    return keep


def people(w: Witness, name: str) -> int | None:
    used = w.used(name, 28)
    named = {item["contact"] for item in used if item["contact"]}
    return len(named) or max((item["users"] or 0 for item in used), default=0) or None


def seats(w: Witness, name: str) -> int | None:
    return sum(term["seats"] or 0 for term in w.in_force(name, w.day)) or None


@naive("usage.active_seats", 28)
def active_seats(w: Witness, name: str) -> Any:
    users = people(w, name)
    return over(users, seats(w, name)) if users else None


@naive("usage.usage_frequency", 28, count=True)
def usage_frequency(w: Witness, name: str) -> Any:
    return len({item["on"] for item in w.used(name, 28)})


@naive("usage.usage_volume", 28, count=True)
def usage_volume(w: Witness, name: str) -> Any:
    uses = sum(item["count"] for item in w.used(name, 28))
    return over(uses, seats(w, name) or people(w, name)) if uses else 0


@naive("usage.usage_trend", 56, needs=56)
def usage_trend(w: Witness, name: str) -> Any:
    before = sum(item["count"] for item in w.used(name, 28, back=28))
    if before < 20:
        return None
    return max(-1, min(1, Fraction(sum(item["count"] for item in w.used(name, 28)), before) - 1))


@naive("usage.feature_breadth", 28)
def feature_breadth(w: Witness, name: str) -> Any:
    listed = w.features
    return over(len(listed & {w.feature(item) for item in w.used(name, 28)}), len(listed))


@naive("usage.days_since_last_use")
def days_since_last_use(w: Witness, name: str) -> Any:
    last = max((item["on"] for item in w.uses(name)), default=None)
    return (w.day - last).days if last else None


@naive("commercial.spend_trend", 90, needs=90)
def spend_trend(w: Witness, name: str) -> Any:
    then = w.day - timedelta(days=90)
    days = [then + timedelta(days=n) for n in range(91)]
    if any(w.mrr(name, day) is None for day in days):
        return None
    before = w.mrr(name, then)
    return over(w.mrr(name, w.day), before) - 1 if before else None


def invoices(w: Witness, name: str) -> list[tuple[Item, Decimal, date | None]]:
    """(invoice, balance, day of the last payment) of those that count."""
    found = []
    for invoice in w.believed("invoices", name):
        payments = [item for item in w.believed("payments", name) if item["invoice"] == invoice["id"]]
        signed = [-item["amount"] if item["kind"] == "refund" else item["amount"] for item in payments]
        last = max((item["paid_on"] for item in payments), default=None)
        if not invoice["is_void"] and not invoice["is_disputed"]:
            found.append((invoice, invoice["amount"] - sum(signed, Decimal(0)), last))
    return found


@naive("commercial.days_past_due")
def days_past_due(w: Witness, name: str) -> Any:
    found = invoices(w, name)
    owed = [invoice["due_on"] for invoice, balance, _ in found if balance > 1 and invoice["due_on"] < w.day]
    return (w.day - min(owed)).days if owed else 0 if found else None


@naive("commercial.late_payment_share", 180)
def late_payment_share(w: Witness, name: str) -> Any:
    due = [each for each in invoices(w, name) if w.within(180, each[0]["due_on"])]
    late = [
        invoice
        for invoice, balance, last in due
        if ((w.day if balance > 1 else last) - invoice["due_on"]).days > 3  # type: ignore[operator]
    ]
    return over(len(late), len(due))


@naive("commercial.notice_given")
def notice_given(w: Witness, name: str) -> Any:
    ahead = [c for c in w.versions("churns", name) if c["churned_on"] is None or c["churned_on"] > w.day]
    told = any((c["notice_on"] or c["since"]) <= w.day for c in ahead)
    return int(told or any(turned_off(w, name, term) for term in w.paid(name, w.day)))


def turned_off(w: Witness, name: str, term: dict[str, Any]) -> bool:
    """Whether it once renewed by itself and no longer does, and nothing else that is paid lasts longer."""
    told = [each for each in w.heard.by_account[("subscriptions", name)] if each["key"] == term["key"]]
    before = told[: told.index(term)]
    if term["auto_renew"] is not False or not any(each["auto_renew"] for each in before):
        return False
    others = [t for t in w.versions("subscriptions", name) if t is not term and not t["is_trial"] and w.monthly(t) > 0]
    ends = [each["ends_on"] for each in others]
    return not any(end is None or (term["ends_on"] is not None and end > term["ends_on"]) for end in ends)


@naive("support.ticket_rate", 28, count=True)
def ticket_rate(w: Witness, name: str) -> Any:
    tickets = [item for item in w.believed("tickets", name) if w.within(28, item["on"])]
    return over(10 * len(tickets), people(w, name) or seats(w, name)) if tickets else 0


@naive("support.open_severe")
def open_severe(w: Witness, name: str) -> Any:
    count = 0
    for ticket in w.believed("tickets", name):
        turns = [what for _, what in w.turns(name, ticket) if what != "replied_at"]
        count += ticket["priority"] in ("high", "urgent") and turns[-1] in OPENING
    return count


def answers(w: Witness, name: str, kind: str) -> list[tuple[Item, Fraction]]:
    return [
        (item, (Fraction(item["score"]) - item["scale_min"]) / (item["scale_max"] - item["scale_min"]))
        for item in w.believed("survey_responses", name)
        if item["kind"] == kind
    ]


@naive("support.support_csat", 90)
def support_csat(w: Witness, name: str) -> Any:
    found = answers(w, name, "csat")
    return mean([scaled for item, scaled in found if item["about"] and w.within(90, item["on"])])


@naive("sentiment.recommendation", 365)
def recommendation(w: Witness, name: str) -> Any:
    newest: dict[Any, tuple[datetime, Fraction]] = {}
    for n, (item, scaled) in enumerate(answers(w, name, "nps")):
        who = item["contact"] or n
        if w.within(365, item["on"]) and (who not in newest or newest[who][0] < item["answered_at"]):
            newest[who] = (item["answered_at"], scaled)
    found = mean([scaled for _, scaled in newest.values()])
    return None if found is None else found * 10


def complaining(w: Witness, name: str, open_only: bool = True) -> list[Item]:
    found = [item for item in w.believed("feedback", name) if item["kind"] == "complaint"]
    return [item for item in found if not open_only or item.get("resolved_on") is None or item["resolved_on"] > w.day]


@naive("complaints.complaints", 90)
def complaints(w: Witness, name: str) -> Any:
    return sum(w.within(90, item["on"]) for item in complaining(w, name, open_only=False))


@naive("complaints.unresolved_complaints")
def unresolved_complaints(w: Witness, name: str) -> Any:
    return len(complaining(w, name))


@naive("complaints.oldest_open_complaint")
def oldest_open_complaint(w: Witness, name: str) -> Any:
    return max(((w.day - item["on"]).days for item in complaining(w, name)), default=0)


@naive("engagement.champion_left")
def champion_left(w: Witness, name: str) -> Any:
    left = [item.get("left_on") for item in w.believed("contacts", name) if item.get("part") == "champion"]
    return int(any(day and w.within(30, day) for day in left))
