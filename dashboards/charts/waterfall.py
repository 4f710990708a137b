"""From what there was to what there is, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.charts.axes import Figure, axis, layout

# How much of the height lies above and below the steps.
ROOM = 0.25


@dataclass(frozen=True)
class Step:
    """A movement; `text` is its amount in words."""

    label: str
    amount: float
    text: str


def waterfall(start: Step, steps: Sequence[Step], end: Step) -> Figure:
    """Two columns and what lies between them. The axis begins near the smallest, or small movements could not be seen;
    so it has no figures, and each column is named with its own."""
    bases, tops = _places(start.amount, steps, end.amount)
    every = (start, *steps, end)
    low, high = _range(bases, tops)
    return {
        "data": [
            {
                "type": "bar",
                "x": [step.label for step in every],
                "base": [max(base, low) for base in bases],
                "y": [top - max(base, low) for base, top in zip(bases, tops, strict=True)],
                "text": [step.text for step in every],
                "textposition": "outside",
                "textfont": {"size": 11, "color": "var(--ink-soft)"},
                "constraintext": "none",
                "cliponaxis": False,
                "marker": {"color": _colours(steps)},
                "hovertemplate": "%{x}: <b>%{text}</b><extra></extra>",
            }
        ],
        "layout": layout(
            236,
            margin={"l": 8, "r": 8, "t": 12, "b": 30},
            bargap=0.28,
            barcornerradius=2,
            xaxis=axis(type="category", automargin=True),
            yaxis=axis(range=[low, high], visible=False),
        ),
    }


def _places(start: float, steps: Sequence[Step], end: float) -> tuple[list[float], list[float]]:
    """Where each column begins and ends."""
    at, bases, tops = start, [0.0], [start]
    for step in steps:
        bases.append(min(at, at + step.amount))
        tops.append(max(at, at + step.amount))
        at += step.amount
    return [*bases, 0.0], [*tops, end]


def _range(bases: Sequence[float], tops: Sequence[float]) -> tuple[float, float]:
    """What of the amounts is shown."""
    lowest = min(*bases[1:-1], tops[0], tops[-1]) if len(bases) > 2 else min(tops)
    highest = max(tops)
    room = (highest - lowest) * ROOM or highest * ROOM or 1.0
    return max(0.0, lowest - room), highest + room / 2


def _colours(steps: Sequence[Step]) -> list[str]:
    between = ["var(--green)" if step.amount >= 0 else "var(--red)" for step in steps]
    return ["var(--grey)", *between, "var(--accent-fill)"]
