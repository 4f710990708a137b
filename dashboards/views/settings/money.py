"""The currency in which amounts are told, what others are worth in it, and the gross margin."""

from __future__ import annotations

from decimal import Decimal

from babel.numbers import list_currencies
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership, Workspace
from accounts.rates import RateRefusedError, decide_money, set_rate
from dashboards.panels import filters
from dashboards.panels.settings.money import MoneyPage, money_page
from dashboards.views.page import page, refuse, show
from dashboards.views.settings.one_form import Panel, save_form

TEMPLATE = "settings/money.html"


class Currency(forms.CharField):
    """A code of three letters that some country knows."""

    def to_python(self, value: object) -> str:
        return str(super().to_python(value)).upper()

    def validate(self, value: str) -> None:
        super().validate(value)
        if value not in list_currencies():
            raise forms.ValidationError(_now("“%(code)s” is no currency, such as EUR.") % {"code": value[:10]})


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


class RateForm(forms.Form):
    """What one unit of another currency is worth."""

    rate_currency = Currency(label=_("Currency"))
    day = forms.DateField(label=_("From the day"), widget=forms.DateInput(attrs={"type": "date"}))
    rate = forms.DecimalField(label=_("Rate"), max_digits=18, decimal_places=8)

    def __init__(self, *args: object, reporting: str, **more: object) -> None:
        super().__init__(*args, **more)  # type: ignore[arg-type]
        self.reporting = reporting
        self.fields["rate"].help_text = _now("What one unit is worth in %(currency)s.") % {"currency": reporting}

    def clean_rate_currency(self) -> str:
        code: str = self.cleaned_data["rate_currency"]
        if code == self.reporting:
            raise forms.ValidationError(_now("%(code)s is the reporting currency: it needs no rate.") % {"code": code})
        return code

    def clean_rate(self) -> Decimal:
        rate: Decimal = self.cleaned_data["rate"]
        if rate <= 0:
            raise forms.ValidationError(_now("A rate is above 0."))
        return rate


def _panel(rate_form: RateForm | None = None, page: int = 1) -> Panel:
    def panel(member: Membership, form: MoneyForm) -> MoneyPage:
        rates = rate_form or RateForm(reporting=member.workspace.currency)
        return money_page(member, form, rates, page)

    return panel


@require_safe
@page("settings.read")
def money(request: HttpRequest, member: Membership) -> HttpResponse:
    """The form and a page of rates."""
    try:
        asked = filters.read(request.GET, filters.Filters())
    except filters.FilterError as error:
        return refuse(request, str(error))
    panel = _panel(page=asked.page)(member, MoneyForm(instance=member.workspace))
    return show(request, TEMPLATE, panel, {"list": "settings/rates.html"})


@require_POST
@page("settings.write")
def save(request: HttpRequest, member: Membership) -> HttpResponse:
    """Keep what was chosen."""
    return save_form(request, member, MoneyForm, TEMPLATE, "settings-money", _panel(), decide_money)


@require_POST
@page("settings.write")
def save_rate(request: HttpRequest, member: Membership) -> HttpResponse:
    """Add a rate or correct that of a day."""
    form = RateForm(request.POST, reporting=member.workspace.currency)
    changed = form.is_valid() and _keep(form, member)
    if form.errors:
        response = show(request, TEMPLATE, _panel(form)(member, MoneyForm(instance=member.workspace)))
        response.status_code = 400
        return response
    if changed:
        messages.success(request, _now("The rate is kept. It counts from the next night."))
    return redirect("settings-money", workspace=member.workspace.slug)


def _keep(form: RateForm, member: Membership) -> bool:
    """Tell the rate; what is wrong with it goes into the form. Returns whether anything changed."""
    asked = form.cleaned_data
    try:
        return set_rate(member.workspace, asked["rate_currency"], asked["day"], asked["rate"], timezone.now())
    except RateRefusedError as error:
        form.add_error(None, str(error))
        return False
