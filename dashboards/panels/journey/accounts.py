"""The accounts behind the map: of a stage, of a health, those that are stuck; as a list and as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership
from dashboards.export import Cell, Field, Sheet
from dashboards.panels.figure import Figure
from dashboards.panels.filters import BANDS, bad
from dashboards.panels.journey.asked import NO_STAGE, Asked
from dashboards.panels.journey.sight import Sight
from dashboards.panels.lists import PAGE_SIZE, Link, Pager, Said, pager
from dashboards.panels.words import drivers_text
from dashboards.templatetags.figures import accounts as accounts_text
from dashboards.templatetags.figures import band_word, day, integer
from metrics.journey import Placed, Which


@dataclass(frozen=True)
class Row:
    """One account. `days`: since when it is in its stage; `allowed`: how long it may be, where it is longer."""

    url: str
    name: str
    owner: str
    stage: str
    band: str
    score: Decimal | None
    mrr: Figure
    days: str
    allowed: str
    is_stuck: bool
    drivers: str


@dataclass(frozen=True)
class AccountsPage:
    """Some of the accounts of a map. `chips` take back what was chosen."""

    title: str
    summary: tuple[Said, ...]
    here: str
    map_url: str
    has_terms: bool
    files: tuple[Link, ...]
    chips: tuple[Link, ...]
    rows: tuple[Row, ...]
    pager: Pager


def accounts_page(member: Membership, asked: Asked, now: datetime) -> AccountsPage:
    """The list. Four queries at most, however many accounts. Raises what the map does."""
    sight = Sight.of(member, asked, now)
    asked = sight.asked
    rows, total = rows_of(sight, which_of(sight), PAGE_SIZE, (asked.page - 1) * PAGE_SIZE)
    return AccountsPage(
        title=_title(sight),
        summary=_summary(sight, total),
        here=sight.address(asked, "journey-accounts"),
        map_url=sight.address(asked.but(stage="", show="", stuck="")),
        has_terms=sight.workspace.has_terms,
        files=sight.files(),
        chips=tuple(_chips(sight)),
        rows=rows,
        pager=pager(asked.page, total, lambda page: sight.address(asked.but(page=page), "journey-accounts")),
    )


def which_of(sight: Sight) -> Which:
    """The accounts that the address names. Raises FilterError for a stage that is not there."""
    asked = sight.asked
    stage = int(asked.stage) if asked.stage not in ("", NO_STAGE) else None
    if stage is not None and stage not in sight.stage_names:
        raise bad("stage", asked.stage)
    return Which(stage, asked.stage == NO_STAGE, BANDS.get(asked.show), bool(asked.stuck))


def rows_of(sight: Sight, which: Which, limit: int, offset: int = 0) -> tuple[tuple[Row, ...], int]:
    """Some of the accounts, and how many there are. One query, and one for the people."""
    found, total = sight.map.accounts(which, limit, offset)
    return tuple(_row(sight, placed) for placed in found), total


def _row(sight: Sight, placed: Placed) -> Row:
    currency = sight.workspace.currency
    return Row(
        url=reverse("account", args=[sight.workspace.slug, placed.account]),
        name=placed.name,
        owner=_owner(sight, placed),
        stage=sight.stage_names.get(placed.stage, _("No stage")),
        band=placed.band.name.lower(),
        score=placed.score,
        mrr=Figure("mrr", placed.mrr, currency, sight.day),
        days="–" if placed.days is None else _("%(n)s d") % {"n": integer(placed.days)},
        allowed="" if placed.limit is None else _("of %(n)s d") % {"n": integer(placed.limit)},
        is_stuck=placed.is_stuck,
        drivers=drivers_text(placed.drivers, currency),
    )


def _owner(sight: Sight, placed: Placed) -> str:
    member = sight.scopes.people.get(placed.owner or 0)
    return str(member.user) if member else ""


def _title(sight: Sight) -> str:
    words = [word for _name, word in _chosen(sight)]
    return " · ".join(words) if words else _("All accounts on the map")


def _chosen(sight: Sight) -> list[tuple[str, str]]:
    """What the address narrows down by, in words."""
    asked, chosen = sight.asked, []
    if asked.stage:
        name = _("No stage") if asked.stage == NO_STAGE else sight.stage_names.get(int(asked.stage), "–")
        chosen.append(("stage", name))
    if asked.show:
        chosen.append(("show", str(band_word(BANDS[asked.show].name.lower()))))
    if asked.stuck:
        chosen.append(("stuck", _("Stuck")))
    return chosen


def _chips(sight: Sight) -> list[Link]:
    return [
        Link(
            word,
            sight.address(sight.asked.but(**{name: ""}), "journey-accounts"),
            here=True,
            band=BANDS[sight.asked.show].name.lower() if name == "show" else "",
            closes=True,
        )
        for name, word in _chosen(sight)
    ]


def _summary(sight: Sight, total: int) -> tuple[Said, ...]:
    words = [Said(sight.name), Said(accounts_text(total), "count-accounts")]
    if not sight.is_now:
        words.append(Said(_("as of the end of %(day)s") % {"day": day(sight.day, sight.today)}))
    return tuple(words)


def accounts_sheet(member: Membership, asked: Asked, now: datetime) -> Sheet:
    """All accounts of the list, in its order."""
    sight = Sight.of(member, asked, now)
    found, _total = sight.map.accounts(which_of(sight))
    fields = (
        Field(_("Account")), Field(_("Id")), Field(_("CSM")), Field(_("Stage")), Field(_("Health")), Field(_("Score")),
        *sight.paid_fields, Field(_("Days in the stage")), Field(_("Days it may stay")), Field(_("Stuck")),
    )  # fmt: skip
    return Sheet("journey", fields, [_line(sight, placed) for placed in found])


def _line(sight: Sight, placed: Placed) -> list[Cell]:
    words = [placed.name, placed.external_id, _owner(sight, placed), sight.stage_names.get(placed.stage, "")]
    health = str(band_word(placed.band.name.lower()))
    numbers: list[Cell] = [placed.score, *sight.paid(placed.mrr), placed.days, placed.limit]
    return [*words, health, *numbers, _("yes") if placed.is_stuck else _("no")]
