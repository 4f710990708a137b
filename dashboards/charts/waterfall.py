"""From what there was to what there is, step by step."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def waterfall(
    start: Step, steps: Sequence[Step], end: Step, say: Callable[[float], str] = lambda low: f"{low:g}"
) -> Figure:
    """Two columns and what lies between them. The axis begins at 0; where small movements could not be seen then, it is
    broken: the two columns are cut, and `say` tells below them where it begins. Each column is named with its own
    amount."""
    bases, tops = _places(start.amount, steps, end.amount)
    every = (start, *steps, end)
    low, high = _range(bases, tops)
    title = {"text": say(low), "font": {"size": 10, "color": "var(--muted)"}, "standoff": 6} if low else {"text": ""}
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
            margin={"l": 8, "r": 8, "t": 12, "b": 44 if low else 30},
            bargap=0.28,
            barcornerradius=2,
            xaxis=axis(type="category", automargin=True, title=title),
            yaxis=axis(range=[low, high], visible=False),
            shapes=_cuts(len(every), low, high) if low else [],
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
    # Movements as large as half of the whole need no cut.
    return (0.0 if lowest - room < highest / 2 else lowest - room), highest + room / 2


def _cuts(columns: int, low: float, high: float) -> list[Figure]:
    """Two slanting lines through the first and the last column."""
    step = (high - low) / 40
    return [
        {
            "type": "line", "x0": x - 0.4, "x1": x + 0.4, "y0": low + step * n, "y1": low + step * (n + 1.2),
            "line": {"color": "var(--surface)", "width": 2},
        }
        for x in (0, columns - 1)
        for n in (2, 4)
    ]  # fmt: skip


def _colours(steps: Sequence[Step]) -> list[str]:
    between = ["var(--green)" if step.amount >= 0 else "var(--red)" for step in steps]
    return ["var(--grey)", *between, "var(--accent-fill)"]
