"""The reporting currency, the rates by day, and the amounts that no rate covers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import ngettext

from accounts.models import ExchangeRate, Membership
from accounts.rates import Gap, gaps
from dashboards.panels.lists import PAGE_SIZE, Pager, pager
from dashboards.panels.settings.form import FormPage
from dashboards.templatetags.figures import day, decimal, integer


@dataclass(frozen=True)
class RateRow:
    """What one unit is worth from a day on."""

    currency: str
    day: str
    rate: str


@dataclass(frozen=True)
class MoneyPage(FormPage):
    """All that the page shows."""

    currency: str = ""
    rate_form: Any = None
    gaps: tuple[str, ...] = ()
    rates: tuple[RateRow, ...] = ()
    pager: Pager | None = None


def money_page(member: Membership, form: Any, rate_form: Any, page: int = 1) -> MoneyPage:
    """One page of rates, by currency, the newest first. Three queries."""
    workspace = member.workspace
    url = reverse("settings-money", args=[workspace.slug])
    found = ExchangeRate.objects.of(workspace).current().order_by("currency", "-day")
    first = (page - 1) * PAGE_SIZE
    rows = found.values_list("currency", "day", "rate")[first : first + PAGE_SIZE]
    panel: MoneyPage = MoneyPage.of(  # type: ignore[assignment]
        member,
        form,
        currency=workspace.currency,
        rate_form=rate_form,
        gaps=tuple(_words(gap) for gap in gaps(workspace)),
        rates=tuple(RateRow(code, day(since), decimal(rate, 8)) for code, since, rate in rows),
        pager=pager(page, found.count(), lambda n: f"{url}?page={n}" if n > 1 else url),
    )
    return panel


def _words(gap: Gap) -> str:
    words = ngettext(
        "%(n)s amount in %(currency)s since %(day)s has no rate, so MRR has no value there.",
        "%(n)s amounts in %(currency)s since %(day)s have no rate, so MRR has no value there.",
        gap.amounts,
    )
    return words % {"n": integer(gap.amounts), "currency": gap.currency, "day": day(gap.first)}
