"""Terms, payments, purchases and deals of an account."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Deal, Invoice, Payment, Purchase, Subscription
from dashboards.export import Field
from dashboards.panels.account_tables import (
    WAY,
    Cells,
    Column,
    Place,
    Shown,
    TableKind,
    a_day,
    a_way,
    amount_column,
    an_amount,
)
from dashboards.panels.entries import way_to_correct
from dashboards.templatetags.figures import day, integer

NONE = "–"


def _current(model: Any, place: Place) -> Any:
    return model.objects.of(place.workspace).current().filter(account_id=place.account.pk)


# -- terms ---------------------------------------------------------------------------------------------------


def _terms(place: Place) -> Any:
    return _current(Subscription, place).order_by("-starts_on", F("ends_on").desc(nulls_first=True), "-pk")


def _term_columns(place: Place) -> tuple[Column, ...]:
    return (
        Column(_("Product")),
        Column(_("From")),
        Column(_("To")),
        Column(_("Seats"), is_number=True),
        amount_column(place, _("MRR"), anchor="kpi-revenue.mrr"),
        Column(_("State")),
    )


def _term_cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    return [
        (
            Shown(row.product or row.subscription, (row.product or row.subscription,)),
            a_day(place, row.starts_on),
            Shown(day(row.ends_on, place.today) if row.ends_on else _("open-ended"), (row.ends_on,)),
            Shown(NONE if row.seats is None else integer(row.seats), (row.seats,)),
            an_amount(place, row.mrr, row.currency, row.starts_on),
            _term_state(place, row),
        )
        for row in rows
    ]


def _term_state(place: Place, row: Any) -> Shown:
    if row.ends_on and row.ends_on <= place.today:
        return Shown(_("over"))
    if row.starts_on > place.today:
        return Shown(_("ahead"))
    if row.is_trial:
        return Shown(_("trial"), band="grey")
    return Shown(_("running"), band="green", note=_("does not renew by itself") if row.auto_renew is False else "")


TERMS = TableKind(
    "terms",
    gettext_lazy("Subscriptions"),
    gettext_lazy(
        "Here stands each term with its seats and its price. A change of either closes one and opens the next."
    ),
    _term_columns,
    _terms,
    _term_cells,
)

# -- payments ------------------------------------------------------------------------------------------------


def _payments(place: Place) -> Any:
    return _current(Payment, place).order_by("-paid_on", "-pk")


def _payment_columns(place: Place) -> tuple[Column, ...]:
    amount = amount_column(place, _("Amount"), anchor="measure-commercial.payment_timing")
    return (Column(_("Day")), Column(_("What")), Column(_("Invoice")), amount)


def _payment_cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    """One query: what the invoices are called."""
    invoices = _current(Invoice, place).filter(external_id__in={row.invoice for row in rows})
    numbers = dict(invoices.values_list("external_id", "number"))
    return [
        (
            a_day(place, row.paid_on),
            Shown(str(row.get_kind_display())),
            Shown(numbers.get(row.invoice) or row.invoice),
            an_amount(place, row.amount, row.currency, row.paid_on),
        )
        for row in rows
    ]


PAYMENTS = TableKind(
    "payments",
    gettext_lazy("Payments"),
    gettext_lazy("Here stands what was paid, credited, written off or given back."),
    _payment_columns,
    _payments,
    _payment_cells,
)

# -- purchases -----------------------------------------------------------------------------------------------


def _purchases(place: Place) -> Any:
    return _current(Purchase, place).order_by("-purchased_on", "-pk")


def _purchase_columns(place: Place) -> tuple[Column, ...]:
    amount = amount_column(place, _("Amount"), anchor="measure-commercial.purchases_365d")
    return (Column(_("Day")), Column(_("Product")), Column(_("Kind")), amount, Column(_("Replace by")))


def _purchase_cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    return [
        (
            a_day(place, row.purchased_on),
            Shown(row.product or NONE, (row.product,)),
            Shown(row.kind),
            an_amount(place, row.amount, row.currency, row.purchased_on),
            Shown(day(row.replace_by, place.today) if row.replace_by else "", (row.replace_by,)),
        )
        for row in rows
    ]


PURCHASES = TableKind(
    "purchases",
    gettext_lazy("Purchases"),
    gettext_lazy("Here stands what was bought once, beside the subscription."),
    _purchase_columns,
    _purchases,
    _purchase_cells,
)

# -- deals ---------------------------------------------------------------------------------------------------

BANDS = {Deal.State.WON: "green", Deal.State.LOST: "red"}


def _deals(place: Place) -> Any:
    return _current(Deal, place).order_by(F("closed_on").desc(nulls_first=True), "-opened_on", "-pk")


def _deal_columns(place: Place) -> tuple[Column, ...]:
    state = (Field(_("State")), Field(_("Closed")))
    amount = amount_column(place, _("Amount"), anchor="measure-commercial.open_expansion")
    return (Column(_("Deal")), Column(_("Opened")), amount, Column(_("State"), state), WAY)


def _deal_cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    return [
        (
            Shown(row.name or row.kind, (row.name or row.kind,)),
            a_day(place, row.opened_on),
            an_amount(place, row.amount, row.currency, row.opened_on),
            _deal_state(place, row),
            a_way(place, way_to_correct(place.workspace, row)),
        )
        for row in rows
    ]


def _deal_state(place: Place, row: Any) -> Shown:
    word = str(row.get_state_display())
    closed = day(row.closed_on, place.today) if row.closed_on else ""
    return Shown(word, (word, row.closed_on), note=closed, band=BANDS.get(row.state, "grey"))


DEALS = TableKind(
    "deals",
    gettext_lazy("Deals"),
    gettext_lazy("Here stands what else could be sold here, open and closed."),
    _deal_columns,
    _deals,
    _deal_cells,
    add="deal",
)
