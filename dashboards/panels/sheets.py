"""The lists of accounts as tables for spreadsheets: all rows that the filters leave, in the order of the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Membership, Workspace
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.accounts import known_accounts
from dashboards.panels.columns import known
from dashboards.panels.filters import Filters
from dashboards.panels.risk import risk_of, risks_of
from dashboards.panels.words import drivers_text
from dashboards.templatetags.figures import band_word
from metrics.models import Band, Standing
from metrics.models.snapshot import UNIT

CHUNK = 2_000
ACCOUNT = ("external_id", "name", "segment", "stage__name", "owner__user__name", "owner__user__email", "team__name")


def portfolio_sheet(member: Membership, asked: Filters, now: datetime) -> Sheet:
    """The rows of a book. One query, and one for the churn risk where that is asked for."""
    workspace = member.workspace
    book = asked.scope(Standing.objects.of(workspace).filter(is_scored=True))
    rows = asked.rows(book, workspace.day_of(now))
    keys = dict.fromkeys(("id", "name", *(asked.columns or known(WHOLE, workspace.has_terms))))
    kept = PORTFOLIO | ({"risk": _risk_columns(workspace, workspace.day_of(now))} if "risk" in keys else {})
    columns = [column for key in keys for column in kept.get(key, ())]
    found = rows.values(*dict.fromkeys(field for column in columns for field in column.fields))
    fields = tuple(Field(str(column.label), workspace.currency if column.is_money else "") for column in columns)
    lines = ([column.cell(workspace, row) for column in columns] for row in found.iterator(CHUNK))
    return Sheet("portfolio", fields, lines)


@dataclass(frozen=True)
class SheetColumn:
    """A column of the file: the fields it reads of a standing, and what it makes of them."""

    label: Promise
    fields: tuple[str, ...]
    make: Callable[..., Cell] = lambda value: value
    is_money: bool = False

    def cell(self, workspace: Workspace, row: dict[str, Any]) -> Cell:
        values = [row[name] for name in self.fields]
        return self.make(workspace, *values) if self.make in OF_WORKSPACE else self.make(*values)


def _band(band: int | None) -> Cell:
    return "" if band is None else str(band_word(Band(band).name.lower()))


def _points(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units) / UNIT


def _either(name: str | None, mail: str | None) -> Cell:
    return name or mail or ""


def _yes(said: bool) -> Cell:
    return _("yes") if said else ""


def _word(text: str | None) -> Cell:
    return text or ""


def _drivers(workspace: Workspace, drivers: Any) -> Cell:
    return drivers_text(drivers, workspace.currency)


def _day(workspace: Workspace, moment: datetime | None) -> Cell:
    return workspace.day_of(moment) if moment else None


OF_WORKSPACE = (_drivers, _day)
OWNER = ("account__owner__user__name", "account__owner__user__email")
# The column of the page → those of the file. A line of 90 days has none.
PORTFOLIO: dict[str, tuple[SheetColumn, ...]] = {
    "id": (SheetColumn(gettext_lazy("Id"), ("account__external_id",)),),
    "name": (SheetColumn(gettext_lazy("Account"), ("account__name",)),),
    "segment": (SheetColumn(gettext_lazy("Segment"), ("account__segment",)),),
    "stage": (SheetColumn(gettext_lazy("Stage"), ("account__stage__name",), _word),),
    "owner": (SheetColumn(gettext_lazy("CSM"), OWNER, _either),),
    "team": (SheetColumn(gettext_lazy("Team"), ("account__team__name",), _word),),
    "health": (
        SheetColumn(gettext_lazy("Health"), ("band",), _band),
        SheetColumn(gettext_lazy("Score"), ("score_units",), _points),
    ),
    "change": (SheetColumn(gettext_lazy("Change in 7 d"), ("change",), _points),),
    "drivers": (SheetColumn(gettext_lazy("What drives it"), ("drivers",), _drivers),),
    "mrr": (SheetColumn(gettext_lazy("MRR"), ("mrr_units",), _points, is_money=True),),
    "against": (SheetColumn(gettext_lazy("MRR 90 days before"), ("mrr_before_units",), _points, is_money=True),),
    "renews": (SheetColumn(gettext_lazy("Renews"), ("renews_on",)),),
    "touch": (SheetColumn(gettext_lazy("Last touch"), ("last_touch_at",), _day),),
    "since": (SheetColumn(gettext_lazy("In band since"), ("band_since",)),),
    "coverage": (
        SheetColumn(gettext_lazy("Coverage"), ("coverage",), _points),
        SheetColumn(gettext_lazy("Unknown"), ("unknown",), _points),
        SheetColumn(gettext_lazy("Measures with data"), ("measures_known",)),
        SheetColumn(gettext_lazy("Measures"), ("measures_asked",)),
    ),
    "use": (
        SheetColumn(gettext_lazy("Days since the last use"), ("days_unused",)),
        SheetColumn(gettext_lazy("Never used"), ("never_used",), _yes),
    ),
    "overdue": (SheetColumn(gettext_lazy("Days overdue"), ("days_past_due",)),),
}
# What a file has whose columns nobody chose.
WHOLE = ("segment", "stage", "owner", "team", "health", "change", "drivers", "mrr", "renews", "touch")


def _risk_columns(workspace: Workspace, today: date) -> tuple[SheetColumn, ...]:
    """The risk and both ends of its interval, as shares of 1."""
    risks, fields = risks_of(workspace, today), ("version_id", "score_units")

    def of(end: str) -> Callable[..., Cell]:
        return lambda version, units: getattr(risk_of(risks, version, units), end, None)

    labels = (gettext_lazy("Churn risk"), gettext_lazy("Risk at least"), gettext_lazy("Risk at most"))
    return tuple(
        SheetColumn(*each) for each in zip(labels, [fields] * 3, map(of, ("share", "low", "high")), strict=True)
    )


def accounts_sheet(member: Membership, query: str, tag: int | None) -> Sheet:
    """Every account that is known, customer or not. One query."""
    workspace = member.workspace
    standing = Standing.objects.of(workspace).filter(account_id=OuterRef("pk"))
    told = {name: Subquery(standing.values(name)[:1]) for name in ("band", "score_units", "mrr_units", "is_scored")}
    found = known_accounts(workspace, query, tag).annotate(**told).values(*ACCOUNT, *told)
    paid = [Field(_("MRR"), workspace.currency)] if workspace.has_terms else []
    fields = (*_account_fields(), *paid, Field(_("Customer or trial")))
    return Sheet("accounts", fields, (_known_row(row, workspace.has_terms) for row in found.iterator(CHUNK)))


def _known_row(row: dict[str, Any], has_terms: bool) -> list[Cell]:
    paid = [_points(row["mrr_units"])] if has_terms else []
    return [*_account_cells(row), *paid, _("yes") if row["is_scored"] else _("no")]


def _account_fields() -> Iterable[Field]:
    names = (_("Id"), _("Account"), _("Segment"), _("Stage"), _("CSM"), _("Team"), _("Health"), _("Score"))
    return [Field(str(name)) for name in names]


def _account_cells(row: dict[str, Any]) -> list[Cell]:
    external_id, name, segment, stage, owner, mail, team = (row[field] or "" for field in ACCOUNT)
    band = "" if row["band"] is None else str(band_word(Band(row["band"]).name.lower()))
    return [external_id, name, segment, stage, owner or mail, team, band, _points(row["score_units"])]
