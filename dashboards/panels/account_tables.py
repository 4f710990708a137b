"""The tables of an account's pages, told once each: columns, rows, how a row reads on the page and in a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.families import below
from accounts.models import Workspace
from accounts.models.ids import Ids
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.entries import ENTRIES
from dashboards.panels.lists import SHORT_PAGE, Link, Pager, files, pager
from dashboards.templatetags.figures import day as day_text
from dashboards.templatetags.figures import money as money_text
from metrics.kpis.ledger import Rates

CHUNK = 2_000


@dataclass(frozen=True)
class Place:
    """Whose facts are shown, when, and whether the reader writes them."""

    account: Any
    now: datetime
    writes: bool
    # The page to which one comes back from an entry.
    back: str = "account"

    @property
    def workspace(self) -> Workspace:
        return self.account.workspace  # type: ignore[no-any-return]

    @cached_property
    def today(self) -> date:
        return self.workspace.day_of(self.now)

    @cached_property
    def below(self) -> Ids:
        """All accounts below this one, read when they are first asked for."""
        return Ids(below(self.workspace, self.account.pk))

    @cached_property
    def rates(self) -> Rates:
        """Read when the first amount in another currency is met."""
        return Rates(self.workspace, self.today)


@dataclass(frozen=True)
class Column:
    """A head, and what it is in a file: one field of the same name unless `fields` says otherwise; `anchor` is the
    definition of its numbers."""

    label: str
    fields: tuple[Field, ...] | None = None
    anchor: str = ""
    is_number: bool = False
    is_wide: bool = False

    @property
    def told(self) -> tuple[Field, ...]:
        return (Field(self.label),) if self.fields is None else self.fields


@dataclass(frozen=True)
class Shown:
    """A cell: its text, a quieter line below it, the shape of a band, a tag, a way; `values` are those of a file."""

    text: str = ""
    values: tuple[Cell, ...] | None = None
    note: str = ""
    band: str = ""
    tag: str = ""
    tag_band: str = ""
    link: Link | None = None
    # The link opens a form.
    is_form: bool = False
    # Of the first cell of a row: by what an address leads to it.
    anchor: str = ""

    @property
    def told(self) -> tuple[Cell, ...]:
        return (self.text,) if self.values is None else self.values


Cells = tuple[Shown, ...]


@dataclass(frozen=True)
class TableKind:
    """A table: `rows` in their order, `cells` of some rows at a time, so that what they need is looked up at once.

    `add` is the entry by which a row is added by hand, `empty` says what will be here."""

    key: str
    title: Promise
    empty: Promise
    columns: Callable[[Place], tuple[Column, ...]]
    rows: Callable[[Place], Any]
    cells: Callable[[Place, Sequence[Any]], list[Cells]]
    add: str = ""


@dataclass(frozen=True)
class Table:
    """A page of a table."""

    key: str
    title: str
    empty: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[tuple[Column, Shown], ...], ...]
    pager: Pager
    files: tuple[Link, ...]
    add: Link | None


def table_of(kind: TableKind, place: Place, page: int, url: str) -> Table:
    """The rows of a page of it. Two queries and what cells need."""
    slug, account = place.workspace.slug, place.account.pk
    found = kind.rows(place)
    shown = list(found[(page - 1) * SHORT_PAGE : page * SHORT_PAGE])
    add = None
    if kind.add and place.writes:
        add = way_to_add(place, kind.add)
    columns = kind.columns(place)
    return Table(
        key=kind.key,
        title=str(kind.title),
        empty=str(kind.empty),
        columns=columns,
        rows=tuple(tuple(zip(columns, cells, strict=True)) for cells in kind.cells(place, shown)),
        pager=pager(page, found.count(), lambda n: f"{url}?{kind.key}={n}" if n > 1 else url, SHORT_PAGE),
        files=files(lambda form: reverse("account-table", args=[slug, account, kind.key, form]), ""),
        add=add,
    )


def sheet_of(kind: TableKind, place: Place) -> Sheet:
    """All rows, for a file."""
    fields = tuple(field for column in kind.columns(place) for field in column.told)
    return Sheet(f"{kind.key}-{place.account.external_id}", fields, _lines(kind, place))


def _lines(kind: TableKind, place: Place) -> Iterator[list[Cell]]:
    for chunk in _chunks(kind.rows(place)):
        for cells in kind.cells(place, chunk):
            yield [value for cell in cells for value in cell.told]


def _chunks(rows: Any) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows.iterator(CHUNK):
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    yield chunk


def way_to_add(place: Place, entry: str) -> Link:
    """The form of a new entry."""
    url = reverse("add-entry", args=[place.workspace.slug, place.account.pk, entry])
    return Link(str(ENTRIES[entry].title), f"{url}?back={place.back}")


# -- what many cells have in common --------------------------------------------------------------------------


def a_day(place: Place, value: date | None, **more: Any) -> Shown:
    """A day, or a dash."""
    return Shown(day_text(value, place.today), (value,), **more)


def amount_column(place: Place, label: str, anchor: str = "") -> Column:
    """An amount: in a file with its currency, and in the workspace's as well."""
    own = place.workspace.currency
    in_own = Field(_("%(label)s in %(currency)s") % {"label": label, "currency": own}, own)
    return Column(label, (Field(label), Field(_("Currency")), in_own), anchor=anchor, is_number=True)


def an_amount(place: Place, amount: Decimal, currency: str, at: date, **more: Any) -> Shown:
    """An amount in its own currency; where that is another one, below it in the workspace's, at the rate of a day."""
    own = place.workspace.currency
    worth = amount if currency == own else place.rates.worth(amount, currency, at)
    note = ""
    if currency != own:
        note = money_text(worth, own) if worth is not None else _("no rate of %(currency)s") % {"currency": currency}
    return Shown(money_text(amount, currency), (amount, currency, worth), note=note, **more)


def a_way(place: Place, link: Link | None) -> Shown:
    """A link that no file has, of who writes the account."""
    return Shown("", (), link=coming_back(place, link) if place.writes else None, is_form=True)


def coming_back(place: Place, link: Link | None) -> Link | None:
    """The way to an entry from which one comes back to where one was."""
    if link is None:
        return None
    return replace(link, url=f"{link.url}{'&' if '?' in link.url else '?'}back={place.back}")


WAY = Column("", ())
