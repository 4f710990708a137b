"""A book of business at a glance: the lights, the renewals, one row per account, the worst first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Membership, Role, Workspace
from accounts.models.written import written_once
from dashboards.addresses import address
from dashboards.panels.bulk_bar import Bar, bar
from dashboards.panels.choices import Choices
from dashboards.panels.columns import fields_of, usual
from dashboards.panels.coverage import use_words, words_of
from dashboards.panels.figure import Figure
from dashboards.panels.filters import ALL, COUNTED, LITTLE, NOBODY, RENEWAL_DAYS, Filters
from dashboards.panels.lists import PAGE_SIZE, Column, Link, Pager, files, pager, way_to_sources
from dashboards.panels.nights import last_night
from dashboards.panels.risk import Risk, Risks, risk_of, risks_of
from dashboards.panels.saved_views import Tools, plain_of, tools
from dashboards.panels.team.history import BANDS
from dashboards.panels.words import drivers_text
from dashboards.templatetags.figures import band_word, money
from metrics.models import Band, Standing
from metrics.models.snapshot import UNIT

ORDER = (Band.RED, Band.YELLOW, Band.GREEN, Band.GREY)
# Of every row, whatever its columns.
FIELDS = ("account_id", "account__name", "account__segment", "band", "manual")


@dataclass(frozen=True)
class Light:
    """One band of a book: how many, which share, what they pay, what changed in seven days (None: not known)."""

    band: str
    accounts: int
    share: Decimal
    mrr: Figure
    change: int | None

    @property
    def word(self) -> str:
        return band_word(self.band)

    @property
    def anchor(self) -> str:
        """The KPI that counts the same."""
        return f"kpi-{BANDS[self.band]}"

    @property
    def is_worse(self) -> bool:
        return self.band == "red" and (self.change or 0) > 0


@dataclass(frozen=True)
class Renewals:
    """What renews within 90 days, by band."""

    accounts: int
    mrr: Figure
    red: Figure
    parts: tuple[tuple[str, Decimal], ...]
    label: str


@dataclass(frozen=True)
class Row:
    """One account of the list. What no chosen column shows is empty."""

    key: int
    url: str
    name: str
    segment: str
    band: str
    is_by_hand: bool
    score: Decimal | None
    change: Decimal | None
    line: tuple[float | None, ...]
    drivers: str
    stage: str
    mrr: Figure
    against: Decimal | None
    renews_on: date | None
    touched_on: date | None
    owner: str
    team: str
    since: date | None
    coverage: Decimal | None
    doubt: str
    rests_on: str
    used: int | None
    never_used: bool
    overdue: int | None
    risk: Risk | None
    external_id: str


@dataclass(frozen=True)
class Portfolio:
    """All that the page shows."""

    title: str
    url: str
    here: str
    today: date
    is_own: bool
    is_filtered: bool
    has_terms: bool
    accounts: int
    mrr: Figure
    unrated: int
    scored_on: date | None
    alert: str
    query: str
    sorted: str
    lights: tuple[Light, ...]
    renewals: Renewals
    chips: tuple[Link, ...]
    filters_url: str
    columns: tuple[Column, ...]
    tools: Tools
    hidden: tuple[tuple[str, str], ...]
    rows: tuple[Row, ...]
    pager: Pager
    bulk: Bar | None
    all_url: str
    clear_url: str
    sources_url: str
    files: tuple[Link, ...]


def default_filters(member: Membership) -> Filters:
    """A CSM begins with the own book, everybody else with all accounts."""
    csm = str(member.pk) if member.role == Role.CSM else ALL
    return Filters(csm=csm, usual=usual(member.workspace.has_terms))


def book_size(member: Membership) -> int:
    """How many accounts the book holds with which this person begins."""
    workspace = member.workspace.pk
    return sum(_own_size(workspace, member.pk) if member.role == Role.CSM else _whole_size(workspace))


@written_once
def _whole_size(workspace: int) -> QuerySet[Any]:
    sizes = _scored(workspace).order_by().values("workspace").annotate(accounts=Count("*"))
    return sizes.values_list("accounts", flat=True)  # type: ignore[no-any-return]


@written_once
def _own_size(workspace: int, member: int) -> QuerySet[Any]:
    sizes = _scored(workspace).filter(account__owner=member).order_by().values("workspace")
    return sizes.annotate(accounts=Count("*")).values_list("accounts", flat=True)  # type: ignore[no-any-return]


def portfolio_of(member: Membership, asked: Filters, now: datetime) -> Portfolio:
    """The page for one person and one address. Five queries, however many accounts; six with a chip pressed, four more
    with something chosen in the drawer."""
    return _Builder(member, asked, now).build()


def scored_accounts(workspace: Workspace, asked: Filters, today: date) -> Any:
    """The ids of all that match, whatever the page."""
    return asked.rows(asked.scope(_scored(workspace)), today).values_list("account_id", flat=True)


def _scored(workspace: Workspace | int) -> Any:
    return Standing.objects.of(workspace).filter(is_scored=True)


class _Builder:
    """Puts a portfolio together; what several parts need is worked out once."""

    def __init__(self, member: Membership, asked: Filters, now: datetime) -> None:
        self.member, self.asked = member, asked
        self.workspace: Workspace = member.workspace
        self.today = self.workspace.day_of(now)
        self.default = default_filters(member)
        self.url = reverse("portfolio", args=[self.workspace.slug])
        self.book = asked.scope(_scored(self.workspace))
        self.choices = Choices(self.workspace, self.url, asked, self.default, plain_of(member))

    def build(self) -> Portfolio:
        night = last_night(self.workspace, self.today)
        sums = self._sums()
        accounts = sum(row["accounts"] for row in sums)
        rows, pages = self._rows(accounts)
        return Portfolio(
            title=self._title(),
            url=self.url,
            here=self.choices.address(self.asked),
            today=self.today,
            is_own=self.asked.csm == str(self.member.pk),
            is_filtered=self.asked.but(csm=self.default.csm) != self.default,
            has_terms=self.workspace.has_terms,
            accounts=accounts,
            mrr=self._money("mrr", sum(row["mrr"] for row in sums)),
            unrated=sum(row["unrated"] for row in sums),
            scored_on=night.scored_on,
            alert=night.alert,
            query=self.asked.q,
            sorted=self.choices.order(),
            lights=tuple(self._light(band, sums, accounts) for band in ORDER),
            renewals=self._renewals(sums),
            chips=(*self.choices.chips(_counts(sums)), *self.choices.chosen()),
            filters_url=self.asked.address(reverse("portfolio-filters", args=[self.workspace.slug]), self.default),
            columns=self.choices.columns(),
            tools=tools(self.member, self.choices),
            hidden=tuple((name, value) for name, value in self._pairs() if name not in ("q", "page")),
            rows=rows,
            pager=pages,
            bulk=bar(self.member, "portfolio", self._pairs(), self.choices.address(self.asked), pages.total),
            all_url=self.choices.address(Filters()),
            clear_url=self.choices.address(self.default),
            sources_url=way_to_sources(self.member),
            files=files(lambda form: reverse("portfolio-file", args=[self.workspace.slug, form]), self._whole()),
        )

    def _whole(self) -> str:
        """The address of all pages."""
        return self.choices.address(self.asked.but(page=1))

    def _pairs(self) -> list[tuple[str, str]]:
        return self.asked.pairs(self.default)

    def _money(self, key: str, units: int | None) -> Figure:
        amount = None if units is None else Decimal(units) / UNIT
        return Figure(key, amount, self.workspace.currency, self.today)

    # -- lights and renewals

    def _sums(self) -> list[dict[str, Any]]:
        """Accounts, MRR and renewing MRR of the book by band now and seven days ago."""
        end = self.today + timedelta(days=RENEWAL_DAYS)
        renewing = Q(renews_on__gte=self.today, renews_on__lt=end)
        grouped = (
            self.book.order_by()
            .values("band", "band_before")
            .annotate(
                accounts=Count("account_id"),
                mrr=Sum("mrr_units", default=0),
                unrated=Count("account_id", filter=Q(mrr_units=None)),
                renewing=Count("account_id", filter=renewing),
                renewing_mrr=Sum("mrr_units", filter=renewing, default=0),
                **{f"n_{name}": Count("account_id", filter=rule) for name, rule in COUNTED.items()},
            )
        )
        return list(grouped)

    def _light(self, band: Band, sums: list[dict[str, Any]], accounts: int) -> Light:
        now = sum(row["accounts"] for row in sums if row["band"] == band)
        before = sum(row["accounts"] for row in sums if row["band_before"] == band)
        return Light(
            band=band.name.lower(),
            accounts=now,
            share=Decimal(now) / accounts if accounts else Decimal(0),
            mrr=self._money("mrr", sum(row["mrr"] for row in sums if row["band"] == band)),
            change=now - before if any(row["band_before"] is not None for row in sums) else None,
        )

    def _renewals(self, sums: list[dict[str, Any]]) -> Renewals:
        by_band = {band: sum(row["renewing_mrr"] for row in sums if row["band"] == band) for band in ORDER}
        parts = tuple((band.name.lower(), Decimal(units) / UNIT) for band, units in by_band.items() if units)
        return Renewals(
            accounts=sum(row["renewing"] for row in sums),
            mrr=self._money("renewing", sum(by_band.values())),
            red=self._money("renewing", by_band[Band.RED]),
            parts=parts,
            label=", ".join(f"{band_word(band)} {money(amount, self.workspace.currency)}" for band, amount in parts),
        )

    def _title(self) -> str:
        if self.asked.csm == str(self.member.pk):
            return _("My portfolio")
        if self.asked.csm == ALL:
            return _("All accounts")
        if self.asked.csm == NOBODY:
            return _("Accounts of nobody")
        name = next((label for _value, label, here in self.choices.selects[0].options if here), "?")
        return _("Portfolio of %(name)s") % {"name": name}

    # -- rows

    @cached_property
    def risks(self) -> Risks:
        """What scores say of leaving, where that is asked for."""
        return risks_of(self.workspace, self.today) if "risk" in self.asked.columns else {}

    def _rows(self, accounts: int) -> tuple[tuple[Row, ...], Pager]:
        """The rows of this page; `accounts` are all of the book."""
        wanted = self.asked.rows(self.book, self.today)
        total = wanted.count() if self.asked.show else accounts
        first = (self.asked.page - 1) * PAGE_SIZE
        fields = fields_of(self.choices.shown)
        found = wanted.values(*FIELDS, *fields)[first : first + PAGE_SIZE]
        pages = pager(self.asked.page, total, lambda page: self.choices.address(self.asked.but(page=page)))
        return tuple(self._row(row) for row in found), pages

    def _row(self, row: dict[str, Any]) -> Row:
        touched, doubt = row.get("last_touch_at"), _doubt(row)
        owner = row.get("account__owner__user__name") or row.get("account__owner__user__email")
        return Row(
            key=row["account_id"],
            url=address("account", self.workspace.slug, row["account_id"]),
            name=row["account__name"],
            segment=row["account__segment"],
            band=Band(row["band"]).name.lower(),
            is_by_hand=row["manual"],
            score=_points(row.get("score_units")),
            change=_points(row.get("change")),
            line=tuple(None if units is None else units / UNIT for units in row.get("line", ())),
            drivers=drivers_text(row.get("drivers", ()), self.workspace.currency),
            stage=row.get("account__stage__name") or "",
            mrr=self._money("mrr", row.get("mrr_units")),
            against=_against(row),
            renews_on=row.get("renews_on"),
            touched_on=self.workspace.day_of(touched) if touched else None,
            owner=owner or "",
            team=row.get("account__team__name") or "",
            since=row.get("band_since"),
            coverage=_points(row.get("coverage")),
            doubt=doubt,
            rests_on=_rests_on(row) if doubt or "coverage" in self.asked.columns else "",
            used=row.get("days_unused"),
            never_used=row.get("never_used", False),
            overdue=row.get("days_past_due"),
            risk=risk_of(self.risks, row["version_id"], row["score_units"]) if self.risks else None,
            external_id=row.get("account__external_id", ""),
        )


def _counts(sums: list[dict[str, Any]]) -> dict[str, int]:
    """How many accounts the chips find that say so."""
    return {name: sum(row[f"n_{name}"] for row in sums) for name in COUNTED}


def _against(row: dict[str, Any]) -> Decimal | None:
    """What MRR has risen by in 90 days."""
    now, before = row.get("mrr_units"), row.get("mrr_before_units")
    return None if now is None or before is None else Decimal(now - before) / UNIT


def _doubt(row: dict[str, Any]) -> str:
    """Why the score tells less than others, the gravest first; empty where it does not, or is not shown."""
    if "measures_asked" not in row:
        return ""
    if row["never_used"]:
        return "never"
    if use_words(row["days_unused"], is_never=False):
        return "silent"
    return "little" if row["coverage"] < LITTLE else ""


def _rests_on(row: dict[str, Any]) -> str:
    """“never used; from 4 of 17 measures; 48% unknown”."""
    use = use_words(row["days_unused"], row["never_used"])
    return "; ".join(filter(None, (use, words_of(row["measures_known"], row["measures_asked"], None, row["unknown"]))))


def _points(units: int | None) -> Decimal | None:
    return None if units is None else Decimal(units) / UNIT
