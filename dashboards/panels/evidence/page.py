"""The page of the records behind a measure's value: what it was then and is now, and what entered and left."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from math import isclose

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Membership
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.account_head import AccountHead, head_of
from dashboards.panels.breakdown import anchor_of
from dashboards.panels.definitions import paragraphs
from dashboards.panels.evidence.asked import Asked, evidence_url
from dashboards.panels.evidence.days import ScoredDay, earlier_days, scored_days
from dashboards.panels.evidence.numbers import Number, numbers_of, part_label
from dashboards.panels.evidence.places import place_of
from dashboards.panels.evidence.words import Amount, Writer, writers
from dashboards.panels.filters import FilterError
from dashboards.panels.lists import PAGE_SIZE, Link, Pager, files, pager
from dashboards.panels.words import measure_label, value_text
from dashboards.templatetags.figures import decimal, percent, signed
from metrics.compared import Compared, compared
from metrics.evidence import Change, Evidence, Mark, Row, evidence
from metrics.models import Standing
from metrics.models.snapshot import UNIT
from metrics.registry import Measure

# Where a bar of another page is opened.
SHORT = 12
MOVED = (Mark.ENTERED, Mark.LEFT, Mark.CHANGED)
MARKS: dict[Mark, tuple[str, Promise]] = {
    Mark.ENTERED: ("+", gettext_lazy("entered")),
    Mark.LEFT: ("−", gettext_lazy("left")),
    Mark.CHANGED: ("±", gettext_lazy("changed")),
    Mark.SAME: ("=", gettext_lazy("same")),
}


@dataclass(frozen=True)
class Record:
    """One record: its mark with sign and word, what it counts as, and what it counted then and now."""

    mark: str
    sign: str
    word: str
    day: date
    part: str
    title: str
    url: str
    then: str
    now: str
    note: str


@dataclass(frozen=True)
class EvidencePage:
    """All that is shown; `head` is that of the account's pages, None where a bar of another page is opened. Without
    `first` it is about one day."""

    head: AccountHead | None
    url: str
    label: str
    anchor: str
    formula: tuple[str, ...]
    today: date
    first: date | None
    last: date
    known: date
    then: str
    now: str
    facts: tuple[tuple[str, str], ...]
    changed: str
    numbers: tuple[Number, ...]
    ranges: tuple[Link, ...]
    chips: tuple[Link, ...]
    records: tuple[Record, ...]
    total: int
    pager: Pager
    files: tuple[Link, ...]
    # What became of the records between two days, in words.
    moved: str


def evidence_page(member: Membership, account: Account, measure: Measure, asked: Asked, now: datetime) -> EvidencePage:
    """The whole page. Raises FilterError for a day without a score."""
    return _Builder(account, measure, asked, now, PAGE_SIZE).page(head_of(member, account, "account", now))


def evidence_part(account: Account, measure: Measure, asked: Asked, now: datetime) -> EvidencePage:
    """What a bar of another page opens: of two days, the records that moved. Raises FilterError."""
    return _Builder(account, measure, asked, now, SHORT, is_part=True).page(None)


def evidence_sheet(account: Account, measure: Measure, asked: Asked, now: datetime) -> Sheet:
    """All records, in the order of the page. Raises FilterError."""
    return _Builder(account, measure, asked, now, None).sheet()


class _Builder:
    """Works out what the page, the part and the file share, once."""

    def __init__(
        self, account: Account, measure: Measure, asked: Asked, now: datetime, size: int | None, is_part: bool = False
    ) -> None:
        self.size, self.is_part = size, is_part
        self.account, self.workspace, self.measure = account, account.workspace, measure
        self.asked = asked
        self.today = self.workspace.day_of(now)
        self.url = evidence_url(account, measure.key)

    # -- what is compared

    @cached_property
    def last(self) -> date:
        """The day that is asked for, or that of the account's standing."""
        rows = Standing.objects.of(self.workspace).filter(account_id=self.account.pk)
        found: date | None = self.asked.last or rows.values_list("day", flat=True).first()
        if found is None:
            raise FilterError(_("This account has not been scored yet."))
        if self.asked.first and self.asked.first >= found:
            raise FilterError(_("from: the day has to be before %(day)s.") % {"day": found})
        return found

    @cached_property
    def days(self) -> tuple[ScoredDay | None, ScoredDay]:
        if self.asked.first is None:
            return None, scored_days(self.account, self.measure.key, [self.last])[0]
        first, last = scored_days(self.account, self.measure.key, [self.asked.first, self.last])
        return first, last

    @cached_property
    def sides(self) -> tuple[Evidence | None, Evidence]:
        first, last = self.days
        return evidence(self.measure, first.as_of) if first else None, evidence(self.measure, last.as_of)

    @cached_property
    def found(self) -> Compared:
        """How many records there are, and those of the page. Where a bar is opened those that moved, if any did."""
        first = (self.asked.page - 1) * (self.size or 0)
        if self.is_part and self.asked.first:
            moved = compared(*self.sides, MOVED, first, self.size)
            if moved.changes:
                return moved
        marks = [Mark(self.asked.mark)] if self.asked.mark else list(Mark)
        return compared(*self.sides, marks, first, self.size)

    @property
    def total(self) -> int:
        """Of all pages."""
        return self.counts[Mark(self.asked.mark)] if self.asked.mark else self.counts.total()

    @property
    def counts(self) -> Counter[Mark]:
        return self.found.counts

    @cached_property
    def writers(self) -> tuple[Writer, Writer]:
        return writers(self.workspace, *self.sides, self.found.changes)

    # -- the page

    def page(self, head: AccountHead | None) -> EvidencePage:
        then, now = self.sides
        return EvidencePage(
            head=head,
            url=self._address(),
            label=measure_label(self.measure),
            anchor=anchor_of(self.measure.key),
            formula=paragraphs(self.measure.doc),
            today=self.today,
            first=self.asked.first,
            last=self.last,
            known=now.as_of.known,
            then=self._value(then) if then else "",
            now=self._value(now),
            facts=tuple(self._facts()),
            changed=self._changed(),
            numbers=numbers_of(then, now, self.workspace.currency, self.today),
            ranges=tuple(self._ranges()) if head else (),
            chips=tuple(self._chips()),
            records=tuple(self._record(each) for each in self.found.changes),
            total=self.total,
            pager=pager(self.asked.page, self.total, lambda page: self._address(page=page)),
            files=files(self._file, self._address()),
            moved=self._in_words() if then else "",
        )

    def _in_words(self) -> str:
        """“Of the records: 5 entered, 24 left, 144 same.”"""
        counted = [f"{counts[mark]} {MARKS[mark][1]}" for mark in MARKS if (counts := self.counts)[mark]]
        return _("Of the records: %(counts)s.") % {"counts": ", ".join(counted)} if counted else ""

    def _address(self, **changes: object) -> str:
        return self.asked.but(**changes).address(self.url)

    def _file(self, form: str) -> str:
        return reverse("evidence-file", args=[self.workspace.slug, self.account.pk, self.measure.key, form])

    def _value(self, side: Evidence) -> str:
        return value_text(self.measure.key, side.value, self.workspace.currency)

    def _facts(self) -> Iterator[tuple[str, str]]:
        """Points, share of the weight, and what they add to the score."""
        lines = [side.line for side in self.days if side and side.line]
        if not lines:
            yield _("in the scorecard"), _("no")
            return
        yield _("points"), _arrow(decimal(line.points) for line in lines)
        yield _("weight"), _arrow(percent(line.effective, 1) for line in lines)
        yield _("adds to the score"), _arrow(signed(Decimal(line.units) / UNIT, 1) for line in lines)

    def _changed(self) -> str:
        """What was stored, where the records no longer give it: rules and lists can change without a fact."""
        for day, side in zip(self.days, self.sides, strict=True):
            if day and side and day.is_kept and not _same(day.value, side.value):
                stored = value_text(self.measure.key, day.value, self.workspace.currency)
                words = {"stored": stored, "now": self._value(side)}
                return (
                    _(
                        "The score was made with %(stored)s. A rule or a setting has changed since: these records give "
                        "%(now)s."
                    )
                    % words
                )
        return ""

    def _ranges(self) -> Iterator[Link]:
        yield Link(_("This day"), self._address(first=None, mark=""), self.asked.first is None)
        for back, day in earlier_days(self.account, self.last):
            label = _("Since %(n)s d") % {"n": back}
            yield Link(label, self._address(first=day, mark=""), day == self.asked.first)

    def _chips(self) -> Iterator[Link]:
        if self.asked.first is None:
            return
        counts = self.counts
        yield Link(_("All"), self._address(mark=""), not self.asked.mark, count=counts.total())
        for mark, (sign, word) in MARKS.items():
            if counts[mark]:
                yield Link(f"{sign} {word}", self._address(mark=mark), self.asked.mark == mark, count=counts[mark])

    # -- the list

    def _record(self, change: Change) -> Record:
        sign, word = MARKS[change.mark]
        then, now = self._amounts(change)
        note = _("corrected since") if getattr(change.row.fact, "retracted_at", None) else ""
        return Record(
            mark=change.mark,
            sign=sign,
            word=str(word),
            day=change.row.day,
            part=self._parts(change),
            title=self._title(change),
            url=place_of(self.account, self.measure.key, change.row, self._writer(change).as_of.known),
            then=then.text,
            now=now.text,
            note=note,
        )

    def _writer(self, change: Change) -> Writer:
        old, new = self.writers
        return new if change.now else old

    def _title(self, change: Change) -> str:
        return self._writer(change).title(change.row)

    def _parts(self, change: Change) -> str:
        """As what it counts; of two days, where that changed: from what to what."""
        sides = [side for side in (change.before, change.now) if side and self.asked.first]
        named = [self._named(side) for side in sides] or [self._named(change.row)]
        return _arrow(named)

    def _named(self, row: Row) -> str:
        return " · ".join(dict.fromkeys(part_label(self.measure.key, part) for part in row.parts))

    def _amounts(self, change: Change) -> tuple[Amount, Amount]:
        nothing = Amount("", "")
        old, new = self.writers
        return (
            old.amount(change.before) if change.before else nothing,
            new.amount(change.now) if change.now else nothing,
        )

    # -- the file

    def sheet(self) -> Sheet:
        fields = [_("Change"), _("Day"), _("Counts as"), _("Record"), _("Id"), _("Then"), _("Now")]
        both = self.asked.first is not None
        kept = [n for n in range(len(fields)) if both or n not in (0, 5)]
        rows = ([row[n] for n in kept] for row in map(self._line, self.found.changes))
        name = f"{self.measure.key}-{self.account.external_id}"
        return Sheet(name, tuple(Field(str(fields[n])) for n in kept), rows)

    def _line(self, change: Change) -> Sequence[Cell]:
        then, now = self._amounts(change)
        fact = change.row.fact
        told: list[Cell] = [str(MARKS[change.mark][1]), change.row.day, self._parts(change), self._title(change)]
        return [*told, getattr(fact, "external_id", getattr(fact, "person", "")), then.value, now.value]


def _arrow(words: Iterable[str]) -> str:
    return " → ".join(dict.fromkeys(words))


def _same(stored: float | None, counted: float | None) -> bool:
    if stored is None or counted is None:
        return stored is counted
    return isclose(stored, counted, rel_tol=1e-9, abs_tol=1e-9)
