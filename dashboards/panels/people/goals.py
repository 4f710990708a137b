"""What the customer wants to reach: where it began, where it stands, what was reported on the way, and what it pays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, IntegerField, Value, When
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Goal
from dashboards.export import Field
from dashboards.panels.account_tables import Cells, Column, Place, Shown, TableKind, a_day, coming_back, way_to_add
from dashboards.panels.entries import ENTRIES, way_to_act, way_to_correct
from dashboards.panels.lists import SHORT_PAGE, Link, Pager, files, pager
from dashboards.templatetags.figures import decimal, money, percent
from metrics.evidence import evidence
from metrics.formulas.value import elapsed, progress
from metrics.registry import MEASURES, AsOf

RETURN = "value.return_on_cost"
BANDS = {Goal.State.MET: "green", Goal.State.MISSED: "red"}


@dataclass(frozen=True)
class Report:
    """Where it stood on a day on which it was told."""

    day: date
    value: str
    state: str


@dataclass(frozen=True)
class GoalRow:
    """A goal. `progress` and `elapsed` are shares of the way and of the time, 0 to 1; `line` is what the reports say,
    in hundredths of the way."""

    name: str
    way: str
    now: str
    state: str
    band: str
    due: date
    progress: Decimal | None
    elapsed: Decimal | None
    line: tuple[float, ...]
    reports: tuple[Report, ...]
    act: Link | None
    edit: Link | None


@dataclass(frozen=True)
class Returned:
    """What the product returned for what it cost, both as the measure reads them; `why_none` where it has no value."""

    value: float | None
    anchor: str
    parts: str
    why_none: str


@dataclass(frozen=True)
class Goals:
    """A page of goals, and the return on cost."""

    rows: tuple[GoalRow, ...]
    returned: Returned
    pager: Pager
    files: tuple[Link, ...]
    add: Link | None


def goals_of(place: Place, page: int, url: str) -> Goals:
    """Three queries for the goals, those of the measure for the return."""
    found = _current(place)
    shown = list(found[(page - 1) * SHORT_PAGE : page * SHORT_PAGE])
    versions = _versions(place, shown)
    slug, account = place.workspace.slug, place.account.pk
    return Goals(
        rows=tuple(_row(place, goal, versions[goal.external_id]) for goal in shown),
        returned=_returned(place),
        pager=pager(page, found.count(), lambda n: f"{url}?goals={n}" if n > 1 else url, SHORT_PAGE),
        files=files(lambda form: reverse("account-table", args=[slug, account, GOALS.key, form]), ""),
        add=way_to_add(place, "goal") if place.writes else None,
    )


def _current(place: Place) -> Any:
    """The open ones first, then the newest."""
    is_over = Case(When(state=Goal.State.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())
    found = Goal.objects.of(place.workspace).current().filter(account_id=place.account.pk)
    return found.annotate(is_over=is_over).order_by("is_over", "-due_on", "-pk")


def _versions(place: Place, goals: Sequence[Any]) -> dict[str, list[Any]]:
    """Of each goal all that was ever told of it, in the order in which it was known: a report is a version
    (decision 2)."""
    names: dict[str, list[Any]] = {goal.external_id: [] for goal in goals}
    told = Goal.objects.of(place.workspace).filter(account_id=place.account.pk, external_id__in=names)
    for version in told.order_by("known_at", "pk"):
        names[version.external_id].append(version)
    return names


def _row(place: Place, goal: Any, versions: Sequence[Any]) -> GoalRow:
    done = progress(goal.baseline, goal.value, goal.target)
    steps = [progress(each.baseline, each.value, each.target) for each in versions]
    is_open = goal.state == Goal.State.OPEN
    return GoalRow(
        name=goal.name,
        way=_("from %(first)s to %(last)s %(unit)s")
        % {"first": decimal(goal.baseline), "last": decimal(goal.target), "unit": goal.unit},
        now=decimal(goal.value),
        state=str(goal.get_state_display()),
        band=BANDS.get(goal.state, "accent"),
        due=goal.due_on,
        progress=None if done is None else min(max(done, Decimal(0)), Decimal(1)),
        elapsed=elapsed(goal.started_on, goal.due_on, place.today) if is_open else None,
        line=tuple(float(step * 100) for step in steps if step is not None),
        reports=tuple(
            Report(place.workspace.day_of(each.known_at), decimal(each.value), str(each.get_state_display()))
            for each in reversed(versions)
        ),
        act=coming_back(place, way_to_act(place.workspace, ENTRIES["goal"], goal))
        if place.writes and is_open
        else None,
        edit=coming_back(place, way_to_correct(place.workspace, goal)) if place.writes else None,
    )


def _returned(place: Place) -> Returned:
    """As of today, as known today."""
    as_of = AsOf(place.workspace, place.today, place.today, (place.account.pk,))
    found = evidence(MEASURES[RETURN], as_of)
    cost, gained, own = found.numbers["cost"], found.numbers["gained"], place.workspace.currency
    parts = [
        text % {"amount": money(value, own)}
        for text, value in ((_("%(amount)s returned"), gained), (_("%(amount)s cost"), cost))
        if value is not None
    ]
    lacking = _("It needs what the product cost them and what it returned, both of the last 365 days.")
    return Returned(found.value, f"measure-{RETURN}", " · ".join(parts), lacking)


# -- as a file: a row for each report ------------------------------------------------------------------------


def _reports(place: Place) -> Any:
    told = Goal.objects.of(place.workspace).filter(account_id=place.account.pk)
    return told.filter(external_id__in=_current(place).order_by().values("external_id")).order_by(
        "external_id", "known_at", "pk"
    )


def _columns(place: Place) -> tuple[Column, ...]:
    names = (_("Goal"), _("Unit"), _("From"), _("To"), _("Since"), _("Due"), _("Told on"), _("Value"), _("State"))
    return (*(Column(name) for name in names), Column(_("Progress"), (Field(_("Progress"), "ratio"),)))


def _cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    return [
        (
            Shown(row.name),
            Shown(row.unit),
            *(Shown(decimal(value), (value,)) for value in (row.baseline, row.target)),
            a_day(place, row.started_on),
            a_day(place, row.due_on),
            a_day(place, place.workspace.day_of(row.known_at)),
            Shown(decimal(row.value), (row.value,)),
            Shown(str(row.get_state_display())),
            _share(progress(row.baseline, row.value, row.target)),
        )
        for row in rows
    ]


def _share(value: Decimal | None) -> Shown:
    return Shown(percent(value), (value,))


GOALS = TableKind("goals", gettext_lazy("Goals"), gettext_lazy("No goals."), _columns, _reports, _cells, add="goal")
