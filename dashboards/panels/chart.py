"""A chart on a page: a picture, and the table that it is drawn from."""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboards.charts.axes import Figure
from dashboards.export import Sheet
from dashboards.panels.lists import Link


@dataclass(frozen=True)
class Chart:
    """`label` tells the picture in words; `reason`, where there is none, why. `legend`: (kind of mark, word);
    `anchors`: the entries of the definitions that say what its numbers mean."""

    title: str
    sheet: Sheet
    figure: Figure
    label: str = ""
    reason: str = ""
    note: str = ""
    legend: tuple[tuple[str, str], ...] = ()
    anchors: tuple[str, ...] = ()
    files: tuple[Link, ...] = ()

    @property
    def name(self) -> str:
        """The id of the picture, and what its files are called."""
        return self.sheet.name

    def saved_as(self, files: tuple[Link, ...]) -> Chart:
        """With the way to its table as files."""
        return replace(self, files=files)
