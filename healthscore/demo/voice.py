"""What customers say: asked in surveys, and unasked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from random import Random
from typing import NamedTuple

from msgspec import Struct

from accounts.facts import FeedbackItem, SurveyResponseItem
from healthscore.demo.calendar import moment, workday
from healthscore.demo.chance import clip, pick
from healthscore.demo.company import NEW_FEATURES
from healthscore.demo.life import Life, Moment
from healthscore.demo.people import DECIDER, People, Person
from healthscore.demo.phrases import FEEDBACK, NPS_COMMENTS, OF_NEW_FEATURES

Facts = Iterator[tuple[int, str, Struct]]
SAYS = {"praise", "problem", "request", "complaint", "referral", "future_talk", "reference", "case_study"}
MONTH = 30
# For so many days a new feature is talked of.
TALKED_OF = 75


class Question(NamedTuple):
    """A survey and its scale."""

    survey: str
    kind: str
    low: int
    high: int


RECOMMENDS = Question("recommendation", "nps", 0, 10)
FOLLOW_UP = Question("follow-up", "nps", 0, 10)
QUARTERLY = Question("quarterly", "relationship", 1, 5)
EFFORT = Question("onboarding", "ces", 1, 7)
ASKED = {"ask": FOLLOW_UP, "effort": EFFORT}


def surveys(life: Life, people: People, first: int, last: int) -> Facts:
    """Yields (day, kind, item): would you recommend us (each half year, and when something is up), how is it
    going (the decision maker, each quarter), how easy was it (after onboarding)."""
    account = life.account
    for month in range(first // MONTH - 1, last // MONTH + 1):
        for place in range(3):
            die = account.dice("nps", month, place)
            day = workday(month * MONTH + die.randrange(MONTH))
            due = (month + place * 2 + account.number) % 6 == 0 and day > account.start + 40
            if due and die.random() < 0.6:
                yield from _answer(life, people.at(place, day), day, RECOMMENDS)
        die = account.dice("quarterly", month)
        day = workday(month * MONTH + die.randrange(MONTH))
        if (month + account.number) % 3 == 0 and die.random() < 0.45:
            yield from _answer(life, people.at(DECIDER, day), day, QUARTERLY)
    for event in life.moments:
        if event.what in ASKED:
            yield from _answer(life, people.at(DECIDER, event.day), event.day, ASKED[event.what])


def _answer(life: Life, who: Person | None, day: int, question: Question) -> Facts:
    account, state = life.account, life.state(day)
    if who is None or state is None:
        return
    die = account.dice(question.survey, day, who.email)
    joy = clip(0.1 + 0.94 * state.joy + die.gauss(0, 0.085))
    mood = "low" if joy < 0.65 else "middle" if joy < 0.85 else "high"
    item = SurveyResponseItem(
        account=account.id,
        id=f"{account.id}/{question.survey}-{day}-{who.email.split('@')[0]}",
        answered_at=moment(account.company.zone, day, 9 + 8 * die.random()),
        kind=question.kind,
        score=Decimal(question.low + round((question.high - question.low) * joy)),
        scale_min=question.low,
        scale_max=question.high,
        survey=question.survey,
        contact=who.email,
        comment=_comment(die, day - account.origin, mood) if question.kind == "nps" else "",
    )
    yield day, "survey_responses", item


def _comment(die: Random, age: int, mood: str) -> str:
    """A word on the product, or on what is new in it."""
    new = [feature for feature, after in NEW_FEATURES.items() if 0 <= age - after < TALKED_OF]
    if new and die.random() < 0.3:
        return die.choice(OF_NEW_FEATURES[die.choice(new)][mood])
    return die.choice(NPS_COMMENTS[mood])


def feedback(life: Life, people: People, first: int, last: int) -> Facts:
    """Yields (day, kind, item): what the stories say, and now and then a word out of the blue."""
    yield from _told(life, people)
    account = life.account
    for month in range(first // MONTH, last // MONTH + 1):
        die = account.dice("feedback", month)
        day = workday(month * MONTH + die.randrange(MONTH))
        state = life.state(day)
        if state and die.random() < 0.14:
            kind = pick(die, {"praise": state.joy**2, "problem": 0.7 * (1 - state.joy), "request": 0.35})
            yield day, "feedback", _feedback(life, people, day, kind, f"m{month}")


def _told(life: Life, people: People) -> Facts:
    """A complaint stays open until the story resolves it; one that is never resolved leads nowhere good."""
    open_ones: list[tuple[Moment, FeedbackItem]] = []
    for event in sorted([*life.moments, *_returns(life)]):
        kind = "review" if event.what == "publish" else event.what
        if kind in SAYS | {"review"}:
            item = _feedback(life, people, event.day, kind, f"{event.chapter.number}.{event.day}")
            if kind == "complaint":
                open_ones.append((event, item))
            yield event.day, "feedback", item
        elif kind in {"resolve", "return"}:
            for said, item in [pair for pair in open_ones if kind == "return" or pair[0].chapter == event.chapter]:
                yield event.day, "feedback", _resolved(life, item, event.day)
                open_ones.remove((said, item))


def _returns(life: Life) -> list[Moment]:
    """Who comes back has made up with us."""
    return [Moment(stay.begin, "return", life.chapters[0]) for stay in life.stays[1:]]


def _feedback(life: Life, people: People, day: int, kind: str, name: str) -> FeedbackItem:
    account, die = life.account, life.account.dice("said", kind, name)
    topic, text = die.choice(FEEDBACK[kind])
    return FeedbackItem(
        account=account.id,
        id=f"{account.id}/{kind}-{name}",
        given_at=moment(account.company.zone, day, 9 + 8 * die.random()),
        kind=kind,
        topic=topic,
        text=text,
        contact=people.someone(day, die.random()).email,
    )


def _resolved(life: Life, item: FeedbackItem, day: int) -> FeedbackItem:
    fields = {name: getattr(item, name) for name in item.__struct_fields__}
    fields["resolved_on"] = date.fromordinal(day)
    fields["known_at"] = moment(life.account.company.zone, day, 16)
    return FeedbackItem(**fields)
