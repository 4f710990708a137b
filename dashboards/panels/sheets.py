"""The lists of accounts as tables for spreadsheets: all rows that the filters leave, in the order of the page."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _

from accounts.models import Membership
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.accounts import known_accounts
from dashboards.panels.filters import Filters
from dashboards.panels.words import drivers_text
from dashboards.templatetags.figures import band_word
from metrics.models import Band, Standing
from metrics.models.snapshot import UNIT

CHUNK = 2_000
ACCOUNT = ("external_id", "name", "segment", "stage__name", "owner__user__name", "owner__user__email", "team__name")


def portfolio_sheet(member: Membership, asked: Filters, now: datetime) -> Sheet:
    """The rows of a book. One query."""
    workspace = member.workspace
    book = asked.scope(Standing.objects.of(workspace).filter(is_scored=True))
    rows = asked.rows(book, workspace.day_of(now))
    told = ("band", "score_units", "change", "drivers", "mrr_units", "renews_on", "last_touch_at")
    found = rows.values(*(f"account__{name}" for name in ACCOUNT), *told)
    fields = (
        *_account_fields(), Field(_("Change in 7 d")), Field(_("What drives it")), Field(_("MRR"), workspace.currency),
        Field(_("Renews")), Field(_("Last touch")),
    )  # fmt: skip
    return Sheet("portfolio", fields, (_standing_row(workspace, row) for row in found.iterator(CHUNK)))


def _standing_row(workspace: Any, row: dict[str, Any]) -> list[Cell]:
    touched = row["last_touch_at"]
    return [
        *_account_cells(row, "account__"),
        _points(row["change"]),
        drivers_text(row["drivers"], workspace.currency),
        _points(row["mrr_units"]),
        row["renews_on"],
        workspace.day_of(touched) if touched else None,
    ]


def accounts_sheet(member: Membership, query: str, tag: int | None) -> Sheet:
    """Every account that is known, customer or not. One query."""
    workspace = member.workspace
    standing = Standing.objects.of(workspace).filter(account_id=OuterRef("pk"))
    told = {name: Subquery(standing.values(name)[:1]) for name in ("band", "score_units", "mrr_units", "is_scored")}
    found = known_accounts(workspace, query, tag).annotate(**told).values(*ACCOUNT, *told)
    fields = (*_account_fields(), Field(_("MRR"), workspace.currency), Field(_("Customer or trial")))
    return Sheet("accounts", fields, (_known_row(row) for row in found.iterator(CHUNK)))


def _known_row(row: dict[str, Any]) -> list[Cell]:
    return [*_account_cells(row), _points(row["mrr_units"]), _("yes") if row["is_scored"] else _("no")]


def _account_fields() -> Iterable[Field]:
    names = (_("Id"), _("Account"), _("Segment"), _("Stage"), _("CSM"), _("Team"), _("Health"), _("Score"))
    return [Field(str(name)) for name in names]


def _account_cells(row: dict[str, Any], at: str = "") -> list[Cell]:
    external_id, name, segment, stage, owner, mail, team = (row[f"{at}{field}"] or "" for field in ACCOUNT)
    band = "" if row["band"] is None else str(band_word(Band(row["band"]).name.lower()))
    return [external_id, name, segment, stage, owner or mail, team, band, _points(row["score_units"])]


def _points(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units) / UNIT
