"""What customers say: asked in surveys, and unasked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from msgspec import Struct

from accounts.facts import FeedbackItem, SurveyResponseItem
from healthscore.demo.calendar import moment, workday
from healthscore.demo.chance import clip, pick
from healthscore.demo.life import Life, Moment, State
from healthscore.demo.people import DECIDER, People, Person
from healthscore.demo.phrases import FEEDBACK, NPS_COMMENTS

Facts = Iterator[tuple[int, str, Struct]]
SAYS = {"praise", "problem", "request", "complaint", "referral", "future_talk", "reference", "case_study"}
MONTH = 30


def surveys(life: Life, people: People, first: int, last: int) -> Facts:
    """Yields (day, kind, item): would you recommend us (each half year, and when something is up), how is it
    going (the decision maker, each quarter), how easy was it (after onboarding)."""
    account = life.account
    for month in range(first // MONTH - 1, last // MONTH + 1):
        for place in range(3):
            die = account.dice("nps", month, place)
            day = workday(month * MONTH + die.randrange(MONTH))
            who, state = people.at(place, day), life.state(day)
            due = (month + place * 2 + account.number) % 6 == 0
            if due and who and state and day > account.start + 40 and die.random() < 0.6:
                yield day, "survey_responses", _recommends(life, who, day, state)
        day = workday(month * MONTH + account.dice("quarterly", month).randrange(MONTH))
        who, state = people.at(DECIDER, day), life.state(day)
        if (month + account.number) % 3 == 0 and who and state and account.dice("answers", month).random() < 0.45:
            yield day, "survey_responses", _scaled(life, who, day, "relationship", 1, 5, state.joy, "quarterly")
    for event in life.moments:
        who, state = people.at(DECIDER, event.day), life.state(event.day)
        if who and state and event.what == "ask":
            yield event.day, "survey_responses", _recommends(life, who, event.day, state)
        elif who and state and event.what == "effort":
            yield event.day, "survey_responses", _scaled(life, who, event.day, "ces", 1, 7, state.joy, "onboarding")


def _recommends(life: Life, who: Person, day: int, state: State) -> SurveyResponseItem:
    die = life.account.dice("recommends", day, who.email)
    score = round(clip(1.2 + 9.3 * state.joy + die.gauss(0, 0.9), 0, 10))
    mood = "low" if score <= 6 else "middle" if score <= 8 else "high"
    return _response(life, who, day, "nps", Decimal(score), 0, 10, "recommendation", die.choice(NPS_COMMENTS[mood]))


def _scaled(
    life: Life, who: Person, day: int, kind: str, low: int, high: int, joy: float, survey: str
) -> SurveyResponseItem:
    die = life.account.dice(kind, day)
    score = low + round((high - low) * clip(joy + die.gauss(0.02, 0.1)))
    return _response(life, who, day, kind, Decimal(score), low, high, survey, "")


def _response(
    life: Life, who: Person, day: int, kind: str, score: Decimal, low: int, high: int, survey: str, comment: str
) -> SurveyResponseItem:
    account = life.account
    return SurveyResponseItem(
        account=account.id,
        id=f"{account.id}/{kind}-{day}-{who.email.split('@')[0]}",
        answered_at=moment(account.company.zone, day, 9 + 8 * account.dice("hour", kind, day).random()),
        kind=kind,
        score=score,
        scale_min=low,
        scale_max=high,
        survey=survey,
        contact=who.email,
        comment=comment,
    )


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
