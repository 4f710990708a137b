"""Stripe's events → customers, terms, invoices, payments. Each event carries the whole object as it was then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from accounts.batch import Result, refusal
from accounts.dialects.told import Hint, Part, Term, Told, inside, said, seconds, text
from accounts.linking import Belongs

Object = Mapping[str, Any]
Reader = Callable[[Object, datetime], list[Part | Result]]

# Minor units of an amount: a hundred make one, but of these currencies. ISK and UGX have none and are sent with two.
WHOLE = {*("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"), *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF")}
MINOR = dict.fromkeys(WHOLE, 1) | dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 1000)
# Under which names an object's metadata may hold the id of an account.
ACCOUNT = ("account", "account_id", "healthscore_account")
# A subscription in these states was never paid for; in those it is no more.
UNBORN, OVER = {"incomplete", "incomplete_expired"}, {"canceled", "unpaid", "paused"}
MONTHS = {"month": 1, "year": 12}
# Of a second, by which the first and the last event of an object go before and after the others of that second.
FIRST, LAST = timedelta(0), timedelta(microseconds=2)


def read(event: Any) -> Told | Result:
    """What an event says. One without parts is of no use."""
    kind, thing = text(inside(event, "type")), inside(event, "data", "object")
    name, created = text(inside(event, "id")), seconds(inside(event, "created"))
    if not kind or not name:
        return refusal("id" if kind else "type", "", _("is required"))
    reader = READERS.get(text(inside(thing, "object")))
    if reader is None or not _is_of_use(kind) or inside(event, "livemode") is False and inside(thing, "test_clock"):
        return Told(name)
    if created is None:
        return refusal("created", str(inside(event, "created")), _("must be seconds since 1970"))
    return Told(name, tuple(reader(thing, created)), text(inside(thing, "id")), created + _place(kind))


def _is_of_use(kind: str) -> bool:
    return kind.startswith(("customer.", "invoice.", "charge.")) and not kind.endswith((".upcoming", ".will_be_due"))


def _place(kind: str) -> timedelta:
    """Where an event goes among those of its second: times are told in seconds only."""
    end = kind.rpartition(".")[2]
    return FIRST if end == "created" else LAST if end in ("deleted", "voided") else timedelta(microseconds=1)


def customer(thing: Object, at: datetime) -> list[Part | Result]:
    """Whose it is: by its metadata, else by its e-mail."""
    return _whose(thing, text(thing.get("id")), text(thing.get("email"), 254)) if not thing.get("deleted") else []


def subscription(thing: Object, at: datetime) -> list[Part | Result]:
    """The term as it is from then on, or that it is over."""
    state, items = text(thing.get("status")), inside(thing, "items", "data")
    first = items[0] if isinstance(items, list) and items else None
    # Since 2025 the period is told of each item.
    begins, ends = (
        seconds(thing.get(side)) or seconds(inside(first, side))
        for side in ("current_period_start", "current_period_end")
    )
    if state in UNBORN:
        return []
    if first is None or begins is None or ends is None:
        return [refusal("current_period_start", "", _("is required"))]
    price = _price(items, thing)
    if isinstance(price, Result):
        return [price]
    stops = seconds(thing.get("cancel_at")) or (ends if thing.get("cancel_at_period_end") is True else None)
    ended = (seconds(thing.get("ended_at")) or at) if state in OVER else None
    is_trial, is_contract = state == "trialing", _is_long(price)
    term = Term(
        _name(thing),
        text(thing.get("id")),
        at,
        price | {"is_trial": is_trial},
        (begins, ends),
        renews=stops is None and ended is None,
        ends=stops or (ends if is_contract or is_trial else None),
        ended=ended,
        is_contract=is_contract,
    )
    return [*_whose(thing), term]


def _is_long(price: Mapping[str, Any]) -> bool:
    """Whether its period is a contract, whose end is a renewal. A monthly one goes on until somebody ends it."""
    weeks = price["interval"] == "week"
    return bool(price["interval_count"] * (7 if weeks else 30) >= 90)


def _price(items: list[Any], thing: Object) -> dict[str, Any] | Result:
    """Amount, interval, product and seats of a subscription's items taken together."""
    amount, seats, names, interval = Decimal(0), 0, [], ("", 0)
    for item in items:
        price = inside(item, "price") or inside(item, "plan")
        every = text(inside(price, "recurring", "interval") or inside(price, "interval"))
        count = inside(price, "recurring", "interval_count") or inside(price, "interval_count") or 1
        names.append(text(inside(price, "nickname") or inside(price, "lookup_key") or inside(price, "product"), 100))
        if (inside(price, "recurring", "usage_type") or inside(price, "usage_type")) == "metered":
            continue
        if interval[1] and interval != (every, count):
            return refusal("interval", every, _("differs among the prices of the subscription"))
        interval = every, count
        unit = inside(price, "unit_amount_decimal") or inside(price, "unit_amount")
        quantity = item.get("quantity") or 1
        if unit is None or not isinstance(quantity, int):
            return refusal("unit_amount", text(inside(price, "id")), _("is not told of this price: it has tiers"))
        amount += Decimal(str(unit)) * quantity
        seats += quantity
    currency = text(inside(items[0], "price", "currency") or thing.get("currency")).upper() if items else ""
    every = _interval(*interval)
    if isinstance(every, Result):
        return every
    amount = _discounted(_whole(amount, currency), currency, inside(thing, "discount", "coupon"))
    told = {"currency": currency, "seats": seats or None, "product": " + ".join(each for each in names if each)[:100]}
    return {"amount": amount.quantize(Decimal("0.0001")), **told, **every}


def _interval(every: str, count: Any) -> dict[str, Any] | Result:
    if not every:  # all of it is metered
        return {"interval": "month", "interval_count": 1}
    if every == "week" or every == "day" and count % 7 == 0:
        return {"interval": "week", "interval_count": count if every == "week" else count // 7}
    if every not in MONTHS:
        return refusal("interval", every, _("must be months, years, or whole weeks"))
    return {"interval": "month", "interval_count": count * MONTHS[every]}


def _discounted(amount: Decimal, currency: str, coupon: Any) -> Decimal:
    """Less a coupon that holds for more than once. Newer versions name discounts by their ids alone, and not what
    they are worth."""
    if not isinstance(coupon, Mapping) or coupon.get("duration") == "once":
        return amount
    if percent := coupon.get("percent_off"):
        return amount * (100 - Decimal(str(percent))) / 100
    off = coupon.get("amount_off")
    return max(amount - _whole(Decimal(off), currency), Decimal(0)) if isinstance(off, int) else amount


def invoice(thing: Object, at: datetime) -> list[Part | Result]:
    """The invoice, and what was paid, credited or written off of it up to now. A draft is none."""
    state, number = text(thing.get("status")), text(thing.get("id"))
    if state == "draft" or not number:
        return []
    moments = thing.get("status_transitions") or {}
    issued = seconds(inside(moments, "finalized_at")) or seconds(thing.get("created")) or at
    currency = text(thing.get("currency")).upper()
    total, due, paid, left = (
        _amount(thing.get(name), currency) for name in ("total", "amount_due", "amount_paid", "amount_remaining")
    )
    if total is None:
        return [refusal("total", str(thing.get("total")), _("must be a whole number of minor units"))]
    whose = _name(thing)
    demanded = said(
        "invoices", whose, id=number, number=text(thing.get("number"), 100), amount=total, currency=currency,
        issued_on=issued, due_on=seconds(thing.get("due_date")) or issued, is_void=state == "void",
    )  # fmt: skip
    credit = total - due if due is not None and total > 0 else Decimal(0)
    settled = {
        "payment": (paid, seconds(inside(moments, "paid_at"))),
        "credit": (max(credit, Decimal(0)), issued),
        "write_off": (left if state == "uncollectible" else None, seconds(inside(moments, "marked_uncollectible_at"))),
    }
    payments = [
        said(
            "payments", whose, id=f"{number}/{kind}", invoice=number, kind=kind, amount=amount, currency=currency,
            paid_on=moment or at,
        )
        for kind, (amount, moment) in settled.items() if amount
    ]  # fmt: skip
    return [*_whose(thing, email=text(thing.get("customer_email"), 254)), demanded, *payments]


def charge(thing: Object, at: datetime) -> list[Part | Result]:
    """What was given back of an invoice: a credit that makes it smaller, and the refund that pays it out. That it was
    paid, the invoice itself says."""
    number, name = text(thing.get("invoice")), text(thing.get("id"))
    currency = text(thing.get("currency")).upper()
    back = _amount(thing.get("amount_refunded"), currency)
    if not number or not back:
        return []
    told = {"invoice": number, "paid_on": at, "amount": back, "currency": currency}
    whose = _name(thing)
    return [said("payments", whose, id=f"{name}/{kind}", kind=kind, **told) for kind in ("credit", "refund")]


READERS: dict[str, Reader] = {
    "customer": customer,
    "subscription": subscription,
    "invoice": invoice,
    "charge": charge,
}


def _name(thing: Object, customer: str = "") -> str:
    found = customer or thing.get("customer")
    return f"stripe:{text(found if isinstance(found, str) else inside(found, 'id'))}"


def _whose(thing: Object, customer: str = "", email: str = "") -> list[Part | Result]:
    """Whose customer it is, as far as the object tells."""
    metadata = thing.get("metadata") or {}
    account = next((found for key in ACCOUNT if (found := text(inside(metadata, key)))), "")
    name = _name(thing, customer)
    if account:
        return [Belongs(name, account)]
    return [Hint(name, email)] if email else []


def _amount(value: Any, currency: str) -> Decimal | None:
    return _whole(Decimal(value), currency) if isinstance(value, int) and not isinstance(value, bool) else None


def _whole(minor: Decimal, currency: str) -> Decimal:
    """Minor units → the currency's own."""
    return minor / MINOR.get(currency, 100)
