"""Who is a customer, whose use counts, and which kinds of fact are told at all."""

from __future__ import annotations

import re

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership, Workspace
from dashboards.panels.settings.form import counting_page
from dashboards.views.page import page
from dashboards.views.settings.one_form import save_form, show_form
from metrics.registry import MEASURES

TEMPLATE = "settings/customers.html"
DOMAIN = re.compile(r"(?=.{4,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")


class Lines(forms.CharField):
    """One mail domain in each line, in small letters, as events are compared with them."""

    widget = forms.Textarea

    def prepare_value(self, value: object) -> object:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: object) -> list[str]:
        lines = [] if value is None else str(value).lower().replace(",", "\n").split()
        return sorted({line.removeprefix("@") for line in lines})

    def has_changed(self, initial: object, data: object) -> bool:
        return self.to_python(data) != sorted(initial or [])

    def validate(self, value: list[str]) -> None:
        for line in value:
            if not DOMAIN.fullmatch(line):
                raise forms.ValidationError(
                    _now("“%(line)s” is no mail domain, such as example.com.") % {"line": line[:80]}
                )


def kinds_of_fact() -> list[tuple[str, str]]:
    """What measures read, by the name under which it counts as tracked."""
    names = {next(iter(measure.parts.values())).facts.name for measure in MEASURES.values()}
    return [(name, name.capitalize()) for name in sorted(names)]


class CustomersForm(forms.ModelForm):
    """The rules of metrics.customers, as the workspace sets them."""

    own_domains = Lines(
        label=_("Own mail domains"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "One in a line. Use by people with these addresses does not count, neither from now on nor before."
        ),
    )
    tracks = forms.MultipleChoiceField(
        label=_("Always tracked"),
        required=False,
        choices=kinds_of_fact,
        widget=forms.CheckboxSelectMultiple,
        help_text=_(
            "Where none of a kind has come in, its measures have no value. Say here that you would have told it: then"
            " none means none."
        ),
    )

    class Meta:
        model = Workspace
        fields = ("kind", "purchase_days", "churn_rule", "churn_gap_days", "own_domains", "tracks")
        labels = {
            "kind": _("What is sold"),
            "purchase_days": _("Days a purchase makes a customer"),
            "churn_rule": _("A subscription is lost"),
            "churn_gap_days": _("Days a renewal may be late"),
        }
        help_texts = {
            "kind": _("With purchases, who bought in the last days is a customer as well."),
            "purchase_days": _("Counts where purchases are sold."),
            "churn_rule": _("Where terms stay open for ever, choose the churn that is recorded."),
            "churn_gap_days": _("A customer whose term ended so few days ago still is one."),
        }


@require_safe
@page("settings.read")
def customers(request: HttpRequest, member: Membership) -> HttpResponse:
    """The form as it stands."""
    return show_form(request, member, CustomersForm(instance=member.workspace), TEMPLATE, counting_page)


@require_POST
@page("settings.write")
def save(request: HttpRequest, member: Membership) -> HttpResponse:
    """Keep what was chosen."""
    return save_form(request, member, CustomersForm, TEMPLATE, "settings-customers", counting_page)
