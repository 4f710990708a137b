"""Who the customers are: what stays the same about an account, by its number alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from random import Random

from healthscore.demo.calendar import add_months
from healthscore.demo.cast import CAST, Part
from healthscore.demo.chance import clip, dice, pick
from healthscore.demo.company import FEATURES, LIMITS, SEATS, SEED, WINDOW, Company, Person
from healthscore.demo.words import CULTURES, INDUSTRIES, INDUSTRY_OF

EXISTING = 0.76
SEGMENTS = {"SMB": 0.58, "Mid-market": 0.31, "Enterprise": 0.11}
ANNUAL = {"SMB": 0.4, "Mid-market": 0.8, "Enterprise": 1.0}
# Each year prices go up by this.
RAISE = 1.035
DEARER = {"SMB": 1.0, "Mid-market": 1.8, "Enterprise": 2.6}


@dataclass(frozen=True)
class Account:
    """A customer company. Days are ordinals; `origin` is the first day of the demo, `fit` (0…1) how well the
    product suits it, `late` how many days after its due date it pays a bill, `season` how much it swings in a year.
    """

    company: Company
    number: int
    origin: int
    name: str
    culture: str
    country: str
    start: int
    trial_days: int
    annual: bool
    seats: int
    seat_price: float
    currency: str
    fit: float
    late: float
    season: float
    part: Part | None

    def dice(self, *name: object) -> Random:
        """Returns dice of this account's own."""
        return dice(SEED, self.company.slug, self.number, *name)

    @cached_property
    def id(self) -> str:
        return slug(self.name)

    @property
    def domain(self) -> str:
        return f"{self.id.replace('-', '')}.example"

    @property
    def industry(self) -> str:
        known = INDUSTRY_OF.get(self.name.split()[-1])
        return known or self.dice("industry").choice(INDUSTRIES)

    @cached_property
    def features(self) -> list[str]:
        """All features, in the order in which this account comes to them."""
        return self.dice("features").sample(FEATURES, len(FEATURES))

    def owner(self, day: int) -> Person:
        """Returns the CSM of a day: once in a while, on a Monday, accounts pass to a colleague."""
        csms = self.company.csms
        place = 0 if self.part else self.number % len(csms)
        for year in range(max(0, day - self.origin) // 365 + 1):
            die = self.dice("handover", year)
            moved_on = self.origin + 365 * year + die.randrange(365)
            if not self.part and die.random() < 0.12 and moved_on <= day:
                place = (place + 1) % len(csms)
        return csms[place]


def slug(text: str) -> str:
    """Returns the name in small ASCII letters, with hyphens."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o").replace("Ø", "O").replace("æ", "ae"))
    words = "".join(c if c.isalnum() else " " for c in plain if ord(c) < 128).lower().split()
    return "-".join(words)


def segment_of(seats: int) -> str:
    """Returns the segment of that many seats."""
    return next((name for name, limit in LIMITS.items() if seats <= limit), "Enterprise")


def accounts(company: Company, origin: int, until: int) -> Iterator[Account]:
    """Yields every account that has begun by the day `until`, in the order of their numbers."""
    number = 1
    while _nominal_start(company, origin, number) <= until:
        account = make_account(company, origin, number)
        if account.start <= until:
            yield account
        number += 1


def _nominal_start(company: Company, origin: int, number: int) -> float:
    """The earliest day on which an account of this number may begin; existing ones have long begun."""
    existing = round(company.accounts * EXISTING)
    gap = WINDOW / (company.accounts - existing)
    return origin + (number - existing - 1) * gap if number > existing else float("-inf")


def _start(company: Company, origin: int, number: int) -> int:
    die = dice(SEED, company.slug, number, "start")
    nominal = _nominal_start(company, origin, number)
    if nominal > float("-inf"):
        gap = _nominal_start(company, origin, number + 1) - nominal
        return int(nominal + die.random() * gap)
    return origin - 20 - int(1800 * die.random() ** 1.6)


@cache
def make_account(company: Company, origin: int, number: int) -> Account:
    """Returns one account: the same for the same company, origin and number."""
    die = dice(SEED, company.slug, number, "account")
    start = _start(company, origin, number)
    segment = pick(die, SEGMENTS)
    culture, name = _name(company, number)
    part = CAST.get((company.slug, number))
    account = Account(
        company=company,
        number=number,
        origin=origin,
        name=name,
        culture=culture,
        country=die.choice(CULTURES[culture].countries),
        start=start,
        trial_days=21 if segment == "SMB" and start > origin and die.random() < 0.55 else 0,
        annual=die.random() < ANNUAL[segment],
        seats=die.randint(*SEATS[segment]),
        seat_price=round(company.price * DEARER[segment] * die.uniform(0.85, 1.15), 2),
        currency=die.choice(company.foreign) if company.foreign and die.random() < 0.08 else company.currency,
        fit=_fit(die),
        late=die.uniform(9, 22) if die.random() < 0.1 else die.gauss(-1, 2),
        season=die.uniform(0.2, 0.45) if die.random() < 0.1 else 0.0,
        part=part,
    )
    return _cast(account, part) if part else account


def _fit(die: Random) -> float:
    """Most suit well, some so so, a few badly."""
    kind = die.random()
    middle, spread = (0.79, 0.1) if kind < 0.58 else (0.5, 0.1) if kind < 0.88 else (0.09, 0.06)
    return clip(die.gauss(middle, spread), 0.02, 1)


def _name(company: Company, number: int) -> tuple[str, str]:
    """Heads are used up before one comes again, then with another tail."""
    culture = company.cultures[number % len(company.cultures)]
    words, turn = CULTURES[culture], number // len(company.cultures)
    heads = dice(SEED, company.slug, culture, "heads").sample(words.heads, len(words.heads))
    tails = dice(SEED, company.slug, culture, "tails").sample(words.tails, len(words.tails))
    round_, place = divmod(turn, len(heads))
    name = f"{heads[place]} {tails[(place + round_) % len(tails)]}"
    beyond = round_ // len(tails)
    return culture, f"{name} {beyond + 1}" if beyond else name


def _cast(account: Account, part: Part) -> Account:
    """The account with the name, size and renewal day of its part."""
    end = account.origin + WINDOW - 1
    return replace(
        account,
        name=part.name,
        culture=part.culture,
        country=part.country,
        start=add_months(end + part.renews, -36) if part.renews else account.start,
        trial_days=0,
        annual=True,
        seats=part.seats,
        seat_price=part.mrr / part.seats / RAISE**2,
        currency=account.company.currency,
        fit=part.fit,
        late=-1.0,
        season=0.0,
        part=part,
    )
