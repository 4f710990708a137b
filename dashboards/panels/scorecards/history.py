"""How the shares of the bands moved, and what moved the book between two days."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Account, Membership
from dashboards.export import Field, Sheet
from dashboards.panels.chart import Chart
from dashboards.panels.filters import bad, day_of
from dashboards.panels.lists import Link, Said, files
from dashboards.panels.scopes import Picker, Scopes, segment_of
from dashboards.panels.team.asked import Asked as TeamAsked
from dashboards.panels.team.history import BANDS, bands_of
from dashboards.panels.team.numbers import Numbers, span_of
from dashboards.panels.words import measure_name
from dashboards.templatetags.figures import accounts as accounts_text
from dashboards.templatetags.figures import day, decimal, percent, signed
from metrics.book_moves import CLAMP, SCORECARD, Book, BookMoves, Most, Moved, night_of
from metrics.kpis.periods import Period
from metrics.models import PeriodKind, Run
from metrics.models.snapshot import UNIT
from metrics.registry import MEASURES

USUAL, WEEKS, MOST = timedelta(days=28), timedelta(days=91), 20
SHEETS = ("bands", "moves")


@dataclass(frozen=True)
class Asked:
    """`first` and `last` are days, none: the newest four weeks; `scope` and `segment` as on the team page; `measure`:
    of which the accounts are told that it moved most."""

    first: date | None = None
    last: date | None = None
    scope: str = ""
    segment: str = ""
    measure: str = ""

    def but(self, **changes: Any) -> Asked:
        return replace(self, **changes)

    def address(self, url: str) -> str:
        told = {"from": self.first, "to": self.last, "scope": self.scope, "segment": self.segment}
        pairs = [(name, str(value)) for name, value in (told | {"measure": self.measure}).items() if value]
        return f"{url}?{urlencode(pairs)}" if pairs else url


def read(asked: QueryDict) -> Asked:
    """What an address asks for. Raises FilterError."""
    measure = asked.get("measure", "")
    if measure and measure not in (*MEASURES, SCORECARD):
        raise bad("measure", measure)
    first, last = day_of(asked, "from"), day_of(asked, "to")
    if first and last and first >= last:
        raise bad("from", first.isoformat())
    return Asked(first, last, asked.get("scope", ""), segment_of(asked), measure)


@dataclass(frozen=True)
class Row:
    """What a measure did: points gave, took and both, and how many accounts it moved."""

    key: str
    name: str
    up: Decimal
    down: Decimal
    net: Decimal
    accounts: int
    url: str
    here: bool


@dataclass(frozen=True)
class MovedAccount:
    """One of the accounts that a measure moved most."""

    name: str
    url: str
    owner: str
    change: Decimal
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class HistoryPage:
    """All that the page shows; nothing below `pickers` before two nights. `widest`: of the bars."""

    title: str
    url: str
    runs_url: str
    pickers: tuple[Picker, ...] = ()
    first: date | None = None
    last: date | None = None
    summary: tuple[Said, ...] = ()
    bands: Chart | None = None
    rows: tuple[Row, ...] = ()
    widest: Decimal = Decimal(1)
    total: Row | None = None
    sums: str = ""
    files: tuple[Link, ...] = ()
    measure: str = ""
    most: tuple[MovedAccount, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Sight:
    """Who looks at whose book, over which days. Raises FilterError and PermissionDenied as the team page does."""

    member: Membership
    asked: Asked

    @cached_property
    def scopes(self) -> Scopes:
        return Scopes(self.member, self.asked.scope or "all", PeriodKind.WEEK)

    @cached_property
    def nights(self) -> tuple[Run, Run] | None:
        """The published nights on both ends; none where there are not two."""
        workspace = self.member.workspace
        last = night_of(workspace, self.asked.last or date.max)
        if last is None:
            return None
        first = night_of(workspace, self.asked.first or last.day - USUAL, earliest=True)
        return (first, last) if first is not None and first.day < last.day else None

    def book(self) -> Book | None:
        scope, narrowed = self.scopes.within(self.asked.segment)
        return Book(self.member.workspace, *self.nights, (scope, *narrowed)) if self.nights else None

    def bands(self) -> Chart:
        """The bands at the end of up to thirteen weeks, or of months where the span is longer."""
        book, workspace = self.nights, self.member.workspace
        is_long = book is not None and book[1].day - book[0].day > WEEKS
        kind = PeriodKind.MONTH if is_long else PeriodKind.WEEK
        asked = TeamAsked(kind, scope=self.asked.scope or "all", segment=self.asked.segment)
        span = span_of(workspace, asked)
        last = min(book[1].day, span.newest) if book and span else None
        if span is None or last is None or last < span.oldest:
            return Chart(_("Accounts by health"), Sheet("bands", (), ()), {}, reason=_("No period is counted yet."))
        scope, narrowed = self.scopes.within(self.asked.segment)
        period = Period.of(workspace, kind, last, span.newest)
        numbers = Numbers(workspace, scope, asked, span, period, tuple(BANDS.values()), narrowed)
        found = bands_of(numbers)
        return replace(found, note=_shares(found.sheet))


def _shares(sheet: Sheet) -> str:
    """Aug 30 → Nov 22: Poor 10% → 11%, …"""
    rows: list[Any] = list(sheet.rows)
    if len(rows) < 2:
        return ""
    then, now = ([Decimal(n) / (sum(row[1:]) or 1) for n in row[1:]] for row in (rows[0], rows[-1]))
    words = [
        f"{field.label} {percent(before)} → {percent(after)}"
        for field, before, after in zip(sheet.fields[1:], then, now, strict=True)
        if before or after
    ]
    return f"{rows[0][0]} → {rows[-1][0]}: {', '.join(words)}."


def history_page(member: Membership, asked: Asked) -> HistoryPage:
    """The page. Some fifteen queries, however many accounts and days. Raises FilterError."""
    sight = Sight(member, asked)
    slug = member.workspace.slug
    url = reverse("scorecard-history", args=[slug])
    head = HistoryPage(
        sight.scopes.named(asked.segment), url, reverse("runs", args=[slug]),
        pickers=sight.scopes.pickers(asked.segment),
    )  # fmt: skip
    book = sight.book()
    if book is None:
        return head
    moves = book.moves()
    rows = _rows(moves, asked, url)
    return replace(
        head,
        first=book.first.day,
        last=book.last.day,
        summary=_summary(book, moves),
        bands=sight.bands().saved_as(_files(slug, "bands", asked)),
        rows=rows,
        widest=max((abs(row.net) for row in rows), default=Decimal(1)) or Decimal(1),
        total=_row(_total(moves), asked, url),
        sums=_sums(moves),
        files=_files(slug, "moves", asked),
        measure=asked.measure and _name(asked.measure),
        most=tuple(_accounts(member, book, book.most(asked.measure, MOST))) if asked.measure else (),
        hidden=(("measure", asked.measure),) if asked.measure else (),
    )


def history_sheet(member: Membership, asked: Asked, name: str) -> Sheet:
    """One of its tables."""
    sight = Sight(member, asked)
    if name == "bands":
        return sight.bands().sheet
    book = sight.book()
    fields = (
        Field(_("Measure")), Field(_("Key")), Field(_("Points gained")), Field(_("Points lost")),
        Field(_("Points")), Field(_("Accounts moved")),
    )  # fmt: skip
    rows = _rows(book.moves(), asked, "") if book else ()
    return Sheet("moves", fields, [(row.name, row.key, row.up, row.down, row.net, row.accounts) for row in rows])


def _files(slug: str, name: str, asked: Asked) -> tuple[Link, ...]:
    return files(
        lambda form: reverse("scorecard-history-file", args=[slug, name, form]), asked.but(measure="").address("")
    )


def _rows(moves: BookMoves, asked: Asked, url: str) -> tuple[Row, ...]:
    """The most moving first; measures that did nothing are left out."""
    told = [row for row in moves.rows.values() if row.accounts or row.net]
    return tuple(_row(each, asked, url) for each in sorted(told, key=lambda row: (-abs(row.net), row.key)))


def _row(moved: Moved, asked: Asked, url: str) -> Row:
    return Row(
        key=moved.key,
        name=_name(moved.key),
        up=_points(moved.up),
        down=_points(moved.down),
        net=_points(moved.net),
        accounts=moved.accounts,
        url="" if moved.key in (CLAMP, "") else asked.but(measure=moved.key).address(url),
        here=moved.key == asked.measure,
    )


def _total(moves: BookMoves) -> Moved:
    rows = moves.rows.values()
    return Moved("", sum(row.up for row in rows), sum(row.down for row in rows), moves.accounts)


def _name(key: str) -> str:
    return {SCORECARD: _("New scorecard, on the old data"), CLAMP: _("Ends of the scale, 0 and 100")}.get(
        key, measure_name(key) if key else _("All together")
    )


def _points(units: int) -> Decimal:
    return Decimal(units) / UNIT


def _summary(book: Book, moves: BookMoves) -> tuple[Said, ...]:
    """Oct 26 → Nov 22 · 611 accounts scored on both days"""
    newest = book.last.day
    days = _("%(first)s → %(last)s") % {"first": day(book.first.day, newest), "last": day(newest)}
    both = _("%(accounts)s scored on both days") % {"accounts": accounts_text(moves.accounts)}
    return Said(days), Said(both, "score")


def _sums(moves: BookMoves) -> str:
    """On average 64.2 → 63.1: −1.1 points."""
    if not moves.accounts:
        return _("No account was scored on both days.")
    before, after = (_points(units) / moves.accounts for units in (moves.before, moves.after))
    return _("On average over these accounts %(before)s → %(after)s, %(change)s points.") % {
        "before": decimal(before), "after": decimal(after), "change": signed(after - before, 2),
    }  # fmt: skip


def _accounts(member: Membership, book: Book, most: list[Most]) -> list[MovedAccount]:
    rows = Account.objects.of(member.workspace).filter(pk__in=[each.account for each in most])
    told = {row.pk: row for row in rows.select_related("owner__user")}
    days = urlencode({"from": book.first.day, "to": book.last.day})
    return [
        MovedAccount(
            name=told[each.account].name,
            url=f"{reverse('why', args=[member.workspace.slug, each.account])}?{days}",
            owner=str(told[each.account].owner.user) if told[each.account].owner else "",
            change=_points(each.change),
            before=_points(each.before),
            after=_points(each.after),
        )
        for each in most
        if each.account in told
    ]
