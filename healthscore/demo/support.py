"""Requests for help: when they come, how fast they are answered, and what people think of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

from msgspec import Struct

from accounts.facts import SurveyResponseItem, TicketItem
from healthscore.demo.account import segment_of
from healthscore.demo.calendar import day_of, is_weekend, moment
from healthscore.demo.chance import clip, pick, poisson
from healthscore.demo.life import Life, State
from healthscore.demo.people import People
from healthscore.demo.phrases import THEMES, TICKET_COMMENTS

Facts = Iterator[tuple[int, str, Struct]]
A_WEEK = {"SMB": 0.16, "Mid-market": 0.42, "Enterprise": 0.85}
ANSWERS = 0.5
# Hours: nothing takes longer than six weeks.
SLOWEST = 1000


def tickets(life: Life, people: People, first: int, last: int) -> Facts:
    """Yields (day, kind, item): a ticket again whenever something happens to it, and the answers after.
    Each of its moments is known when it happens."""
    account = life.account
    for week in range(first // 7, last // 7 + 2):
        state = life.state(week * 7 + 3)
        if state is None:
            continue
        die = account.dice("tickets", week)
        for number in range(poisson(die, A_WEEK[segment_of(account.seats)] * state.trouble)):
            when = week * 7 + die.randrange(7)
            when -= 2 if is_weekend(when) and die.random() < 0.8 else 0
            if life.stay(when):
                yield from _ticket(life, people, f"{week}.{number}", when, state)


def _ticket(life: Life, people: People, name: str, when: int, state: State) -> Facts:
    account, die = life.account, life.account.dice("ticket", name)
    zone = account.company.zone
    severe = die.random() < 0.1 + state.severe
    theme = pick(die, {theme: 1.0 + 2 * (theme in {"question", "access"} and not severe) for theme in THEMES})
    subject, who = die.choice(THEMES[theme]), people.someone(when, die.random())
    priority = die.choice(["high", "urgent"]) if severe else die.choice(["low", "normal", "normal"])
    moments = _course(moment(zone, when, 8 + 10 * die.random()), severe, state, die)
    told: dict[str, datetime] = {}
    for field, instant in moments:
        told[field] = instant
        yield (
            day_of(zone, instant),
            "tickets",
            TicketItem(
                account=account.id,
                id=f"{account.id}/t-{name}",
                subject=subject,
                priority=priority,
                theme=theme,
                contact=who.email,
                **told,
            ),
        )
    if die.random() < ANSWERS:
        day = day_of(zone, told["solved_at"] + timedelta(hours=20))
        yield day, "survey_responses", _answer(life, name, day, told, state, die, who.email)


def _course(opened: datetime, severe: bool, state: State, die: Random) -> list[tuple[str, datetime]]:
    """(field, moment) of a ticket, in order; in a crisis the severe ones wait for long."""
    slow = 1 + 5 * state.severe
    replied = opened + _hours(die.lognormvariate(0.9, 0.8) * (0.5 if severe else 1) * slow)
    solved = replied + _hours(die.lognormvariate(2.3, 0.9) * slow * (2 if severe else 1))
    moments = [("opened_at", opened), ("replied_at", replied), ("solved_at", solved)]
    if die.random() < 0.06 + 0.2 * state.severe:
        reopened = solved + timedelta(hours=die.randint(5, 100))
        solved = reopened + timedelta(hours=die.randint(4, 60))
        moments += [("reopened_at", reopened), ("solved_at", solved)]
    return [*moments, ("closed_at", solved + timedelta(days=5))]


def _hours(hours: float) -> timedelta:
    return timedelta(seconds=round(3600 * min(hours, SLOWEST)))


def _answer(
    life: Life, name: str, day: int, told: dict[str, datetime], state: State, die: Random, email: str
) -> SurveyResponseItem:
    waited = (told["solved_at"] - told["opened_at"]).total_seconds() / 86400
    joy = clip(state.joy + 0.08 - 0.02 * waited + die.gauss(0, 0.12))
    score = 1 + round(4 * joy)
    mood = "low" if score <= 2 else "middle" if score == 3 else "high"
    return SurveyResponseItem(
        account=life.account.id,
        id=f"{life.account.id}/csat-{name}",
        answered_at=max(moment(life.account.company.zone, day, 10 + 6 * die.random()), told["solved_at"]),
        kind="csat",
        score=Decimal(score),
        scale_min=1,
        scale_max=5,
        survey="after-ticket",
        contact=email,
        about="ticket",
        ticket=f"{life.account.id}/t-{name}",
        comment=die.choice(TICKET_COMMENTS[mood]),
    )
