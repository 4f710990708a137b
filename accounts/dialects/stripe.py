"""Stripe's events → customers, terms, invoices, payments. Each event carries the whole object as it was then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from accounts.batch import Result, refusal
from accounts.dialects.stripe_prices import main_item, major, price
from accounts.dialects.told import (
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

# Under which names an object's metadata may hold the id of an account.
ACCOUNT = ("account", "account_id", "healthscore_account")
# A subscription in these states was never paid for; in those it is no more.
UNBORN, OVER = {"incomplete", "incomplete_expired"}, {"canceled", "unpaid", "paused"}
OF_USE = ("customer.", "invoice.", "charge.", "credit_note.")
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
    return kind.startswith(OF_USE) and not kind.endswith((".upcoming", ".will_be_due"))


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
    main, missing = main_item(thing), refusal("current_period_start", "", _("is required"))
    # Since 2025 the period is told of each item.
    begins, ends = (
        seconds(thing.get(side)) or seconds(inside(main, side))
        for side in ("current_period_start", "current_period_end")
    )
    if state in UNBORN:
        return []
    ended = (seconds(thing.get("ended_at")) or at) if state in OVER else None
    worth = price(thing) if items else missing
    if ended and (
        isinstance(worth, Result) or begins is None or ends is None
    ):  # that it is over counts, whatever it cost
        worth, begins, ends = Price(amount=Decimal(0)), ended, ended
    if isinstance(worth, Result):
        return [worth]
    if begins is None or ends is None:
        return [missing]
    stops = seconds(thing.get("cancel_at")) or (ends if thing.get("cancel_at_period_end") is True else None)
    is_trial, is_contract = state == "trialing", _is_long(worth)
    term = Term(
        name=_name(thing),
        subscription=text(thing.get("id")),
        told_at=at,
        price=msgspec.structs.replace(worth, is_trial=is_trial),
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
    back = _amount(thing.get("amount_refunded"), text(thing.get("currency")).upper())
    if not back or "invoice" in thing and not thing["invoice"]:  # a charge of no invoice
        return []
    if "invoice" not in thing:
        why = _("is not told: what was given back is known by credit notes only. Nobody owes more or less by it")
        return [refusal("invoice", "", why)]
    return _given_back(thing, back, at)


def credit_note(thing: Object, at: datetime) -> list[Part | Result]:
    """What was given back of an invoice after it was paid: to a card, the customer's balance, or elsewhere. What was
    credited before, the invoice itself says; a `refund` of older versions the charge says."""
    after = thing.get("post_payment_amount", thing.get("amount") if thing.get("type") == "post_payment" else 0)
    if thing.get("refund") or after == 0:
        return []
    back = _amount(after, text(thing.get("currency")).upper())
    if back is None:
        return [refusal("post_payment_amount", str(after), _("must be a whole number of minor units"))]
    if not thing.get("invoice"):
        return [refusal("invoice", "", _("is required"))]
    moment = seconds(thing.get("effective_at")) or seconds(thing.get("created")) or at
    return _given_back(thing, Decimal(0) if thing.get("status") == "void" else back, moment)


def _given_back(thing: Object, amount: Decimal, at: datetime) -> list[Part | Result]:
    name, whose, invoice = text(thing.get("id")), _name(thing), thing.get("invoice")
    told = {
        "invoice": text(invoice if isinstance(invoice, str) else inside(invoice, "id")),
        "paid_on": at, "amount": amount, "currency": text(thing.get("currency")).upper(),
    }  # fmt: skip
    return [said("payments", whose, id=f"{name}/{kind}", kind=kind, **told) for kind in ("credit", "refund")]


READERS: dict[str, Reader] = {
    "customer": customer,
    "subscription": subscription,
    "invoice": invoice,
    "charge": charge,
    "credit_note": credit_note,
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
    return major(Decimal(value), currency) if isinstance(value, int) and value == integer(value, -1) else None
