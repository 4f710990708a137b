"""What makes a score: contributions that add up to it, and every measure with its value, target and line."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Account
from dashboards.panels.figure import Figure
from dashboards.panels.scorecards.words import step_text
from dashboards.panels.words import measure_label, measure_name, measure_unit, value_text
from dashboards.templatetags.figures import day, fixed, percent, rounded_score, signed, tenths
from metrics.explain import snapshot
from metrics.models import Line
from metrics.models.snapshot import UNIT
from metrics.registry import MEASURES
from metrics.scorecards import Card

SHOWN, LINE_DAYS, MOVED_DAYS, MOVED_LEAST = 7, 90, 7, UNIT // 2


@dataclass(frozen=True)
class Contribution:
    """What one measure adds to 50 or takes from it; `printed` to one decimal, so that the printed ones add up."""

    label: str
    value: float
    printed: str
    explanation: str = ""
    anchor: str = ""
    records: str = ""


@dataclass(frozen=True)
class MeasureRow:
    """One line of the scorecard for this account; `signed` are its points in a scorecard of points."""

    anchor: str
    label: str
    explanation: str
    now: Figure
    text: str
    why_none: str
    target: str
    band: str
    points: float | None
    signed: str
    weight: float
    line: tuple[float | None, ...]
    records: str


def breakdown(standing: Any, card: Card, records: Callable[[str], str] = lambda key: "") -> tuple[Contribution, ...]:
    """The largest pulls first; what is small is summed up in a line, and a clamp at 0 or 100 has the last one."""
    units = dict(zip((line.measure for line in card.lines), standing.contributions, strict=True))
    moving = sorted(((key, value) for key, value in units.items() if value), key=lambda each: -abs(each[1]))
    head = moving if len(moving) <= SHOWN else moving[: SHOWN - 1]
    rest = [value for _key, value in moving[len(head) :]]
    values = [value for _key, value in head] + ([sum(rest)] if rest else [])
    labels = [measure_name(key) for key, _value in head]
    notes = [MEASURES[key].doc if key in MEASURES else "" for key, _value in head]
    anchors = [anchor_of(key) for key, _value in head]
    ways = [records(key) if key in MEASURES else "" for key, _value in head]
    if rest:
        labels, notes = [*labels, _("%(n)s others") % {"n": len(rest)}], [*notes, ""]
        anchors, ways = [*anchors, "score-contribution"], [*ways, ""]
    if standing.clamp_units:
        values = [*values, standing.clamp_units]
        labels = [*labels, _("Clamped to %(end)s") % {"end": standing.score_units // UNIT}]
        anchors, ways = [*anchors, "score"], [*ways, ""]
        notes = [*notes, _("A score ends at 0 and at 100, whatever the points add up to.")]
    printed = tenths([Decimal(value) / UNIT for value in values], _total(standing))
    rows = zip(labels, values, printed, notes, anchors, ways, strict=True)
    return tuple(Contribution(label, value / UNIT, signed(text, 1), *more) for label, value, text, *more in rows)


def anchor_of(key: str) -> str:
    """The entry of the definitions that says what a measure means; none where the code no longer knows it."""
    return f"measure-{key}" if key in MEASURES else ""


def sum_text(standing: Any, card: Card) -> str:
    """“50 − 22.0 = 28.0”, and how much of the weight is unknown."""
    if standing.score_units is None:
        return _("Too little is known for a score: it needs 40% of the weight and three measures.")
    total = _total(standing)
    text = f"50 {'−' if total < 0 else '+'} {fixed(abs(total))} = {fixed(50 + total)}."
    if not standing.unknown:
        return text
    unknown = percent(Decimal(standing.unknown) / UNIT)
    if card.is_points:
        return f"{text} " + _("%(share)s of the points within reach are unknown and left out.") % {"share": unknown}
    return f"{text} " + _("%(share)s of the weight is unknown and counts as neutral.") % {"share": unknown}


def _total(standing: Any) -> Decimal:
    """What the contributions add up to, to one decimal, as the score is printed."""
    if standing.score_units is None:
        return (Decimal(sum(standing.contributions)) / UNIT).quantize(Decimal("0.1"))
    return rounded_score(standing.score, 1) - 50


def moved(account: Account, standing: Any, card: Card, today: date) -> str:
    """Which measures moved most in seven days, where the same version scored both days. One query."""
    then = standing.day - timedelta(days=MOVED_DAYS)
    before = snapshot(account, then)
    if before is None or before.version_id != standing.version_id:
        return ""
    pairs = zip(card.lines, before.contributions, standing.contributions, strict=True)
    changes = [(line.measure, now - old) for line, old, now in pairs if abs(now - old) >= MOVED_LEAST]
    largest = sorted(changes, key=lambda each: -abs(each[1]))[:3]
    if not largest:
        return ""
    parts = (f"{measure_name(key)} {signed(Decimal(units) / UNIT, 1)}" for key, units in largest)
    return _("Since %(day)s: %(changes)s.") % {"day": day(then, today), "changes": ", ".join(parts)}


def measure_rows(
    standing: Any,
    card: Card,
    cards: Mapping[int, Card],
    snapshots: Sequence[Mapping[str, Any]],
    tracked: frozenset[str],
    currency: str = "",
    records: Callable[[str], str] = lambda key: "",
) -> tuple[MeasureRow, ...]:
    """The tracked lines in the order of the scorecard; `currency` is that of amounts, `records` the address of what is
    behind a measure's value."""
    weights = card.weights
    total = sum(weights[n] for n, line in enumerate(card.lines) if line.measure in tracked) or 1.0
    lines = _lines(card, cards, snapshots, standing.day)
    why_none = _("Nothing of the kind is known of this account in the window.")
    return tuple(
        _row(card, n, standing, weights[n] / total, lines[line.measure], currency, records, why_none)
        for n, line in enumerate(card.lines)
        if line.measure in tracked
    )


def left_out(card: Card, tracked: frozenset[str]) -> str:
    """Which lines count for nobody, because nothing of their kind has come in."""
    names = [measure_name(line.measure) for line in card.lines if line.measure not in tracked]
    if not names:
        return ""
    return _("Left out, as nothing of the kind has come in: %(names)s.") % {"names": ", ".join(names)}


def _row(
    card: Card,
    n: int,
    standing: Any,
    weight: float,
    history: tuple[float | None, ...],
    currency: str,
    records: Callable[[str], str],
    why_none: str,
) -> MeasureRow:
    line, value, points = card.lines[n], standing.values[n], standing.points[n]
    measure = MEASURES.get(line.measure)
    known = not math.isnan(points)
    unit = measure_unit(line.measure, currency)
    return MeasureRow(
        anchor=anchor_of(line.measure),
        label=measure_label(measure) if measure else line.measure,
        explanation=measure.doc if measure else "",
        now=Figure(line.measure, None if math.isnan(value) else value, unit, standing.day),
        text=value_text(line.measure, value, currency),
        why_none=why_none,
        target=_target(line, currency),
        band=_band(card, points) if known else "grey",
        points=points if known else None,
        signed=signed(points, 1) if known and card.is_points else "",
        weight=weight,
        line=history,
        records=records(line.measure) if measure else "",
    )


def _target(line: Line, currency: str) -> str:
    """The best value; where steps give points, the step that gives most."""
    if line.steps:
        return step_text(line, max(line.steps, key=lambda step: step[2]), currency)
    return _("the top") if line.by_rank else value_text(line.measure, line.best, currency)


def _band(card: Card, points: float) -> str:
    """Points by the version's thresholds; signed points by their sign."""
    if card.is_points:
        return "red" if points < 0 else "green" if points > 0 else "yellow"
    return "red" if points < card.version.red_below else "yellow" if points < card.version.green_from else "green"


def _lines(
    card: Card, cards: Mapping[int, Card], snapshots: Sequence[Mapping[str, Any]], last: date
) -> dict[str, tuple[float | None, ...]]:
    """Points by measure for each of the last 90 days; versions may hold a measure at different places."""
    places = {pk: {line.measure: n for n, line in enumerate(each.lines)} for pk, each in cards.items()}
    by_day = {row["day"]: (places[row["version_id"]], row["points"]) for row in snapshots}
    first = max(min(by_day, default=last), last - timedelta(days=LINE_DAYS - 1))
    days = [by_day.get(first + timedelta(days=n), ({}, ())) for n in range((last - first).days + 1)]
    return {
        line.measure: tuple(
            None if (n := of.get(line.measure)) is None or math.isnan(points[n]) else points[n] for of, points in days
        )
        for line in card.lines
    }
