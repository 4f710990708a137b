"""The CSMs side by side as a table for spreadsheets: rates as shares of 1."""

from __future__ import annotations

from django.utils.translation import gettext as _

from dashboards.export import Cell, Field, Sheet
from dashboards.panels.team.history import BANDS
from dashboards.panels.team.people import KEYS, Csm, Csms
from dashboards.templatetags.figures import band_word
from metrics.registry import KPIS


def csms_sheet(csms: Csms) -> Sheet:
    """The rows in the order of the page, each number with what it rests on."""
    kpis = [KPIS[key] for key in KEYS.values()]
    told = [
        field
        for kpi in kpis
        for field in (Field(str(kpi.name), kpi.unit), Field(_("%(name)s, n") % {"name": kpi.name}))
    ]
    bands = [Field(str(band_word(band))) for band in BANDS]
    return Sheet("csms", (Field(_("CSM")), Field(_("Accounts")), *bands, *told), [_line(row) for row in csms.rows])


def _line(row: Csm) -> list[Cell]:
    bands = [count for _band, count in row.bands]
    told = [cell for entry in row.entries for cell in (entry.value, entry.n)]
    return [row.name, row.accounts, *bands, *told]
