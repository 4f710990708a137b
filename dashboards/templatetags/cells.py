"""The rows of the tables that have hundreds of cells: the portfolio's, an account's measures, cohorts, a chart's twin.

A function for each kind of cell costs a third of what template tags do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from html import escape
from typing import Any

from django import template
from django.template import Context
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from dashboards.templatetags.figures import (
    NONE,
    Number,
    cell,
    day,
    day_brief,
    days_ago,
    integer,
    money,
    percent,
    score,
    whole,
)
from dashboards.templatetags.marks import by_hand, defined, delta, doubt, pick, pill, sparkline, word_pill

register = template.Library()

# Words that are longer than their column.
CUT = ("drivers", "owner", "team", "segment")
RENEWS = '<span class="narrow-only">{} </span><span title="{}">{}</span>'


@register.simple_tag
def account_rows(rows: Iterable[Any], columns: Iterable[Any], today: date, picks: bool) -> SafeString:
    """The accounts of a portfolio, column by column as they were chosen; `picks`: each can be selected."""
    keys = [column.key for column in columns if column.key in CELLS]
    return mark_safe("".join(f"<tr>{_name(row, picks)}{_cells(row, keys, today)}</tr>" for row in rows))  # noqa: S308


def _name(row: Any, picks: bool) -> str:
    return format_html(
        '<th class="c-name" scope="row">{}<a href="{}" hx-boost="false">{}</a>{}{}</th>',
        pick(row.key, row.name) if picks else "",
        row.url,
        row.name,
        format_html(" {}", by_hand()) if row.is_by_hand else "",
        format_html(' <span class="tag">{}</span>', row.segment) if row.segment else "",
    )


def _cells(row: Any, keys: Iterable[str], today: date) -> str:
    """All cells of a row but that of the name."""
    return "".join(_cell(key, conditional_escape(CELLS[key](row, today))) for key in keys)


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
    "risk": lambda row, today: str(row.risk or NONE),
    "overdue": lambda row, today: _("%(n)s d") % {"n": integer(row.overdue)} if row.overdue else NONE,
    "id": lambda row, today: format_html("<code>{}</code>", row.external_id),
}


# -- the measures of an account


@register.simple_tag(takes_context=True)
def measure_rows(context: Context, rows: Iterable[Any]) -> SafeString:
    """Each measure with its value, target, points, weight and line."""
    workspace, words = context["frame"].workspace.slug, (_("The records behind it"), _("records of %(name)s"))
    return mark_safe("".join(_measure(row, workspace, words) for row in rows))  # noqa: S308 - what is told is escaped


def _measure(row: Any, workspace: str, words: tuple[str, str]) -> str:
    anchor = escape(row.anchor)
    name = defined(workspace, anchor, row.label, row.explanation) if anchor else escape(row.label)
    told = f' data-definition="{anchor}"' if anchor else ""
    points = word_pill(row.band, row.signed) if row.signed else pill(row.band, row.points)
    return (
        f'<tr{told}><th scope="row">{name}</th>'
        f'<td class="num strong m-now">{_now(row, *words)}</td>'
        f'<td class="num muted m-target">{escape(row.target)}</td><td class="m-score">{points}</td>'
        f'<td class="num muted m-weight">{percent(row.weight)}</td>'
        f'<td class="m-line">{sparkline(row.line, row.band)}</td></tr>'
    )


def _now(row: Any, records: str, spoken: str) -> str:
    """The value, as the way to the records behind it."""
    if not row.records:
        return escape(row.text)
    title = escape(row.why_none if row.now.value is None else records)
    return (
        f'<a class="number opens" href="{escape(row.records)}" title="{title}">{escape(row.text)}'
        f'<span class="visually-hidden"> {escape(spoken % {"name": row.label})}</span></a>'
    )


# -- the twin of the line of a score


@register.simple_tag
def score_rows(line: Iterable[tuple[date, Number]], today: date) -> SafeString:
    """Day by day what the score was."""
    rows = (
        f'<tr><td>{escape(day(at, today))}</td><td class="num">{escape(score(value))}</td></tr>' for at, value in line
    )
    return mark_safe("".join(rows))  # noqa: S308 - what is told is escaped


# -- the twin of any other chart, and cohorts


@register.simple_tag
def sheet_rows(sheet: Any) -> SafeString:
    """The rows of a table that is a file as well, each named by its first cell."""
    return mark_safe("".join(map(_sheet_row, sheet.lines)))  # noqa: S308 - what is told is escaped


def _sheet_row(line: list[tuple[Any, str]]) -> str:
    name, *texts = (escape(cell(value, unit)) for value, unit in line)
    return f'<tr><th scope="row">{name}</th>{"".join(map(_number, texts))}</tr>'


def _number(text: str) -> str:
    return f'<td class="num">{text}</td>'


@register.simple_tag
def heat_rows(rows: Iterable[Any]) -> SafeString:
    """Cohorts: how many at first, and how dark what is left of them month by month."""
    told = (
        f'<tr><th scope="row">{escape(row.name)}</th><td class="num">{escape(row.first)}</td>'
        f"{''.join(map(_heat, row.cells))}</tr>"
        for row in rows
    )
    return mark_safe("".join(told))  # noqa: S308 - what is told is escaped


def _heat(heat: Any) -> str:
    if heat is None:
        return "<td></td>"
    return f'<td class="heat-{heat.shade}" title="{escape(heat.title)}">{escape(heat.text)}</td>'
