"""What all charts have in common."""

from __future__ import annotations

from typing import Any

Figure = dict[str, Any]
"""A Plotly figure as plain data. A colour may be the name of a token, "var(--ink)"; charts.js looks it up."""


def axis(**more: Any) -> Figure:
    """A quiet axis: no grid, small figures."""
    quiet = {"showgrid": False, "zeroline": False, "fixedrange": True, "ticks": ""}
    return quiet | {"tickfont": {"size": 10, "color": "var(--muted)"}} | more


def layout(height: int, **more: Any) -> Figure:
    """A picture on the card it lies on."""
    return {
        "height": height,
        "showlegend": False,
        "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "var(--ink)"},
        "hoverlabel": {"bgcolor": "var(--surface)", "bordercolor": "var(--line)", "font": {"color": "var(--ink)"}},
    } | more
