"""A section that is one form over the workspace: shown, refused with the errors beside the fields, or kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.deciding import decide
from accounts.models import Membership, Workspace
from accounts.rates import RateMissingError, RateRefusedError
from dashboards.panels.settings.form import FormPage
from dashboards.templatetags.figures import day, integer
from dashboards.views.page import show

Panel = Callable[[Membership, Any], FormPage]


def show_form(request: HttpRequest, member: Membership, form: Any, template: str, panel: Panel) -> HttpResponse:
    """The page with a form; 400 where it holds what was refused."""
    response = show(request, template, panel(member, form))
    response.status_code = 400 if form.is_bound else 200
    return response


def save_form(
    request: HttpRequest,
    member: Membership,
    form: type[ModelForm],
    template: str,
    name: str,
    panel: Panel = FormPage.of,
    keep: Callable[..., int] = decide,
) -> HttpResponse:
    """Keep what was chosen and go back to the page `name`; what is wrong is said beside its field."""
    asked = form(request.POST, instance=Workspace.objects.get(pk=member.workspace.pk))
    if not asked.is_valid():
        return show_form(request, member, asked, template, panel)
    if asked.has_changed():
        try:
            days = keep(asked.instance, list(asked.fields), timezone.now())
        except RateMissingError as missing:
            words = {"currency": missing.currency, "day": day(missing.day)}
            asked.add_error("currency", _("Add a rate of %(currency)s for %(day)s or before first.") % words)
            return show_form(request, member, asked, template, panel)
        except RateRefusedError as error:
            asked.add_error("currency", str(error))
            return show_form(request, member, asked, template, panel)
        messages.success(request, _saved(days))
    return redirect(reverse(name, args=[member.workspace.slug]))


def _saved(days: int) -> str:
    if not days:
        return _("Saved.")
    words = ngettext("%(n)s day of an account is counted anew.", "%(n)s days of accounts are counted anew.", days)
    return _("Saved.") + " " + words % {"n": integer(days)}
