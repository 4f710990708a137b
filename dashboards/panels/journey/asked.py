"""What the journey map is asked for: read from the address, written back to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from dashboards.panels.filters import BANDS, bad, page_number
from dashboards.panels.scopes import segment_of
from metrics.models import PeriodKind

NO_STAGE = "none"


@dataclass(frozen=True)
class Asked:
    """`day`: as of the end of a past day, none for now; the period is the one in which it lies, up to it. `scope` as on
    the team page; `segment`: of its accounts those of one. Of a list of accounts also `stage` (an id as text, or
    "none"), `show` (a band) and `stuck`."""

    period: PeriodKind = PeriodKind.QUARTER
    day: date | None = None
    scope: str = ""
    segment: str = ""
    stage: str = ""
    show: str = ""
    stuck: str = ""
    page: int = 1

    def but(self, **changes: Any) -> Asked:
        """The same with something else; a change of anything begins at the first page."""
        return replace(self, **({"page": 1} | changes))

    def address(self, url: str) -> str:
        """A page's address with what is not as by default."""
        usual = Asked()
        told = {name: getattr(self, name) for name in self.__dataclass_fields__}
        pairs = [(name, str(value)) for name, value in told.items() if value != getattr(usual, name)]
        return f"{url}?{urlencode(pairs)}" if pairs else url


def read(asked: QueryDict) -> Asked:
    """What an address asks for. Raises FilterError."""
    return Asked(
        period=PeriodKind(_one_of(asked, "period", PeriodKind.QUARTER, PeriodKind.values)),
        day=_day(asked.get("day", "")),
        scope=asked.get("scope", ""),
        segment=segment_of(asked),
        stage=_stage(asked.get("stage", "")),
        show=_one_of(asked, "show", "", BANDS),
        stuck=_one_of(asked, "stuck", "", ("1",)),
        page=page_number(asked.get("page") or "1"),
    )


def _one_of(asked: QueryDict, name: str, usual: str, known: Iterable[str]) -> str:
    value = asked.get(name) or usual
    if value != usual and value not in known:
        raise bad(name, value)
    return value


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        raise bad("day", value) from None


def _stage(value: str) -> str:
    if value not in ("", NO_STAGE) and not (value.isascii() and value.isdigit() and len(value) < 18):
        raise bad("stage", value)
    return value
