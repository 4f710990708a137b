"""A section that is one form over the workspace: shown, refused with the errors beside the fields, or kept."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Workspace
from dashboards.panels.settings.form import FormPage
from dashboards.views.page import show

Form = type[ModelForm]


def show_workspace(request: HttpRequest, member: Membership, form: Form, template: str, **more: Any) -> HttpResponse:
    """The page with the form as it stands."""
    return show(request, template, FormPage.of(member, form(instance=member.workspace), **more))


def save_workspace(request: HttpRequest, member: Membership, form: Form, template: str, name: str) -> HttpResponse:
    """Keep what was chosen and go back to the page `name`; what is wrong is said beside its field, 400."""
    asked = form(request.POST, instance=Workspace.objects.get(pk=member.workspace.pk))
    if not asked.is_valid():
        response = show(request, template, FormPage.of(member, asked))
        response.status_code = 400
        return response
    if asked.has_changed():
        asked.save()
        messages.success(request, _("Saved."))
    return redirect(reverse(name, args=[member.workspace.slug]))
