"""All facts of a company, day by day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain

from msgspec import Struct

from accounts.facts import AccountItem
from healthscore.demo.account import accounts, segment_of
from healthscore.demo.billing import billing
from healthscore.demo.calendar import weekday
from healthscore.demo.company import Company
from healthscore.demo.life import Life
from healthscore.demo.people import People, contacts
from healthscore.demo.success import figures, goals, pulses, touches
from healthscore.demo.support import tickets
from healthscore.demo.usage import mails, milestones, usage
from healthscore.demo.voice import feedback, surveys

Fact = tuple[int, str, Struct]
# The last word on a ticket or a mail comes at most this many days after the first.
TAIL = 120
# A bill of today knows how its payer will be doing when it is due.
AHEAD = 60


class Plan:
    """The customers of a company and what becomes of them up to a day. Days are ordinals; `origin` is the first."""

    def __init__(self, company: Company, origin: int, until: int) -> None:
        self.company, self.origin, self.until = company, origin, until
        self.lives = [Life(account, until + AHEAD) for account in accounts(company, origin, until)]
        self.people = [People(life) for life in self.lives]

    def facts(self, first: int, last: int) -> Iterator[Fact]:
        """Yields (day, kind, item) of the days [first, last], all but the use of the product, account by account.
        What is older than the demo is told on its first day, events are left out."""
        for life, people in zip(self.lives, self.people, strict=True):
            for day, kind, item in _diary(life, people, max(self.origin, first - TAIL), last):
                told = max(day, self.origin)
                if first <= told <= last and not (kind == "events" and day < told):
                    yield told, kind, item

    def usage(self, day: int) -> Iterator[Struct]:
        """Yields the events of use of one day."""
        for life, people in zip(self.lives, self.people, strict=True):
            yield from usage(life, people, day)

    def changes(self, first: int, last: int) -> Iterator[tuple[int, AccountItem]]:
        """Yields (day, account): new ones as they begin, and what changed about the others, on Mondays."""
        for life in self.lives:
            yield from _changes(life, self.origin, first, last)


def _diary(life: Life, people: People, first: int, last: int) -> Iterator[Fact]:
    return chain(
        contacts(life, people),
        billing(life, people, last),
        tickets(life, people, first, last),
        surveys(life, people, first, last),
        feedback(life, people, first, last),
        touches(life, people, first, last),
        pulses(life, first, last),
        goals(life, last),
        figures(life, people, last),
        mails(life, people, first, last),
        milestones(life, people),
    )


# -- the accounts themselves --------------------------------------------------------------------------------


def _changes(life: Life, origin: int, first: int, last: int) -> Iterator[tuple[int, AccountItem]]:
    account = life.account
    begins = max(origin, account.start)
    if first <= begins <= last:
        yield begins, _introduced(life, begins)
    monday = max(first, begins + 1)
    monday += -weekday(monday) % 7
    for day in range(monday, last + 1, 7):
        now, before = _standing(life, day), _standing(life, max(begins, day - 7))
        changed = {name: value for name, value in now.items() if value != before[name]}
        if changed:
            yield day, AccountItem(id=account.id, **changed)


def _introduced(life: Life, day: int) -> AccountItem:
    account = life.account
    return AccountItem(
        id=account.id,
        name=account.name,
        started_on=date.fromordinal(account.start),
        industry=account.industry,
        country=account.country,
        domain=account.domain,
        properties={"billing": "annual" if account.annual else "monthly"},
        **_standing(life, day),
    )


def _standing(life: Life, day: int) -> dict[str, str]:
    """What may change about an account, as it is on a day."""
    owner = life.account.owner(day)
    return {
        "owner": life.account.company.email(owner),
        "team": owner.team,
        "segment": segment_of(life.seats(day)),
        "stage": _stage(life, day),
    }


def _stage(life: Life, day: int) -> str:
    """Onboarding until the first story is over, Adoption for three quarters of a year; Renewal before a year ends."""
    account = life.account
    stay = life.stay(day) or life.stays[-1]
    story = next((c for c in life.chapters if c.begin <= day < c.end), None)
    if story and story.story.startswith(("trial", "onboarding")):
        return "Onboarding"
    if story and story.story == "advocate":
        return "Advocate"
    if account.annual and day >= stay.paid_from and life.boundary(stay.paid_from, day + 1) - day <= 75:
        return "Renewal"
    return "Adoption" if day < stay.paid_from + 270 else "Growth"


def known_account(plan: Plan) -> Life:
    """Returns the first account that is a customer on the plan's last day, to try things with."""
    return next(life for life in plan.lives if life.stay(plan.until))
