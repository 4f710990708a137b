"""The forms of the tables that managers keep: rates, costs, targets. Each makes one item, as files and REST do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from babel.numbers import list_currencies
from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.batch import Result
from accounts.bounds import EARLIEST, FARTHEST
from accounts.facts import CostItem, RateItem
from accounts.models import Membership, ProgramCost, Role
from dashboards.panels.team.words import GROUPS
from metrics.kpis.periods import Period
from metrics.kpis.places import WHOLE, Scope
from metrics.models import PeriodKind, ScopeKind
from metrics.names import Names
from metrics.registry import KPIS, Kpi, Unit
from metrics.targets import TargetItem, reach

Choices = list[tuple[str, str]]


class Currency(forms.CharField):
    """A code of three letters that some country knows."""

    def to_python(self, value: object) -> str:
        return str(super().to_python(value)).upper()

    def validate(self, value: str) -> None:
        super().validate(value)
        if value not in list_currencies():
            raise forms.ValidationError(_("“%(code)s” is no currency, such as EUR.") % {"code": value[:10]})


class TableForm(forms.Form):
    """A form for one row. `names` says beside which field a refusal of another name stands."""

    names: Mapping[str, str] = {}

    def __init__(self, member: Membership, data: Any = None, initial: Any = None) -> None:
        self.member, self.workspace = member, member.workspace
        super().__init__(data, initial=initial)

    def refuse(self, result: Result) -> None:
        """Put what is wrong with the item beside its field."""
        field = self.names.get(result.field, result.field)
        self.add_error(field if field in self.fields else None, result.reason)


def _day(**more: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"), validators=[_in_reach], **more)


def _in_reach(day: Any) -> None:
    if not EARLIEST.date() <= day <= FARTHEST:
        raise forms.ValidationError(_("A day lies between 2000 and 2100."))


class RateForm(TableForm):
    """What one unit of another currency is worth."""

    currency = Currency(label=gettext_lazy("Currency"), max_length=3)
    day = _day(label=gettext_lazy("From the day"))
    rate = forms.DecimalField(label=gettext_lazy("Rate"), max_digits=18, decimal_places=8)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        words = {"currency": self.workspace.currency}
        self.fields["rate"].help_text = _("What one unit is worth in %(currency)s.") % words

    def clean_currency(self) -> str:
        code: str = self.cleaned_data["currency"]
        if code == self.workspace.currency:
            raise forms.ValidationError(_("%(code)s is the reporting currency: it needs no rate.") % {"code": code})
        return code

    def clean_rate(self) -> Decimal:
        rate: Decimal = self.cleaned_data["rate"]
        if rate <= 0:
            raise forms.ValidationError(_("A rate is above 0."))
        return rate

    def item(self) -> RateItem:
        return RateItem(**self.cleaned_data)


class CostForm(TableForm):
    """What customer success cost in a month."""

    month = forms.DateField(
        label=gettext_lazy("Month"),
        input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=forms.DateInput({"type": "month"}, "%Y-%m"),
        help_text=gettext_lazy("Such as 2026-11."),
        validators=[_in_reach],
    )
    kind = forms.ChoiceField(label=gettext_lazy("For what"), choices=ProgramCost.Kind.choices)
    amount = forms.DecimalField(label=gettext_lazy("Amount"), min_value=0, max_digits=18, decimal_places=4)
    currency = Currency(label=gettext_lazy("Currency"), max_length=3)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["currency"].initial = self.workspace.currency

    def item(self) -> CostItem:
        return CostItem(**(self.cleaned_data | {"month": self.cleaned_data["month"].replace(day=1)}))


class TargetForm(TableForm):
    """What a KPI should be. Shares are told in percent; any day of the first period will do."""

    names = {"scope_key": "scope"}

    kpi = forms.ChoiceField(label=gettext_lazy("KPI"))
    scope = forms.ChoiceField(label=gettext_lazy("Whose"))
    period = forms.ChoiceField(label=gettext_lazy("Each"), choices=PeriodKind.choices, initial=PeriodKind.MONTH)
    start = _day(
        label=gettext_lazy("From"),
        help_text=gettext_lazy("Any day of the first period. It holds until the next target of the same."),
    )
    value = forms.CharField(
        label=gettext_lazy("Target"),
        max_length=40,
        help_text=gettext_lazy("In the unit behind the KPI: for a share in % type 95, not 0.95."),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.known = Names(self.workspace)
        self.fields["kpi"].choices = [("", _("Choose a KPI")), *_kpis(self.workspace.currency)]  # type: ignore[attr-defined]
        self.fields["scope"].choices = _scopes(self.member, self.known)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """The value in the KPI's unit, the start as the workspace counts its periods."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if "value" in told and "kpi" in told:
            self._read_value(KPIS[told["kpi"]])
        if "start" in told and "period" in told:
            told["start"] = Period.of(self.workspace, PeriodKind(told["period"]), told["start"]).start
        return told

    def _read_value(self, kpi: Kpi) -> None:
        text = str(self.cleaned_data["value"]).strip()
        plain = text.removesuffix("%").strip()
        try:
            number = forms.DecimalField(max_digits=20, decimal_places=4 if kpi.unit is Unit.RATIO else 6).clean(plain)
        except forms.ValidationError as error:
            return self.add_error("value", error)
        if kpi.unit is Unit.RATIO and abs(number) > 200:
            return self.add_error("value", _("A share lies between −200 and 200 %."))
        if kpi.unit is not Unit.RATIO and plain != text:
            return self.add_error("value", _("This KPI is no share: tell it without %."))
        self.cleaned_data["value"] = number / 100 if kpi.unit is Unit.RATIO else number
        return None

    def item(self) -> TargetItem:
        kind, _colon, key = self.cleaned_data["scope"].partition(":")
        about = {"scope": kind, "scope_key": self.known.name(kind, key)}
        return TargetItem(**(self.cleaned_data | about))


def unit_text(unit: Unit, currency: str) -> str:
    """A unit as a word behind a name."""
    words = {
        Unit.RATIO: "%", Unit.BALANCE_100: "−100…100", Unit.TIMES: "×", Unit.COUNT: _("count"), Unit.SCORE: _("score"),
        Unit.MINUTES: _("minutes"), Unit.HOURS: _("hours"), Unit.DAYS: _("days"), Unit.MONEY: currency,
    }  # fmt: skip
    return str(words.get(unit, unit.value))


def _kpis(currency: str) -> list[tuple[str, Choices]]:
    """Every KPI with its unit, by group."""
    return [
        (
            str(title),
            [(kpi.key, f"{kpi.name}, {unit_text(kpi.unit, currency)}") for kpi in KPIS.values() if kpi.group == group],
        )
        for group, title in GROUPS.items()
    ]


def _scopes(member: Membership, names: Names) -> list[Any]:
    """Whose targets the member sets. Three queries, and one for a team's own."""
    people = Membership.objects.of(member.workspace).select_related("user").order_by("user__name")
    rows = people.filter(ended_at=None, role__in=(Role.CSM, Role.MANAGER))
    told: Iterable[tuple[Any, ScopeKind, Iterable[tuple[str, str]]]] = (
        (_("Teams"), ScopeKind.TEAM, names.teams.items()),
        (_("CSMs"), ScopeKind.CSM, [(str(row.pk), str(row.user)) for row in rows]),
        (_("Segments"), ScopeKind.SEGMENT, names.segments.items()),
    )
    reaches = reach(member)
    groups = [
        (str(title), [(f"{kind.value}:{key}", name) for key, name in rows if reaches(Scope(kind, key))])
        for title, kind, rows in told
    ]
    whole = [(ScopeKind.WORKSPACE.value, _("Whole workspace"))] if reaches(WHOLE) else []
    return [*whole, *(group for group in groups if group[1])]
