"""The names of events: what they stand for, what is use; the feature list; the event of first value."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.ingest.rereading import RuleError, change_name
from accounts.models import EventName, Membership, Workspace
from accounts.models.event import CATALOGUE
from dashboards.panels import filters
from dashboards.panels.event_names import DEFAULT, SORTS, event_name_page, event_names_of
from dashboards.templatetags.figures import integer
from dashboards.views.page import page, refuse, show
from metrics.event_names import features_used, is_known


class NameForm(forms.Form):
    """What a name stands for. Whether it is use is asked only of what stands for itself."""

    alias_of = forms.ChoiceField(
        label=gettext_lazy("Stands for"),
        choices=[("", gettext_lazy("itself")), *((name, name) for name in CATALOGUE)],
        required=False,
        help_text=gettext_lazy("A name of the catalogue says what is use as well. Past events are read so too."),
    )
    is_use = forms.BooleanField(label=gettext_lazy("Counts as use of the product"), required=False)


class FirstValueForm(forms.Form):
    """An event or a feature that came, or nothing."""

    first_value = forms.CharField(
        label=gettext_lazy("Event or feature"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"list": "features", "autocomplete": "off"}),
        help_text=gettext_lazy("With which a customer first has something from the product."),
    )

    def __init__(self, workspace: Workspace, *args: Any) -> None:
        super().__init__(*args, initial={"first_value": workspace.first_value})
        self.workspace = workspace

    def clean_first_value(self) -> str:
        asked: str = self.cleaned_data["first_value"].strip()
        if asked and not is_known(self.workspace, asked):
            raise forms.ValidationError(_("No event and no feature was ever called “%s”.") % asked)
        return asked


@require_safe
@page("source.read")
def event_names(request: HttpRequest, member: Membership) -> HttpResponse:
    """The names, searched and sorted as the address says."""
    return _page(request, member, FirstValueForm(member.workspace))


@require_safe
@page("source.read")
def event_name(request: HttpRequest, member: Membership, event_name: int) -> HttpResponse:
    """One name."""
    row = _found(member, event_name)
    return _name_page(request, member, row, NameForm(initial={"alias_of": row.alias_of, "is_use": row.is_use}))


@require_POST
@page("source.write")
def save(request: HttpRequest, member: Membership, event_name: int) -> HttpResponse:
    """Keep what a name stands for and whether it is use; say how many days are read again."""
    row, form = _found(member, event_name), NameForm(request.POST)
    if form.is_valid():
        asked = form.cleaned_data
        try:
            days = change_name(member.workspace, row.name, asked["alias_of"], asked["is_use"], timezone.now())
        except RuleError as error:
            form.add_error("alias_of", str(error))
        else:
            messages.success(request, _read_again(days))
            return redirect("event-name", workspace=member.workspace.slug, event_name=event_name)
    response = _name_page(request, member, row, form)
    response.status_code = 400
    return response


@require_POST
@page("source.write")
def save_features(request: HttpRequest, member: Membership) -> HttpResponse:
    """Keep a feature list chosen by hand, or go back to the rule."""
    workspace, chosen = member.workspace, request.POST.getlist("feature")
    if "rule" in request.POST:
        chosen = []
    elif not chosen:
        return refuse(request, _("feature: choose one at least."))
    known = {each.feature for each in features_used(workspace, workspace.day_of(timezone.now()))}
    unknown = set(chosen) - known - set(workspace.features)
    if unknown:
        return refuse(request, _("feature: nobody used “%s” in 90 days.") % min(unknown)[:60])
    workspace.features = sorted(set(chosen))
    workspace.save(update_fields=["features"])
    messages.success(request, _("The feature list holds from the next night on."))
    return redirect("event-names", workspace=workspace.slug)


@require_POST
@page("source.write")
def save_first_value(request: HttpRequest, member: Membership) -> HttpResponse:
    """Keep which event or feature is first value."""
    workspace, form = member.workspace, FirstValueForm(member.workspace, request.POST)
    if not form.is_valid():
        response = _page(request, member, form)
        response.status_code = 400
        return response
    workspace.first_value = form.cleaned_data["first_value"]
    workspace.save(update_fields=["first_value"])
    messages.success(request, _("Saved."))
    return redirect("event-names", workspace=workspace.slug)


def _page(request: HttpRequest, member: Membership, form: Any) -> HttpResponse:
    try:
        asked = filters.read(request.GET, DEFAULT, SORTS)
    except filters.FilterError as error:
        return refuse(request, str(error))
    panel = event_names_of(member, timezone.now(), asked, form)
    response = show(request, "event_names/page.html", panel, {"list": "event_names/list.html"})
    if request.htmx:  # type: ignore[attr-defined]
        response["HX-Push-Url"] = panel.here
    return response


def _name_page(request: HttpRequest, member: Membership, row: EventName, form: NameForm) -> HttpResponse:
    form.fields["alias_of"].disabled = row.name in CATALOGUE and not form.is_bound
    panel = event_name_page(member, timezone.now(), row.pk, form)
    return show(request, "event_names/name.html", panel)


def _found(member: Membership, pk: int) -> EventName:
    row: EventName | None = EventName.objects.of(member.workspace).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def _read_again(days: int) -> str:
    if not days:
        return _("Saved. No day is read again.")
    words = ngettext("Saved. %(n)s day is read again.", "Saved. %(n)s days are read again.", days)
    return words % {"n": integer(days)}
