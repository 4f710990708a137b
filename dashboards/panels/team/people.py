"""The CSMs side by side."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Membership
from dashboards.panels.lists import Column
from dashboards.panels.team.asked import Asked, records_url
from dashboards.panels.team.history import BANDS
from dashboards.panels.team.numbers import Cell, Numbers, nothing
from dashboards.panels.team.wins import saves_by_csm
from dashboards.panels.team.words import base_text, interval_text, value_text
from dashboards.templatetags.figures import band_word, integer
from metrics.models import ScopeKind
from metrics.registry import KPIS

# Under so many cases nobody is ranked by a rate.
RANKED = 20
KEYS = {
    "mrr": "revenue.mrr",
    "churn": "retention.customer_churn_rate",
    "nps": "satisfaction.nps",
    "tickets": "support.tickets",
    "touches": "effort.touches",
    "expansion": "revenue.expansion",
}
# Column → the entry of the definitions that says what it means.
DEFINED = {key: f"kpi-{kpi}" for key, kpi in KEYS.items()} | {
    "accounts": "count-accounts",
    "health": "score-band",
    "saves": "win-saved",
}


@dataclass(frozen=True)
class Entry:
    """One number of a CSM; `note` is what it rests on and its interval."""

    key: str
    value: Decimal | None
    text: str
    url: str
    n: int = 0
    note: str = ""
    title: str = ""
    is_thin: bool = False
    is_ranked: bool = True


@dataclass(frozen=True)
class Csm:
    """A row of the table."""

    pk: int
    name: str
    url: str
    accounts: int
    bands: tuple[tuple[str, int], ...]
    health: str
    entries: tuple[Entry, ...]
    saves: int

    def by(self, sort: str) -> Any:
        """What it is sorted by; None goes last, whichever the way."""
        if sort in ("name", "accounts", "health", "saves"):
            poor = Decimal(dict(self.bands)["red"]) / self.accounts if self.accounts else None
            plain = {"name": self.name.casefold(), "accounts": self.accounts, "health": poor, "saves": self.saves}
            return plain[sort]
        entry = next(entry for entry in self.entries if entry.key == sort)
        return entry.value if entry.is_ranked else None


@dataclass(frozen=True)
class Csms:
    """The table. `note`: what a reader should know of it."""

    rows: tuple[Csm, ...]
    columns: tuple[Column, ...]
    note: str


def csms_of(numbers: Numbers, people: Mapping[int, Membership], address: Callable[[Asked], str]) -> Csms:
    """The CSMs of the scope: all of them, a team's, or one. One query."""
    found = _cells(numbers)
    shown = [pk for pk in found if pk in people and _is_in(numbers, people[pk])]
    saves = saves_by_csm(numbers)
    made = [_csm(numbers, people[pk], found[pk], saves.get(pk, 0), address) for pk in shown]
    rows = _sorted(made, numbers.asked.sort)
    unranked = any(not entry.is_ranked for row in rows for entry in row.entries)
    return Csms(rows, _columns(numbers.asked, address), _note(numbers, unranked))


def _cells(numbers: Numbers) -> dict[int, dict[str, Cell]]:
    """CSM → KPI → its number, of those who had accounts or facts in the period."""
    found: dict[int, dict[str, Cell]] = defaultdict(dict)
    for (csm, kpi), cell in numbers.of_csms([*KEYS.values(), *BANDS.values()]).items():
        found[int(csm)][kpi] = cell
    return found


def _is_in(numbers: Numbers, member: Membership) -> bool:
    team = member.team_id  # type: ignore[attr-defined]
    return numbers.scope.kind != ScopeKind.TEAM or str(team) == numbers.scope.key


def _csm(
    numbers: Numbers, member: Membership, cells: Mapping[str, Cell], saves: int, address: Callable[[Asked], str]
) -> Csm:
    bands = tuple((band, int((cells.get(key) or nothing(key)).value or 0)) for band, key in BANDS.items())
    return Csm(
        pk=member.pk,
        name=str(member.user),
        url=address(numbers.asked.but(scope=f"csm:{member.pk}")),
        accounts=sum(count for _band, count in bands),
        bands=bands,
        health=", ".join(f"{band_word(band)} {integer(count)}" for band, count in bands),
        entries=tuple(_entry(numbers, member, key, cells.get(kpi) or nothing(kpi)) for key, kpi in KEYS.items()),
        saves=saves,
    )


def _entry(numbers: Numbers, member: Membership, key: str, cell: Cell) -> Entry:
    kpi = KPIS[KEYS[key]]
    segment = numbers.asked.segment if numbers.narrowed else ""
    asked = numbers.asked.but(scope=f"csm:{member.pk}", segment=segment)
    url = records_url(numbers.workspace.slug, kpi.key, asked)
    text = value_text(kpi, cell.value, numbers.workspace.currency)
    if not kpi.is_rate:
        return Entry(key, cell.value, text, url, cell.n)
    notes = [base_text(kpi, cell), interval_text(kpi, cell)]
    return Entry(
        key, cell.value, text, url, cell.n,
        note=" · ".join(note for note in notes if note) if cell.value is not None else "",
        title=str(cell.reason),
        is_thin=cell.is_thin(kpi),
        is_ranked=cell.n >= RANKED,
    )  # fmt: skip


def _sorted(rows: list[Csm], sort: str) -> tuple[Csm, ...]:
    key, turned = sort.removeprefix("-"), sort.startswith("-")
    by_name = sorted(rows, key=lambda row: row.name.casefold())
    ranked = [row for row in by_name if row.by(key) is not None]
    return (
        *sorted(ranked, key=lambda row: row.by(key), reverse=turned),
        *(row for row in by_name if row.by(key) is None),
    )


def _columns(asked: Asked, address: Callable[[Asked], str]) -> tuple[Column, ...]:
    """Heads that sort; pressed again they turn round."""
    labels = {
        "name": _("CSM"),
        "accounts": _("Accounts"),
        "health": _("Health"),
        "mrr": _("MRR"),
        "churn": _("Churn"),
        "nps": _("NPS"),
        "tickets": _("Tickets"),
        "touches": _("Touches"),
        "expansion": _("Expansion"),
        "saves": _("Saved"),
    }
    return tuple(_column(asked, address, key, label) for key, label in labels.items())


def _column(asked: Asked, address: Callable[[Asked], str], key: str, label: str) -> Column:
    here, turned = asked.sort.removeprefix("-") == key, asked.sort.startswith("-")
    first = key if key == "name" else f"-{key}"
    other = key if turned else f"-{key}"
    way = ("descending" if turned else "ascending") if here else ""
    return Column(key, label, address(asked.but(sort=other if here else first)), way, DEFINED.get(key, ""))


def _note(numbers: Numbers, unranked: bool) -> str:
    notes = []
    if unranked:
        notes.append(_("A rate of fewer than 20 cases is shown, with its 95 % interval, but ranks nobody."))
    if numbers.scope.kind == ScopeKind.SEGMENT and not numbers.narrowed:
        notes.append(_("CSMs are told over their whole books, not this segment alone."))
    return " ".join(str(note) for note in notes)
