"""An amount that stays until it changes: a line of steps over nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dashboards.charts.axes import Figure, axis, layout

HEIGHT = 190


def steps(days: Sequence[date], values: Sequence[float | None], texts: Sequence[str]) -> Figure:
    """`texts` say each value on hover; a gap is None."""
    return {
        "data": [
            {
                "type": "scatter",
                "mode": "lines",
                "x": [day.isoformat() for day in days],
                "y": list(values),
                "text": list(texts),
                "line": {"shape": "hv", "color": "var(--accent)", "width": 2},
                "fill": "tozeroy",
                "fillcolor": "var(--accent-row)",
                "connectgaps": False,
                "hovertemplate": "%{x|%b %-d, %Y}<br><b>%{text}</b><extra></extra>",
            }
        ],
        "layout": layout(
            HEIGHT,
            margin={"l": 8, "r": 8, "t": 8, "b": 24},
            xaxis=axis(type="date", nticks=6),
            yaxis=axis(rangemode="tozero", side="left", automargin=True, nticks=4),
        ),
    }
