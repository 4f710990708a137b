"""Retention cohorts: of those that became customers in a month, how many still are, and what they pay."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from dashboards.export import Cell, Field, Sheet
from dashboards.panels.lists import Link
from dashboards.panels.team.parts import Parts
from dashboards.templatetags.figures import brief_money, day, integer, months, percent
from metrics.kpis.cohorts import FOLLOWED, month_of
from metrics.kpis.parts import Part

# The shades of the table: a cell is of the highest that its share reaches.
SHADES = (0, 50, 60, 70, 80, 85, 90, 95, 100)


@dataclass(frozen=True)
class Heat:
    """A cell: its share, what it rests on, and how dark it is."""

    text: str
    title: str
    shade: int


@dataclass(frozen=True)
class Cohort:
    """Those of a month: how many or how much at first, and what was left after 0, 1, 2… months."""

    name: str
    first: str
    cells: tuple[Heat | None, ...]


@dataclass(frozen=True)
class Cohorts:
    """The table twice: of customers and of their MRR."""

    customers: tuple[Cohort, ...]
    mrr: tuple[Cohort, ...]
    ages: tuple[int, ...]
    note: str
    sheet: Sheet
    files: tuple[Link, ...] = ()


def cohorts_of(parts: Parts) -> Cohorts:
    """The cohorts of the month in which the period ends and of the twelve before."""
    currency, last = parts.numbers.workspace.currency, parts.months[-1]
    return Cohorts(
        _table(parts, "cohort_customers", integer),
        _table(parts, "cohort_mrr", lambda amount: brief_money(amount, currency)),
        tuple(range(FOLLOWED + 1)),
        _("By the month of the first paid day, after so many months; the newest as of %(day)s.") % {
            "day": day(last.last, parts.numbers.span.newest),
        },
        _sheet(parts),
    )  # fmt: skip


def _table(parts: Parts, key: str, say: Callable[[Decimal], str]) -> tuple[Cohort, ...]:
    found = [parts.of(key, month) for month in parts.months]
    rows = []
    for n, month in enumerate(parts.months):
        name = month_of(month.start)
        cells = [_heat(each.get(name), say) for each in found[n:]]
        if any(cells):
            whole = next(each[name].whole for each in found[n:] if name in each)
            rows.append(Cohort(months(month.start, month.start, brief=True), say(whole), _filled(cells)))
    return tuple(rows)


def _filled(cells: list[Heat | None]) -> tuple[Heat | None, ...]:
    return (*cells, *[None] * (FOLLOWED + 1 - len(cells)))


def _heat(part: Part | None, say: Callable[[Decimal], str]) -> Heat | None:
    if part is None:
        return None
    if part.reason:
        return Heat("–", part.reason, 0)
    if not part.whole:
        return None
    share = 100 * part.part / part.whole
    title = _("%(now)s of %(first)s") % {"now": say(part.part), "first": say(part.whole)}
    shade = max(n for n, least in enumerate(SHADES) if share >= least)
    return Heat(percent(share / 100), title, shade)


def _sheet(parts: Parts) -> Sheet:
    """A row for each cell of the tables."""
    currency = parts.numbers.workspace.currency
    fields = (
        Field(_("Became customers in")), Field(_("Months after")), Field(_("Customers at first")),
        Field(_("Customers still there")), Field(_("MRR at first"), currency), Field(_("MRR now"), currency),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for n, month in enumerate(parts.months):
        for age, seen in enumerate(parts.months[n:]):
            customers, mrr = (_sums(parts.of(key, seen), month.start) for key in ("cohort_customers", "cohort_mrr"))
            if customers[0] is not None:
                rows.append((month.start, age, *customers, *mrr))
    return Sheet("cohorts", fields, rows)


def _sums(found: Mapping[str, Part], month: date) -> tuple[Decimal | None, Decimal | None]:
    part = found.get(month_of(month))
    return (None, None) if part is None or part.reason else (part.whole, part.part)
