"""Arithmetic of recurring revenue (metrics.md 2): money in and out, exact; None is "no number"."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from metrics.formulas.rates import Number, ratio

ZERO = Decimal(0)
Key = TypeVar("Key")


class Movement(StrEnum):
    """Why an account's MRR is another at the end of a period than at its start."""

    NEW = "new"
    EXPANSION = "expansion"
    CONTRACTION = "contraction"
    CHURNED = "churned"
    REACTIVATION = "reactivation"
    CURRENCY = "currency"


@dataclass(frozen=True)
class Movements:
    """MRR at the start and at the end of a period, and what lies between: start + Σ = end."""

    start: Decimal = ZERO
    new: Decimal = ZERO
    expansion: Decimal = ZERO
    contraction: Decimal = ZERO
    churned: Decimal = ZERO
    reactivation: Decimal = ZERO
    currency: Decimal = ZERO
    end: Decimal = ZERO

    def __add__(self, other: Movements) -> Movements:
        return Movements(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def movement(start: Decimal, end: Decimal, paid_before: bool = False, rerated: Decimal = ZERO) -> Movements:
    """The movement of one account between the ends of a period.

    `paid_before`: it has paid at some time before the start. `rerated`: how much of the change comes from another
    rate of the same currency at a new term; it moves by its own name, *currency*, while the account stays a customer.
    """
    currency = rerated if start and end else ZERO
    moved = end - start - currency
    parts = {"currency": currency}
    if kind := _kind(start, end, moved, paid_before):
        parts[kind.value] = moved
    return Movements(start=start, end=end, **parts)


def _kind(start: Decimal, end: Decimal, moved: Decimal, paid_before: bool) -> Movement | None:
    if not moved:
        return None
    if not start:
        return Movement.REACTIVATION if paid_before else Movement.NEW
    if not end:
        return Movement.CHURNED
    return Movement.EXPANSION if moved > 0 else Movement.CONTRACTION


def movements(start: Mapping[Key, Decimal], end: Mapping[Key, Decimal], paid_before: Container[Key] = ()) -> Movements:
    """The movements of all accounts: amounts by account at both ends."""
    total = Movements()
    for account in [*start, *(key for key in end if key not in start)]:
        total += movement(start.get(account, ZERO), end.get(account, ZERO), account in paid_before)
    return total


def gross_mrr_churn(start: Number, churned: Number, contraction: Number) -> Decimal | None:
    """(churned + contraction) ÷ start, both as positive amounts; nothing without MRR at the start."""
    return ratio(churned + contraction, start)


def net_mrr_churn(
    start: Number, churned: Number, contraction: Number, expansion: Number, reactivation: Number
) -> Decimal | None:
    """(churned + contraction − expansion − reactivation) ÷ start; below 0 where more was won than lost."""
    return ratio(churned + contraction - expansion - reactivation, start)


def net_retention(start: Number, end_of_the_same: Number) -> Decimal | None:
    """NRR: MRR today of the customers of the start ÷ theirs then."""
    return ratio(end_of_the_same, start)


def gross_retention(start: Mapping[object, Decimal], end: Mapping[object, Decimal]) -> Decimal | None:
    """GRR: Σ min(end, start) ÷ Σ start over the customers of the start, amounts by account."""
    kept = sum((min(amount, end.get(account, ZERO)) for account, amount in start.items()), ZERO)
    return ratio(kept, sum(start.values(), ZERO))


def arpa(mrr: Number, customers: int) -> Decimal | None:
    """MRR ÷ customers."""
    return ratio(mrr, customers)


def mrr_of(customers: int, average: Number) -> Decimal:
    """MRR = customers × ARPA."""
    return Decimal(customers) * average


def quick_ratio(
    new: Number, expansion: Number, churned: Number, contraction: Number, reactivation: Number = 0
) -> Decimal | None:
    """(new + expansion + reactivation) ÷ (contraction + churned), losses as positive amounts; no losses: no number."""
    return ratio(new + expansion + reactivation, churned + contraction)
