"""The score of one account over time, over the bands, with marked events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

Figure = dict[str, Any]
"""A Plotly figure as plain data. A colour may be the name of a token, "var(--ink)"; charts.js looks it up."""

NEAR = 0.2
"""Share of the width within which two labels would run into each other."""


@dataclass(frozen=True)
class Mark:
    """Something that happened on a day and is worth a word on the chart."""

    day: date
    text: str


def score_line(
    days: Sequence[date],
    scores: Sequence[float | None],
    marks: Sequence[Mark] = (),
    borders: tuple[float, float] = (40, 70),
    say: Callable[[date], str] = date.isoformat,
) -> Figure:
    """Scores 0…100 by day, ascending; None is a gap. Marks outside are left out. `say` names a day."""
    by_day = dict(zip(days, scores, strict=True))
    shown = [mark for mark in sorted(marks, key=lambda mark: mark.day) if mark.day in by_day]
    return {
        "data": [_line(days, scores, say), _dots(shown, by_day)],
        "layout": _layout(days, borders, say) | {
            "shapes": [*_bands(borders), *(_stem(mark) for mark in shown)],
            "annotations": _labels(shown, days),
        },
    }  # fmt: skip


def _line(days: Sequence[date], scores: Sequence[float | None], say: Callable[[date], str]) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [day.isoformat() for day in days],
        "y": list(scores),
        "connectgaps": False,
        "line": {"color": "var(--ink)", "width": 1.6},
        "text": [say(day) for day in days],
        "hovertemplate": "%{text}: <b>%{y:.1f}</b><extra></extra>",
    }


def _dots(marks: Sequence[Mark], by_day: dict[date, float | None]) -> Figure:
    held = [mark for mark in marks if by_day[mark.day] is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [mark.day.isoformat() for mark in held],
        "y": [by_day[mark.day] for mark in held],
        "text": [mark.text for mark in held],
        "marker": {"size": 7, "color": "var(--surface)", "line": {"color": "var(--ink)", "width": 1.5}},
        "hovertemplate": "%{text}<extra></extra>",
    }


def _bands(borders: tuple[float, float]) -> list[Figure]:
    edges = (0, *borders, 100)
    return [
        {
            "type": "rect", "xref": "paper", "x0": 0, "x1": 1, "yref": "y", "y0": low, "y1": high,
            "fillcolor": f"var(--{band}-wash)", "line": {"width": 0}, "layer": "below",
        }
        for (low, high), band in zip(pairwise(edges), ("red", "yellow", "green"), strict=True)
    ]  # fmt: skip


def _stem(mark: Mark) -> Figure:
    x = mark.day.isoformat()
    return {
        "type": "line", "xref": "x", "x0": x, "x1": x, "yref": "paper", "y0": 0.3, "y1": 1,
        "line": {"color": "var(--grey)", "width": 1, "dash": "dot"}, "layer": "below",
    }  # fmt: skip


def _labels(marks: Sequence[Mark], days: Sequence[date]) -> list[Figure]:
    """Beside the stem, to the left of it near the right edge; one that would overlap goes a line lower."""
    width = max((days[-1] - days[0]).days, 1) if days else 1
    taken: list[tuple[int, float]] = []
    labels = []
    for mark in marks:
        at = (mark.day - days[0]).days / width
        left = at > 1 - NEAR
        start = at - NEAR if left else at
        row = next(i for i in range(len(taken) + 1) if all(i != r or start >= end for r, end in taken))
        taken.append((row, start + NEAR))
        labels.append({
            "x": mark.day.isoformat(), "y": 1, "yref": "paper", "yanchor": "top", "yshift": -13 * row,
            "xanchor": "right" if left else "left", "xshift": -3 if left else 3,
            "text": mark.text, "showarrow": False, "font": {"size": 10, "color": "var(--ink-soft)"},
        })  # fmt: skip
    return labels


def _spread(days: Sequence[date], count: int = 4) -> list[date]:
    """A few days from first to last, evenly."""
    steps = min(count, len(days)) - 1
    return [days[round(i * (len(days) - 1) / steps)] for i in range(steps + 1)] if steps > 0 else list(days)


def _layout(days: Sequence[date], borders: tuple[float, float], say: Callable[[date], str]) -> Figure:
    axis = {
        "showgrid": False, "zeroline": False, "fixedrange": True, "ticks": "",
        "tickfont": {"size": 10, "color": "var(--muted)"},
    }  # fmt: skip
    span = [days[0].isoformat(), days[-1].isoformat()] if days else None
    ticks = _spread(days)
    return {
        "margin": {"l": 28, "r": 20, "t": 8, "b": 26},
        "height": 190,
        "showlegend": False,
        "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "var(--ink)"},
        "xaxis": axis
        | {
            "type": "date",
            "range": span,
            "tickvals": [day.isoformat() for day in ticks],
            "ticktext": [say(day) for day in ticks],
        },
        "yaxis": axis | {"range": [0, 100], "tickvals": [0, *borders, 100]},
        "hoverlabel": {
            "bgcolor": "var(--surface)",
            "bordercolor": "var(--line)",
            "font": {"color": "var(--ink)"},
        },
    }
