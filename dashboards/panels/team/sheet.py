"""The CSMs side by side, and all KPIs, as tables for spreadsheets: rates as shares of 1."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _

from dashboards.export import Cell, Field, Sheet
from dashboards.panels.team.history import BANDS
from dashboards.panels.team.numbers import Numbers
from dashboards.panels.team.people import KEYS, Csm, Csms
from dashboards.panels.team.words import period_name
from dashboards.templatetags.figures import band_word
from metrics.registry import KPIS, Kpi, Unit


def csms_sheet(csms: Csms) -> Sheet:
    """The rows in the order of the page, each number with what it rests on."""
    kpis = [KPIS[key] for key in KEYS.values()]
    told = [
        field
        for kpi in kpis
        for field in (Field(str(kpi.name), kpi.unit), Field(_("%(name)s, n") % {"name": kpi.name}))
    ]
    bands = [Field(str(band_word(band))) for band in BANDS]
    fields = (Field(_("CSM")), Field(_("Accounts")), *bands, *told, Field(_("Saved")))
    return Sheet("csms", fields, [_line(row) for row in csms.rows])


def _line(row: Csm) -> list[Cell]:
    bands = [count for _band, count in row.bands]
    told = [cell for entry in row.entries for cell in (entry.value, entry.n)]
    return [row.name, row.accounts, *bands, *told, row.saves]


def kpis_sheet(numbers: Numbers) -> Sheet:
    """Every KPI there is, beside its value in the period that it is compared with."""
    now, then = period_name(numbers.period, with_year=True), period_name(numbers.other, with_year=True)
    heads = (
        _("Key"), _("KPI"), _("Unit"), now, then, _("n"), _("95 %, from"), _("95 %, to"), _("Target"), _("Reason"),
    )  # fmt: skip
    return Sheet("kpis", tuple(Field(str(head)) for head in heads), [_kpi(numbers, kpi) for kpi in KPIS.values()])


def _kpi(numbers: Numbers, kpi: Kpi) -> list[Cell]:
    cell, then = numbers.current(kpi.key), numbers.earlier(kpi.key)
    unit = numbers.workspace.currency if kpi.unit is Unit.MONEY else str(kpi.unit)
    bounds = [None if each is None else Decimal(str(each)) for each in (cell.low, cell.high)]
    target = numbers.targets.get(kpi.key)
    return [
        kpi.key, str(kpi.name), unit, cell.value, then.value if then else None, cell.n, *bounds, target,
        str(cell.reason),
    ]  # fmt: skip
