"""The journey map of one person and one address."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Role
from dashboards.panels.filters import BANDS
from dashboards.panels.journey.accounts import Row, rows_of
from dashboards.panels.journey.asked import NO_STAGE, Asked
from dashboards.panels.journey.kpis import StageKpi, stage_kpis
from dashboards.panels.journey.moves import MovesTable, flow_text, moves_of
from dashboards.panels.journey.sight import Sight
from dashboards.panels.lists import Link, Said
from dashboards.panels.scopes import Picker
from dashboards.panels.words import measure_name
from dashboards.templatetags.figures import accounts as accounts_text
from dashboards.templatetags.figures import band_word, brief_money, day, fixed, integer, percent
from metrics.journey import Cell, Flow, Pull, StageId, Which
from metrics.models import Band, PeriodKind

ORDER = (Band.GREEN, Band.YELLOW, Band.RED, Band.GREY)
SHOW = {band: name for name, band in BANDS.items()}
STUCK_SHOWN = 6


@dataclass(frozen=True)
class CellView:
    """The accounts of a stage and a band. `about` says which, for who does not see the table; `pulls`: (key, name,
    points) of the measures that take the most points."""

    accounts: int
    mrr: str
    url: str
    about: str
    title: str
    pulls: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class BandRow:
    """A line of the map."""

    band: str
    cells: tuple[CellView, ...]


@dataclass(frozen=True)
class Column:
    """A stage of the map."""

    name: str
    accounts: int
    time: str
    target: str
    is_late: bool
    stuck: int
    stuck_url: str
    kpi: StageKpi | None
    flow: str


@dataclass(frozen=True)
class JourneyPage:
    """All that the page shows; nothing below `runs_url` where there is no map of the day. `has_terms`: accounts pay
    by terms, which make MRR."""

    title: str
    url: str
    here: str
    today: date
    now_url: str
    runs_url: str
    has_terms: bool
    is_scored: bool
    first_scored: date | None
    kinds: tuple[Link, ...]
    pickers: tuple[Picker, ...]
    hidden: tuple[tuple[str, str], ...]
    day: str
    summary: tuple[Said, ...] = ()
    columns: tuple[Column, ...] = ()
    rows: tuple[BandRow, ...] = ()
    has_pulls: bool = False
    kpi_period: str = ""
    note: str = ""
    moves: MovesTable | None = None
    stuck: tuple[Row, ...] = ()
    stuck_total: int = 0
    stuck_url: str = ""
    files: tuple[Link, ...] = ()
    map_files: tuple[Link, ...] = ()
    moves_files: tuple[Link, ...] = ()
    pulls_files: tuple[Link, ...] = ()


def journey_page(member: Membership, asked: Asked, now: datetime) -> JourneyPage:
    """The page. Thirteen queries, however many accounts. Raises FilterError, and PermissionDenied where a CSM asks for
    another book."""
    return _Builder(Sight.of(member, asked, now)).build()


class _Builder:
    """Puts the page together; what several parts need is worked out once."""

    def __init__(self, sight: Sight) -> None:
        self.sight, self.asked = sight, sight.asked
        self.currency = sight.workspace.currency

    def build(self) -> JourneyPage:
        sight = self.sight
        title = sight.name
        return JourneyPage(
            title=title,
            url=reverse("journey", args=[sight.workspace.slug]),
            here=sight.address(self.asked),
            today=sight.today,
            now_url=sight.address(self.asked.but(day=None)),
            runs_url=reverse("runs", args=[sight.workspace.slug]),
            has_terms=sight.workspace.has_terms,
            is_scored=sight.is_scored,
            first_scored=sight.first_scored,
            kinds=tuple(self._kinds()),
            pickers=sight.scopes.pickers(self.asked.segment),
            hidden=(("period", self.asked.period),),
            day="" if sight.is_now else sight.day.isoformat(),
            **(self._full() if sight.is_scored else {}),
        )

    def _full(self) -> dict[str, Any]:
        sight = self.sight
        cells = {(cell.stage, cell.band): cell for cell in sight.map.cells()}
        pulls, moves = sight.map.pulls(), sight.map.moves(sight.period.start)
        kpis, kpi_period = stage_kpis(sight)
        stages = self._stages(cells)
        stuck, stuck_total = rows_of(sight, Which(is_stuck=True), STUCK_SHOWN)
        return {
            "summary": self._summary(cells),
            "columns": tuple(self._column(stage, cells, kpis, moves.flows) for stage in stages),
            "rows": tuple(
                BandRow(band.name.lower(), tuple(self._cell(stage, band, cells, pulls) for stage in stages))
                for band in ORDER
            ),
            "has_pulls": any(pulls.values()),
            "kpi_period": kpi_period,
            "note": self._note(cells),
            "moves": moves_of(sight, moves),
            "stuck": stuck,
            "stuck_total": stuck_total,
            "stuck_url": self._list(self.asked.but(stuck="1")),
            "files": sight.files(),
            "map_files": sight.sheets("map"),
            "moves_files": sight.sheets("moves"),
            "pulls_files": sight.sheets("pulls"),
        }

    def _stages(self, cells: dict[tuple[StageId, Band | None], Cell]) -> list[StageId]:
        """The stages in their order; and no stage, where accounts have none."""
        return [*self.sight.stage_names, *([None] if (None, None) in cells else [])]

    def _list(self, asked: Asked) -> str:
        return self.sight.address(asked, "journey-accounts")

    # -- the map

    def _column(
        self,
        stage: StageId,
        cells: dict[tuple[StageId, Band | None], Cell],
        kpis: dict[StageId, StageKpi],
        flows: Any,
    ) -> Column:
        cell = cells.get((stage, None))
        target = next((row.target_days for row in self.sight.stages if row.pk == stage), None)
        return Column(
            name=self.sight.stage_names.get(stage, _("No stage")),
            accounts=cell.accounts if cell else 0,
            time=_("median %(days)s d") % {"days": integer(cell.days)} if cell and cell.days is not None else "",
            target=_("target %(days)s d") % {"days": integer(target)} if target else "",
            is_late=bool(cell and cell.days is not None and target and cell.days > target),
            stuck=cell.stuck if cell else 0,
            stuck_url=self._list(self.asked.but(stage=_key(stage), stuck="1")),
            kpi=kpis.get(stage),
            flow=flow_text(flows.get(stage, Flow())) if stage is not None else "",
        )

    def _cell(
        self,
        stage: StageId,
        band: Band,
        cells: dict[tuple[StageId, Band | None], Cell],
        pulls: dict[tuple[StageId, Band], list[Pull]],
    ) -> CellView:
        cell = cells.get((stage, band))
        about = f"{band_word(band.name.lower())}, {self.sight.stage_names.get(stage, _('No stage'))}"
        if cell is None:
            return CellView(0, "–", "", about, "")
        told = pulls.get((stage, band), [])
        return CellView(
            accounts=cell.accounts,
            mrr=brief_money(cell.mrr, self.currency),
            url=self._list(self.asked.but(stage=_key(stage), show=SHOW[band])),
            about=about,
            title=self._title(cell, cells[stage, None]),
            pulls=tuple((pull.measure, measure_name(pull.measure), fixed(pull.points)) for pull in told),
        )

    def _title(self, cell: Cell, whole: Cell) -> str:
        words = [_("%(share)s of the stage") % {"share": percent(cell.accounts / whole.accounts)}]
        if cell.days is not None:
            words.append(_("median %(days)s d") % {"days": integer(cell.days)})
        if cell.stuck:
            words.append(_("%(n)s stuck") % {"n": integer(cell.stuck)})
        return " · ".join(words)

    # -- words

    def _summary(self, cells: dict[tuple[StageId, Band | None], Cell]) -> tuple[Said, ...]:
        """611 accounts · where they are, how they are, who is stuck"""
        total = sum(cell.accounts for cell in cells.values() if cell.band is None)
        words = _("where they are, how they are, who is stuck")
        if not self.sight.is_now:
            words = _("as of the end of %(day)s") % {"day": day(self.sight.day, self.sight.today)}
        whose = self.sight.name if self.sight.member.role == Role.CSM else ""
        parts = (Said(whose), Said(accounts_text(total), "count-accounts"), Said(words))
        return tuple(part for part in parts if part.text)

    def _note(self, cells: dict[tuple[StageId, Band | None], Cell]) -> str:
        unrated = sum(cell.unrated for cell in cells.values() if cell.band is None)
        if not (unrated and self.sight.workspace.has_terms):
            return ""
        return _("MRR leaves out %(accounts)s: a currency has no rate.") % {"accounts": accounts_text(unrated)}

    def _kinds(self) -> list[Link]:
        """Week, month, quarter, year: over which the moves are told."""
        return [
            Link(
                str(kind.label),
                self.sight.address(self.asked.but(period=kind)),
                here=kind == self.asked.period,
            )
            for kind in PeriodKind
        ]


def _key(stage: StageId) -> str:
    return NO_STAGE if stage is None else str(stage)
