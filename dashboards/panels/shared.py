"""What others read of an account by a link: its score, its line, what makes it; nothing that was said in private."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import ShareLink
from dashboards.panels.account import score_of
from dashboards.panels.breakdown import Contribution, MeasureRow, anchor_of
from dashboards.panels.figure import Figure
from metrics.models import Standing
from metrics.registry import MEASURES, Unit

LINE_DAYS = 90
# Our own opinion is for ourselves; what it adds to the score is told without its name.
OURS = frozenset({"sentiment.csm_pulse"})


@dataclass(frozen=True)
class SharedPage:
    """All that the page shows. Without a standing there is no score yet."""

    workspace: str
    name: str
    today: date
    scored_on: date | None
    ends_on: date
    band: str
    score: Decimal | None
    headline: str
    coverage: str
    mrr: Figure | None
    line: tuple[tuple[date, float], ...]
    points: tuple[float | None, ...]
    borders: tuple[float, float] | None
    line_label: str
    contributions: tuple[Contribution, ...]
    widest: float
    sum: str
    measures: tuple[MeasureRow, ...]


def shared_page(link: ShareLink, now: datetime) -> SharedPage:
    """A fixed number of queries."""
    account, workspace = link.account, link.workspace
    account.workspace = workspace
    today = workspace.day_of(now)
    standing = Standing.objects.of(workspace).filter(account_id=account.pk).select_related("version__scorecard").first()
    told = score_of(account, standing, LINE_DAYS, today)
    shows = link.shows_money and standing is not None and workspace.has_terms
    same = ("band", "score", "headline", "coverage", "line", "widest", "sum")
    return SharedPage(
        workspace=workspace.name,
        name=account.name,
        today=today,
        scored_on=standing.day if standing else None,
        ends_on=link.ends_on,
        mrr=Figure("mrr", standing.mrr, workspace.currency, standing.day) if shows else None,
        points=told["scores"],
        borders=told["borders"],
        line_label=told["chart_label"],
        contributions=tuple(without_name(each) for each in told["contributions"]),
        measures=tuple(row for row in told["measures"] if _is_told(row.now.key, link)),
        **{name: told[name] for name in same},
    )


def _is_told(key: str, link: ShareLink) -> bool:
    measure: Any = MEASURES.get(key)
    is_amount = measure is not None and measure.unit == Unit.MONEY
    return key not in OURS and (link.shows_money or not is_amount)


def without_name(each: Contribution) -> Contribution:
    """What makes the score, without saying what we think of a customer."""
    if each.anchor not in {anchor_of(key) for key in OURS}:
        return each
    return Contribution(_("Other"), each.value, each.printed)
