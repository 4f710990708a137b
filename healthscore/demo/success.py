"""What the CSM does and sees: touches, pulses, goals, and the customer's own figures."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from msgspec import Struct

from accounts.facts import ClientFigureItem, GoalItem, PulseItem, SurveyResponseItem, TouchItem
from healthscore.demo.account import segment_of
from healthscore.demo.calendar import moment, workday
from healthscore.demo.chance import clip, evenly, pick
from healthscore.demo.life import Life
from healthscore.demo.people import People
from healthscore.demo.phrases import GOALS, OUTCOMES, PULSES, TOUCHES

Facts = Iterator[tuple[int, str, Struct]]
DAYS_BETWEEN = {"SMB": 33, "Mid-market": 21, "Enterprise": 12}
CHANNELS = {"call": 4.0, "email": 4.0, "meeting": 1.5, "chat": 1.2, "review": 0.5, "training": 0.5}
MINUTES = {
    "call": (15, 45),
    "email": (5, 15),
    "meeting": (45, 120),
    "chat": (5, 20),
    "review": (60, 90),
    "training": (60, 180),
}
PLANNED = {
    "kickoff": "meeting",
    "check_in": "call",
    "review": "review",
    "training": "training",
    "champion_arrives": "meeting",
}
MONTH, QUARTER, HALF_YEAR = 30, 91, 182


def touches(life: Life, people: People, first: int, last: int) -> Facts:
    """Yields (day, kind, item): the steady rhythm, less where an account grows quiet, and what a story asks for."""
    account = life.account
    phase = account.dice("touches").random()
    for week in range(first // 7, last // 7 + 1):
        die = account.dice("touch", week)
        day = week * 7 + 1 + die.randrange(5)
        state = life.state(day)
        chance = 7 / DAYS_BETWEEN[segment_of(account.seats)]
        if state and evenly(week, phase) < chance * state.warmth:
            yield from _touch(life, people, day, pick(die, CHANNELS), f"w{week}")
    for event in life.moments:
        if event.what in PLANNED and life.state(event.day):
            yield from _touch(
                life, people, workday(event.day), PLANNED[event.what], f"{event.chapter.number}.{event.day}"
            )


def _touch(life: Life, people: People, day: int, channel: str, name: str) -> Facts:
    account, die = life.account, life.account.dice("touched", name)
    who = people.someone(day, die.random() ** 1.5)
    direction = pick(die, {"two_way": 6, "inbound": 2, "outbound": 2}) if channel in {"email", "chat"} else "two_way"
    at = moment(account.company.zone, day, 9 + 7 * die.random())
    attendees = die.randint(2, 9) if channel in {"training", "review", "meeting"} else None
    yield (
        day,
        "touches",
        TouchItem(
            account=account.id,
            id=f"{account.id}/touch-{name}",
            happened_at=at,
            channel=channel,
            direction=direction,
            subject=die.choice(TOUCHES[channel]),
            outcome=die.choice(OUTCOMES),
            minutes=die.randint(*MINUTES[channel]),
            contact=who.email,
            attendees=attendees,
            member=account.company.email(account.owner(day)),
        ),
    )
    state = life.state(day + 1)
    if channel == "training" and state:
        score = round(10 * clip(state.joy + die.gauss(0.05, 0.08)))
        yield (
            day + 1,
            "survey_responses",
            SurveyResponseItem(
                account=account.id,
                id=f"{account.id}/training-{name}",
                answered_at=moment(account.company.zone, day + 1, 11),
                kind="csat",
                score=Decimal(score),
                survey="after-training",
                contact=who.email,
                about="training",
            ),
        )


def pulses(life: Life, first: int, last: int) -> Facts:
    """Yields (day, kind, item): the CSM's judgement each month, a little behind the truth."""
    account = life.account
    for month in range(first // MONTH - 1, last // MONTH + 1):
        die = account.dice("pulse", month)
        day = workday(month * MONTH + die.randrange(MONTH))
        state, before = life.state(day), life.state(day - 14)
        if state is None or before is None or day < account.start + 30 or die.random() < 0.15:
            continue
        share = before.people / life.seats(day - 14)
        value = round(clip(0.6 + 2.6 * before.joy + 2.6 * share + die.gauss(0, 0.35), 1, 5))
        yield (
            day,
            "pulses",
            PulseItem(
                account=account.id,
                id=f"{account.id}/pulse-{month}",
                given_at=moment(account.company.zone, day, 15 + 2 * die.random()),
                value=value,
                comment=die.choice(PULSES[value]),
                member=account.company.email(account.owner(day)),
            ),
        )


# -- goals --------------------------------------------------------------------------------------------------


def goals(life: Life, last: int) -> Facts:
    """Yields (day, kind, item): one goal after another, half a year each, with a report each month."""
    account = life.account
    for number, stay in enumerate(life.stays):
        start = stay.paid_from + 20
        while start < min(stay.end, last + 1):
            if start + HALF_YEAR >= account.origin and account.dice("goal", start).random() < 0.75:
                yield from _goal(life, f"{number}.{start}", start, min(stay.end, start + HALF_YEAR + 1), last)
            start += HALF_YEAR + 14


def _goal(life: Life, name: str, start: int, end: int, last: int) -> Facts:
    account, die = life.account, life.account.dice("goal-course", name)
    title, unit, baseline, target = die.choice(GOALS)
    reached, luck = 0.0, die.gauss(0.95, 0.18)
    for day in range(start, min(end, last + 31), MONTH):
        state = life.state(day)
        if state is None:
            return
        elapsed = (day - start) / HALF_YEAR
        value = baseline + (target - baseline) * reached
        closing = day + MONTH >= start + HALF_YEAR
        outcome = "met" if reached >= 0.97 else "missed" if closing else "open"
        yield (
            day,
            "goals",
            GoalItem(
                account=account.id,
                id=f"{account.id}/goal-{name}",
                name=title,
                unit=unit,
                baseline=Decimal(baseline),
                target=Decimal(target),
                value=Decimal(f"{value:.2f}"),
                started_on=date.fromordinal(start),
                due_on=date.fromordinal(start + HALF_YEAR),
                state=outcome,
                known_at=moment(account.company.zone, day, 14),
            ),
        )
        if outcome != "open":
            return
        strength = clip(0.25 + 0.9 * state.people / life.seats(day), 0, 1.1)
        reached += MONTH / (HALF_YEAR - MONTH) * strength * luck * (1.1 - 0.1 * elapsed)


# -- figures ------------------------------------------------------------------------------------------------


def figures(life: Life, people: People, last: int) -> Facts:
    """Yields (day, kind, item): headcount each quarter, revenue, and what we cost and returned, each year."""
    account, die = life.account, life.account.dice("figures")
    size, growth = life.account.seats * die.uniform(3, 12), die.gauss(0.05, 0.1)
    begin = account.start + die.randrange(QUARTER)
    for number, day in enumerate(range(begin, last + 1, QUARTER)):
        state = life.state(day)
        if day < account.origin - 400 or state is None:
            continue
        headcount = size * (1 + growth) ** ((day - begin) / 365)
        yield _figure(life, "headcount", day, round(headcount))
        if number % 4 == 1:
            cost = account.seat_price * life.seats(day) * 12 * 1.2
            yield _figure(life, "revenue", day, round(headcount * 140_000, -3))
            yield _figure(life, "cost", day, round(cost))
            yield _figure(life, "return", day, round(cost * (0.3 + 2.4 * state.joy)))


def _figure(life: Life, figure: str, day: int, value: float) -> tuple[int, str, ClientFigureItem]:
    account = life.account
    return (
        day,
        "client_figures",
        ClientFigureItem(
            account=account.id,
            id=f"{account.id}/{figure}-{day}",
            figure=figure,
            day=date.fromordinal(day),
            value=Decimal(value),
            currency=None if figure == "headcount" else account.currency,
        ),
    )
