"""The KPIs once more, slowly: satisfaction, support, usage, effort."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from math import floor
from typing import Any

from tests.metrics.naive_kpis import DAY, Mine, NaiveKpi, Span, Ticket, Told, each, later, naive_kpi, over
from tests.metrics.witness import Item


def answers(told: Told, span: Span, mine: Mine, *kinds: str) -> list[tuple[Item, Fraction]]:
    """(answer, its score with high as good), by the time of the answer."""
    found = []
    for item in told.within("survey_responses", span):
        if item["kind"] in kinds and mine(item["account"], item["on"]):
            score = Fraction(item["score"])
            if item.get("survey") in told.w.world.turned:
                score = item["scale_min"] + item["scale_max"] - score
            found.append((item, score))
    return sorted(found, key=lambda pair: pair[0]["answered_at"])


def balance(told: Told, span: Span, mine: Mine, lowest: int) -> Any:
    """Each answer is of whose the account was then; a contact's earlier ones are nobody's."""
    latest: dict[Any, tuple[Item, Fraction]] = {}
    for item, score in answers(told, span, lambda *_: True, "nps"):
        if (item["scale_min"], item["scale_max"]) == (lowest, 10):
            latest[item["account"], item["contact"] or id(item)] = item, score
    scores = [score for item, score in latest.values() if mine(item["account"], item["on"])]
    return over(100 * (sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)), len(scores))


naive_kpi("satisfaction.nps")(lambda told, span, mine: balance(told, span, mine, 0))
naive_kpi("satisfaction.nps_from_one")(lambda told, span, mine: balance(told, span, mine, 1))


@naive_kpi("satisfaction.csat")
def csat(told: Told, span: Span, mine: Mine) -> Any:
    judged = []
    for item, score in answers(told, span, mine, "csat"):
        least = told.house.positive.get(item.get("survey", ""), {10: 6, 5: 4}.get(item["scale_max"]))
        if least is not None:
            judged.append(score >= least)
    return over(sum(judged), len(judged))


def efforts(told: Told, span: Span, mine: Mine, top: int) -> list[Fraction]:
    found = answers(told, span, mine, "ces")
    return [score for item, score in found if (item["scale_min"], item["scale_max"]) == (1, top)]


def ease(key: str, top: int, least: int) -> None:
    @naive_kpi(f"satisfaction.ces{key}")
    def share(told: Told, span: Span, mine: Mine) -> Any:
        found = efforts(told, span, mine, top)
        return over(sum(score >= least for score in found), len(found))

    @naive_kpi(f"satisfaction.ces_mean{key}")
    def mean(told: Told, span: Span, mine: Mine) -> Any:
        found = efforts(told, span, mine, top)
        return over(sum(found), len(found))


ease("", 7, 5)
ease("_of_five", 5, 4)


@naive_kpi("satisfaction.resolution_confirmed")
def resolution_confirmed(told: Told, span: Span, mine: Mine) -> Any:
    found = answers(told, span, mine, "resolved")
    return over(sum(score - i["scale_min"] > i["scale_max"] - score for i, score in found), len(found))


@naive_kpi("satisfaction.comments")
def comments(told: Told, span: Span, mine: Mine) -> Any:
    words = told.within("feedback", span)
    words = words + [item for item in told.within("survey_responses", span) if item.get("comment")]
    return sum(mine(item["account"], item["on"]) for item in words)


@naive_kpi("satisfaction.feedback_answered")
def feedback_answered(told: Told, span: Span, mine: Mine) -> Any:
    asked = [i for i in told.within("feedback", span) if i["kind"] in ("complaint", "problem", "request")]
    asked = [item for item in asked if mine(item["account"], item["on"])]
    return over(sum(bool(item.get("resolved_on")) for item in asked), len(asked))


def words(name: str, field: str, value: str) -> None:
    @naive_kpi(f"satisfaction.{name}")
    def of(told: Told, span: Span, mine: Mine) -> Any:
        told_of = [item for item in told.within("feedback", span) if mine(item["account"], item["on"])]
        return sum((item.get(field) or "").strip().lower() == value for item in told_of)


for _kind in ("praise", "problem", "request", "complaint"):
    words(_kind if _kind == "praise" else f"{_kind}s", "kind", _kind)
for _topic in ("product", "service", "brand", "people"):
    words(f"about_{_topic}", "topic", _topic)


# -- support


def opened(told: Told, span: Span, mine: Mine) -> list[Ticket]:
    return [ticket for ticket in told.tickets if ticket.on in span and mine(ticket.name, ticket.on)]


@naive_kpi("support.tickets")
def tickets(told: Told, span: Span, mine: Mine) -> Any:
    return len(opened(told, span, mine))


@naive_kpi("support.tickets_a_day")
def tickets_a_day(told: Told, span: Span, mine: Mine) -> Any:
    return Fraction(len(opened(told, span, mine)), (span.until - span.first).days)


@naive_kpi("support.tickets_per_hundred")
def tickets_per_hundred(told: Told, span: Span, mine: Mine) -> Any:
    customers = sum(told.customer(name, span.last) and mine(name, span.last) for name in told.names)
    return over(100 * len(opened(told, span, mine)), customers)


def quantile(values: list[Fraction], share: Fraction) -> Fraction | None:
    if not values:
        return None
    values = sorted(values)
    place = share * (len(values) - 1)
    below, above = values[floor(place)], values[min(floor(place) + 1, len(values) - 1)]
    return below + (above - below) * (place - floor(place))


def waits(name: str, *kinds: str, ours: bool) -> None:
    def hours(told: Told, span: Span, mine: Mine) -> list[Fraction]:
        now = datetime.combine(told.known + DAY, time(), told.house.zone)
        ends = [(ticket, ticket.first(*kinds, ours=ours) or now) for ticket in opened(told, span, mine)]
        return [Fraction((at - ticket.opened) // timedelta(microseconds=1), 3_600_000_000) for ticket, at in ends]

    def mean(told: Told, span: Span, mine: Mine) -> Any:
        found = hours(told, span, mine)
        return over(sum(found), len(found))

    naive_kpi(f"support.{name}_mean")(mean)
    naive_kpi(f"support.{name}_median")(lambda t, s, m: quantile(hours(t, s, m), Fraction(1, 2)))
    naive_kpi(f"support.{name}_p90")(lambda t, s, m: quantile(hours(t, s, m), Fraction(9, 10)))


waits("first_response", "replied_at", "solved_at", "closed_at", ours=True)
waits("resolution", "solved_at", "closed_at", ours=False)


def at_once(told: Told, ticket: Ticket, done: datetime) -> bool | None:
    """Whether a ticket that was done took one contact and stayed done; None while that may change."""
    week, now = timedelta(days=7), datetime.combine(told.known + DAY, time(), told.house.zone)
    reopened = any(what == "reopened_at" and done <= at <= done + week for at, what, _ in ticket.turns)
    written = any(what == "replied_at" and theirs and at <= done for at, what, theirs in ticket.turns)
    hands = sum(what == "assigned" and at <= done for at, what, _ in ticket.turns)
    if not reopened and done + week >= now:
        return None
    return not reopened and not written and hands <= 1


@naive_kpi("support.first_contact_resolution")
def first_contact_resolution(told: Told, span: Span, mine: Mine) -> Any:
    outcomes = []
    for ticket in told.tickets:
        done = ticket.first("solved_at", "closed_at")
        if done is not None and told.w.local(done) in span and mine(ticket.name, told.w.local(done)):
            outcomes.append(at_once(told, ticket, done))
    decided = [outcome for outcome in outcomes if outcome is not None]
    return over(sum(decided), len(decided))


@naive_kpi("support.first_contact_resolution_of_received")
def first_contact_resolution_of_received(told: Told, span: Span, mine: Mine) -> Any:
    done = [(ticket, ticket.first("solved_at", "closed_at")) for ticket in opened(told, span, mine)]
    outcomes = [at_once(told, ticket, at) if at else False for ticket, at in done]
    decided = [outcome for outcome in outcomes if outcome is not None]
    return over(sum(decided), len(decided))


# -- usage


def used(told: Told, name: str, first: date, last: date) -> list[Item]:
    return [item for item in told.w.uses(name) if first <= item["on"] <= last]


def people(told: Told, name: str, last: date, days: int) -> int:
    """Distinct people; where none is named in 30 days, the most that were counted at once."""
    return len(named(told, name, last, days)) if named(told, name, last, 30) else counted(told, name, last, days)


def named(told: Told, name: str, last: date, days: int) -> set[str]:
    return {item["contact"] for item in used(told, name, last - (days - 1) * DAY, last) if item["contact"]}


def counted(told: Told, name: str, last: date, days: int) -> int:
    return max((item["users"] or 0 for item in used(told, name, last - (days - 1) * DAY, last)), default=0)


def active(name: str, days: int) -> None:
    @naive_kpi(f"usage.{name}_users")
    def users(told: Told, span: Span, mine: Mine) -> Any:
        return sum(people(told, each, span.last, days) for each in told.names if mine(each, span.last))

    @naive_kpi(f"usage.{name}_customers")
    def customers(told: Told, span: Span, mine: Mine) -> Any:
        there = [each for each in told.names if told.customer(each, span.last) and mine(each, span.last)]
        return over(sum(bool(used(told, n, span.last - (days - 1) * DAY, span.last)) for n in there), len(there))


for _name, _days in (("daily", 1), ("weekly", 7), ("monthly", 30)):
    active(_name, _days)


@naive_kpi("usage.stickiness")
def stickiness(told: Told, span: Span, mine: Mine) -> Any:
    """Mean people of a day ÷ people of 30 days."""
    daily, ever = 0, 0
    for name in told.names:
        if mine(name, span.last):
            of = len_named if named(told, name, span.last, 30) else counted
            daily += sum(of(told, name, span.last - n * DAY, 1) for n in range(30))
            ever += people(told, name, span.last, 30)
    return over(Fraction(daily, 30), ever)


def len_named(told: Told, name: str, last: date, days: int) -> int:
    return len(named(told, name, last, days))


def time_spent(told: Told, span: Span, mine: Mine) -> list[tuple[int, int]]:
    """(seconds, days with a person) of each account."""
    found = []
    for name in told.names:
        items = used(told, name, span.first, span.last)
        spent = sum(item["seconds"] or 0 for item in items)
        present = {(item["contact"], item["on"]) for item in items if item["contact"]}
        if spent and present and mine(name, span.last):
            found.append((spent, len(present)))
    return found


@naive_kpi("usage.time_in_app")
def time_in_app(told: Told, span: Span, mine: Mine) -> Any:
    found = time_spent(told, span, mine)
    return over(Fraction(sum(spent for spent, _ in found), 60), sum(days for _, days in found))


def quartile(name: str, share: Fraction) -> None:
    @naive_kpi(f"usage.time_in_app_{name}")
    def of(told: Told, span: Span, mine: Mine) -> Any:
        return quantile([Fraction(spent, 60 * days) for spent, days in time_spent(told, span, mine)], share)


quartile("lower", Fraction(1, 4))
quartile("median", Fraction(1, 2))
quartile("upper", Fraction(3, 4))


def intervals(told: Told, span: Span) -> list[tuple[date, date, int]]:
    """(first day, last day, days that it takes) of each full interval."""
    if span.kind == "week":
        return [(day, day, 1) for day in each(span.first, span.until)]
    if span.kind == "month":
        mondays = [day for day in each(span.first, span.until) if day.weekday() == told.house.week_start]
        return [(day, day + 6 * DAY, 3) for day in mondays if day + 6 * DAY <= span.last]
    months = [later(span.first, n) for n in range(12)]
    return [(day, later(day, 1) - DAY, 12) for day in months if later(day, 1) - DAY <= span.last]


@naive_kpi("usage.usage_rate")
def usage_rate(told: Told, span: Span, mine: Mine) -> Any:
    outcomes = []
    for first, last, target in intervals(told, span):
        for name in told.names:
            if told.customer(name, first) and told.customer(name, last) and mine(name, last):
                outcomes.append(len({item["on"] for item in used(told, name, first, last)}) >= target)
    return over(sum(outcomes), len(outcomes))


@naive_kpi("usage.time_to_first_value")
def time_to_first_value(told: Told, span: Span, mine: Mine) -> Any:
    took = []
    for name in told.names:
        reached = [
            item["on"]
            for item in told.w.happened(name)
            if told.house.first_value and told.house.first_value in (told.w.called(item), told.w.feature(item))
        ]
        starts = [term["starts_on"] for term in told.terms(name)]
        if reached and starts and min(reached) in span and min(starts) <= min(reached) and mine(name, min(reached)):
            took.append(Fraction((min(reached) - min(starts)).days))
    return quantile(took, Fraction(1, 2))


# -- effort


def touches(told: Told, span: Span, mine: Mine) -> list[Item]:
    return [item for item in told.within("touches", span) if mine(item["account"], item["on"])]


naive_kpi("effort.touches")(lambda told, span, mine: len(touches(told, span, mine)))
naive_kpi("effort.minutes")(lambda t, s, m: sum(item.get("minutes") or 0 for item in touches(t, s, m)))


def of_each_customer(name: str, what: Any) -> None:
    @naive_kpi(f"effort.{name}_per_customer")
    def of(told: Told, span: Span, mine: Mine) -> Any:
        customers = sum(told.customer(name, span.last) and mine(name, span.last) for name in told.names)
        return over(sum(map(what, touches(told, span, mine))), customers)


of_each_customer("touches", lambda item: 1)
of_each_customer("minutes", lambda item: item.get("minutes") or 0)


def scores(told: Told, span: Span, mine: Mine) -> list[tuple[int, int | None, int]]:
    """(band, score, MRR) of the last day, in ten-thousandths."""
    return [(b, s, m or 0) for name, b, s, m in told.house.scores.get(span.last, []) if mine(name, span.last)]


def book(band: int, accounts: str, money: str) -> None:
    def of(told: Told, span: Span, mine: Mine) -> list[int]:
        return [mrr for b, _, mrr in scores(told, span, mine) if b == band]

    count: NaiveKpi = lambda *of_whom: len(of(*of_whom))  # noqa: E731
    naive_kpi(f"effort.{accounts}")(count)
    naive_kpi(f"effort.{money}")(lambda *of_whom: Fraction(sum(of(*of_whom)), 10_000))


book(0, "unknown", "unknown_mrr")
book(1, "poor", "poor_mrr")
book(2, "at_risk", "mrr_at_risk")
book(3, "healthy", "healthy_mrr")


@naive_kpi("effort.mean_score")
def mean_score(told: Told, span: Span, mine: Mine) -> Any:
    found = [(Fraction(score, 10_000), mrr) for _, score, mrr in scores(told, span, mine) if score is not None]
    return over(sum(score * mrr for score, mrr in found), sum(mrr for _, mrr in found))


@naive_kpi("effort.unscored_mrr")
def unscored_mrr(told: Told, span: Span, mine: Mine) -> Any:
    return Fraction(sum(mrr for _, score, mrr in scores(told, span, mine) if score is None), 10_000)
