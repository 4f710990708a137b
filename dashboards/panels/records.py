"""The records behind a KPI of one scope and period: what it counts, one by one, and what they add up to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account, Membership
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.definitions import paragraphs, side_text
from dashboards.panels.filters import bad, page_number
from dashboards.panels.lists import PAGE_SIZE, Column, Link, Pager, files, pager
from dashboards.panels.scopes import Scopes, segment_of
from dashboards.panels.team.asked import Asked, kind_of, records_url, start_of
from dashboards.panels.team.numbers import Cell as Counted
from dashboards.panels.team.numbers import Numbers, period_of, span_of
from dashboards.panels.team.tiles import Tile, tile_of
from dashboards.panels.team.words import exact_text, period_name
from dashboards.templatetags.figures import band_word
from metrics.kpis.answers import Answer, Book, Question, answer
from metrics.models import Uncounted
from metrics.registry import Kpi, Record, Records, Side, Unit

# What a record is, where a KPI counts several sorts.
SORTS_OF_RECORDS: dict[str, Any] = {
    "ticket": gettext_lazy("ticket"),
    "customer": gettext_lazy("customer"),
    "life": gettext_lazy("time as a customer"),
    "purchase": gettext_lazy("purchase"),
    "cost": gettext_lazy("programme cost"),
    "mrr": gettext_lazy("MRR"),
}
BANDS = ("red", "yellow", "green", "grey")
SORTS = ("account", "day", "what", "part", "whole")
# To so many digits numbers are stored.
DIGITS = 10


@dataclass(frozen=True)
class Wanted:
    """What the page is asked for: a KPI of a period and a scope as on the team page, in an order, from a page on."""

    kpi: Kpi
    asked: Asked = Asked()
    sort: str = "-part"
    page: int = 1

    def address(self, url: str, **changes: Any) -> str:
        """The page's address, with something else and what is not as by default."""
        told, usual = replace(self, **({"page": 1} | changes)), Wanted(self.kpi)
        pairs = [
            (name, getattr(told.asked, name), getattr(usual.asked, name))
            for name in ("period", "start", "scope", "segment")
        ]
        pairs += [(name, getattr(told, name), getattr(usual, name)) for name in ("sort", "page")]
        query = urlencode([(name, str(value)) for name, value, default in pairs if value != default])
        return f"{url}?{query}" if query else url


def read(kpi: Kpi, asked: QueryDict) -> Wanted:
    """What an address asks for. Raises FilterError."""
    sort = asked.get("sort") or "-part"
    if sort.removeprefix("-") not in SORTS:
        raise bad("sort", sort)
    of = Asked(kind_of(asked), start_of(asked), scope=asked.get("scope", ""), segment=segment_of(asked))
    return Wanted(kpi, of, sort, page_number(asked.get("page") or "1"))


@dataclass(frozen=True)
class Row:
    """One record. Without an account it is the whole workspace's."""

    url: str
    account: str
    day: date
    what: str
    fact: str
    part: str
    whole: str
    missing: str


@dataclass(frozen=True)
class RecordsPage:
    """All that the page shows; nothing from `tile` on before the first count. `changed`: what the records give where
    that is no longer what was counted. `known_today`: what it is with facts that came later and are not counted yet."""

    name: str
    anchor: str
    url: str
    here: str
    team_url: str
    runs_url: str
    whose: str
    formula: tuple[str, ...]
    tile: Tile | None = None
    period: str = ""
    known_day: date | None = None
    today: date | None = None
    changed: str = ""
    known_today: str = ""
    sums: tuple[tuple[str, str], ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    pager: Pager | None = None
    files: tuple[Link, ...] = ()


def records_page(member: Membership, wanted: Wanted, now: datetime) -> RecordsPage:
    """The page. Raises FilterError, and PermissionDenied where a CSM asks for other numbers than the own."""
    return _Builder(member, wanted, now).page()


def records_sheet(member: Membership, wanted: Wanted, now: datetime) -> Sheet:
    """All records, in the order of the page."""
    return _Builder(member, wanted, now).sheet()


class _Builder:
    """Works out what the page and the file share, once."""

    def __init__(self, member: Membership, wanted: Wanted, now: datetime) -> None:
        self.member, self.workspace, self.now = member, member.workspace, now
        self.wanted, self.kpi, self.basis = wanted, wanted.kpi, wanted.kpi.basis
        self.scopes = Scopes(member, wanted.asked.scope, wanted.asked.period)
        self.scope, self.narrowed = self.scopes.within(wanted.asked.segment)
        self.span = span_of(self.workspace, wanted.asked)
        self.url = records_url(self.workspace.slug, self.kpi.key, Asked())
        self.currency = self.workspace.currency

    @cached_property
    def numbers(self) -> Numbers:
        assert self.span
        period = period_of(self.workspace, self.wanted.asked, self.span)
        return Numbers(self.workspace, self.scope, self.wanted.asked, self.span, period, (), self.narrowed)

    @cached_property
    def cell(self) -> Counted:
        return self.numbers.current(self.kpi.key)

    @cached_property
    def known(self) -> date:
        """As known on this day the number was counted: where nothing was, on the newest."""
        return self.cell.known_day or self.numbers.span.newest

    @cached_property
    def records(self) -> Records:
        return self._records(self.known)

    def _records(self, known: date) -> Records:
        return Question(Book(self.workspace, known), self.numbers.period).of(
            self.kpi.records, self.scope, *self.narrowed
        )

    # -- the page

    def page(self) -> RecordsPage:
        empty = RecordsPage(
            name=str(self.kpi.name),
            anchor=f"kpi-{self.kpi.key}",
            url=self.url,
            here=self.wanted.address(self.url, page=self.wanted.page),
            team_url=self.wanted.asked.address(reverse("team", args=[self.workspace.slug])),
            runs_url=reverse("runs", args=[self.workspace.slug]),
            whose=self.scopes.named(self.wanted.asked.segment),
            formula=paragraphs(self.kpi.doc),
        )
        return self._full(empty) if self.span else empty

    def _full(self, empty: RecordsPage) -> RecordsPage:
        found = answer(self.kpi, self.records)
        shown = self._shown()
        return replace(
            empty,
            tile=tile_of(self.numbers, self.kpi),
            period=period_name(self.numbers.period, with_year=True),
            known_day=self.known,
            today=self.numbers.span.newest,
            changed=self._changed(found),
            known_today=self._today(found),
            sums=tuple((side.name, self._amount(amount, side)) for side, amount in self._sides(found)),
            columns=tuple(self._columns()),
            rows=tuple(self._rows(shown)),
            pager=pager(self.wanted.page, len(self.records), lambda page: self.wanted.address(self.url, page=page)),
            files=files(self._file, self.wanted.address(self.url)),
        )

    def _sides(self, found: Answer) -> list[tuple[Side, int | Decimal]]:
        sides = [(self.basis.part, found.part)]
        return [*sides, (self.basis.whole, found.whole)] if self.basis.whole else sides

    def _amount(self, amount: int | Decimal, side: Side) -> str:
        return side_text(amount, side, self.currency)

    def _changed(self, found: Answer) -> str:
        """What the records give, where that is not what was counted: owners and rules can change without a fact."""
        counted = (self.cell.value, self.cell.n, self.cell.part, self.cell.whole)
        now = (found.value, found.n, found.part, found.whole)
        if [_stored(value) for value in counted] == [_stored(value) for value in now]:
            return ""
        told = {
            "value": exact_text(self.kpi, self.cell.value, self.currency),
            "now": exact_text(self.kpi, found.value, self.currency),
        }
        return _("It was counted as %(value)s. What is told of these days has changed since: now %(now)s.") % told

    def _today(self, found: Answer) -> str:
        """What it is as known today, where facts about these days came since that change it."""
        late = Uncounted.objects.of(self.workspace).filter(heard_on__gt=self.known)
        if not late.filter(since__lt=self.numbers.period.until).exists():
            return ""
        now = answer(self.kpi, self._records(self.workspace.day_of(self.now)))
        same = (now.value, now.part, now.whole) == (found.value, found.part, found.whole)
        return "" if same else exact_text(self.kpi, now.value, self.currency)

    def _file(self, form: str) -> str:
        return reverse("kpi-file", args=[self.workspace.slug, *self.kpi.key.split(".", 1), form])

    # -- the list

    def _columns(self) -> Iterable[Column]:
        labels = {"account": _("Account"), "day": _("Day"), "what": _("Record"), "part": _upper(self.basis.part.name)}
        if self.basis.whole:
            labels["whole"] = _upper(self.basis.whole.name)
        here, turned = self.wanted.sort.removeprefix("-"), self.wanted.sort.startswith("-")
        for key, label in labels.items():
            first = f"-{key}" if key in ("part", "whole", "day") else key
            other = key if turned else f"-{key}"
            way = ("descending" if turned else "ascending") if here == key else ""
            yield Column(key, label, self.wanted.address(self.url, sort=other if here == key else first), way)

    def _shown(self) -> Sequence[Record]:
        """The records of the page that is asked for, in order."""
        first = (self.wanted.page - 1) * PAGE_SIZE
        return self._ordered()[first : first + PAGE_SIZE]

    def _ordered(self) -> list[Record]:
        key = self.wanted.sort.removeprefix("-")
        names = self._accounts(self.records) if key == "account" else {}
        by: dict[str, Callable[[Record], Any]] = {
            "account": lambda record: names.get(record.account, ("", ""))[0].casefold(),
            "day": lambda record: record.day,
            "what": lambda record: (self._what(record), record.fact),
            "part": lambda record: record.part,
            "whole": lambda record: record.whole,
        }
        steady = sorted(self.records, key=lambda record: (-record.whole, -record.day.toordinal(), record.account))
        return sorted(steady, key=by[key], reverse=self.wanted.sort.startswith("-"))

    def _accounts(self, records: Iterable[Record]) -> dict[int, tuple[str, str]]:
        """Account → its name and id, of those that the records are about."""
        rows = Account.objects.of(self.workspace).filter(pk__in={record.account for record in records})
        return {pk: (name, external) for pk, name, external in rows.values_list("pk", "name", "external_id")}

    def _rows(self, records: Sequence[Record]) -> Iterable[Row]:
        accounts = self._accounts(records)
        for record in records:
            name, _id = accounts.get(record.account, (_("Whole workspace"), ""))
            known = record.account in accounts
            yield Row(
                reverse("account", args=[self.workspace.slug, record.account]) if known else "",
                name,
                record.day,
                self._what(record),
                record.fact,
                self._amount(record.part, self.basis.part),
                self._amount(record.whole, self.basis.whole) if self.basis.whole else "",
                record.missing,
            )

    def _what(self, record: Record) -> str:
        """What a record is, in a word."""
        sort = record.what.partition(" ")[0]
        if sort in BANDS:
            return band_word(sort)
        return str(SORTS_OF_RECORDS.get(sort, self.basis.each))

    # -- the file

    def sheet(self) -> Sheet:
        fields = [Field(_("Account")), Field(_("Id")), Field(_("Day")), Field(_("Record")), Field(_("Fact"))]
        sides = [self.basis.part, *([self.basis.whole] if self.basis.whole else [])]
        fields += [Field(_upper(side.name), self._unit(side)) for side in sides]
        records = self._ordered() if self.span else []
        accounts = self._accounts(records)
        rows = [[*self._cells(record, accounts, sides)] for record in records]
        return Sheet(f"{self.kpi.key}-records", (*fields, Field(_("Missing"))), rows)

    def _cells(self, record: Record, accounts: Mapping[int, tuple[str, str]], sides: Sequence[Side]) -> Iterable[Cell]:
        yield from accounts.get(record.account, (_("Whole workspace"), ""))
        yield from (record.day, self._what(record), record.fact)
        for side, amount in zip(sides, (record.part, record.whole), strict=False):
            yield Decimal(amount) / side.per
        yield record.missing

    def _unit(self, side: Side) -> str:
        return self.currency if side.unit is Unit.MONEY else side.unit


def _upper(name: Any) -> str:
    text = str(name)
    return text[:1].upper() + text[1:]


def _stored(value: int | Decimal | None) -> Decimal | None:
    return None if value is None else round(Decimal(value), DIGITS)
