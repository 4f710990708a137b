"""Stripe's events → customers, terms, invoices, payments. Each event carries the whole object as it was then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

import msgspec
from django.utils.translation import gettext as _

from accounts.batch import Result, refusal
from accounts.dialects.told import (
    LARGEST,
    Hint,
    Part,
    Price,
    Term,
    Told,
    inside,
    integer,
    objects,
    said,
    seconds,
    text,
)
from accounts.linking import Belongs

Object = Mapping[str, Any]
Reader = Callable[[Object, datetime], list[Part | Result]]

# Minor units of an amount: a hundred make one, but of these currencies. ISK and UGX have none and are sent with two.
UNDIVIDED = {
    *("BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA"),
    *("PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"),
}
MINOR = dict.fromkeys(UNDIVIDED, 1) | dict.fromkeys(("BHD", "JOD", "KWD", "OMR", "TND"), 1000)
# Under which names an object's metadata may hold the id of an account.
ACCOUNT = ("account", "account_id", "healthscore_account")
# A subscription in these states was never paid for; in those it is no more.
UNBORN, OVER = {"incomplete", "incomplete_expired"}, {"canceled", "unpaid", "paused"}
PLAIN = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
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
    at = created + _place(kind)
    return Told(name, tuple(reader(thing, at)), text(inside(thing, "id")), at)


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
    state, items = text(thing.get("status")), objects(thing, "items", "data")
    first, missing = items[0] if items else None, refusal("current_period_start", "", _("is required"))
    # Since 2025 the period is told of each item.
    begins, ends = (
        seconds(thing.get(side)) or seconds(inside(first, side))
        for side in ("current_period_start", "current_period_end")
    )
    if state in UNBORN:
        return []
    ended = (seconds(thing.get("ended_at")) or at) if state in OVER else None
    price = _price(items, thing) if items else missing
    if ended and (
        isinstance(price, Result) or begins is None or ends is None
    ):  # that it is over counts, whatever it cost
        price, begins, ends = Price(amount=Decimal(0)), ended, ended
    if isinstance(price, Result):
        return [price]
    if begins is None or ends is None:
        return [missing]
    stops = seconds(thing.get("cancel_at")) or (ends if thing.get("cancel_at_period_end") is True else None)
    is_trial, is_contract = state == "trialing", _is_long(price)
    term = Term(
        name=_name(thing),
        subscription=text(thing.get("id")),
        told_at=at,
        price=msgspec.structs.replace(price, is_trial=is_trial),
        period=(begins, ends),
        renews=stops is None and ended is None,
        ends=stops or (ends if is_contract or is_trial else None),
        ended=ended,
        is_contract=is_contract,
    )
    return [*_whose(thing), term]


def _is_long(price: Price) -> bool:
    """Whether its period is a contract, whose end is a renewal. A monthly one goes on until somebody ends it."""
    return price.interval_count * (7 if price.interval == "week" else 30) >= 90


def _price(items: Sequence[Object], thing: Object) -> Price | Result:
    """What a subscription's items are worth taken together. What is metered has no price before it is used."""
    licensed = [each for each in items if _of(each, "usage_type") != "metered"]
    rhythms = {(text(_of(each, "interval")), integer(_of(each, "interval_count"), 1)) for each in licensed}
    if len(rhythms) > 1:
        return refusal("interval", "", _("differs among the prices of the subscription"))
    rhythm = _rhythm(*rhythms.pop()) if rhythms else ("month", 1)
    if isinstance(rhythm, Result):
        return rhythm
    amount, seats = Decimal(0), 0
    for each in licensed:
        unit, quantity = _unit(_of(each)), integer(each.get("quantity"), 1)
        if unit is None:
            return refusal("unit_amount", text(_of(each, "id")), _("is not told of this price: it has tiers"))
        amount, seats = amount + unit * quantity, seats + quantity
    if amount >= LARGEST * 100:
        return refusal("unit_amount", str(amount), _("is too large"))
    currency = (text(_of(items[0], "currency")) or text(thing.get("currency"))).upper()
    amount = _discounted(_major(amount, currency), currency, inside(thing, "discount", "coupon"))
    return Price(
        amount=amount.quantize(Decimal("0.0001")),
        currency=currency or None,
        interval=rhythm[0],
        interval_count=rhythm[1],
        product=" + ".join(name for each in items if (name := _name_of(each)))[:100],
        seats=seats or None,
    )


def _of(item: Object, field: str = "") -> Any:
    """The price of an item (older versions: plan), or a field of it, which may stand under `recurring`."""
    price = inside(item, "price") or inside(item, "plan")
    if not field:
        return price
    found = inside(price, "recurring", field)
    return found if found is not None else inside(price, field)


def _name_of(item: Object) -> str:
    return next((found for key in ("nickname", "lookup_key", "product") if (found := text(_of(item, key), 100))), "")


def _unit(price: Any) -> Decimal | None:
    """Minor units of one, with fractions of them where the price has some."""
    written = text(inside(price, "unit_amount_decimal"))
    if PLAIN.fullmatch(written):
        return Decimal(written)
    return Decimal(integer(inside(price, "unit_amount"))) if inside(price, "unit_amount") is not None else None


def _rhythm(every: str, count: int) -> tuple[Literal["month", "week"], int] | Result:
    if every == "week" or every == "day" and count % 7 == 0:
        return "week", count if every == "week" else count // 7
    if every not in MONTHS:
        return refusal("interval", every, _("must be months, years, or whole weeks"))
    return "month", count * MONTHS[every]


def _discounted(amount: Decimal, currency: str, coupon: Any) -> Decimal:
    """Less a coupon that holds for more than once. Newer versions name discounts by their ids alone, and not what
    they are worth."""
    if not isinstance(coupon, Mapping) or coupon.get("duration") == "once":
        return amount
    percent = str(coupon.get("percent_off"))
    if PLAIN.fullmatch(percent):
        return max(amount * (100 - Decimal(percent)) / 100, Decimal(0))
    return max(amount - _major(Decimal(integer(coupon.get("amount_off"))), currency), Decimal(0))


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
    return _major(Decimal(value), currency) if isinstance(value, int) and value == integer(value, -1) else None


def _major(minor: Decimal, currency: str) -> Decimal:
    """Minor units → the currency's own."""
    return minor / MINOR.get(currency, 100)
