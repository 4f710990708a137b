"""Stripe's events → what they say, without a database."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from accounts.batch import Result
from accounts.dialects import stripe
from accounts.dialects.told import Hint, Term, Told
from accounts.linking import Belongs, Said
from tests.accounts.dialects.stripe_events import at, customer, event, invoice, item, paid, subscription

CUS = "stripe:cus_1"


def parts(kind: str, thing: dict[str, Any], when: str = "2025-06-05") -> tuple[Any, ...]:
    told = stripe.read(event("evt_1", kind, when, thing))
    assert isinstance(told, Told), told
    return told.parts


def term(thing: dict[str, Any], kind: str = "customer.subscription.updated") -> Term:
    [found] = [each for each in parts(kind, thing) if not isinstance(each, Belongs)]
    assert isinstance(found, Term), found
    return found


def items(thing: dict[str, Any], kind: str = "invoice.updated") -> dict[str, dict[str, Any]]:
    """Id → item of the facts that an event says."""
    return {each.item["id"]: each.item for each in parts(kind, thing) if isinstance(each, Said)}


def moment(day: str) -> datetime:
    return datetime.fromtimestamp(at(day), UTC)


# -- whose


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({}, Hint(CUS, "billing@one.example")),
        ({"email": None}, None),
        ({"metadata": {"account": "one"}}, Belongs(CUS, "one")),
        ({"metadata": {"account_id": 17}, "email": None}, Belongs(CUS, "17")),
        ({"metadata": {"account": ""}}, Hint(CUS, "billing@one.example")),
        ({"metadata": None}, Hint(CUS, "billing@one.example")),
        ({"deleted": True}, None),
    ],
)
def test_a_customer_is_known_by_its_metadata_else_by_its_address(changed: dict[str, Any], says: Any) -> None:
    assert parts("customer.updated", customer(**changed)) == ((says,) if says else ())


def test_every_object_may_say_whose_it_is() -> None:
    assert Belongs(CUS, "one") in parts("invoice.paid", paid(metadata={"account": "one"}))
    sub = subscription(metadata={"account": "one"})
    assert parts("customer.subscription.created", sub)[0] == Belongs(CUS, "one")
    assert Hint(CUS, "billing@one.example") in parts("invoice.paid", paid())


# -- terms


@pytest.mark.parametrize(
    ("sub", "price"),
    [
        (subscription(), ("100", "EUR", "month", 1, 5, "Pro")),
        (subscription(item(1, 120000, "year")), ("1200", "EUR", "month", 12, 1, "Pro")),
        (subscription(item(2, 700, "week")), ("14", "EUR", "week", 1, 2, "Pro")),
        (subscription(item(1, 100, "day", recurring={"interval_count": 14})), ("1", "EUR", "week", 2, 1, "Pro")),
        (subscription(item(1, 300, recurring={"interval_count": 3})), ("3", "EUR", "month", 3, 1, "Pro")),
        (subscription(item(3, 1000, currency="jpy")), ("3000", "JPY", "month", 1, 3, "Pro")),
        (subscription(item(1, 5120, currency="kwd")), ("5.12", "KWD", "month", 1, 1, "Pro")),
        (subscription(item(1, 500, currency="isk")), ("5", "ISK", "month", 1, 1, "Pro")),
        (subscription(item(1, 500, currency="ugx")), ("5", "UGX", "month", 1, 1, "Pro")),
        (subscription(item(4, None, unit_amount_decimal="12.5")), ("0.5", "EUR", "month", 1, 4, "Pro")),
        (subscription(item(), item(1, 500, nickname="Extra")), ("105", "EUR", "month", 1, 6, "Pro + Extra")),
        (subscription(item(nickname=None, lookup_key="pro")), ("100", "EUR", "month", 1, 5, "pro")),
        (subscription(item(nickname=None)), ("100", "EUR", "month", 1, 5, "prod_1")),
        (
            subscription(item(), item(None, None, recurring={"usage_type": "metered"}, nickname="Calls")),
            ("100", "EUR", "month", 1, 5, "Pro + Calls"),
        ),
        (
            subscription(item(None, None, recurring={"usage_type": "metered"}, nickname="Calls")),
            ("0", "EUR", "month", 1, None, "Calls"),
        ),
        (
            subscription(discount={"coupon": {"duration": "forever", "percent_off": 12.5, "amount_off": None}}),
            ("87.5", "EUR", "month", 1, 5, "Pro"),
        ),
        (
            subscription(discount={"coupon": {"duration": "repeating", "percent_off": None, "amount_off": 2500}}),
            ("75", "EUR", "month", 1, 5, "Pro"),
        ),
        (
            subscription(discount={"coupon": {"duration": "once", "percent_off": 50}}),
            ("100", "EUR", "month", 1, 5, "Pro"),
        ),
        (subscription(discounts=[]), ("100", "EUR", "month", 1, 5, "Pro")),
        # 5 × 20 × 12 + 600 a year
        (subscription(item(), item(1, 60000, "year")), ("1800", "EUR", "month", 12, 6, "Pro + Pro")),
        # two months of 3 for 10, three of 2 for 7, in six
        (
            subscription(item(1, 1000, recurring={"interval_count": 3}), item(1, 700, recurring={"interval_count": 2})),
            ("41", "EUR", "month", 6, 2, "Pro + Pro"),
        ),
    ],
)
def test_the_price_of_a_subscription(sub: dict[str, Any], price: tuple[Any, ...]) -> None:
    told = term(sub).price
    names = ("amount", "currency", "interval", "interval_count", "seats", "product")
    assert tuple(getattr(told, name) for name in names) == (Decimal(price[0]), *price[1:])


def test_the_period_is_that_of_its_longest_price() -> None:
    def lasts(each: dict[str, Any], end: str) -> dict[str, Any]:
        return each | {"current_period_start": at("2025-06-01"), "current_period_end": at(end)}

    metered = item(None, None, recurring={"usage_type": "metered"})
    items = [lasts(metered, "2025-07-01"), lasts(item(), "2025-07-01"), lasts(item(1, 60000, "year"), "2026-06-01")]
    sub = subscription(*items, current_period_start=None, current_period_end=None)
    assert (term(sub).ends, term(sub).is_contract) == (moment("2026-06-01"), True)


def test_a_month_goes_on_until_it_is_ended_and_a_year_is_a_contract() -> None:
    monthly, yearly = term(subscription()), term(subscription(item(1, 120000, "year"), end="2026-06-01"))
    assert (monthly.ends, monthly.renews, monthly.is_contract) == (None, True, False)
    assert (yearly.ends, yearly.renews, yearly.is_contract) == (moment("2026-06-01"), True, True)
    quarterly = term(subscription(item(1, 300, recurring={"interval_count": 3}), end="2025-09-01"))
    assert (quarterly.ends, quarterly.is_contract) == (moment("2025-09-01"), True)


def test_ending_it_turns_the_renewal_off() -> None:
    at_end = term(subscription(cancel_at_period_end=True))
    assert (at_end.ends, at_end.renews, at_end.ended) == (moment("2025-07-01"), False, None)
    on_a_day = term(subscription(cancel_at=at("2025-08-15")))
    assert (on_a_day.ends, on_a_day.renews) == (moment("2025-08-15"), False)


@pytest.mark.parametrize("status", ["canceled", "unpaid", "paused"])
def test_it_is_over(status: str) -> None:
    assert term(subscription(status=status)).ended == moment("2025-06-05").replace(microsecond=1)
    assert term(subscription(status=status, ended_at=at("2025-06-04"))).ended == moment("2025-06-04")
    assert not term(subscription(status=status)).renews


@pytest.mark.parametrize("status", ["incomplete", "incomplete_expired"])
def test_what_was_never_paid_is_no_term(status: str) -> None:
    assert parts("customer.subscription.created", subscription(status=status)) == ()


def test_a_trial_is_one_until_it_ends() -> None:
    trial = term(subscription(status="trialing", end="2025-06-15"))
    assert (trial.price.is_trial, trial.ends) == (True, moment("2025-06-15"))
    assert term(subscription(status="past_due")).price.is_trial is False


def test_newer_versions_tell_the_period_of_each_item() -> None:
    sub = subscription(item() | {"current_period_start": at("2025-06-02"), "current_period_end": at("2025-07-02")})
    del sub["current_period_start"], sub["current_period_end"]
    assert term(sub).period == (moment("2025-06-02"), moment("2025-07-02"))


# -- invoices


def test_an_invoice_and_what_was_paid_of_it() -> None:
    found = items(paid())
    assert found.keys() == {"in_1", "in_1/payment"}
    bill, money = found.values()
    assert (bill["amount"], bill["currency"], bill["number"], bill["is_void"]) == (100, "EUR", "ABC-0001", False)
    assert (bill["issued_on"], bill["due_on"]) == (moment("2025-06-01T01:00"), moment("2025-06-15"))
    assert (money["amount"], money["kind"], money["invoice"]) == (100, "payment", "in_1")
    assert money["paid_on"] == moment("2025-06-03T09:00")


@pytest.mark.parametrize(
    ("thing", "amounts"),
    [
        (invoice(), {"in_1": "100"}),
        (invoice(amount_paid=4000, amount_remaining=6000), {"in_1": "100", "in_1/payment": "40"}),
        (
            paid(total=10000, amount_due=7500, amount_paid=7500),
            {"in_1": "100", "in_1/payment": "75", "in_1/credit": "25"},
        ),
        (
            invoice(status="uncollectible", amount_paid=2000, amount_remaining=8000),
            {"in_1": "100", "in_1/payment": "20", "in_1/write_off": "80"},
        ),
        (paid(currency="jpy"), {"in_1": "10000", "in_1/payment": "10000"}),
        (paid(currency="bhd"), {"in_1": "10", "in_1/payment": "10"}),
        (invoice(total=-500, amount_due=0), {"in_1": "-5"}),
        (invoice(total=0, amount_due=0), {"in_1": "0"}),
        (invoice(status="draft"), {}),
    ],
)
def test_what_is_owed_and_settled(thing: dict[str, Any], amounts: dict[str, str]) -> None:
    assert {name: each["amount"] for name, each in items(thing).items()} == {k: Decimal(v) for k, v in amounts.items()}


def test_a_void_invoice_is_void_and_without_a_due_day_it_is_due_at_once() -> None:
    found = items(invoice(status="void", due_date=None))["in_1"]
    assert found["is_void"] is True
    assert found["due_on"] == found["issued_on"]


def test_what_is_given_back_makes_the_invoice_smaller_and_pays_it_out() -> None:
    charge = {"id": "ch_1", "object": "charge", "customer": "cus_1", "invoice": "in_1", "currency": "eur"}
    found = items(charge | {"amount": 10000, "amount_refunded": 2550}, "charge.refunded")
    assert {each["kind"]: (each["amount"], each["invoice"]) for each in found.values()} == {
        "credit": (Decimal("25.5"), "in_1"),
        "refund": (Decimal("25.5"), "in_1"),
    }
    assert items(charge | {"amount": 10000, "amount_refunded": 0}, "charge.succeeded") == {}
    assert parts("charge.refunded", charge | {"invoice": None, "amount_refunded": 1}) == ()
    del charge["invoice"]
    [unknown] = parts("charge.refunded", charge | {"amount_refunded": 1})
    assert (unknown.field, unknown.status) == ("invoice", "rejected"), "newer versions do not say of which invoice"


NOTE = {
    "id": "cn_1",
    "object": "credit_note",
    "customer": "cus_1",
    "invoice": "in_1",
    "currency": "eur",
    "status": "issued",
}


@pytest.mark.parametrize(
    ("told", "amounts"),
    [
        ({"amount": 3000, "pre_payment_amount": 1000, "post_payment_amount": 2000}, [20, 20]),
        ({"amount": 3000, "pre_payment_amount": 3000, "post_payment_amount": 0}, []),
        ({"amount": 3000, "type": "post_payment", "refund": None}, [30, 30]),
        ({"amount": 3000, "type": "post_payment", "refund": "re_1"}, []),  # the charge says it
        ({"amount": 3000, "type": "pre_payment"}, []),  # the invoice says it
        ({"amount": 3000, "post_payment_amount": 3000, "status": "void"}, [0, 0]),
    ],
)
def test_a_credit_note_gives_back_what_was_paid(told: dict[str, Any], amounts: list[int]) -> None:
    found = items(NOTE | {"created": at("2025-06-04")} | told, "credit_note.created")
    assert [each["amount"] for each in found.values()] == amounts
    assert [name for name in found] == (["cn_1/credit", "cn_1/refund"] if amounts else [])
    assert all((each["invoice"], each["paid_on"]) == ("in_1", moment("2025-06-04")) for each in found.values())


@pytest.mark.parametrize(
    ("changed", "field"), [({"invoice": None}, "invoice"), ({"post_payment_amount": "x"}, "post_payment_amount")]
)
def test_a_credit_note_that_cannot_be_counted_is_refused(changed: dict[str, Any], field: str) -> None:
    [refused] = parts("credit_note.created", NOTE | {"post_payment_amount": 2000} | changed)
    assert refused.field == field


# -- the rest


@pytest.mark.parametrize(
    ("kind", "thing"),
    [
        ("payout.paid", {"object": "payout", "id": "po_1"}),
        ("product.created", {"object": "product", "id": "prod_1"}),
        ("invoice.upcoming", invoice(id=None)),
        ("customer.source.created", {"object": "card", "id": "card_1"}),
        ("customer.discount.created", {"object": "discount", "id": "di_1"}),
        ("charge.dispute.created", {"object": "dispute", "id": "dp_1"}),
    ],
)
def test_what_is_of_no_use_says_nothing(kind: str, thing: dict[str, Any]) -> None:
    assert parts(kind, thing) == ()


@pytest.mark.parametrize("changed", [{"id": None}, {"type": None}, {"created": "now"}, {"created": True}])
def test_an_event_that_is_none_is_refused(changed: dict[str, Any]) -> None:
    told = stripe.read(event("evt_1", "customer.updated", "2025-06-05", customer()) | changed)
    assert isinstance(told, Result)
    assert told.field == next(iter(changed))


@pytest.mark.parametrize(
    "value", [None, [], "x", 1, {}, {"id": "evt", "type": "invoice.paid", "created": 1, "data": 5}]
)
def test_any_json_is_answered(value: Any) -> None:
    stripe.read(value)


def test_of_one_second_the_first_event_goes_first_and_the_last_last() -> None:
    def placed(kind: str) -> datetime:
        told = stripe.read(event("evt_1", kind, "2025-06-05", subscription()))
        assert isinstance(told, Told)
        assert told.about == "sub_1"
        return told.told_at or datetime.min.replace(tzinfo=UTC)

    names = ("customer.subscription.created", "customer.subscription.updated", "customer.subscription.deleted")
    placed_at = [placed(name) for name in names]
    assert placed_at == sorted(set(placed_at))
    assert (placed_at[-1] - placed_at[0]).total_seconds() < 1
