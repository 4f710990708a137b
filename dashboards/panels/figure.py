"""What every number on a page is: not just a value, but of what, in which unit, for when, resting on how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True)
class Figure:
    """`unit` is a name that `templatetags.figures` knows or a currency's code; None is "no number", never 0."""

    key: str
    value: int | float | Decimal | None
    unit: str = "count"
    as_of: date | None = None
    n: int | None = None
