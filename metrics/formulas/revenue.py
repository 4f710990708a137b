"""Arithmetic of recurring revenue (metrics.md 2): money in and out, exact; None is "no number"."""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


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


# What of a movement the rates are made of; losses are positive amounts.


def lost(m: Movements) -> Decimal:
    """churned + contraction."""
    return -m.churned - m.contraction


def lost_net(m: Movements) -> Decimal:
    """churned + contraction − expansion − reactivation; below 0 where more was won than lost."""
    return lost(m) - m.expansion - m.reactivation


def grown(m: Movements) -> Decimal:
    """new + expansion + reactivation."""
    return m.new + m.expansion + m.reactivation


def stayed(m: Movements) -> Decimal:
    """What a customer of the start pays at the end."""
    return m.end if m.start else ZERO


def kept(m: Movements) -> Decimal:
    """What a customer of the start pays at the end, at most what it paid then."""
    return min(m.start, m.end)
