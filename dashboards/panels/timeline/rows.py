"""The rows that the entries of a page are told from: one query for each kind that is on it, a few have two."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max, OuterRef, QuerySet, Subquery, Sum

from accounts import models
from accounts.models import Account
from accounts.models.ids import Ids
from accounts.models.written import written_once
from metrics.models import AccountDay, ContactDay, ManualBand, ScoreSnapshot
from metrics.timeline import KINDS, Place

Found = dict[Place, Any]
Find = Callable[[Account, list[Place], date], Found]


@dataclass(frozen=True)
class UsedDay:
    """What was done on a day: (name, how often), most often first; by how many people, where that is known."""

    day: date
    names: tuple[tuple[str, int], ...]
    people: int


def rows_of(account: Account, places: Iterable[Place], today: date) -> Found:
    """Each place with its row. What went away in the meantime is not among them."""
    kinds: dict[str, list[Place]] = {}
    for place in places:
        kinds.setdefault(KINDS[place[1]].name, []).append(place)
    found: Found = {}
    for name, wanted in kinds.items():
        found |= FIND[name](account, wanted, today)
    return found


def _by_id(model: Any, *related: str, **added: Callable[[int, int], Any]) -> Find:
    @written_once
    def rows(workspace: int, account: int, ids: Ids) -> QuerySet[Any]:
        found = model.objects.of(workspace).filter(pk__among=ids)
        found = found.select_related(*related) if related else found
        return found.annotate(**{name: make(workspace, account) for name, make in added.items()})  # type: ignore[no-any-return]

    def find(account: Account, places: list[Place], today: date) -> Found:
        ids = {place[2]: place for place in places}
        return {ids[row.pk]: row for row in rows(account.workspace.pk, account.pk, Ids(ids).text)}

    return find


def _value_before(workspace: int, account: int) -> Subquery:
    before = models.AccountHistory.objects.of(workspace).filter(account_id=account)
    before = before.filter(field=OuterRef("field"), since__lt=OuterRef("since")).order_by("-since")
    return Subquery(before.values("value")[:1])


def _facts_brought(workspace: int, account: int) -> Subquery:
    brought = models.AccountImport.objects.of(workspace).filter(account_id=account)
    return Subquery(brought.filter(imported=OuterRef("pk")).values("facts"))


def _days_of(account: Account, places: list[Place]) -> dict[date, Place]:
    return {account.workspace.day_of(place[0]): place for place in places}


def _snapshots(account: Account, places: list[Place], today: date) -> Found:
    """The snapshots of days, each with the scored day before and its band."""
    days = _days_of(account, places)
    rows = ScoreSnapshot.objects.of(account.workspace).published().filter(account_id=account.pk)
    before = rows.filter(day__lt=OuterRef("day")).order_by("-day")
    rows = rows.filter(day__in=days).select_related("version__scorecard")
    rows = rows.annotate(
        **{name: Subquery(before.values(of)[:1]) for name, of in (("before", "band"), ("day_before", "day"))}
    )
    return {days[row.day]: row for row in rows.defer("values", "points", "contributions", "cap_values")}


def _used(is_use: bool) -> Find:
    def find(account: Account, places: list[Place], today: date) -> Found:
        days = _days_of(account, places)
        counted = AccountDay.objects.of(account.workspace).known(today).filter(account_id=account.pk, day__in=days)
        counted = counted.filter(is_use=is_use).order_by().values("day", "name")
        names: dict[date, list[tuple[str, int]]] = {}
        told: dict[date, int] = {}
        for row in counted.annotate(n=Sum("count"), most=Max("users")):
            names.setdefault(row["day"], []).append((row["name"], row["n"]))
            told[row["day"]] = max(told.get(row["day"], 0), row["most"])
        seen = _people(account, days, today) if is_use else {}
        return {
            days[each]: UsedDay(each, tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0]))),
                                seen.get(each) or told[each])
            for each, counts in names.items()
        }  # fmt: skip

    return find


def _people(account: Account, days: Iterable[date], today: date) -> Mapping[date, int]:
    rows = ContactDay.objects.of(account.workspace).known(today).filter(account_id=account.pk, day__in=days)
    return dict(rows.order_by().values("day").annotate(n=Sum(1)).values_list("day", "n"))


FIND: Mapping[str, Find] = {
    "use": _used(is_use=True),
    "event": _used(is_use=False),
    "release": _by_id(models.Release),
    "import": _by_id(models.Import, "source", facts=_facts_brought),
    "figure": _by_id(models.ClientFigure),
    "goal": _by_id(models.Goal),
    "progress": _by_id(models.Goal),
    "contact": _by_id(models.Contact),
    "left": _by_id(models.Contact),
    "history": _by_id(models.AccountHistory, before=_value_before),
    "term": _by_id(models.Subscription),
    "term-end": _by_id(models.Subscription),
    "purchase": _by_id(models.Purchase),
    "deal": _by_id(models.Deal),
    "deal-end": _by_id(models.Deal),
    "churn": _by_id(models.Churn),
    "invoice": _by_id(models.Invoice),
    "payment": _by_id(models.Payment),
    "ticket": _by_id(models.Ticket),
    "ticket-event": _by_id(models.TicketEvent),
    "survey": _by_id(models.SurveyResponse),
    "feedback": _by_id(models.Feedback),
    "resolved": _by_id(models.Feedback),
    "touch": _by_id(models.Touch),
    "note": _by_id(models.Note, "author__user"),
    "pulse": _by_id(models.Pulse),
    "manual": _by_id(ManualBand, "author__user"),
    "manual-end": _by_id(ManualBand),
    "version": _snapshots,
    "band": _snapshots,
}
