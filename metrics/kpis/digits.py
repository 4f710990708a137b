"""The digits of KPIs: as many as are kept, written out, so that whoever prints them prints the same."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal

# Decimals of a value, and of what it is made of, as the columns of KpiSnapshot have them.
VALUE, PART = 20, 10
# Enough for any number that the columns hold; halves away from 0, as PostgreSQL rounds.
WIDE = Context(prec=60, rounding=ROUND_HALF_UP)


def written(value: int | Decimal | None, digits: int = VALUE) -> str | None:
    """All digits that are kept, without an exponent or zeros at the end."""
    if value is None:
        return None
    kept = WIDE.quantize(Decimal(value), Decimal(1).scaleb(-digits))
    return f"{kept:f}".rstrip("0").rstrip(".") if kept else "0"
