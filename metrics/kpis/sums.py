"""What records add up to."""

from __future__ import annotations

from decimal import Decimal

from metrics.formulas.rates import ratio
from metrics.registry import Records


def named(records: Records, what: str) -> Records:
    """Those of one sort."""
    return [record for record in records if record.what == what]


def hits(records: Records) -> int | Decimal:
    """The numerator."""
    return sum(record.part for record in records)


def count(records: Records) -> int | Decimal:
    """The denominator."""
    return sum(record.whole for record in records)


def total(records: Records) -> Decimal:
    """The numerator, as money."""
    return sum((Decimal(record.part) for record in records), Decimal(0))


def quotient(records: Records) -> Decimal | None:
    """Numerator ÷ denominator; nothing without one."""
    return ratio(hits(records), count(records))
