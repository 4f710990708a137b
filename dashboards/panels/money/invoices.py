"""Invoices, how late each was paid, and how late that account usually pays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Invoice
from dashboards.export import Field
from dashboards.panels.account_tables import Cells, Column, Place, Shown, TableKind, a_day, amount_column, an_amount
from dashboards.templatetags.figures import day, decimal, integer, money
from metrics.formulas.rates import median
from metrics.measures.money import INVOICES as COUNTED
from metrics.registry import AsOf

# More than that an account is told little by what was before.
HABIT_OF = 500
# What is owed up to one unit is no debt (metrics.md 3, days_past_due).
OWED = 1


def _rows(place: Place) -> Any:
    found = Invoice.objects.of(place.workspace).current().filter(account_id=place.account.pk)
    return found.order_by("-due_on", "-pk")


def _columns(place: Place) -> tuple[Column, ...]:
    late = (Field(_("Days late")), Field(_("Usually days late")))
    return (
        Column(_("Invoice")),
        Column(_("Issued")),
        Column(_("Due")),
        amount_column(place, _("Amount")),
        Column(_("State"), (Field(_("State")), Field(_("Paid on")), Field(_("Still owed")))),
        Column(_("Late"), late, anchor="measure-commercial.days_past_due"),
    )


def _cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    """One query: what was paid of each and of those before, and when, as the measures read it."""
    if not rows:
        return []
    as_of = AsOf(place.workspace, place.today, place.today, (place.account.pk,))
    upto = COUNTED.rows(as_of).filter(due_on__lte=rows[0].due_on)
    counted = list(upto.order_by("-due_on", "-pk")[: len(rows) + HABIT_OF])
    told = {row.pk: row for row in counted}
    paid = [(row.due_on, row.days_late) for row in counted if row.balance <= OWED and row.settled_on]
    return [_line(place, row, told.get(row.pk), _habit(paid, row.due_on)) for row in rows]


def _habit(paid: Sequence[tuple[date, int]], due: date) -> Decimal | None:
    """How many days late the invoices that were due earlier were paid, in the median."""
    return median([late for other, late in paid if other < due])


def _line(place: Place, row: Any, told: Any, habit: Decimal | None) -> Cells:
    return (
        Shown(row.number or row.external_id),
        a_day(place, row.issued_on),
        a_day(place, row.due_on),
        an_amount(place, row.amount, row.currency, row.issued_on),
        _state(place, row, told),
        _late(place, row, told, habit),
    )


def _state(place: Place, row: Any, told: Any) -> Shown:
    if row.is_void or row.is_disputed:
        return Shown(
            _("void") if row.is_void else _("disputed"), (_("void") if row.is_void else _("disputed"), None, None)
        )
    if told is None:
        return Shown("–", ("", None, None))
    if told.balance <= OWED:
        paid = day(told.settled_on, place.today) if told.settled_on else ""
        return Shown(_("paid"), (_("paid"), told.settled_on, told.balance), note=paid, band="green")
    is_late = row.due_on < place.today
    owed = _("%(amount)s open") % {"amount": money(told.balance, row.currency)}
    return Shown(
        _("overdue") if is_late else _("open"), (_("overdue") if is_late else _("open"), None, told.balance), note=owed,
        band="red" if is_late else "grey",
    )  # fmt: skip


def _late(place: Place, row: Any, told: Any, habit: Decimal | None) -> Shown:
    if told is None or (told.balance > OWED and row.due_on >= place.today):
        return Shown("–", (None, habit))
    usually = _("usually %(days)s") % {"days": _days(habit)} if habit is not None else _("the first one")
    unusual = habit is not None and told.days_late > max(habit, Decimal(0)) + 7
    return Shown(
        _days(Decimal(told.days_late)), (told.days_late, habit), note=usually,
        tag=_("unusual") if unusual else "", tag_band="yellow" if unusual else "",
    )  # fmt: skip


def _days(days: Decimal) -> str:
    """22 d late, 4 d early, on the day"""
    if not days:
        return _("on the day")
    text = integer(abs(days)) if days == days.to_integral_value() else decimal(abs(days))
    return (_("%(n)s d late") if days > 0 else _("%(n)s d early")) % {"n": text}


INVOICES = TableKind(
    "invoices",
    gettext_lazy("Invoices"),
    gettext_lazy("Here stands every invoice with how late it was paid, beside how late this account usually pays."),
    _columns,
    _rows,
    _cells,
)
