"""Teams, stages, tags: listed, added, renamed, deleted, each in the same way. Sent twice is done once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts import places
from accounts.models import Membership, Stage, Tag, Team, Workspace
from dashboards.panels.settings.items import ItemsPage, kpi_choices, stages_page, tags_page, teams_page
from dashboards.views.page import page, show
from metrics.scorecards import rename_stage

TEMPLATE = "settings/items.html"


class ThingForm(forms.ModelForm):
    """A name that no other of its kind has in the workspace."""

    def __init__(self, workspace: Workspace, data: Any = None, instance: Any = None) -> None:
        instance = instance or self._meta.model(workspace=workspace)
        super().__init__(data, instance=instance, auto_id=f"id_{instance.pk or 'new'}_%s")
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = self._meta.model.objects.of(self.instance.workspace_id).exclude(pk=self.instance.pk)
        if others.filter(name=name).exists():
            raise forms.ValidationError(_("“%(name)s” is there already.") % {"name": name})
        return name


class TeamForm(ThingForm):
    class Meta:
        model = Team
        fields = ("name",)
        labels = {"name": gettext_lazy("Team")}


class TagForm(ThingForm):
    class Meta:
        model = Tag
        fields = ("name",)
        labels = {"name": gettext_lazy("Tag")}


class StageForm(ThingForm):
    target_days = forms.IntegerField(
        label=gettext_lazy("Target, days"),
        required=False,
        min_value=1,
        max_value=3650,
        help_text=gettext_lazy("Empty: no target."),
    )
    kpi = forms.ChoiceField(
        label=gettext_lazy("KPI"),
        required=False,
        choices=kpi_choices,
        help_text=gettext_lazy("By which the stage is judged on the journey map."),
    )

    class Meta:
        model = Stage
        fields = ("name", "target_days", "kpi")
        labels = {"name": gettext_lazy("Stage")}


@dataclass(frozen=True)
class Things:
    """One kind of them: its model, form and page; what is not to be deleted; what a new name takes with it."""

    name: str
    form: type[ThingForm]
    panel: Callable[[Membership, Any, Any], ItemsPage]
    kept: Callable[[Any], bool] = lambda thing: False
    renamed: Callable[[Workspace, str, str], None] = lambda workspace, old, new: None

    @property
    def section(self) -> str:
        return f"settings-{self.name}s"

    def show(self, request: HttpRequest, member: Membership, refused: ThingForm | None = None) -> HttpResponse:
        """The list; the form that was refused, if any, stands where it was sent from."""
        changed = refused.instance.pk if refused else None

        def form_of(thing: Any) -> ThingForm:
            return refused if refused and thing.pk == changed else self.form(member.workspace, instance=thing)

        fresh = refused if refused and changed is None else self.form(member.workspace)
        response = show(request, TEMPLATE, self.panel(member, form_of, fresh))
        response.status_code = 400 if refused else 200
        return response

    def one(self, member: Membership, key: int) -> Any:
        """One of the member's workspace. Raises Http404."""
        found = self.form._meta.model.objects.of(member.workspace).filter(pk=key).first()
        if found is None:
            raise Http404
        return found


def _is_used(field: str) -> Callable[[Any], bool]:
    return lambda thing: thing.pk in places.ever(thing.workspace_id, field)


def _team_is_kept(team: Team) -> bool:
    members = Membership.objects.of(team.workspace_id).filter(team=team, ended_at=None)
    return members.exists() or _is_used("team")(team)


TEAMS = Things("team", TeamForm, teams_page, _team_is_kept)
STAGES = Things("stage", StageForm, stages_page, _is_used("stage"), rename_stage)
TAGS = Things("tag", TagForm, tags_page)


def listing(things: Things) -> Callable[..., HttpResponse]:
    """The page of the list."""

    @require_safe
    @page("settings.read")
    def view(request: HttpRequest, member: Membership) -> HttpResponse:
        return things.show(request, member)

    return view


def adding(things: Things) -> Callable[..., HttpResponse]:
    """Adds one at the end."""

    @require_POST
    @page("settings.write")
    def view(request: HttpRequest, member: Membership) -> HttpResponse:
        form = things.form(member.workspace, request.POST)
        if hasattr(form.instance, "position"):
            form.instance.position = Stage.objects.of(member.workspace).count()
        return _kept(request, member, things, form, lambda: None)

    return view


def changing(things: Things) -> Callable[..., HttpResponse]:
    """Changes one; a stage may be sent to another place instead."""

    @require_POST
    @page("settings.write")
    def view(request: HttpRequest, member: Membership, **key: int) -> HttpResponse:
        thing = things.one(member, *key.values())
        place = request.POST.get("place", "")
        if isinstance(thing, Stage) and place.isascii() and place.isdigit():
            places.move_stage(thing, int(place[:4]))
            return redirect(things.section, workspace=member.workspace.slug)
        before = thing.name
        form = things.form(member.workspace, request.POST, thing)
        return _kept(
            request, member, things, form, lambda: things.renamed(member.workspace, before, form.instance.name)
        )

    return view


def deleting(things: Things) -> Callable[..., HttpResponse]:
    """Deletes one that nothing refers to."""

    @require_POST
    @page("settings.write")
    def view(request: HttpRequest, member: Membership, **key: int) -> HttpResponse:
        thing = things.one(member, *key.values())
        if things.kept(thing):
            messages.error(request, _("%(name)s is in use.") % {"name": thing.name})
        else:
            thing.delete()
            messages.success(request, _("%(name)s is deleted.") % {"name": thing.name})
        return redirect(things.section, workspace=member.workspace.slug)

    return view


def _kept(
    request: HttpRequest, member: Membership, things: Things, form: ThingForm, then: Callable[[], None]
) -> HttpResponse:
    """Store what was asked and go back to the list; what is wrong is said beside its field."""
    if form.is_valid():
        try:
            with transaction.atomic():
                form.save()
                then()
        except IntegrityError:  # somebody else was faster
            form.add_error("name", _("“%(name)s” is there already.") % {"name": form.instance.name})
        else:
            if form.has_changed():
                messages.success(request, _("%(name)s is kept.") % {"name": form.instance.name})
            return redirect(things.section, workspace=member.workspace.slug)
    return things.show(request, member, form)
