"""How much help was asked for, what about, and how it was met."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from dashboards.charts.columns import Series, columns
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.chart import Chart
from dashboards.panels.team.parts import NOTHING, Parts
from dashboards.panels.team.tiles import Tile, tile_of
from dashboards.panels.team.words import period_name
from dashboards.templatetags.figures import integer
from metrics.registry import KPIS

TIMES = tuple(
    f"support.{name}"
    for name in (
        *("tickets", "tickets_per_hundred", "first_contact_resolution"),
        *("first_response_median", "first_response_mean", "first_response_p90"),
        *("resolution_median", "resolution_mean", "resolution_p90"),
    )
)
# The chart shows so many themes, the table all of them.
THEMES = 7


@dataclass(frozen=True)
class Support:
    """Tickets by theme, and the KPIs of how they were met."""

    themes: Chart
    tiles: tuple[Tile, ...]


def support_of(parts: Parts) -> Support:
    """The block. Themes are compared with the year before, whatever the page is compared with."""
    return Support(_themes(parts), tuple(tile_of(parts.numbers, KPIS[key]) for key in TIMES))


def _themes(parts: Parts) -> Chart:
    period, other = parts.numbers.period, parts.year_before
    now, then = parts.of("tickets", period), parts.of("tickets", other) if other else NOTHING
    counts = {
        theme: (now[theme].n if theme in now else 0, then[theme].n if theme in then else 0) for theme in {*now, *then}
    }
    ordered = sorted(counts, key=lambda theme: (-counts[theme][0], -counts[theme][1], theme))
    names = {theme: theme or _("no theme") for theme in ordered}
    heads = (period_name(period, with_year=True), period_name(other, with_year=True) if other else "")
    total, before = (sum(count[n] for count in counts.values()) for n in (0, 1))
    fields = (Field(_("Theme")), Field(heads[0]), *([Field(heads[1]), Field(_("Change"))] if other else []))
    rows = [_row(names[theme], *counts[theme], is_compared=other is not None) for theme in ordered]
    return Chart(
        _("Tickets by theme, against last year"),
        Sheet("themes", fields, rows),
        _picture([names[theme] for theme in ordered[:THEMES]], [counts[theme] for theme in ordered[:THEMES]], heads)
        if ordered
        else {},
        _("Tickets: %(now)s, a year before %(then)s; most about %(themes)s") % {
            "now": integer(total),
            "then": integer(before) if other else _("not counted"),
            "themes": ", ".join(f"{names[theme]} {integer(counts[theme][0])}" for theme in ordered[:THEMES]),
        },
        "" if ordered else _("No ticket was opened in this period."),
        "" if other else _("A year before nothing was counted yet."),
        (("accent", heads[0]), *([("grey", heads[1])] if other else [])),
        anchors=("kpi-support.tickets",),
    )  # fmt: skip


def _row(name: str, now: int, then: int, is_compared: bool) -> tuple[Cell, ...]:
    return (name, now, then, now - then) if is_compared else (name, now)


def _picture(names: list[str], counts: list[tuple[int, int]], heads: tuple[str, str]) -> dict[str, object]:
    colours = ("var(--accent-fill)", "var(--grey)")
    series = [
        Series(head, [count[n] for count in counts], colours[n], [integer(count[n]) for count in counts])
        for n, head in enumerate(heads)
        if head
    ]
    return columns(names, series)
