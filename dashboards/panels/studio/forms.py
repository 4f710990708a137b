"""What is open in the studio: a line with the values behind it, or a rule that limits the band."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboards.panels.breakdown import anchor_of
from dashboards.templatetags.figures import accounts, in_unit, integer
from metrics.formulas.scoring import COMPARE, Floats
from metrics.models import Band, Line, Scorecard
from metrics.registry import MEASURES
from metrics.scorecards import Card

BARS = 28
WIDTH, HEIGHT = 280, 56
# Rows that are there to be filled in.
MORE_STEPS, MORE_CONDITIONS = 2, 1


@dataclass(frozen=True)
class Mark:
    """Where worst, neutral or best lies: x of the picture, and what it says."""

    name: str
    x: float
    text: str


@dataclass(frozen=True)
class Values:
    """The values of the accounts of today: bars as (x, y, width, height), marks, and in words."""

    bars: tuple[tuple[float, float, float, float], ...]
    marks: tuple[Mark, ...]
    low: str
    high: str
    words: str


@dataclass(frozen=True)
class LineForm:
    """A line to change. `fields`: what they say, or what was typed; `steps`: [comparison, number, points], with some
    empty ones at the end."""

    line: Line
    fields: dict[str, str]
    by_rank: bool
    assumes: bool
    doc: str
    anchor: str
    unit: str
    is_first: bool
    is_last: bool
    adds: bool
    steps: tuple[tuple[str, ...], ...]
    signs: tuple[str, ...]
    values: Values | None

    @property
    def three(self) -> tuple[tuple[str, str, str], ...]:
        """The fields of a line with a weight: name, what it is called, what it says."""
        called = (("worst", _("Worst")), ("neutral", _("Neutral")), ("best", _("Best")))
        return tuple((name, label, self.fields[name]) for name, label in called)


@dataclass(frozen=True)
class CapForm:
    """A rule to change, or (no position) to add."""

    position: int | None
    name: str
    band: int
    conditions: tuple[tuple[str, ...], ...]
    signs: tuple[str, ...]
    measures: tuple[tuple[str, str], ...]
    bands: tuple[tuple[int, str], ...]


def typed_rows(post: QueryDict, *names: str) -> list[tuple[str, ...]]:
    """The rows of fields that stand beside each other, as they were sent."""
    return list(zip(*(post.getlist(f"{name}.") for name in names), strict=False))


def shown(value: float | None) -> str:
    """A number as a field has it."""
    return "" if value is None else f"{value:.12g}"


def line_form(
    card: Card, measure: str, values: Mapping[str, Floats], typed: QueryDict | None = None
) -> LineForm | None:
    """The line of a measure, with the values of its accounts, and what was typed and refused; None where the card has
    no such line."""
    at = next((n for n, line in enumerate(card.lines) if line.measure == measure), None)
    if at is None:
        return None
    line, entry = card.lines[at], MEASURES[measure]
    adds = card.version.scorecard.kind == Scorecard.Kind.POINTS
    steps = [(sign, shown(bound), shown(points)) for sign, bound, points in line.steps]
    fields = {name: shown(getattr(line, name)) for name in ("worst", "neutral", "best", "assumed_points")}
    by_rank, assumes = line.by_rank, line.assumed_points is not None
    if typed is not None:
        fields = {name: typed.get(name, "") for name in fields}
        by_rank, assumes = "by_rank" in typed, typed.get("missing") == "assume"
        steps = [row for row in typed_rows(typed, "sign", "bound", "points") if any(row[1:])]  # type: ignore[misc]
    return LineForm(
        line=line,
        fields=fields,
        by_rank=by_rank,
        assumes=assumes,
        doc=entry.doc,
        anchor=anchor_of(measure),
        unit=entry.unit.value,
        is_first=at == 0,
        is_last=at == len(card.lines) - 1,
        adds=adds,
        steps=tuple(steps + [("", "", "")] * MORE_STEPS) if adds else (),
        signs=tuple(COMPARE),
        values=_values(line, values[measure]),
    )


def cap_form(card: Card, place: str, typed: QueryDict | None = None) -> CapForm | None:
    """The rule in a place, or an empty one, with what was typed and refused; None where there is none."""
    cap = next((cap for cap in card.caps if str(cap.position) == place), None)
    if cap is None and place != "new":
        return None
    conditions = [(key, sign, shown(bound)) for key, sign, bound in cap.conditions] if cap else []
    name, band = (cap.name, cap.band) if cap else ("", Band.YELLOW)
    if typed is not None:
        name, band = typed.get("name", ""), Band.RED if typed.get("band") == str(Band.RED.value) else Band.YELLOW
        conditions = [row for row in typed_rows(typed, "of", "sign", "bound") if row[0] or row[2]]  # type: ignore[misc]
    return CapForm(
        position=cap.position if cap else None,
        name=name,
        band=band,
        conditions=tuple(conditions + [("", ">=", "")] * (MORE_CONDITIONS if conditions else 2)),
        signs=tuple(COMPARE),
        measures=tuple(sorted(((key, str(m.name)) for key, m in MEASURES.items()), key=lambda each: each[1])),
        bands=((Band.YELLOW, str(Band.YELLOW.label)), (Band.RED, str(Band.RED.label))),
    )


def _values(line: Line, values: Floats) -> Values | None:
    """How the values of a line lie among the accounts of today; None where no account has one."""
    there = values[~np.isnan(values)]
    if not len(there):
        return None
    marks = [] if line.by_rank or line.worst is None else [line.worst, line.neutral, line.best]
    return _picture(
        there, len(values), [float(each) for each in marks if each is not None], MEASURES[line.measure].unit
    )


def _picture(there: Floats, total: int, marks: Sequence[float], unit: str) -> Values:
    """The few furthest values stand in the outermost bars, so that one account does not flatten the rest."""
    low, high = (float(each) for each in np.percentile(there, [1, 99]))
    low, high = min([low, *marks]), max([high, *marks])
    span = (high - low) or 1.0
    counts, _edges = np.histogram(np.clip(there, low, high), bins=BARS, range=(low, low + span))
    step, tallest = WIDTH / BARS, counts.max()
    bars = [
        (
            round(n * step + 0.5, 1),
            round(HEIGHT - count / tallest * HEIGHT, 1),
            step - 1,
            round(count / tallest * HEIGHT, 1),
        )
        for n, count in enumerate(counts.tolist())
        if count
    ]
    names = (_("worst"), _("neutral"), _("best"))
    return Values(
        bars=tuple(bars),
        marks=tuple(
            Mark(name, round((mark - low) / span * WIDTH, 1), in_unit(mark, unit))
            for name, mark in zip(names, marks, strict=False)
        ),
        low=in_unit(low, unit),
        high=in_unit(low + span, unit),
        words=_("%(n)s of %(accounts)s have a value; half of them are between %(low)s and %(high)s.")
        % {
            "n": integer(len(there)),
            "accounts": accounts(total),
            "low": in_unit(float(np.percentile(there, 25)), unit),
            "high": in_unit(float(np.percentile(there, 75)), unit),
        },
    )
