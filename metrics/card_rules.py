"""What may stand in a scorecard version. Every refusal names the field and the value."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from metrics import measures  # noqa: F401 - registers every measure
from metrics.formulas.scoring import COMPARE
from metrics.models import Band, Cap, Line, Scorecard, ScorecardVersion
from metrics.registry import MEASURES

HEAVIEST = 1000.0
FURTHEST = 1e12
MOST_POINTS = 100.0
# As many as there are bits in a snapshot's column.
MOST_CAPS = 31
LONGEST_NAME = 100


class CardError(ValueError):
    """What cannot stand in a version: the field, and why, in words for a person."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field


def number(field: str, value: Any, low: float = -FURTHEST, high: float = FURTHEST) -> float:
    """A finite number between two ends. Raises CardError."""
    try:
        found = float(str(value).strip().replace("−", "-"))
    except ValueError:
        raise CardError(field, _("“%s” is no number.") % str(value)[:40]) from None
    if not math.isfinite(found) or not low <= found <= high:
        raise CardError(
            field,
            _("%(value)s is not between %(low)s and %(high)s.")
            % {"value": f"{found:g}", "low": f"{low:g}", "high": f"{high:g}"},
        )
    return found + 0.0


def check_letters(field: str, text: str) -> None:
    """That a text holds nothing that PostgreSQL cannot keep: no NUL, no half of a letter. Raises CardError."""
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text):
        raise CardError(field, _("it holds a letter that is none (U+0000, U+D800 to U+DFFF)."))


def known_measure(field: str, key: Any) -> str:
    """A measure of the catalogue. Raises CardError."""
    if not isinstance(key, str) or key not in MEASURES:
        raise CardError(field, _("there is no measure “%s”.") % str(key)[:60])
    return key


def check_line(line: Line, kind: str) -> None:
    """A line by itself; its numbers become floats. Raises CardError."""
    name = MEASURES[known_measure(_("Measure"), line.measure)].name
    line.weight = number(_("Weight of %s") % name, line.weight, 0, HEAVIEST)
    _check_thresholds(line, str(name))
    if line.assumed_points is not None:
        low = -MOST_POINTS if kind == Scorecard.Kind.POINTS else 0
        line.assumed_points = number(_("Points of %s without data") % name, line.assumed_points, low, MOST_POINTS)
    if kind == Scorecard.Kind.POINTS:
        line.steps = _steps(_("Steps of %s") % name, line.steps)
    elif line.steps:
        raise CardError(_("Steps of %s") % name, _("only a scorecard of points has steps."))
    elif not line.by_rank and line.worst is None:
        raise CardError(_("Worst of %s") % name, _("a line that is not by rank needs worst, neutral and best."))


def _check_thresholds(line: Line, name: str) -> None:
    given = [line.worst, line.neutral, line.best]
    if all(value is None for value in given):
        return
    field = _("Worst, neutral, best of %s") % name
    if any(value is None for value in given):
        raise CardError(field, _("give all three, or none."))
    worst, neutral, best = (number(field, value) for value in given)
    if worst == best or not (worst <= neutral <= best or worst >= neutral >= best):
        words = {"worst": f"{worst:g}", "neutral": f"{neutral:g}", "best": f"{best:g}"}
        raise CardError(field, _("%(worst)s, %(neutral)s, %(best)s do not go in one direction.") % words)
    line.worst, line.neutral, line.best = worst, neutral, best


def _steps(field: str, steps: Any) -> list[list[Any]]:
    if not isinstance(steps, list):
        raise CardError(field, _("a list of [comparison, number, points] is needed."))
    found = []
    for step in steps:
        if not isinstance(step, list | tuple) or len(step) != 3:
            raise CardError(field, _("“%s” is not [comparison, number, points].") % str(step)[:60])
        sign, bound, points = step
        found.append([_sign(field, sign), number(field, bound), number(field, points, -MOST_POINTS, MOST_POINTS)])
    return found


def _sign(field: str, sign: Any) -> str:
    if not isinstance(sign, str) or sign not in COMPARE:
        raise CardError(
            field, _("“%(sign)s” is none of %(signs)s.") % {"sign": str(sign)[:10], "signs": " ".join(COMPARE)}
        )
    return sign


def check_cap(cap: Cap) -> None:
    """A cap by itself; its numbers become floats. Raises CardError."""
    cap.name = str(cap.name).strip()
    if not 0 < len(cap.name) <= LONGEST_NAME:
        raise CardError(
            _("Name of the rule"),
            _("“%(name)s” is not 1 to %(n)s letters.") % {"name": cap.name[:40], "n": LONGEST_NAME},
        )
    check_letters(_("Name of the rule"), cap.name)
    if cap.band not in (Band.RED, Band.YELLOW):
        raise CardError(_("Band of “%s”") % cap.name, _("a rule limits to red or to yellow."))
    field = _("Condition of “%s”") % cap.name
    if not isinstance(cap.conditions, list) or not cap.conditions:
        raise CardError(field, _("at least one is needed."))
    found = []
    for each in cap.conditions:
        if not isinstance(each, list | tuple) or len(each) != 3:
            raise CardError(field, _("“%s” is not [measure, comparison, number].") % str(each)[:60])
        found.append([known_measure(field, each[0]), _sign(field, each[1]), number(field, each[2])])
    cap.conditions = found


def check_bands(version: ScorecardVersion) -> None:
    """The borders of the bands. Raises CardError."""
    version.red_below = number(_("Poor below"), version.red_below, 0, 100)
    version.green_from = number(_("Healthy from"), version.green_from, 0, 100)
    if not version.red_below < version.green_from:
        words = {"red": f"{version.red_below:g}", "green": f"{version.green_from:g}"}
        raise CardError(
            _("Poor below"), _("%(red)s is not less than %(green)s, from which an account is healthy.") % words
        )


def check_whole(version: ScorecardVersion, lines: Sequence[Line], caps: Sequence[Cap]) -> None:
    """All of a version, as it is about to be published. Raises CardError."""
    kind = version.scorecard.kind
    check_bands(version)
    for line in lines:
        check_line(line, kind)
    for cap in caps:
        check_cap(cap)
    check_together(lines, caps)
    if kind == Scorecard.Kind.POINTS:
        if not any(points for line in lines for *_rest, points in line.steps):
            raise CardError(_("Steps"), _("at least one has to give or take points."))
    elif not any(line.weight > 0 for line in lines):
        raise CardError(_("Weight"), _("at least one has to be more than 0."))


def check_together(lines: Sequence[Line], caps: Sequence[Cap]) -> None:
    """That no measure and no rule stands twice, and that there are not too many rules. Raises CardError."""
    seen: set[str] = set()
    for line in lines:
        if line.measure in seen:
            raise CardError(_("Measure"), _("“%s” stands twice.") % MEASURES[line.measure].name)
        seen.add(line.measure)
    if len(caps) > MOST_CAPS:
        raise CardError(_("Rules"), _("%(n)s are more than %(most)s.") % {"n": len(caps), "most": MOST_CAPS})
    rules = [(cap.band, cap.conditions) for cap in caps]
    for n, cap in enumerate(caps):
        if rules[n] in rules[:n]:
            raise CardError(_("Condition of “%s”") % cap.name, _("another rule says the same."))
