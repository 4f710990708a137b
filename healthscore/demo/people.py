"""The people at an account: who holds which place, when they come and go, and how they use the product."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from accounts.facts import ContactItem
from healthscore.demo.account import Account, segment_of
from healthscore.demo.calendar import moment, working_days
from healthscore.demo.chance import evenly
from healthscore.demo.life import Life
from healthscore.demo.words import CULTURES

CHAMPION, DECIDER = 0, 1
PARTS = {CHAMPION: "champion", DECIDER: "decision_maker"}
CONTACTS = {"SMB": 3, "Mid-market": 4, "Enterprise": 6}
# How likely one of them uses the product on a working day: the more people, the less each.
HABIT = {"SMB": 0.25, "Mid-market": 0.12, "Enterprise": 0.075}


class Person(NamedTuple):
    """Somebody at a customer. `taste` is where in the account's features this person likes to begin."""

    name: str
    email: str
    habit: float
    phase: float
    taste: int

    def comes(self, day: int, eager: float) -> bool:
        """Whether this person uses the product on a day: as often as the habit says, evenly spread."""
        return evenly(working_days(day), self.phase) < min(0.97, self.habit * eager)


class People:
    """Who is there. A champion who left leaves the place empty until the next one arrives."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self._known: dict[tuple[int, int], Person] = {}
        self._turns = [m for m in life.moments if m.what in {"champion_leaves", "champion_arrives"}]

    def at(self, place: int, day: int) -> Person | None:
        """Returns who holds a place on a day: 0 champion, 1 decision maker, then users."""
        turn = 0
        if place == CHAMPION:
            past = [m.what for m in self._turns if m.day <= day]
            if past and past[-1] == "champion_leaves":
                return None
            turn = past.count("champion_arrives")
        return self.person(place, turn)

    def someone(self, day: int, luck: float) -> Person:
        """Returns one of those one speaks with; luck 0…1 says which."""
        count = CONTACTS[segment_of(self.life.account.seats)]
        there = [found for place in range(count) if (found := self.at(place, day))]
        return there[int(luck * len(there))]

    def person(self, place: int, turn: int = 0) -> Person:
        """Returns the holder of a place; a later champion is a later turn."""
        key = (place, turn)
        if key not in self._known:
            self._known[key] = _person(self.life.account, place, turn)
        return self._known[key]


def _person(account: Account, place: int, turn: int) -> Person:
    die = account.dice("person", place, turn)
    culture = CULTURES[account.culture]
    first, last = die.choice(culture.first), die.choice(culture.last)
    # The place keeps two people of one name apart.
    local = f"{_letters(first)}.{_letters(last)}{place if place > 1 else ''}"
    habit = HABIT[segment_of(account.seats)] * die.lognormvariate(0, 0.35)
    return Person(f"{first} {last}", f"{local}@{account.domain}", habit, die.random(), die.randrange(10))


def _letters(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.replace("ø", "o").replace("æ", "ae").replace("ł", "l"))
    return "".join(c for c in plain.lower() if c.isascii() and c.isalpha())


def contacts(life: Life, people: People) -> Iterator[tuple[int, str, ContactItem]]:
    """Yields (day, kind, item): those one speaks with, a champion leaving, the next one arriving."""
    account, first = life.account, life.stays[0].begin
    since = first
    for place in range(CONTACTS[segment_of(account.seats)]):
        if place > 1:
            since = first + account.dice("since", place).randrange(30)
        yield since, "contacts", _contact(account, people.person(place), place, 0, since)
    turn, came = 0, first
    for event in life.moments:
        if event.what == "champion_leaves":
            item = _contact(account, people.person(CHAMPION, turn), CHAMPION, turn, came, left=event.day)
            yield event.day, "contacts", item
        elif event.what == "champion_arrives":
            turn, came = turn + 1, event.day
            yield event.day, "contacts", _contact(account, people.person(CHAMPION, turn), CHAMPION, turn, came)


def _contact(account: Account, who: Person, place: int, turn: int, since: int, left: int | None = None) -> ContactItem:
    return ContactItem(
        account=account.id,
        id=f"{account.id}/{place}.{turn}",
        name=who.name,
        email=who.email,
        part=PARTS.get(place, "user"),
        since_on=date.fromordinal(since),
        left_on=None if left is None else date.fromordinal(left),
        known_at=None if left is None else moment(account.company.zone, left, 17),
    )
