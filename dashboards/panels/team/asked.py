"""What the team page is asked for: read from the address, written back to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from dashboards.addresses import address
from dashboards.panels.filters import bad
from dashboards.panels.scopes import segment_of
from metrics.models import PeriodKind

BEFORE, YEAR = "before", "year"
SORTS = ("name", "accounts", "mrr", "health", "churn", "nps", "tickets", "touches", "expansion", "saves")


@dataclass(frozen=True)
class Asked:
    """`start` is any day of the period, none for the newest; `scope` is "all", "team:3", "csm:5", "segment:SMB", or
    empty for where this reader begins; of it, with `segment`, the accounts of one alone."""

    period: PeriodKind = PeriodKind.MONTH
    start: date | None = None
    against: str = BEFORE
    scope: str = ""
    segment: str = ""
    sort: str = "-mrr"

    def but(self, **changes: Any) -> Asked:
        return replace(self, **changes)

    def address(self, url: str) -> str:
        """The page's address with what is not as by default."""
        usual = Asked()
        told = {name: getattr(self, name) for name in ("period", "start", "against", "scope", "segment", "sort")}
        pairs = [(name, str(value)) for name, value in told.items() if value != getattr(usual, name)]
        return f"{url}?{urlencode(pairs)}" if pairs else url


def records_url(workspace: str, key: str, asked: Asked) -> str:
    """Where the records behind a KPI are, of the same period and scope."""
    of = Asked(asked.period, asked.start, scope=asked.scope, segment=asked.segment)
    return of.address(address("kpi", workspace, *key.split(".", 1)))


def read(asked: QueryDict) -> Asked:
    """What an address asks for. Raises FilterError."""
    usual = Asked()
    against = asked.get("against") or usual.against
    if against not in (BEFORE, YEAR):
        raise bad("against", against)
    sort = asked.get("sort") or usual.sort
    if sort.removeprefix("-") not in SORTS:
        raise bad("sort", sort)
    return Asked(kind_of(asked), start_of(asked), against, asked.get("scope", ""), segment_of(asked), sort)


def kind_of(asked: QueryDict) -> PeriodKind:
    """The kind of period. Raises FilterError."""
    value = asked.get("period") or PeriodKind.MONTH
    try:
        return PeriodKind(value)
    except ValueError:
        raise bad("period", value) from None


def start_of(asked: QueryDict) -> date | None:
    """A day of the period. Raises FilterError."""
    value = asked.get("start", "")
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise bad("start", value) from None
