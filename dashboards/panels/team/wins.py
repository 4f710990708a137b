"""What was won in the period: saved, renewed, expanded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum
from django.utils.translation import gettext as _

from accounts.models import Membership
from dashboards.addresses import address
from dashboards.export import Field, Sheet
from dashboards.panels.lists import Link
from dashboards.panels.team.numbers import Numbers
from dashboards.panels.team.words import BAD, DOWN, FLAT, GOOD, UP, Change
from dashboards.templatetags.figures import integer
from metrics.kpis.periods import Period
from metrics.models import Win

# The page shows so many, the file all.
SHOWN = 12
# The entries of the definitions that say what each kind is.
ANCHORS = {Win.Kind.SAVE: "win-saved", Win.Kind.RENEWAL: "win-renewed", Win.Kind.EXPANSION: "win-expanded"}


@dataclass(frozen=True)
class Tally:
    """How many of a kind, their MRR, and how that stands to the period it is compared with."""

    name: str
    anchor: str
    count: int
    mrr: Decimal
    change: Change | None


@dataclass(frozen=True)
class Row:
    """One win."""

    url: str
    account: str
    kind: str
    csm: str
    day: date
    mrr: Decimal | None


@dataclass(frozen=True)
class Wins:
    """`total`: how many there are, of which the newest are shown."""

    tallies: tuple[Tally, ...]
    rows: tuple[Row, ...]
    total: int
    currency: str
    newest: date
    files: tuple[Link, ...] = ()


def wins_of(numbers: Numbers, people: Mapping[int, Membership]) -> Wins:
    """The block. Two queries."""
    tallies = _tallies(numbers)
    found = _won(numbers).select_related("account").order_by("-day", F("mrr").desc(nulls_last=True), "pk")[:SHOWN]
    return Wins(
        tallies,
        tuple(_row(numbers, win, people) for win in found),
        sum(tally.count for tally in tallies),
        numbers.workspace.currency,
        numbers.span.newest,
    )


def wins_sheet(numbers: Numbers, people: Mapping[int, Membership]) -> Sheet:
    """All wins of the period, newest first. One query."""
    fields = (
        Field(_("Day")), Field(_("Win")), Field(_("Id")), Field(_("Account")), Field(_("CSM")),
        Field(_("MRR"), numbers.workspace.currency),
    )  # fmt: skip
    found = _won(numbers).order_by("-day", "kind", "pk").values_list(
        "day", "kind", "account__external_id", "account__name", "csm", "mrr"
    )  # fmt: skip
    rows = (
        (day, str(Win.Kind(kind).label), external_id, name, _csm(csm, people), mrr)
        for day, kind, external_id, name, csm, mrr in found.iterator(2_000)
    )
    return Sheet("wins", fields, rows)


def saves_by_csm(numbers: Numbers) -> dict[int, int]:
    """CSM → the accounts saved. One query."""
    saved = _won(numbers).filter(kind=Win.Kind.SAVE).exclude(csm="").order_by().values("csm").annotate(n=Count("pk"))
    return {int(row["csm"]): row["n"] for row in saved}


def _won(numbers: Numbers) -> Any:
    won = Win.objects.of(numbers.workspace).filter(within(numbers.period))
    for scope in (numbers.scope, *numbers.narrowed):
        won = won.of_scope(scope.kind, scope.key)
    return won


def within(period: Period) -> Q:
    """Of the days of a period."""
    return Q(day__gte=period.start, day__lte=period.until - timedelta(days=1))


def _tallies(numbers: Numbers) -> tuple[Tally, ...]:
    both = Win.objects.of(numbers.workspace).filter(within(numbers.period) | within(numbers.other))
    for scope in (numbers.scope, *numbers.narrowed):
        both = both.of_scope(scope.kind, scope.key)
    rows = both.order_by().values("kind").annotate(
        now=Count("pk", filter=within(numbers.period)),
        then=Count("pk", filter=within(numbers.other)),
        mrr=Sum("mrr", filter=within(numbers.period), default=Decimal(0)),
    )  # fmt: skip
    found = {row["kind"]: row for row in rows}
    return tuple(_tally(numbers, kind, found.get(kind, {"now": 0, "then": 0, "mrr": Decimal(0)})) for kind in Win.Kind)


def _tally(numbers: Numbers, kind: Win.Kind, row: Mapping[str, Any]) -> Tally:
    change = _change(row["now"], row["then"]) if numbers.is_comparable else None
    return Tally(str(kind.label), ANCHORS[kind], row["now"], row["mrr"], change)


def _change(now: int, then: int) -> Change:
    title = _("%(now)s against %(then)s") % {"now": integer(now), "then": integer(then)}
    if now == then:
        return Change(FLAT, FLAT, _("steady"), title)
    return Change(UP if now > then else DOWN, GOOD if now > then else BAD, integer(abs(now - then)), title)


def _row(numbers: Numbers, win: Win, people: Mapping[int, Membership]) -> Row:
    return Row(
        url=address("account", numbers.workspace.slug, win.account.pk),
        account=win.account.name,
        kind=win.kind,
        csm=_csm(win.csm, people),
        day=win.day,
        mrr=win.mrr,
    )


def _csm(key: str, people: Mapping[int, Membership]) -> str:
    member = people.get(int(key)) if key else None
    return str(member.user) if member else ""
