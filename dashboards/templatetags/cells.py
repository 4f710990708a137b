"""The cells of a row of the portfolio, column by column as they were chosen.

A page has hundreds of them: a function for each kind of cell costs a third of what template tags do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dashboards.templatetags.figures import NONE, day_brief, days_ago, integer, money, percent, whole
from dashboards.templatetags.marks import delta, doubt, pill, sparkline

register = template.Library()

# Words that are longer than their column.
CUT = ("drivers", "owner", "team", "segment")
RENEWS = '<span class="narrow-only">{} </span><span title="{}">{}</span>'


@register.simple_tag
def cells(row: Any, columns: Iterable[Any], today: date) -> SafeString:
    """All cells of a row but that of the name, with which it begins."""
    keys = (column.key for column in columns if column.key in CELLS)
    return mark_safe("".join(_cell(key, conditional_escape(CELLS[key](row, today))) for key in keys))  # noqa: S308


def _cell(key: str, text: str) -> str:
    """`text` is escaped; what may be cut off is its title as well."""
    title = f' title="{text}"' if key in CUT else ""
    return f'<td class="c-{key}"{title}>{text}</td>'


def _renews(row: Any, today: date) -> str:
    if row.renews_on is None:
        return NONE
    return format_html(RENEWS, _("renews"), row.renews_on.isoformat(), day_brief(row.renews_on, today))


def _health(row: Any, _today: date) -> str:
    mark = pill(row.band, row.score)
    return mark + doubt(row.doubt, row.rests_on) if row.doubt else mark


def _against(row: Any, _today: date) -> str:
    text = money(row.against, row.mrr.unit)
    return f"+{text}" if (row.against or 0) > 0 else text


def _use(row: Any, _today: date) -> str:
    if row.never_used:
        return _("never")
    return NONE if row.used is None else _("%(n)s d ago") % {"n": integer(row.used)} if row.used else _("today")


CELLS: dict[str, Callable[[Any, date], str]] = {
    "health": _health,
    "change": lambda row, today: delta(row.change),
    "line": lambda row, today: sparkline(row.line, row.band),
    "drivers": lambda row, today: row.drivers,
    "stage": lambda row, today: row.stage,
    "mrr": lambda row, today: whole(row.mrr),
    "against": _against,
    "renews": _renews,
    "touch": lambda row, today: days_ago(row.touched_on, today),
    "owner": lambda row, today: row.owner or NONE,
    "team": lambda row, today: row.team or NONE,
    "segment": lambda row, today: row.segment or NONE,
    "since": lambda row, today: day_brief(row.since, today),
    "coverage": lambda row, today: format_html('<span title="{}">{}</span>', row.rests_on, percent(row.coverage)),
    "use": _use,
    "overdue": lambda row, today: _("%(n)s d") % {"n": integer(row.overdue)} if row.overdue else NONE,
    "id": lambda row, today: format_html("<code>{}</code>", row.external_id),
}
