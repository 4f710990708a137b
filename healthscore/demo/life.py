"""The life of an account: which stories it goes through, and how it is doing on a day."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from healthscore.demo.account import Account
from healthscore.demo.calendar import add_months
from healthscore.demo.chance import clip
from healthscore.demo.company import WINDOW
from healthscore.demo.stories import NORMAL, STORIES, Mood, Story

NEVER = 10**7
ENDINGS = {"churn", "contract"}
# Days between two stories at least, and those by which an ending may be put off until its term ends.
QUIET = 15
PATIENCE = 120


class Chapter(NamedTuple):
    """A story at work, in the days [begin, end)."""

    number: int
    story: str
    begin: int
    end: int


class Stay(NamedTuple):
    """The days [begin, end) as trial or customer; paid from a day on, NEVER if the trial came to nothing."""

    begin: int
    paid_from: int
    end: int = NEVER


class Moment(NamedTuple):
    """Something of a story that happens on one day."""

    day: int
    what: str
    chapter: Chapter


class State(NamedTuple):
    """How an account does on a day, in absolute terms."""

    people: float  # how many use it
    pace: float
    breadth: float  # share of all features
    late: float  # days
    joy: float  # 0…1
    trouble: float
    severe: float
    warmth: float


class Life:
    """What happens to an account up to a day. A later `until` adds to it and changes nothing."""

    def __init__(self, account: Account, until: int) -> None:
        self.account = account
        self.stays: list[Stay] = []
        self.chapters: list[Chapter] = []
        self._live(until)
        self.moments = sorted(moment for chapter in self.chapters for moment in _moments(chapter))
        self._begins = [chapter.begin for chapter in self.chapters]
        self.seat_changes = list(self._seat_changes())
        self._wave = account.dice("wave").uniform(60, 150), account.dice("wave", 2).random()

    def boundary(self, paid_from: int, day: int) -> int:
        """Returns the first day, from `day` on, on which a paid term ends."""
        step = 12 if self.account.annual else 1
        count = max(1, (day - paid_from) // (31 * step))
        while (end := add_months(paid_from, count * step)) < day:
            count += 1
        return end

    def stay(self, day: int) -> Stay | None:
        """Returns the stay that a day falls in: trial or customer."""
        return next((stay for stay in self.stays if stay.begin <= day < stay.end), None)

    def seats(self, day: int) -> int:
        """Returns how many seats are paid for on a day."""
        return next(seats for since, seats in reversed(self.seat_changes) if since <= day)

    def state(self, day: int) -> State | None:
        """Returns how the account is doing on a day; None while it is neither trial nor customer."""
        if self.stay(day) is None:
            return None
        account, mood = self.account, self._mood(day)
        period, phase = self._wave
        wave = 1 + 0.03 * math.sin(2 * math.pi * (day / period + phase))
        season = 1 + account.season * math.sin(2 * math.pi * (day / 365.25 + account.number / 7))
        share = clip((0.13 + 0.83 * account.fit) * mood.people * wave * min(1, season + 0.15))
        return State(
            people=share * self.seats(day),
            pace=(0.3 + 0.97 * account.fit) * mood.pace * wave * season,
            breadth=clip((0.14 + 0.54 * account.fit) * mood.breadth, 0.08),
            late=account.late + 60 * max(0.0, 0.35 - account.fit) + mood.late,
            joy=clip(0.3 + 0.65 * account.fit + mood.joy, 0.03, 0.97),
            trouble=mood.trouble,
            severe=mood.severe,
            warmth=mood.warmth * (0.5 + 0.65 * account.fit),
        )

    def _mood(self, day: int) -> Mood:
        place = bisect_right(self._begins, day) - 1
        if place < 0 or day >= self.chapters[place].end:
            return NORMAL
        chapter = self.chapters[place]
        return between(STORIES[chapter.story], (day - chapter.begin) / (chapter.end - chapter.begin))

    # -- how it comes about

    def _live(self, until: int) -> None:
        begin: int | None = self.account.start
        while begin is not None and begin <= until:
            begin = self._stay_from(begin, until)

    def _stay_from(self, begin: int, until: int) -> int | None:
        """Live one stay; the day of coming back, if there is one."""
        account, visit = self.account, len(self.stays)
        paid_from = begin + (account.trial_days if visit == 0 else 0)
        self.stays.append(Stay(begin, paid_from))
        for chapter in self._chapters(visit, begin, paid_from, until):
            self.chapters.append(chapter)
            ending = STORIES[chapter.story].ending
            if ending in {"churn", "leave"}:
                self.stays[-1] = Stay(begin, NEVER if ending == "leave" else paid_from, chapter.end)
                die = account.dice("return", visit)
                return chapter.end + die.randint(40, 130) if ending == "churn" and die.random() < 0.12 else None
        return None

    def _chapters(self, visit: int, begin: int, paid_from: int, until: int) -> Iterator[Chapter]:
        cursor, account = begin, self.account
        if account.part and account.part.renews and visit == 0:
            cursor, chapter = self._cast_chapter(paid_from)
            if chapter:
                yield chapter
        elif begin >= account.origin - 150:
            for chapter in self._beginning(visit, begin, paid_from):
                yield chapter
                cursor = chapter.end
        cursor, number = max(cursor, account.origin - 200), 10 + 1000 * visit
        while cursor <= until:
            chapter = self._next_chapter(number, cursor, paid_from)
            yield chapter
            cursor, number = chapter.end, number + 1

    def _cast_chapter(self, paid_from: int) -> tuple[int, Chapter | None]:
        account, part = self.account, self.account.part
        assert part is not None  # noqa: S101
        today = account.origin + WINDOW - 1
        if not part.story:
            return today + 60, None
        story = STORIES[part.story]
        begin = today + part.began
        end = self.boundary(paid_from, today + 1) if story.ending in ENDINGS else begin + sum(story.days) // 2
        return end, Chapter(1, part.story, begin, end)

    def _beginning(self, visit: int, begin: int, paid_from: int) -> Iterator[Chapter]:
        die, fit = self.account.dice("beginning", visit), self.account.fit
        if paid_from > begin:
            converts = die.random() < 0.35 + 0.4 * fit
            yield Chapter(1000 * visit, "trial_grows" if converts else "trial_fades", begin, paid_from)
        part = self.account.part
        luck = die.random()
        name = part.story if part else "onboarding_sticks" if luck < 0.4 + 0.5 * fit else "onboarding_rescued"
        end = paid_from + die.randint(*STORIES[name].days)
        stall_end = self.boundary(paid_from, paid_from + STORIES["onboarding_stalls"].days[0])
        if not part and luck > 0.7 + 0.22 * fit and stall_end - paid_from < 200:
            name, end = "onboarding_stalls", stall_end
        yield Chapter(1000 * visit + 1, name, paid_from, end)

    def _next_chapter(self, number: int, cursor: int, paid_from: int) -> Chapter:
        """The next story after some quiet; one that ends a term is told so that it ends with one."""
        die = self.account.dice("chapter", number)
        begin = cursor + QUIET + int(die.expovariate(1 / 85))
        luck = die.random()
        possible = [
            chapter
            for name, story in STORIES.items()
            if story.weight and (chapter := self._fitting(number, name, begin, paid_from, luck))
        ]
        weights = [_liking(STORIES[chapter.story], self.account.fit) for chapter in possible]
        return die.choices(possible, weights)[0]

    def _fitting(self, number: int, name: str, begin: int, paid_from: int, luck: float) -> Chapter | None:
        """The story from about `begin` on; None where the term it is to end would end too late, or too early."""
        shortest, longest = STORIES[name].days
        length = shortest + int(luck * (longest - shortest))
        if STORIES[name].ending not in ENDINGS:
            return Chapter(number, name, begin, begin + length)
        end = self.boundary(paid_from, begin + length)
        if end - begin - length > PATIENCE or end <= self.account.origin:
            return None
        return Chapter(number, name, end - length, end)

    def _seat_changes(self) -> Iterator[tuple[int, int]]:
        seats = self.account.seats
        yield 0, seats
        for chapter in self.chapters:
            die = self.account.dice("seats", chapter.number)
            if STORIES[chapter.story].ending == "contract":
                seats = max(3, round(seats * die.uniform(0.6, 0.72)))
                yield chapter.end, seats
            for moment in _moments(chapter):
                if moment.what == "expand":
                    seats = min(150, seats + max(2, round(seats * die.uniform(0.2, 0.5))))
                    yield moment.day, seats


def _liking(story: Story, fit: float) -> float:
    return story.weight * math.exp(3 * story.likes * (fit - 0.65))


def _moments(chapter: Chapter) -> Iterator[Moment]:
    length = chapter.end - chapter.begin
    for share, what in STORIES[chapter.story].moments:
        yield Moment(chapter.begin + round(share * length), what, chapter)


def between(story: Story, share: float) -> Mood:
    """Returns the mood at a share (0…1) of a story."""
    marks = list(story.frames)
    place = bisect_right(marks, share) - 1
    before = story.frames[marks[place]]
    if place + 1 == len(marks):
        return before
    after = story.frames[marks[place + 1]]
    way = (share - marks[place]) / (marks[place + 1] - marks[place])
    return Mood(*(low + way * (high - low) for low, high in zip(before, after, strict=True)))
