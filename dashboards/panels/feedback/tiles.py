"""What the chosen comments amount to, as tiles."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from dashboards.templatetags.figures import NONE, decimal, integer, percent
from metrics.feedback.totals import Share, Totals
from metrics.formulas.satisfaction import Nps
from metrics.kpis.answers import THIN
from metrics.registry import KPIS


@dataclass(frozen=True)
class Tile:
    """A number, what it rests on, and the entry of the definitions that says what it means."""

    anchor: str
    name: str
    value: str
    words: str
    doc: str = ""
    interval: str = ""
    is_thin: bool = False


def tiles_of(totals: Totals) -> tuple[Tile, ...]:
    """Comments, NPS, CSAT, complaints; answers on 1–10 have a tile of their own where there are any."""
    comments = Tile(
        "kpi-satisfaction.comments",
        str(KPIS["satisfaction.comments"].name),
        integer(totals.comments),
        _("%(answers)s with an answer · %(remarks)s unasked")
        % {"answers": integer(totals.answers), "remarks": integer(totals.remarks)},
    )
    complaints = Tile(
        "measure-complaints.unresolved_complaints",
        _("Open complaints"),
        integer(totals.unresolved) if totals.complaints else NONE,
        _("of %(n)s complaints") % {"n": integer(totals.complaints)} if totals.complaints else _("no complaints"),
    )
    from_one = (_nps("satisfaction.nps_from_one", totals.nps_from_one),) if totals.nps_from_one.n else ()
    return (comments, _nps("satisfaction.nps", totals.nps), *from_one, _csat(totals.satisfied), complaints)


def _nps(key: str, nps: Nps) -> Tile:
    parts = {"up": integer(nps.promoters), "middle": integer(nps.passives), "down": integer(nps.detractors)}
    interval = nps.interval
    return Tile(
        f"kpi-{key}",
        str(KPIS[key].name),
        decimal(nps.value),
        _("%(up)s promote · %(middle)s passive · %(down)s detract") % parts if nps.n else str(KPIS[key].nothing),
        KPIS[key].doc,
        _span(decimal(Decimal(interval[0]), 0), decimal(Decimal(interval[1]), 0)) if interval else "",
        0 < nps.n < THIN,
    )


def _csat(share: Share) -> Tile:
    kpi, interval = KPIS["satisfaction.csat"], share.interval
    counts = {"hits": integer(share.hits), "n": integer(share.n)}
    return Tile(
        f"kpi-{kpi.key}",
        str(kpi.name),
        percent(share.value, 1),
        _("%(hits)s of %(n)s positive") % counts if share.n else str(kpi.nothing),
        kpi.doc,
        _span(percent(interval[0]), percent(interval[1])) if interval else "",
        0 < share.n < THIN,
    )


def _span(low: str, high: str) -> str:
    return _("95 %%: %(low)s to %(high)s") % {"low": low, "high": high}
