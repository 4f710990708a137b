"""What other currencies are worth in the workspace's, from a day on; and what it takes to change the workspace's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef

from accounts.audit import note
from accounts.deciding import decide
from accounts.ingest import mark_dirty
from accounts.models import ExchangeRate, Purchase, Subscription, Workspace

# What is told in another currency, and the day whose rate it takes.
DATED = ((Subscription, "starts_on"), (Purchase, "purchased_on"))
FINEST = Decimal("0.00000001")
EVERY_ACCOUNT = "SELECT id AS account_id, %s::timestamptz AS occurred_at FROM accounts_account WHERE workspace_id = %s"


class RateMissingError(ValueError):
    """A rate that is needed is not there."""

    def __init__(self, currency: str, day: date) -> None:
        super().__init__(f"no rate of {currency} on {day}")
        self.currency, self.day = currency, day


@dataclass(frozen=True)
class Gap:
    """Amounts in a currency that cannot be told in the workspace's: how many, and since when a rate is needed."""

    currency: str
    amounts: int
    first: date


def set_rate(workspace: Workspace, currency: str, day: date, rate: Decimal) -> bool:
    """A new rate, or another one for the same day. Returns whether anything changed."""
    found = ExchangeRate.objects.of(workspace).filter(currency=currency, day=day).first()
    if found is not None and found.rate == rate:
        return False
    row, _made = ExchangeRate.unscoped.update_or_create(
        workspace=workspace, currency=currency, day=day, defaults={"rate": rate}
    )
    note([(row, "rate", str(found.rate) if found else None, str(rate))])
    return True


def gaps(workspace: Workspace) -> list[Gap]:
    """The currencies in which something was sold before there was a rate. One query."""
    rates = ExchangeRate.objects.of(workspace).filter(currency=OuterRef("currency"))
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
        before = Workspace.objects.select_for_update().get(pk=asked.pk)
        if before.currency != asked.currency:
            convert_rates(before, asked.currency)
            mark_dirty(asked, EVERY_ACCOUNT, [moment, asked.pk], moment)
        return decide(asked, fields, moment)


def convert_rates(workspace: Workspace, currency: str) -> None:
    """Write the rates anew as worth in another currency. Raises RateMissingError where that one has none itself."""
    rows = list(ExchangeRate.objects.of(workspace).order_by("day", "pk"))
    base = [row for row in rows if row.currency == currency]
    others = [row for row in rows if row.currency != currency]
    needed = [row.day for row in others] + _first_days(workspace)
    if needed and (not base or base[0].day > min(needed)):
        raise RateMissingError(currency, min(needed))
    turned = [_rate(workspace, workspace.currency, row.day, 1 / row.rate) for row in base]
    turned += [_rate(workspace, row.currency, row.day, row.rate / _worth(base, row.day)) for row in others]
    ExchangeRate.objects.of(workspace).delete()
    ExchangeRate.unscoped.bulk_create(turned)


def _first_days(workspace: Workspace) -> list[date]:
    """The first day of each kind of amount that is told in the workspace's currency so far."""
    mine = [
        model.objects.of(workspace).current().filter(currency=workspace.currency).aggregate(first=Min(day))["first"]
        for model, day in DATED
    ]
    return [day for day in mine if day is not None]


def _worth(base: list[ExchangeRate], day: date) -> Decimal:
    return [row.rate for row in base if row.day <= day][-1]


def _rate(workspace: Workspace, currency: str, day: date, rate: Any) -> ExchangeRate:
    return ExchangeRate(workspace=workspace, currency=currency, day=day, rate=Decimal(rate).quantize(FINEST))
