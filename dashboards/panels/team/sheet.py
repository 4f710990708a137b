"""The CSMs side by side as a table for spreadsheets: numbers as numbers, rates as shares of 1."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from django.utils.translation import gettext as _

from dashboards.panels.team.people import KEYS, Csm, Csms
from dashboards.templatetags.figures import band_word
from metrics.registry import KPIS

# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(csms: Csms) -> str:
    """The rows in the order of the page, each number with what it rests on."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_head(csms))
    writer.writerows(_line(row) for row in csms.rows)
    return out.getvalue()


def text(value: str) -> str:
    """A word that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(FORMULA) else value


def _head(csms: Csms) -> list[str]:
    bands = [str(band_word(band)) for band, _count in csms.rows[0].bands] if csms.rows else []
    names = [str(KPIS[key].name) for key in KEYS.values()]
    told = [word for name in names for word in (name, _("%(name)s, n") % {"name": name})]
    return [_("CSM"), _("Accounts"), *bands, *told]


def _line(row: Csm) -> list[str | int]:
    bands = [count for _band, count in row.bands]
    told = [cell for entry in row.entries for cell in (_number(entry.value), entry.n)]
    return [text(row.name), row.accounts, *bands, *told]


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"
