"""What a message of a provider says, before it is known to whom it belongs and what came before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from msgspec import Struct

from accounts.batch import Result
from accounts.linking import Belongs, Said

# Years in which a clock of a provider may stand; beyond them a number of seconds is none.
EARLIEST, LATEST = 0, 4_102_444_800
LARGEST = 10**12


@dataclass(frozen=True, slots=True)
class Hint:
    """By what a name may be known, as long as nobody said whose it is: an e-mail address, or what it is called."""

    name: str
    email: str = ""
    called: str = ""


class Price(Struct, frozen=True, kw_only=True):
    """What a term is made of."""

    amount: Decimal
    currency: str | None = None
    interval: Literal["month", "week"] = "month"
    interval_count: int = 1
    product: str = ""
    seats: int | None = None
    is_trial: bool = False


class Term(Struct, frozen=True, kw_only=True):
    """The state of a subscription at a moment: its price, its period, whether it renews; when it ends, or ended.

    `is_contract`: the end of its period is a renewal.
    """

    name: str
    subscription: str
    told_at: datetime
    price: Price
    period: tuple[datetime, datetime]
    renews: bool
    ends: datetime | None = None
    ended: datetime | None = None
    is_contract: bool = False


Part = Said | Belongs | Hint | Term


@dataclass(frozen=True, slots=True)
class Told:
    """One message. No parts: it is of no use to us.

    `message` is the provider's id of it: the same again is known. `about` is the thing whose state it tells, `told_at`
    when that was its state: what comes later and is older overwrites nothing.
    """

    message: str
    parts: tuple[Part | Result, ...] = ()
    about: str = ""
    told_at: datetime | None = None


def said(kind: str, name: str = "", /, **fields: Any) -> Said:
    """An item of a kind; fields that are None say nothing, a moment as a day becomes the workspace's own day. `name`
    tells whose it is, where no `account` does."""
    return Said(kind, {field: value for field, value in fields.items() if value is not None}, name)


def inside(value: Any, *path: str) -> Any:
    """What stands there in nested JSON, or None."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def objects(value: Any, *path: str) -> list[Mapping[str, Any]]:
    """The objects of the list that stands there."""
    found = inside(value, *path) if path else value
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def integer(value: Any, otherwise: int = 0) -> int:
    """A whole number as money and people are counted, or something else."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST else otherwise


def text(value: Any, longest: int = 200) -> str:
    """A text or number as a text, without what no field takes; nothing for anything else."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value).replace("\0", "").strip()[:longest]


def seconds(value: Any) -> datetime | None:
    """Seconds since 1970."""
    if isinstance(value, bool) or not isinstance(value, int) or not EARLIEST < value < LATEST:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=value)


def written(value: Any) -> datetime | None:
    """A moment as ISO 8601 writes it; without an offset it is UTC."""
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return found.astimezone(UTC) if EARLIEST < found.timestamp() < LATEST else None
