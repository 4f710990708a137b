"""The currency in which amounts are told, and the gross margin."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership, Workspace
from accounts.rates import decide_money
from dashboards.panels.settings.form import FormPage
from dashboards.panels.settings.table_forms import Currency
from dashboards.views.page import page, show
from dashboards.views.settings.one_form import save_form

TEMPLATE = "settings/money.html"


class MoneyForm(forms.ModelForm):
    """In which currency, and how much of it is left after what it costs to serve."""

    currency = Currency(
        label=_("Reporting currency"),
        help_text=_(
            "A change needs a rate of the new currency first, and writes all rates anew. Amounts of past nights stay in"
            " the old one."
        ),
    )
    gross_margin = forms.DecimalField(
        label=_("Gross margin"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(1),
        max_digits=5,
        decimal_places=4,
        help_text=_("Share of revenue from 0 to 1, for the lifetime value of customers; empty: not known."),
    )

    class Meta:
        model = Workspace
        fields = ("currency", "gross_margin")


@require_safe
@page("settings.read")
def money(request: HttpRequest, member: Membership) -> HttpResponse:
    """The form."""
    return show(request, TEMPLATE, FormPage.of(member, MoneyForm(instance=member.workspace)))


@require_POST
@page("settings.write")
def save(request: HttpRequest, member: Membership) -> HttpResponse:
    """Keep what was chosen."""
    return save_form(request, member, MoneyForm, TEMPLATE, "settings-money", keep=decide_money)
