"""The scorecards in their order: tried, moved, changed, closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django import forms
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Membership, Stage, Workspace
from accounts.places import segment_names
from dashboards.panels.filters import FilterError
from dashboards.panels.scorecards.lineup import lineup_page
from dashboards.panels.scorecards.tried import Asked, read, tried_of
from dashboards.views.page import page, refuse, show
from dashboards.views.studio import scorecard_of
from metrics.card_rules import CardError
from metrics.lineup import DEFAULT, begin, change, close, move, reopen
from metrics.models import Scorecard

TEMPLATE, FOUND = "scorecards/page.html", "tried-found"
PARTS = {FOUND: "scorecards/found.html"}


class ScopeForm(forms.Form):
    """What a scorecard is called, and for which accounts it is."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    segments = forms.MultipleChoiceField(
        label=gettext_lazy("Segments"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all segments."),
    )
    stages = forms.MultipleChoiceField(
        label=gettext_lazy("Stages"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None chosen: all stages."),
    )

    def __init__(self, choices: Choices, scorecard: Scorecard | None = None, data: Any = None) -> None:
        self.scorecard, self.workspace = scorecard, choices.workspace
        kept = {name: getattr(scorecard, name) for name in self.base_fields if hasattr(scorecard, name)}
        super().__init__(data, initial=kept, auto_id=f"id_{scorecard.pk if scorecard else 'new'}_%s")
        self.fields["name"].widget.attrs["autocomplete"] = "off"
        for name, known in (("segments", choices.segments), ("stages", choices.stages)):
            every = dict.fromkeys([*known, *(getattr(scorecard, name) if scorecard else ())])
            self.fields[name].choices = [(each, each) for each in every]  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Scorecard.objects.of(self.workspace).exclude(pk=self.scorecard.pk if self.scorecard else None)
        if others.filter(name=name).exists():
            raise self.taken(name)
        return name

    def taken(self, name: str) -> forms.ValidationError:
        return forms.ValidationError(_("“%(name)s” is there already.") % {"name": name})


class NewForm(ScopeForm):
    """A scorecard that is not there yet."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=Scorecard.Kind.choices,
        help_text=gettext_lazy("Weighted: lines share 100 % of the score. Points: lines add to 50 and take from it."),
    )
    source = forms.ChoiceField(label=gettext_lazy("Begins as"), required=False)
    field_order = ("name", "kind", "source", "segments", "stages")

    def __init__(self, choices: Choices, data: Any = None) -> None:
        super().__init__(choices, None, data)
        names = [(str(pk), _("a copy of “%s”") % name) for pk, name in choices.scorecards]
        self.fields["source"].choices = [  # type: ignore[attr-defined]
            (DEFAULT, _("the default lines")),
            ("", _("empty")),
            *names,
        ]


class Choices:
    """The segments and stages that there are, read once for all forms of a page."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.segments = segment_names(workspace)
        self.stages = list(Stage.objects.of(workspace).values_list("name", flat=True))
        self.scorecards = list(Scorecard.objects.of(workspace).in_order().values_list("pk", "name"))


@require_safe
@page("scorecard.read")
def scorecards(request: HttpRequest, member: Membership) -> HttpResponse:
    """All of them, and which one an account would get."""
    try:
        return _show(request, member, read(request.GET))
    except FilterError as error:
        return refuse(request, str(error))


@require_POST
@page("scorecard.write")
def add(request: HttpRequest, member: Membership) -> HttpResponse:
    """A new one, with a draft; nothing scores by it before that is published."""
    form = NewForm(Choices(member.workspace), request.POST)
    if form.is_valid():
        try:
            with transaction.atomic():
                draft = begin(member.workspace, timezone.now(), **form.cleaned_data)
        except CardError as error:
            form.add_error("source", str(error).partition(": ")[2])
        except IntegrityError:  # somebody else was faster
            form.add_error("name", form.taken(form.cleaned_data["name"]))
        else:
            messages.success(request, _("%(name)s is there, as a draft.") % {"name": draft.scorecard.name})
            return redirect("scorecard", workspace=member.workspace.slug, scorecard=draft.scorecard_id)
    return _show(request, member, Asked(), form)


@require_POST
@page("scorecard.write")
def save(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """Another name, other segments and stages; or another place in the order."""
    found, now = scorecard_of(member, scorecard), timezone.now()
    place = request.POST.get("place", "")
    if place.isascii() and place.isdigit():
        with _still_there():
            move(found, int(place[:4]), now)
        return redirect("scorecards", workspace=member.workspace.slug)
    form = ScopeForm(Choices(member.workspace), found, request.POST)
    if form.is_valid():
        try:
            with _still_there():
                change(found, now, **form.cleaned_data)
        except IntegrityError:  # somebody else was faster
            form.add_error("name", form.taken(form.cleaned_data["name"]))
        else:
            messages.success(request, _("%(name)s is kept.") % {"name": found.name})
            return redirect("scorecards", workspace=member.workspace.slug)
    return _show(request, member, Asked(), form)


@require_POST
@page("scorecard.write")
def shut(request: HttpRequest, member: Membership, scorecard: int) -> HttpResponse:
    """Closes one; deletes one that never was published; with `open`, opens a closed one again."""
    found, now = scorecard_of(member, scorecard), timezone.now()
    with _still_there():
        if request.POST.get("open"):
            reopen(found, now)
            said = _("%(name)s is open again.")
        elif close(found, now):
            said = _("%(name)s is deleted: it never had a published version.")
        else:
            said = _("%(name)s is closed: no account gets it any more.")
    messages.success(request, said % {"name": found.name})
    return redirect("scorecards", workspace=member.workspace.slug)


@contextmanager
def _still_there() -> Iterator[None]:
    """Around what cannot be done to a scorecard that somebody else deletes meanwhile."""
    try:
        yield
    except Scorecard.DoesNotExist:
        raise Http404 from None


def _show(request: HttpRequest, member: Membership, asked: Asked, refused: ScopeForm | None = None) -> HttpResponse:
    """The list; a form that was refused stands where it was sent from."""
    choices = Choices(member.workspace)
    tried = tried_of(member.workspace, asked, choices.segments, choices.stages)
    if request.htmx.target == FOUND:  # type: ignore[attr-defined]
        return show(request, TEMPLATE, {"tried": tried}, PARTS)

    def form_of(scorecard: Scorecard) -> ScopeForm:
        mine = refused is not None and refused.scorecard is not None and refused.scorecard.pk == scorecard.pk
        return refused if refused is not None and mine else ScopeForm(choices, scorecard)

    fresh = refused if isinstance(refused, NewForm) else NewForm(choices)
    panel = lineup_page(member, tried, form_of, fresh)
    response = show(request, TEMPLATE, panel, PARTS)
    response.status_code = 400 if refused else 200
    return response
