"""How long things are kept."""

from __future__ import annotations

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership, Workspace
from dashboards.panels.settings.retention import retention_page
from dashboards.views.page import page
from dashboards.views.settings.one_form import save_form, show_form

TEMPLATE = "settings/retention.html"


class RetentionForm(forms.ModelForm):
    """Periods; empty is for ever."""

    events_kept_months = forms.IntegerField(
        label=_("Events, months"),
        required=False,
        min_value=1,
        max_value=600,
        help_text=_(
            "Empty: for ever. What was counted of them by account and day stays. Deleted events do not come back."
        ),
    )
    refused_kept_days = forms.IntegerField(
        label=_("Refused items, days"),
        min_value=1,
        max_value=3650,
        help_text=_("Row, field, value and reason. The sums of an import stay."),
    )
    audit_kept_months = forms.IntegerField(
        label=_("Audit log, months"), required=False, min_value=1, max_value=600, help_text=_("Empty: for ever.")
    )

    class Meta:
        model = Workspace
        fields = ("events_kept_months", "refused_kept_days", "audit_kept_months")


@require_safe
@page("settings.read")
def retention(request: HttpRequest, member: Membership) -> HttpResponse:
    """The form as it stands."""
    return show_form(request, member, RetentionForm(instance=member.workspace), TEMPLATE, retention_page)


@require_POST
@page("settings.write")
def save(request: HttpRequest, member: Membership) -> HttpResponse:
    """Keep what was chosen."""
    return save_form(request, member, RetentionForm, TEMPLATE, "settings-retention", retention_page)
