"""What people do with the product on one day, the mails they get, and what they say in public."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from accounts.facts import EventItem
from healthscore.demo.account import segment_of
from healthscore.demo.calendar import is_weekend, moment, weekday
from healthscore.demo.chance import clip
from healthscore.demo.company import FEATURES
from healthscore.demo.life import Life, State
from healthscore.demo.people import CHAMPION, DECIDER, People, Person

WEEKEND = 0.09
TUESDAY = 1
MAIL_EVERY = 14
STEPS = ["kickoff", "invitations", "import", "first report", "integration", "training", "roll-out", "review"]
GLAD = {"advocate"}
TONES = {True: "positive", False: "negative"}
# Fewer of many come, and do more.
PER_SESSION = {"SMB": 3.5, "Mid-market": 6.0, "Enterprise": 9.0}


def usage(life: Life, people: People, day: int) -> Iterator[EventItem]:
    """Yields one event for each person and feature of the day, with how often and how long."""
    state = life.state(day)
    if state is None:
        return
    account = life.account
    die = account.dice("use", day)
    eager = state.pace * (WEEKEND if is_weekend(day) else 1)
    width = max(1, round(state.breadth * len(FEATURES)))
    whole = int(state.people)
    for place in range(whole + 1):
        if place == whole and die.random() >= state.people - whole:
            break
        who = people.at(place, day)
        if who and who.comes(day, eager):
            yield from _session(life, who, place, day, die, width, eager)


def _session(
    life: Life, who: Person, place: int, day: int, die: Random, width: int, eager: float
) -> Iterator[EventItem]:
    account = life.account
    at = moment(account.company.zone, day, 8 + 10 * die.random())
    stem = f"{account.number}.{day}.{place}"
    if die.random() < 0.18:
        yield EventItem(account=account.id, name="login", message_id=f"{stem}.in", occurred_at=at, contact=who.email)
    used = {(who.taste + int(width * die.random() ** 1.5)) % width}
    if die.random() < 0.2:
        used.add(die.randrange(width))
    for number in sorted(used):
        count = 1 + int(PER_SESSION[segment_of(account.seats)] * (0.3 + eager) * die.uniform(0.4, 1.6))
        yield EventItem(
            account=account.id,
            name="feature",
            message_id=f"{stem}.{number}",
            occurred_at=at,
            contact=who.email,
            feature=account.features[number],
            count=count,
            seconds=60 + int(count * die.uniform(40, 160)),
        )


def mails(life: Life, people: People, first: int, last: int) -> Iterator[tuple[int, str, EventItem]]:
    """Yields what became of the news mailed every second Tuesday to champion and decision maker."""
    start = first + (TUESDAY - weekday(first)) % 7
    for day in range(start, last + 1, 7):
        state = life.state(day)
        if state is None or (day // 7) % (MAIL_EVERY // 7):
            continue
        for place in (CHAMPION, DECIDER):
            who = people.at(place, day)
            if who:
                for name, hour in _fate(state, life.account.dice("mail", day, place)):
                    when = day + int(hour // 24)
                    yield when, "events", _mail(life, who, place, day, name, hour)


def _fate(state: State, die: Random) -> Iterator[tuple[str, float]]:
    """(what happened, hours after midnight) of one mail."""
    yield "email_delivered", 7.5
    opens = clip(0.08 + 0.4 * state.warmth * state.joy, 0.02, 0.8)
    hour = 8 + die.expovariate(1 / 6)
    if die.random() < opens:
        yield "email_opened", hour
        if die.random() < 0.16:
            yield "email_clicked", hour + 0.05
    elif die.random() < 0.55 - 0.5 * state.joy:
        yield "email_deleted", hour


def _mail(life: Life, who: Person, place: int, day: int, name: str, hour: float) -> EventItem:
    account = life.account
    return EventItem(
        account=account.id,
        name=name,
        message_id=f"{account.number}.{day}.{place}.{name}",
        occurred_at=moment(account.company.zone, day, hour),
        contact=who.email,
        properties={"mail": f"news-{day // MAIL_EVERY}"},
    )


def milestones(life: Life, people: People) -> Iterator[tuple[int, str, EventItem]]:
    """Yields the steps of onboarding, and mentions in public, by those who like us and those who do not."""
    account, step = life.account, 0
    for number, event in enumerate(life.moments):
        who = people.at(DECIDER, event.day)
        if event.what not in {"step", "mention"} or who is None:
            continue
        die = account.dice("milestone", event.chapter.number, number)
        step = step + 1 if event.what == "step" else step
        named = STEPS[(step - 1) % len(STEPS)] if event.what == "step" else TONES[event.chapter.story in GLAD]
        yield (
            event.day,
            "events",
            EventItem(
                account=account.id,
                name="onboarding_step" if event.what == "step" else "social_mention",
                message_id=f"{account.number}.{event.day}.{event.what}.{event.chapter.number}",
                occurred_at=moment(account.company.zone, event.day, 9 + 8 * die.random()),
                contact=who.email,
                feature=named,
                properties={"step": step} if event.what == "step" else {"network": "LinkedIn"},
            ),
        )
