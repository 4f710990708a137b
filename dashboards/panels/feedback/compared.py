"""Before and after a release, in words and as a table: how many answered, their mean, the share of low scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Release, SurveyKind
from dashboards.panels.choices import select
from dashboards.panels.feedback.asked import AROUND, Asked
from dashboards.panels.lists import Select
from dashboards.templatetags.figures import day, fixed, integer, percent
from metrics.feedback.releases import Around, Compared, Side
from metrics.kpis.answers import THIN


@dataclass(frozen=True)
class Cell:
    """One side of a kind of survey."""

    n: str
    mean: str
    low: str
    interval: str
    is_thin: bool


@dataclass(frozen=True)
class Line:
    """A kind of survey on both sides; `same` tells of the contacts who answered on both."""

    name: str
    before: Cell
    after: Cell
    same: str


@dataclass(frozen=True)
class Comparison:
    """What can be chosen, and what was found; `about` is empty while no release is chosen."""

    selects: tuple[Select, ...]
    has_releases: bool
    about: str = ""
    note: str = ""
    lines: tuple[Line, ...] = ()


def comparison_of(asked: Asked, releases: Sequence[Release], around: Around | None) -> Comparison:
    """The card of releases."""
    names = [(each.feature, f"{each.feature}, {day(each.released_on)}") for each in releases]
    lengths = [(length, _("%(n)s days") % {"n": length}) for length in AROUND]
    selects = (
        select("release", _("Release"), [("", _("None")), *names], asked.release),
        select("around", _("Days each way"), lengths, asked.around),
    )
    if around is None:
        return Comparison(selects, bool(releases))
    return Comparison(selects, True, _about(around), _note(around), tuple(_line(each) for each in around.kinds))


def _about(around: Around) -> str:
    before, after = around.comments
    released = day(around.release.released_on)
    if not around.days:
        return _("Released %(day)s: no day is over since.") % {"day": released}
    return _("Released %(day)s. Comments: %(before)s in the %(n)s days before, %(after)s in as many after.") % {
        "day": released,
        "n": integer(around.days),
        "before": integer(before),
        "after": integer(after),
    }


def _note(around: Around) -> str:
    """What to mind when reading it."""
    plans = _("For %(plans)s only; everybody is counted.") % {"plans": ", ".join(around.release.plans)}
    running = _("So far: %(n)s of %(all)s days.") % {"n": integer(around.days), "all": integer(around.asked)}
    parts = [running if around.days < around.asked else "", plans if around.release.plans else ""]
    return " ".join(part for part in parts if part)


def _line(compared: Compared) -> Line:
    return Line(
        str(SurveyKind(compared.kind).label),
        _cell(compared.before),
        _cell(compared.after),
        _same(compared),
    )


def _cell(side: Side) -> Cell:
    interval = side.low_share.interval
    return Cell(
        n=integer(side.n),
        mean=fixed(side.mean, 1),
        low=percent(side.low_share.value),
        interval=f"{percent(interval[0])} – {percent(interval[1])}" if interval else "",
        is_thin=0 < side.n < THIN,
    )


def _same(compared: Compared) -> str:
    if not compared.contacts:
        return _("nobody answered on both sides")
    words = ngettext(
        "%(n)s contact on both sides: %(before)s → %(after)s",
        "%(n)s contacts on both sides: %(before)s → %(after)s",
        compared.contacts,
    )
    return words % {
        "n": integer(compared.contacts),
        "before": fixed(compared.contacts_before, 1),
        "after": fixed(compared.contacts_after, 1),
    }
