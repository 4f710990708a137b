"""How many accounts were of each band, period by period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dashboards.charts.axes import Figure, axis, layout

# From the bottom up. The wash of yellow has a darker twin that stands out from the page.
COLOURS = {"red": "var(--red)", "yellow": "var(--yellow-chart)", "green": "var(--green)", "grey": "var(--grey)"}


def bands(labels: Sequence[str], counts: Mapping[str, Sequence[int]], words: Mapping[str, str]) -> Figure:
    """Stacked columns, oldest first; `words` names the bands."""
    return {
        "data": [
            {
                "type": "bar",
                "name": words[band],
                "x": list(labels),
                "y": list(counts[band]),
                "marker": {"color": colour, "line": {"color": "var(--surface)", "width": 1}},
                "hovertemplate": "%{x}<br>" + words[band] + ": <b>%{y}</b><extra></extra>",
            }
            for band, colour in COLOURS.items()
        ],
        "layout": layout(
            206,
            margin={"l": 34, "r": 8, "t": 8, "b": 30},
            barmode="stack",
            bargap=0.12,
            xaxis=axis(type="category", tickangle=0, nticks=6),
            yaxis=axis(nticks=4, rangemode="tozero"),
        ),
    }
