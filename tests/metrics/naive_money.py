"""The measures once more, slowly: what the customer pays, and what it gets out of it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.metrics.naive import invoices, mean, naive, over
from tests.metrics.witness import Item, Witness

MONTH = timedelta(days=30)


@naive("commercial.spend_since_start")
def spend_since_start(w: Witness, name: str) -> Any:
    begun = [
        term["starts_on"]
        for term in w.believed("subscriptions", name)
        if not term["is_trial"] and w.monthly(term) > 0 and term["ends_on"] != term["starts_on"]
    ]
    if not begun:
        return None
    now, first = w.mrr(name, w.day), w.mrr(name, min(begun))
    return None if now is None or first is None else over(now, first) - 1


@naive("commercial.purchases_365d", 365)
def purchases_365d(w: Witness, name: str) -> Any:
    bought = [item for item in w.believed("purchases", name) if w.within(365, item["purchased_on"])]
    worths = [w.converted(item["amount"], item["currency"], item["purchased_on"]) for item in bought]
    return None if None in worths else sum(worths, Decimal(0))


def buying_days(w: Witness, name: str) -> set[date]:
    return {item["purchased_on"] for item in w.believed("purchases", name) if item["amount"] > 0}


@naive("commercial.purchase_frequency", 365)
def purchase_frequency(w: Witness, name: str) -> Any:
    return sum(w.within(365, day) for day in buying_days(w, name))


@naive("commercial.days_since_purchase")
def days_since_purchase(w: Witness, name: str) -> Any:
    days = [day for day in buying_days(w, name) if day <= w.day]
    return (w.day - max(days)).days if days else None


def lateness(w: Witness, invoice: Item, balance: Decimal, last: date | None) -> Fraction:
    paid = w.day if balance > 1 else last or invoice["due_on"]
    return Fraction((paid - invoice["due_on"]).days)


@naive("commercial.payment_drift", 455, needs=455)
def payment_drift(w: Witness, name: str) -> Any:
    late = [(each[0]["due_on"], lateness(w, *each)) for each in invoices(w, name)]
    now = [days for due, days in late if w.within(90, due)]
    before = [days for due, days in late if w.within(365, due, back=90)]
    return mean(now) - mean(before) if min(len(now), len(before)) >= 2 else None


@naive("commercial.payment_timing", 180)
def payment_timing(w: Witness, name: str) -> Any:
    settled = [each for each in invoices(w, name) if each[1] <= 1 and each[2] and w.within(180, each[2])]
    return mean([lateness(w, *each) for each in settled])


@naive("commercial.reminders_needed", 180)
def reminders_needed(w: Witness, name: str) -> Any:
    return sum(item["count"] for item in w.signs(name, 180, "payment_reminder"))


@naive("commercial.renewed_365d", 365)
def renewed_365d(w: Witness, name: str) -> Any:
    terms = [t for t in w.believed("subscriptions", name) if not t["is_trial"] and w.monthly(t) > 0]
    outcomes = []
    for term in terms:
        end = term["ends_on"]
        if end is None or not w.within(365, end) or (end - term["starts_on"]).days < 90:
            continue
        near = [t for t in terms if end - MONTH <= t["starts_on"] <= end + MONTH]
        renewed = any(t["ends_on"] is None or t["ends_on"] > end for t in near)
        if renewed or end + MONTH < w.day:
            outcomes.append((end, int(renewed)))
    return max(outcomes)[1] if outcomes else None


@naive("commercial.open_expansion")
def open_expansion(w: Witness, name: str) -> Any:
    deals = [item for item in w.believed("deals", name) if item["kind"] == "expansion"]
    deals = [item for item in deals if item["state"] == "open" or item["closed_on"] > w.day]
    worths = [w.converted(item["amount"], item["currency"], item["opened_on"]) for item in deals]
    if None in worths:
        return None
    offered, mrr = sum(worths, Decimal(0)), w.mrr(name, w.day)
    if not offered:
        return 0
    return over(offered, mrr * 12) if mrr is not None else None


# -- value --------------------------------------------------------------------------------------------------


def attained(w: Witness, goal: Item) -> Fraction | None:
    """None: does not count."""
    ran, length = (w.day - goal["started_on"]).days, (goal["due_on"] - goal["started_on"]).days
    if goal["state"] == "open" and ran < 30:
        return None
    if goal["state"] != "open" and (w.day - goal["due_on"]).days >= 365:
        return None
    if goal["state"] == "met":
        return Fraction(1)
    if goal["target"] == goal["baseline"]:
        return None
    progress = Fraction(goal["value"] - goal["baseline"]) / Fraction(goal["target"] - goal["baseline"])
    passed = min(Fraction(1), Fraction(ran, length or 1)) if goal["state"] == "open" else Fraction(1)
    return max(Fraction(0), min(Fraction(1), progress / passed))


@naive("value.goal_attainment", 365)
def goal_attainment(w: Witness, name: str) -> Any:
    found = [attained(w, goal) for goal in w.believed("goals", name)]
    return mean([each for each in found if each is not None])


def latest_figure(w: Witness, name: str, figure: str, back: int = 0) -> Decimal | None:
    """The newest of 365 days; of one day, what was told last."""
    newest: tuple[date, Item] | None = None
    for item in w.believed("client_figures", name):
        if item["figure"] == figure and w.within(365, item["day"], back) and (not newest or item["day"] >= newest[0]):
            newest = (item["day"], item)
    if newest is None:
        return None
    value: Decimal = newest[1]["value"]
    return value if figure in ("headcount", "customers") else w.converted(value, newest[1]["currency"], newest[0])


@naive("value.return_on_cost", 365)
def return_on_cost(w: Witness, name: str) -> Any:
    gained, cost = latest_figure(w, name, "return"), latest_figure(w, name, "cost")
    return over(gained, cost) if gained is not None else None


@naive("value.client_growth")
def client_growth(w: Witness, name: str) -> Any:
    for figure in ("headcount", "customers", "revenue"):
        now, before = latest_figure(w, name, figure), latest_figure(w, name, figure, back=365)
        if now is not None and before:
            return over(now, before) - 1
    return None


@naive("value.onboarding_progress", 365)
def onboarding_progress(w: Witness, name: str) -> Any:
    def steps(of: str | None = None) -> int:
        return len({w.feature(item) for item in w.signs(of, 365, "onboarding_step")})

    if w.stage(name) != w.world.first_stage:
        return None
    return over(steps(name), steps() * min(Fraction(1), Fraction(w.age(name), w.world.planned)))
