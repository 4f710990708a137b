"""Whose days: the workspace's name, time zone, week and fiscal year."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.dates import MONTHS, WEEKDAYS
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership, Workspace
from accounts.models.workspace import time_zones
from dashboards.panels.settings.form import counting_page
from dashboards.views.page import page
from dashboards.views.settings.one_form import save_form, show_form

TEMPLATE = "settings/calendar.html"


class CalendarForm(forms.ModelForm):
    """When a day, a week and a year begin."""

    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=[(name, name) for name in sorted(time_zones())],
        help_text=_(
            "A day begins at midnight here. After a change the days of use are counted anew; the scores of past"
            " nights stay."
        ),
    )
    week_start = forms.TypedChoiceField(
        label=_("The week begins on"),
        choices=WEEKDAYS.items(),
        coerce=int,
        help_text=_("Figures by the week begin on it."),
    )
    fiscal_year_start = forms.TypedChoiceField(
        label=_("The fiscal year begins in"),
        choices=MONTHS.items(),
        coerce=int,
        help_text=_("Figures by the quarter and the year begin with it."),
    )

    class Meta:
        model = Workspace
        fields = ("name", "time_zone", "week_start", "fiscal_year_start")
        labels = {"name": _("Name of the workspace")}


@require_safe
@page("settings.read")
def calendar(request: HttpRequest, member: Membership) -> HttpResponse:
    """The form as it stands."""
    return show_form(request, member, CalendarForm(instance=member.workspace), TEMPLATE, counting_page)


@require_POST
@page("settings.write")
def save(request: HttpRequest, member: Membership) -> HttpResponse:
    """Keep what was chosen."""
    return save_form(request, member, CalendarForm, TEMPLATE, "settings-calendar", counting_page)
