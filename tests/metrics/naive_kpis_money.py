"""The KPIs once more, slowly: revenue, retention, acquisition, value."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.metrics.naive_kpis import DAY, ENDLESS, Mine, Span, Told, cents, each, end, later, naive_kpi, native, over
from tests.metrics.witness import Item

ZERO = Decimal(0)
MONTH, SIXTY = timedelta(days=30), timedelta(days=60)
Moved = dict[str, Decimal]


def of_day(told: Told, day: date, mine: Mine) -> list[Decimal]:
    """MRR of each customer of a day."""
    return [told.mrr(name, day) for name in told.names if told.customer(name, day) and mine(name, day)]


@naive_kpi("revenue.mrr")
def mrr(told: Told, span: Span, mine: Mine) -> Any:
    return sum(of_day(told, span.last, mine))


@naive_kpi("revenue.mrr_at_start")
def mrr_at_start(told: Told, span: Span, mine: Mine) -> Any:
    return sum(of_day(told, span.eve, mine))


@naive_kpi("revenue.arpa")
def arpa(told: Told, span: Span, mine: Mine) -> Any:
    found = of_day(told, span.last, mine)
    return over(sum(found), len(found))


def all_moves(told: Told, before: date, last: date, mine: Mine) -> list[Moved]:
    return [
        told.kept(("moved", name, before, last), lambda name=name: one_move(told, name, before, last))
        for name in told.names
        if told.customer(name, before) or told.customer(name, last)
        if mine(name, told.last_seen(name, before, last))
    ]


def one_move(told: Told, name: str, before: date, last: date) -> Moved:
    start, now = told.mrr(name, before), told.mrr(name, last)
    moved = {"start": start, "end": now}
    if not start and not now:
        return moved
    if not start:
        earlier = any(term["starts_on"] <= before for term in told.paid(name))
        return moved | {"reactivation" if earlier else "new": now}
    if not now:
        return moved | {"churned": -start}
    currency = other_rates(told, name, before, last)
    rest = now - start - currency
    return moved | {"currency": currency, "expansion" if rest > 0 else "contraction": rest}


def other_rates(told: Told, name: str, before: date, last: date) -> Decimal:
    """What is paid in a currency on both days, at the later rate minus at the earlier."""
    found, own = ZERO, told.w.world.currency
    then, now = told.running(name, before), told.running(name, last)
    for currency in {term["currency"] for term in then} - {own}:
        old = [term for term in then if term["currency"] == currency]
        new = [term for term in now if term["currency"] == currency]
        if new:
            kept = min(sum(map(native, old)), sum(map(native, new)))
            after, earlier = (
                cents(Fraction(kept) * Fraction(sum(map(told.of_term, terms))) / Fraction(sum(map(native, terms))))
                for terms in (new, old)
            )
            found += after - earlier
    return found


def total(moves: list[Moved], *names: str) -> Decimal:
    return sum((moved.get(name, ZERO) for moved in moves for name in names), ZERO)


def movement(which: str) -> None:
    @naive_kpi(f"revenue.{which}")
    def of(told: Told, span: Span, mine: Mine) -> Any:
        return total(all_moves(told, span.eve, span.last, mine), which)


for _which in ("new", "expansion", "contraction", "churned", "reactivation", "currency"):
    movement(_which)


@naive_kpi("revenue.handed_over")
def handed_over(told: Told, span: Span, mine: Mine) -> Any:
    moves = all_moves(told, span.eve, span.last, mine)
    return total(moves, "start") - sum(of_day(told, span.eve, mine))


@naive_kpi("revenue.gross_mrr_churn")
def gross_mrr_churn(told: Told, span: Span, mine: Mine) -> Any:
    moves = all_moves(told, span.eve, span.last, mine)
    return over(-total(moves, "churned", "contraction"), total(moves, "start"))


@naive_kpi("revenue.net_mrr_churn")
def net_mrr_churn(told: Told, span: Span, mine: Mine) -> Any:
    moves = all_moves(told, span.eve, span.last, mine)
    return over(-total(moves, "churned", "contraction", "expansion", "reactivation"), total(moves, "start"))


@naive_kpi("revenue.quick_ratio")
def quick_ratio(told: Told, span: Span, mine: Mine) -> Any:
    moves = all_moves(told, span.eve, span.last, mine)
    return over(total(moves, "new", "expansion", "reactivation"), -total(moves, "churned", "contraction"))


def of_a_year(told: Told, span: Span, mine: Mine) -> list[Moved]:
    moves = all_moves(told, later(span.until, -12) - DAY, span.last, mine)
    return [moved for moved in moves if moved["start"]]


@naive_kpi("revenue.nrr")
def nrr(told: Told, span: Span, mine: Mine) -> Any:
    moves = of_a_year(told, span, mine)
    return over(total(moves, "end"), total(moves, "start"))


@naive_kpi("revenue.grr")
def grr(told: Told, span: Span, mine: Mine) -> Any:
    moves = of_a_year(told, span, mine)
    return over(sum(min(moved["start"], moved["end"]) for moved in moves), total(moves, "start"))


# -- who stays


def of_the_start(told: Told, span: Span, mine: Mine) -> list[bool]:
    """Whether each customer of the start was lost."""
    return [
        not told.customer(name, span.last)
        for name in told.names
        if told.customer(name, span.eve) and mine(name, told.last_seen(name, span.eve, span.last))
    ]


@naive_kpi("retention.customer_churn_rate")
def churn(told: Told, span: Span, mine: Mine) -> Any:
    found = of_the_start(told, span, mine)
    return over(sum(found), len(found))


@naive_kpi("retention.logo_retention")
def logo(told: Told, span: Span, mine: Mine) -> Any:
    found = of_the_start(told, span, mine)
    return over(len(found) - sum(found), len(found))


@naive_kpi("retention.customer_churn_rate_all_losses")
def all_losses(told: Told, span: Span, mine: Mine) -> Any:
    found, lost = of_the_start(told, span, mine), 0
    for name in told.names:
        if not told.customer(name, span.eve) and not told.customer(name, span.last):
            there = [day for day in each(span.first, span.until) if told.customer(name, day)]
            lost += bool(there) and mine(name, there[-1])
    return over(sum(found) + lost, len(found))


def fell_due(told: Told, span: Span, mine: Mine, decided: bool = True) -> list[tuple[list[Item], list[Item]]]:
    """(what ended on a day, what follows it), where it is decided, or where it is not."""
    found = []
    for name in told.names:
        terms = told.paid(name)
        for day in {end(term) for term in terms if end(term) in span}:
            due = [term for term in terms if end(term) == day and (day - term["starts_on"]).days >= 90]
            then = [t for t in terms if day - MONTH <= t["starts_on"] <= day + MONTH and end(t) > day]
            if due and mine(name, day - DAY) and (bool(then) or day + MONTH < told.known) == decided:
                found.append((due, then))
    return found


@naive_kpi("retention.renewal")
def renewal(told: Told, span: Span, mine: Mine) -> Any:
    found = fell_due(told, span, mine)
    return over(sum(bool(then) for _, then in found), len(found))


@naive_kpi("retention.renewal_of_mrr")
def renewal_of_mrr(told: Told, span: Span, mine: Mine) -> Any:
    sums = [[sum(map(told.of_term, terms)) for terms in pair] for pair in fell_due(told, span, mine)]
    return over(sum(min(pair) for pair in sums), sum(due for due, _ in sums))


@naive_kpi("retention.undecided_renewals")
def undecided_renewals(told: Told, span: Span, mine: Mine) -> Any:
    return len(fell_due(told, span, mine, decided=False))


@naive_kpi("retention.repurchase")
def repurchase(told: Told, span: Span, mine: Mine) -> Any:
    outcomes = []
    for name in told.names:
        bought = [item for item in told.facts("purchases", name) if item["amount"] > 0]
        for item in bought:
            due = item.get("replace_by")
            if due in span and mine(name, due):
                same = [b["purchased_on"] for b in bought if b.get("product", "") == item.get("product", "")]
                again = any(day > item["purchased_on"] and due - SIXTY <= day <= due + SIXTY for day in same)
                if again or due + SIXTY < told.known:
                    outcomes.append(again)
    return over(sum(outcomes), len(outcomes))


def tried(told: Told, span: Span, mine: Mine) -> list[bool | None]:
    """Whether each trial became paid; None while it may."""
    outcomes: list[bool | None] = []
    for name in told.names:
        trial = next((term for term in told.terms(name) if term["is_trial"]), None)
        if trial is None or trial["starts_on"] not in span or not mine(name, trial["starts_on"]):
            continue
        last = ENDLESS if end(trial) == ENDLESS else end(trial) + timedelta(days=14)
        paid = any(trial["starts_on"] <= term["starts_on"] <= last for term in told.paid(name))
        outcomes.append(True if paid else False if last < told.known else None)
    return outcomes


@naive_kpi("acquisition.trial_conversion")
def trial_conversion(told: Told, span: Span, mine: Mine) -> Any:
    outcomes = [paid for paid in tried(told, span, mine) if paid is not None]
    return over(sum(outcomes), len(outcomes))


@naive_kpi("acquisition.running_trials")
def running_trials(told: Told, span: Span, mine: Mine) -> Any:
    return tried(told, span, mine).count(None)


# -- what they are worth


def lives(told: Told, span: Span, mine: Mine) -> tuple[int, int]:
    """Losses of twelve months, and the customers at their starts."""
    starts = [later(span.until, -n) for n in range(1, 13)]
    first, lost, there = min(starts), 0, 0
    for name in told.names:
        if mine(name, told.last_seen(name, first - DAY, span.last)):
            there += sum(told.customer(name, day) for day in starts)
            lost += sum(
                told.customer(name, day - DAY) and not told.customer(name, day) for day in each(first, span.until)
            )
    return lost, there


@naive_kpi("value.clv")
def clv(told: Told, span: Span, mine: Mine) -> Any:
    year = Span("", later(span.until, -12), span.last)
    bought = [i for i in told.facts("purchases") if i["purchased_on"] in year and mine(i["account"], i["purchased_on"])]
    amount = sum(told.worth(item["amount"], item["currency"], item["purchased_on"]) for item in bought)
    number = sum(item["amount"] > 0 for item in bought)
    lost, there = lives(told, span, mine)
    if not number or not lost or not there:
        return None
    return Fraction(amount) / number * Fraction(number, there) * Fraction(there, lost)


@naive_kpi("value.expansion_revenue")
def expansion_revenue(told: Told, span: Span, mine: Mine) -> Any:
    year = Span("", later(span.until, -12), span.last)
    found = ZERO
    for item in told.facts("purchases"):
        on, name = item["purchased_on"], item["account"]
        if on in span and on in year and mine(name, on) and told.customer(name, on - DAY):
            found += told.worth(item["amount"], item["currency"], on)
    return found


@naive_kpi("value.clv_subscription")
def clv_subscription(told: Told, span: Span, mine: Mine) -> Any:
    found = of_day(told, span.last, mine)
    lost, there = lives(told, span, mine)
    if told.house.margin is None or not lost or not there or not found:
        return None
    return Fraction(sum(found)) / len(found) * Fraction(told.house.margin) / Fraction(lost, there)


@naive_kpi("value.lifetime")
def lifetime(told: Told, span: Span, mine: Mine) -> Any:
    """Kaplan and Meier, day by day."""
    lasted: list[tuple[int, bool]] = []
    for name in told.names:
        told.customer(name, span.last)
        days = [day for day in told.kept(("days", name), lambda: None) if day <= span.last]
        if days:
            here = max(days) == span.last
            until = span.last if here else max(days) + DAY
            if mine(name, max(days)):
                lasted.append(((until - min(days)).days, not here))
    if sum(left for _, left in lasted) < 20:
        return None
    share = Fraction(1)
    for moment in sorted({days for days, left in lasted if left}):
        at_risk = sum(days >= moment for days, _ in lasted)
        share *= 1 - Fraction(lasted.count((moment, True)), at_risk)
        if share <= Fraction(1, 2):
            return moment
    return None


def cost(told: Told, span: Span, mine: Mine) -> tuple[Decimal, int] | None:
    """Of the whole workspace, and the months."""
    rows = [row for row in told.house.costs if row[0] in span]
    if span.kind == "week" or not rows or not mine("", span.last):
        return None
    amount = sum((told.worth(amount, currency, month) for month, amount, currency in rows), ZERO)
    return amount, {"month": 1, "quarter": 3, "year": 12}[span.kind]


@naive_kpi("value.retention_cost")
def retention_cost(told: Told, span: Span, mine: Mine) -> Any:
    found = cost(told, span, mine)
    customers = sum(told.customer(name, span.last) for name in told.names)
    return over(found[0], found[1] * customers) if found else None


@naive_kpi("value.retention_cost_of_mrr")
def retention_cost_of_mrr(told: Told, span: Span, mine: Mine) -> Any:
    found = cost(told, span, mine)
    return over(found[0], found[1] * sum(of_day(told, span.last, mine))) if found else None
