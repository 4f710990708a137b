"""What KPIs are made of, sort by sort: tickets by theme, answers by score, touches by band, cohorts by month."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import NamedTuple

from accounts.models import SurveyKind, Ticket
from metrics.kpis import cohorts
from metrics.kpis.answers import Question, added_up, by_scope
from metrics.kpis.effort import standing, touched
from metrics.kpis.places import Scope
from metrics.kpis.satisfaction import latest, of_kind
from metrics.registry import Record, Records

LONGEST = 60


class Part(NamedTuple):
    """Of how many records, their sums, and why they cannot be told where they cannot."""

    n: int
    part: Decimal
    whole: Decimal
    reason: str = ""


def by_theme(question: Question) -> Records:
    """Tickets opened in the period, by their theme; without one they are of the theme that has no name."""
    workspace = question.workspace
    rows = Ticket.objects.of(workspace).known(workspace, question.book.known).filter(**question.within())
    fields = ("account_id", "occurred_at", "external_id", "theme")
    return [
        Record(account, workspace.day_of(moment), 1, 0, fact, what=theme)
        for account, moment, fact, theme in rows.order_by("occurred_at", "pk").values_list(*fields)
    ]


def by_score(question: Question) -> Records:
    """Each contact's latest answer on 0…10 of the period, by its score: those that NPS rests on."""
    return [
        Record(each.account, each.day, 0, 1, each.fact, what=str(int(each.score)))
        for each in latest(of_kind(question, SurveyKind.NPS, 0, 10))
    ]


def by_band(question: Question) -> Records:
    """Touches of the period and their minutes, by the band that the account has on its last day; those that have no
    score then are of the band that has no name."""
    bands = {record.account: record.what.split()[0] for record in question.once(standing)}
    return [Record(r.account, r.day, r.part, 0, r.fact, what=bands.get(r.account, "")) for r in question.once(touched)]


# The key of each sorting → the records, of which `what` tells the sort.
PARTS: dict[str, Callable[[Question], Records]] = {
    "tickets": by_theme,
    "nps": by_score,
    "touches": by_band,
    "cohort_customers": cohorts.customers,
    "cohort_mrr": cohorts.mrr,
}
Key = tuple[str, str, Scope]


def parts(question: Question, keys: Iterable[str] = tuple(PARTS)) -> dict[Key, Part]:
    """(sorting, sort, scope) → what there is of it, for every scope that has any."""
    found = {}
    for key in keys:
        sums = {place: added_up(records) for place, records in question.by_place(PARTS[key]).items()}
        for scope, records in by_scope(sums).items():
            for what, same in _sorted(records).items():
                found[key, what, scope] = _sum(same)
    return found


def _sorted(records: Records) -> dict[str, list[Record]]:
    sorts: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        sorts[record.what[:LONGEST]].append(record)
    return sorts


def _sum(records: Records) -> Part:
    part, whole = (
        sum((Decimal(value) for value in each), Decimal(0)) for each in zip(*map(_amounts, records), strict=True)
    )
    return Part(
        sum(record.n for record in records),
        part,
        whole,
        min((record.missing for record in records if record.missing), default=""),
    )


def _amounts(record: Record) -> tuple[int | Decimal, int | Decimal]:
    return record.part, record.whole
