"""Columns side by side: one series, or two that are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.charts.axes import Figure, axis, layout


@dataclass(frozen=True)
class Series:
    """The columns of one name: a colour for all or one for each; `texts` stand above them."""

    name: str
    values: Sequence[float]
    colour: str | Sequence[str]
    texts: Sequence[str]


def columns(labels: Sequence[str], series: Sequence[Series], height: int = 206) -> Figure:
    """Groups of columns from 0, in the order given."""
    return {
        "data": [
            {
                "type": "bar",
                "name": each.name,
                "x": list(labels),
                "y": list(each.values),
                "text": list(each.texts),
                "textposition": "outside",
                "textfont": {"size": 10, "color": "var(--ink-soft)"},
                "constraintext": "none",
                "cliponaxis": False,
                "marker": {"color": each.colour if isinstance(each.colour, str) else list(each.colour)},
                "hovertemplate": f"%{{x}}<br>{each.name}: <b>%{{text}}</b><extra></extra>",
            }
            for each in series
        ],
        "layout": layout(
            height,
            margin={"l": 8, "r": 8, "t": 18, "b": 34},
            barmode="group",
            bargap=0.28,
            bargroupgap=0.06,
            barcornerradius=2,
            xaxis=axis(type="category", tickangle=0, automargin=True),
            yaxis=axis(visible=False, rangemode="tozero"),
        ),
    }
