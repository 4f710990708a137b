"""What other currencies are worth in the workspace's, from a day on; and what it takes to change the workspace's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef
from django.db.models.functions import Now

from accounts import ingest
from accounts.batch import Batch, Status
from accounts.deciding import decide
from accounts.facts import RateItem
from accounts.ingest import mark_dirty
from accounts.ingest.facts import lock_facts
from accounts.models import ExchangeRate, Purchase, Source, Subscription, Workspace

# What is told in another currency, and the day whose rate it takes.
DATED = ((Subscription, "starts_on"), (Purchase, "purchased_on"))
FINEST = Decimal("0.00000001")
EVERY_ACCOUNT = "SELECT id AS account_id, %s::timestamptz AS occurred_at FROM accounts_account WHERE workspace_id = %s"


class RateMissingError(ValueError):
    """A rate that is needed is not there."""

    def __init__(self, currency: str, day: date) -> None:
        super().__init__(f"no rate of {currency} on {day}")
        self.currency, self.day = currency, day


class RateRefusedError(ValueError):
    """A rate cannot be stored; the message names field, value and reason."""


@dataclass(frozen=True)
class Gap:
    """Amounts in a currency that cannot be told in the workspace's: how many, and since when a rate is needed."""

    currency: str
    amounts: int
    first: date


def _tell(workspace: Workspace, items: Sequence[RateItem], moment: datetime) -> list[Status]:
    results = ingest.record(Batch(workspace, Source.by_hand(workspace, moment), "rates", items, moment))
    if refused := [result for result in results if result.reason]:
        raise RateRefusedError(f"{refused[0].field} “{refused[0].value}”: {refused[0].reason}")
    return [result.status for result in results]


def gaps(workspace: Workspace) -> list[Gap]:
    """The currencies in which something was sold before there was a rate. One query."""
    rates = ExchangeRate.objects.of(workspace).current().filter(currency=OuterRef("currency"))
    parts = [
        model.objects.of(workspace)
        .current()
        .exclude(currency=workspace.currency)
        .exclude(Exists(rates.filter(day__lte=OuterRef(day))))
        .order_by()
        .values("currency")
        .annotate(amounts=Count("pk"), first=Min(F(day)))
        for model, day in DATED
    ]
    found: dict[str, Gap] = {}
    for row in parts[0].union(*parts[1:], all=True):
        other = found.get(row["currency"], Gap(row["currency"], 0, row["first"]))
        found[row["currency"]] = Gap(other.currency, other.amounts + row["amounts"], min(other.first, row["first"]))
    return [found[currency] for currency in sorted(found)]


def decide_money(asked: Workspace, fields: Sequence[str], moment: datetime) -> int:
    """Store these fields; another currency takes every rate with it. Raises RateMissingError."""
    with transaction.atomic():
        before = Workspace.objects.select_for_update(no_key=True).get(pk=asked.pk)
        if before.currency != asked.currency:
            convert_rates(before, asked.currency, moment)
            mark_dirty(asked, EVERY_ACCOUNT, [moment, asked.pk], moment)
        return decide(asked, fields, moment)


def convert_rates(workspace: Workspace, currency: str, moment: datetime) -> None:
    """Write the rates anew as worth in another currency. Raises RateMissingError where that one has none itself.

    Another unit is no news: the old ones were never believed, the new ones since their days.
    """
    told = ExchangeRate.objects.of(workspace)
    rows = list(told.current().order_by("day", "pk"))
    base = [row for row in rows if row.currency == currency]
    others = [row for row in rows if row.currency != currency]
    needed = [row.day for row in others] + _first_days(workspace)
    if needed and (not base or base[0].day > min(needed)):
        raise RateMissingError(currency, min(needed))
    turned = [_rate(workspace.currency, row.day, 1 / row.rate) for row in base]
    turned += [_rate(row.currency, row.day, row.rate / _worth(base, row.day)) for row in others]
    lock_facts(workspace, ExchangeRate)
    told.filter(retracted_at=None).update(updated_at=Now())
    told.update(retracted_at=F("known_at"))
    _tell(workspace, turned, moment)


def _first_days(workspace: Workspace) -> list[date]:
    """The first day of each kind of amount that is told in the workspace's currency so far."""
    mine = [
        model.objects.of(workspace).current().filter(currency=workspace.currency).aggregate(first=Min(day))["first"]
        for model, day in DATED
    ]
    return [day for day in mine if day is not None]


def _worth(base: list[ExchangeRate], day: date) -> Decimal:
    return [row.rate for row in base if row.day <= day][-1]


def _rate(currency: str, day: date, rate: Any) -> RateItem:
    return RateItem(currency=currency, day=day, rate=Decimal(rate).quantize(FINEST))
