"""What a subscription of Stripe is worth: its items, tiers, packages and discounts → one price.

Exact, or refused: an event often names a tier or a discount that it does not tell, and then nobody knows the amount.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import lcm
from typing import Any, Literal

from django.utils.translation import gettext as _

from accounts.batch import Result, refusal
from accounts.dialects.told import LARGEST, Price, inside, integer, objects, text

Object = Mapping[str, Any]
Rhythm = tuple[Literal["month", "week"], int]

# Minor units of an amount: a hundred make one, but of these currencies. ISK and UGX have none and are sent with two.
UNDIVIDED = {
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
    *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
}
MINOR = dict.fromkeys(UNDIVIDED, 1) | dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 1000)
PLAIN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
MONTHS = {"month": 1, "year": 12}
# As many items as a subscription has at most, and tiers a price.
MOST = 500


class PriceError(Exception):
    """What keeps a price from being known: a field, its value, why."""

    def __init__(self, field: str, value: object, reason: str) -> None:
        super().__init__(reason)
        self.refusal = refusal(field, value, reason)


def price(thing: Object) -> Price | Result:
    """What the items of a subscription are worth taken together."""
    try:
        return _price(thing)
    except PriceError as error:
        return error.refusal


def main_item(thing: Object) -> Object | None:
    """The item whose period is the subscription's: the longest of those with a price."""
    items = objects(thing, "items", "data")
    licensed = [each for each in items if _is_licensed(each)]
    return max(licensed, key=_days, default=items[0] if items else None)


def major(minor: Decimal, currency: str) -> Decimal:
    """Minor units → the currency's own."""
    return minor / MINOR.get(currency, 100)


def _price(thing: Object) -> Price:
    items = objects(thing, "items", "data")
    licensed = [each for each in items if _is_licensed(each)]
    currency = (text(_of(items[0], "currency")) or text(thing.get("currency"))).upper()
    rhythms = [_rhythm(each) for each in licensed]
    interval, count = _common(set(rhythms))
    worth = [_discounted([_worth(each)], [each], each, currency)[0] for each in licensed]
    if len(set(rhythms)) > 1 and any(coupon.get("amount_off") for coupon in _discounts(thing)):
        raise PriceError("discounts", "", _("take an amount off each invoice, and the prices have different periods"))
    whole = [each * (count // own) for each, (_every, own) in zip(worth, rhythms, strict=True)]
    amount = sum(_discounted(whole, licensed, thing, currency), Decimal(0))
    if amount >= LARGEST * 100:
        raise PriceError("unit_amount", amount, _("is too large"))
    return Price(
        amount=major(amount, currency).quantize(Decimal("0.0001")),
        currency=currency or None,
        interval=interval,
        interval_count=count,
        product=" + ".join(name for each in items if (name := _name_of(each)))[:100],
        seats=sum(integer(each.get("quantity"), 1) for each in licensed) or None,
    )


def _is_licensed(item: Object) -> bool:
    """What is metered has no price before it is used."""
    return bool(_of(item, "usage_type") != "metered")


def _of(item: Object, field: str = "") -> Any:
    """The price of an item (older versions: plan), or a field of it, which may stand under `recurring`."""
    found = inside(item, "price") or inside(item, "plan")
    if not field:
        return found
    recurring = inside(found, "recurring", field)
    return recurring if recurring is not None else inside(found, field)


def _name_of(item: Object) -> str:
    return next((found for key in ("nickname", "lookup_key", "product") if (found := text(_of(item, key), 100))), "")


# -- how often


def _rhythm(item: Object) -> Rhythm:
    every, count = text(_of(item, "interval")), max(integer(_of(item, "interval_count"), 1), 1)
    if every == "week" or every == "day" and count % 7 == 0:
        return "week", count if every == "week" else count // 7
    if every not in MONTHS or count > MOST:
        raise PriceError("interval", every, _("must be months, years, or whole weeks"))
    return "month", count * MONTHS[every]


def _common(rhythms: set[Rhythm]) -> Rhythm:
    """The shortest period that is whole periods of each price: of a month and a year it is the year."""
    if len({every for every, _count in rhythms}) > 1:
        raise PriceError("interval", "", _("is weeks of one price and months of another: they have no common period"))
    count = lcm(*(count for _every, count in rhythms))
    if count > 32_767:
        raise PriceError("interval_count", count, _("is too large"))
    return next(iter(rhythms))[0] if rhythms else "month", count


def _days(item: Object) -> int:
    try:
        every, count = _rhythm(item)
    except PriceError:
        return 0
    return count * (7 if every == "week" else 30)


# -- how much


def _worth(item: Object) -> Decimal:
    """Minor units that an item costs each of its own periods."""
    told, quantity = _of(item), _packages(item)
    if inside(told, "billing_scheme") == "tiered" or inside(told, "tiers"):
        return _tiered(told, quantity)
    unit = _minor(told, "unit_amount")
    if unit is None:
        raise PriceError("unit_amount", text(inside(told, "id")), _("is not told of this price"))
    return unit * quantity


def _packages(item: Object) -> int:
    """How many are paid for: of a price per package the packages, begun ones too or whole ones only."""
    quantity, package = max(integer(item.get("quantity"), 1), 0), _of(item, "transform_quantity")
    if package is None:
        return quantity
    size, rounding = integer(inside(package, "divide_by")), inside(package, "round")
    if size < 1 or rounding not in ("up", "down"):
        raise PriceError("transform_quantity", package, _("must have divide_by and round, up or down"))
    return -(-quantity // size) if rounding == "up" else quantity // size


def _tiered(told: Any, quantity: int) -> Decimal:
    """Graduated: each unit at the price of its own tier. Volume: all at the price of the last one's."""
    tiers, reached, worth = objects(told, "tiers"), 0, Decimal(0)
    if not tiers:
        why = _("has tiers, which the event does not tell: import the terms of this subscription as a file")
        raise PriceError("tiers", text(inside(told, "id")), why)
    is_volume = inside(told, "tiers_mode") == "volume"
    if not is_volume and inside(told, "tiers_mode") != "graduated":
        raise PriceError("tiers_mode", inside(told, "tiers_mode"), _("must be graduated or volume"))
    for tier in tiers[:MOST]:
        last = _up_to(tier, reached)
        is_last = last is None or quantity <= last
        units = (quantity if is_last or last is None else last) - reached
        if not is_volume:
            worth += _tier(tier, units)
        elif is_last:
            worth = _tier(tier, quantity)
        if is_last:
            return worth
        reached = last or reached
    raise PriceError("tiers", quantity, _("end before this quantity"))


def _up_to(tier: Object, reached: int) -> int | None:
    """The last unit of a tier; nothing: there is no last."""
    last = tier.get("up_to")
    if last is None or last == "inf":
        return None
    if integer(last) <= reached:
        raise PriceError("up_to", last, _("must be more than that of the tier before, or inf"))
    return integer(last)


def _tier(tier: Object, units: int) -> Decimal:
    unit, flat = _minor(tier, "unit_amount"), _minor(tier, "flat_amount")
    if unit is None and flat is None:
        raise PriceError("tiers", "", _("has a tier without an amount"))
    return (unit or Decimal(0)) * units + (flat or Decimal(0))


def _minor(thing: Any, field: str) -> Decimal | None:
    """An amount in minor units, with fractions of them where it has some."""
    written = text(inside(thing, f"{field}_decimal"))
    if PLAIN.fullmatch(written):
        return Decimal(written)
    amount = integer(inside(thing, field), -1)
    return Decimal(amount) if amount >= 0 else None


# -- less what


def _discounts(thing: Object) -> list[Object]:
    """The coupons of a subscription or an item that hold for more than once, in the order in which they count. Newer
    versions name discounts by their ids alone, and not what they are worth."""
    single, listed = thing.get("discount"), thing.get("discounts")
    told = {text(inside(single, "id")): single} if isinstance(single, Mapping) else {}
    named = listed if isinstance(listed, list) and listed else list(told.values())
    coupons = [_coupon(told.get(each) if isinstance(each, str) else each, each) for each in named[:MOST]]
    return [each for each in coupons if each.get("duration") != "once"]


def _coupon(discount: Any, named: Any) -> Object:
    found = inside(discount, "coupon") or inside(discount, "source", "coupon")
    if not isinstance(found, Mapping):
        name = named if isinstance(named, str) else inside(named, "id")
        raise PriceError("discounts", text(name), _("is told by its id only: what it takes off is not known"))
    return found


def _covered(coupon: Object, items: Sequence[Object]) -> list[int]:
    """Which items a coupon holds for: those of its products, where it names some."""
    products = inside(coupon, "applies_to", "products")
    if not isinstance(products, list) or not products:
        return list(range(len(items)))
    return [n for n, item in enumerate(items) if text(_of(item, "product")) in products]


def _discounted(worth: list[Decimal], items: Sequence[Object], thing: Object, currency: str) -> list[Decimal]:
    """What items are worth less the discounts of `thing`, one after the other."""
    for coupon in _discounts(thing):
        worth = _less(worth, _covered(coupon, items), coupon, currency)
    return worth


def _less(worth: Sequence[Decimal], covered: Sequence[int], coupon: Object, currency: str) -> list[Decimal]:
    """What the items are worth with a coupon taken off those that it covers, of each its share, never less than
    nothing."""
    left, percent = list(worth), str(coupon.get("percent_off"))
    whole = sum((left[n] for n in covered), Decimal(0))
    off = whole * Decimal(percent) / 100 if PLAIN.fullmatch(percent) else _off(coupon, currency)
    for n in covered:
        left[n] -= min(off, whole) * left[n] / whole if whole else Decimal(0)
    return left


def _off(coupon: Object, currency: str) -> Decimal:
    off = _minor(coupon, "amount_off")
    if off is None or text(coupon.get("currency")).upper() not in ("", currency):
        raise PriceError(
            "discounts", text(coupon.get("id")), _("has neither percent_off nor amount_off of this currency")
        )
    return off
