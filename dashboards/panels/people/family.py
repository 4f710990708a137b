"""Parent and children: what stands above an account, and how those below it are, together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, DecimalField, F, OuterRef, Q, Subquery, Sum, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Account
from dashboards.export import Field
from dashboards.panels.account_tables import Cells, Column, Place, Shown, TableKind
from dashboards.panels.lists import Link
from dashboards.templatetags.figures import accounts, band_word, brief_money, money, score
from metrics.formulas.rates import ratio
from metrics.models import Band, Standing
from metrics.models.snapshot import UNIT

ORDER = (Band.RED, Band.YELLOW, Band.GREEN, Band.GREY)


@dataclass(frozen=True)
class Share:
    """What one band holds of the children's MRR; of their number where nobody has a term."""

    band: str
    word: str
    accounts: str
    mrr: str
    share: Decimal | None


@dataclass(frozen=True)
class Family:
    """`mean` is the children's score, each as heavy as its MRR; all alike, and without `mrr`, where nobody has a term.
    `worst` is the lowest one."""

    parent: Link | None
    change_url: str
    children: int
    shares: tuple[Share, ...]
    mean: Decimal | None
    mean_band: str
    worst: Link | None
    worst_score: Decimal | None
    worst_band: str
    mrr: str
    unscored: str


def family_of(place: Place) -> Family:
    """Four queries: the parent, who is below, the sums by band, the worst. Children are all accounts below this one."""
    slug, workspace = place.workspace.slug, place.workspace
    parent = Account.objects.of(workspace).filter(pk=place.account.parent_id).values_list("name", flat=True).first()
    sums = _sums(place)
    worst = _children(place).exclude(score_units=None).select_related("account").order_by("score_units", "pk").first()
    mrr = sum((Decimal(row["mrr"] or 0) for row in sums.values()), Decimal(0))
    known = sum((Decimal(row["known"] or 0) for row in sums.values()), Decimal(0))
    weighed = ratio(sum((Decimal(row["weighed"] or 0) for row in sums.values()), Decimal(0)), known)
    change = reverse("account-parent", args=[slug, place.account.pk]) if place.writes else ""
    return Family(
        parent=Link(parent, reverse("account-people", args=[slug, place.account.parent_id])) if parent else None,
        change_url=change,
        children=sum(row["n"] for row in sums.values()),
        shares=tuple(_share(place, band, sums[band], mrr) for band in ORDER if band in sums),
        mean=None if weighed is None else weighed / UNIT,
        mean_band=_band(weighed),
        worst=Link(worst.account.name, reverse("account", args=[slug, worst.account_id])) if worst else None,
        worst_score=worst.score if worst else None,
        worst_band=Band(worst.band).name.lower() if worst else "grey",
        mrr=_amount(place, mrr),
        unscored=_amount(place, mrr - known) if mrr > known else "",
    )


def _children(place: Place) -> Any:
    return Standing.objects.of(place.workspace).filter(is_scored=True, account_id__among=place.below)


def _sums(place: Place) -> dict[Band, dict[str, Any]]:
    exact: Any = DecimalField(max_digits=40, decimal_places=0)
    weight = Cast("mrr_units" if place.workspace.has_terms else Value(1), exact)
    is_known = Q(score_units__isnull=False)
    rows = _children(place).order_by().values("band")
    rows = rows.annotate(
        n=Count("account_id"),
        mrr=Sum(weight),
        known=Sum(weight, filter=is_known),
        weighed=Sum(F("score_units") * weight, filter=is_known, output_field=exact),
    )
    return {Band(row["band"]): row for row in rows}


def _share(place: Place, band: Band, row: dict[str, Any], mrr: Decimal) -> Share:
    name, own = band.name.lower(), Decimal(row["mrr"] or 0)
    return Share(name, str(band_word(name)), accounts(row["n"]), _amount(place, own), ratio(own, mrr))


def _amount(place: Place, units: Decimal) -> str:
    return brief_money(units / UNIT, place.workspace.currency) if place.workspace.has_terms else ""


def _band(units: Decimal | None) -> str:
    """By the thresholds of a new scorecard: the mean of several scorecards has none of its own."""
    if units is None:
        return "grey"
    return "red" if units < 40 * UNIT else "yellow" if units < 70 * UNIT else "green"


# -- the children one by one -----------------------------------------------------------------------------------


def _rows(place: Place) -> Any:
    standing = Standing.objects.of(place.workspace).filter(account_id=OuterRef("pk"), is_scored=True)
    told = {name: Subquery(standing.values(name)[:1]) for name in ("band", "score_units", "mrr_units")}
    found = Account.objects.of(place.workspace).filter(pk__among=place.below).annotate(**told)
    return found.select_related("owner__user", "parent").order_by(F("mrr_units").desc(nulls_last=True), "name", "pk")


def _columns(place: Place) -> tuple[Column, ...]:
    mrr = Column(_("MRR"), (Field(_("MRR"), place.workspace.currency),), anchor="kpi-revenue.mrr", is_number=True)
    return (
        Column(_("Account")),
        Column(_("Health"), (Field(_("Health")), Field(_("Score"))), anchor="score"),
        *([mrr] if place.workspace.has_terms else []),
        Column(_("Owner")),
    )


def _cells(place: Place, rows: Sequence[Any]) -> list[Cells]:
    slug, own = place.workspace.slug, place.workspace.currency
    found: list[Cells] = []
    for row in rows:
        band = "grey" if row.band is None else Band(row.band).name.lower()
        points = None if row.score_units is None else Decimal(row.score_units) / UNIT
        mrr = None if row.mrr_units is None else Decimal(row.mrr_units) / UNIT
        word = str(band_word(band)) if row.band is not None else _("no customer")
        link = Link(row.name, reverse("account", args=[slug, row.pk]))
        found.append(
            (
                Shown("", (row.name,), note="" if row.parent_id == place.account.pk else _above(row), link=link),
                Shown(score(points) if points is not None else word, (word, points), band=band),
                *([Shown(money(mrr, own), (mrr,))] if place.workspace.has_terms else []),
                Shown(str(row.owner or "")),
            )
        )
    return found


def _above(row: Any) -> str:
    """Below which of the others it is."""
    return _("below %(name)s") % {"name": row.parent.name}


CHILDREN = TableKind(
    "children",
    gettext_lazy("Accounts below this one"),
    gettext_lazy("No account has this one as its parent."),
    _columns,
    _rows,
    _cells,
)
