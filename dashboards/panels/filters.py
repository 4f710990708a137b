"""What a reader asked the portfolio for: read from the address, written back to it, applied to the standings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from dashboards.panels.columns import COLUMNS, USUAL, chosen
from dashboards.panels.coverage import QUIET_DAYS
from metrics.models import Band
from metrics.models.snapshot import UNIT

BANDS = {"poor": Band.RED, "at-risk": Band.YELLOW, "healthy": Band.GREEN, "unscored": Band.GREY}
RULES = (
    *("dropped", "renewing", "overdue", "untouched", "by-hand", "shrinking", "growing"),
    *("silent", "never-used", "little-known"),
)
SORTS = ("change", "name", "score", "mrr", "renews", "touch", "since", "coverage", "overdue", "use", "against")
ALL, NOBODY = "all", "none"
RENEWAL_DAYS, TOUCH_DAYS, DROP = 90, 14, 5
LAST_PAGE = 10_000
# Score against money, over 90 days.
SHRINKING = Q(band=Band.GREEN, mrr_units__lt=F("mrr_before_units"))
GROWING = Q(band=Band.RED, mrr_units__gt=F("mrr_before_units"))
# What a score rests on: no use any more, none ever, data for less than such a share of the weight.
LITTLE = 6_000
SILENT, NEVER_USED, LITTLE_KNOWN = Q(days_unused__gte=QUIET_DAYS), Q(never_used=True), Q(coverage__lt=LITTLE)
# The chips that say how many they find, and are there only where they find some.
COUNTED = {
    "shrinking": SHRINKING, "growing": GROWING,
    "silent": SILENT, "never-used": NEVER_USED, "little-known": LITTLE_KNOWN,
}  # fmt: skip


class FilterError(ValueError):
    """The address asks for something that does not exist; the message names field and value."""


@dataclass(frozen=True)
class Filters:
    """`csm`, `team`, `stage` are ids as text, "all" or "none"; `sort` with a minus runs the other way; no `columns` are
    the `usual` ones."""

    csm: str = ALL
    team: str = ""
    segment: str = ""
    stage: str = ""
    show: tuple[str, ...] = ()
    q: str = ""
    sort: str = "change"
    page: int = 1
    columns: tuple[str, ...] = ()
    usual: tuple[str, ...] = USUAL

    def but(self, **changes: Any) -> Filters:
        """The same with something else; a change of anything begins at the first page."""
        return replace(self, **({"page": 1} | changes))

    def toggled(self, name: str) -> Filters:
        """With a chip pressed, or released where it was."""
        show = [kept for kept in self.show if kept != name]
        return self.but(show=tuple(show) if name in self.show else (*self.show, name))

    def pairs(self, default: Filters) -> list[tuple[str, str]]:
        """Names and values of all that is not as by default."""
        plain = [(name, str(getattr(self, name))) for name in ("csm", "team", "segment", "stage", "q", "sort", "page")]
        kept = [(name, value) for name, value in plain if value != str(getattr(default, name))]
        kept += [("columns", ",".join(self.columns))] if self.columns != default.columns else []
        return kept + [("show", name) for name in self.show]

    def address(self, url: str, default: Filters) -> str:
        """The page's address with what is not as by default."""
        pairs = self.pairs(default)
        return f"{url}?{urlencode(pairs)}" if pairs else url

    def scope(self, standings: QuerySet[Any]) -> QuerySet[Any]:
        """The book that is looked at: CSM, team, segment, stage, name."""
        if self.csm != ALL:
            standings = standings.filter(account__owner=None if self.csm == NOBODY else int(self.csm))
        if self.team:
            standings = standings.filter(account__team=int(self.team))
        if self.segment:
            standings = standings.filter(account__segment=self.segment)
        if self.stage:
            standings = standings.filter(account__stage=int(self.stage))
        return standings.filter(account__name__icontains=self.q) if self.q else standings

    def rows(self, standings: QuerySet[Any], today: date) -> QuerySet[Any]:
        """Of a book, the rows that the chips leave; bands add up, rules narrow down."""
        bands = [BANDS[name] for name in self.show if name in BANDS]
        if bands:
            standings = standings.filter(band__in=bands)
        rules = _rules(today)
        for name in self.show:
            standings = standings.filter(rules[name]) if name in rules else standings
        return standings.order_by(*_order(self.sort))


def _rules(today: date) -> dict[str, Q]:
    quiet = today - timedelta(days=TOUCH_DAYS)
    return {
        "dropped": Q(change__lte=-DROP * UNIT),
        "renewing": Q(renews_on__gte=today, renews_on__lt=today + timedelta(days=RENEWAL_DAYS)),
        "overdue": Q(days_past_due__gt=0),
        "untouched": Q(last_touch_at__date__lt=quiet) | Q(last_touch_at=None),
        "by-hand": Q(manual=True),
        **COUNTED,
    }


def _order(sort: str) -> list[Any]:
    column: Any = {
        "change": F("change"), "name": F("account__name"), "score": F("score_units"),
        "mrr": F("mrr_units"), "renews": F("renews_on"), "touch": F("last_touch_at"),
        "since": F("band_since"), "coverage": F("coverage"), "overdue": F("days_past_due"),
        "use": F("days_unused"), "against": F("mrr_units") - F("mrr_before_units"),
    }[sort.removeprefix("-")]  # fmt: skip
    first = column.desc(nulls_last=True) if sort.startswith("-") else column.asc(nulls_last=True)
    return [first, F("score_units").asc(nulls_last=True), F("account_id").asc()]


def read(asked: QueryDict, default: Filters, sorts: Sequence[str] = SORTS) -> Filters:
    """The filters an address asks for, `sorts` being what the page sorts by. Raises FilterError."""
    sort = asked.get("sort", default.sort)
    if sort.removeprefix("-") not in sorts:
        raise bad("sort", sort)
    for name in asked.getlist("show"):
        if name not in BANDS and name not in RULES:
            raise bad("show", name)
    return Filters(
        csm=number(asked, "csm", default.csm, ALL, NOBODY),
        team=number(asked, "team", default.team, ""),
        segment=text(asked, "segment")[:60],
        stage=number(asked, "stage", default.stage, ""),
        show=tuple(dict.fromkeys(asked.getlist("show"))),
        q=text(asked, "q").strip()[:100],
        sort=sort,
        page=page_number(asked.get("page") or "1"),
        columns=_columns(asked, default.usual),
        usual=default.usual,
    )


def _columns(asked: QueryDict, usual: tuple[str, ...]) -> tuple[str, ...]:
    """Separated by commas or named one by one; `earlier` is the one that moves a place."""
    keys = [key for key in ",".join(asked.getlist("columns")).split(",") if key]
    unknown = next((key for key in keys if key not in COLUMNS), None)
    if unknown is not None:
        raise bad("columns", unknown)
    return chosen(keys, usual, asked.get("earlier", ""))


def key(asked: QueryDict, name: str) -> int | None:
    """The id that an address names, None where it names none. Raises FilterError."""
    value = number(asked, name, "", "")
    return int(value) if value else None


def text(asked: QueryDict, name: str) -> str:
    """The words that an address gives. Raises FilterError."""
    value = asked.get(name, "")
    if "\x00" in value:
        raise bad(name, value)
    return value


def number(asked: QueryDict, name: str, default: str, *words: str) -> str:
    """The id, as text, or one of some words, that an address gives. Raises FilterError."""
    value = asked.get(name, default)
    if value not in words and not (value.isascii() and value.isdigit() and len(value) < 18):
        raise bad(name, value)
    return value


def day_of(asked: QueryDict, name: str) -> date | None:
    """A day of the address. Raises FilterError."""
    value = asked.get(name, "")
    try:
        found = date.fromisoformat(value) if value else None
    except ValueError:
        raise bad(name, value) from None
    if found and not 2000 <= found.year < 2200:
        raise bad(name, value)
    return found


def page_number(value: str, name: str = "page") -> int:
    """The page that an address asks for. Raises FilterError."""
    if not (len(value) < 9 and value.isascii() and value.isdigit() and 0 < int(value) <= LAST_PAGE):
        raise bad(name, value)
    return int(value)


def page_numbers(asked: QueryDict, names: Sequence[str]) -> dict[str, int]:
    """The page of each list of a page with several. Raises FilterError."""
    return {name: page_number(asked.get(name) or "1", name) for name in names}


def bad(name: str, value: str) -> FilterError:
    """What to raise for a value that a page does not know."""
    return FilterError(_("%(name)s: “%(value)s” is nothing this page knows.") % {"name": name, "value": value[:60]})
