"""What a subscription of Stripe is worth: numbers worked out by hand, and what nobody can know."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.batch import Result
from tests.accounts.dialects.stripe_events import at, item, subscription
from tests.accounts.dialects.test_stripe import moment, parts, term

# Fonts at 7.00 up to 5, 6.50 up to 10, 6.00 beyond, as in Stripe's own example.
FONTS = [
    {"up_to": 5, "unit_amount": 700, "flat_amount": None},
    {"up_to": 10, "unit_amount": 650, "flat_amount": None},
    {"up_to": None, "unit_amount": 600, "flat_amount": None},
]
FLAT = [
    {"up_to": 10, "unit_amount": None, "flat_amount": 1000},
    {"up_to": 100, "unit_amount_decimal": "12.5", "unit_amount": None, "flat_amount": 500},
    {"up_to": "inf", "unit_amount": 10, "flat_amount_decimal": "0.5"},
]


def tiered(quantity: int, mode: str, tiers: Any) -> dict[str, Any]:
    return item(quantity, None, billing_scheme="tiered", tiers_mode=mode, tiers=tiers)


@pytest.mark.parametrize(
    ("mode", "tiers", "quantity", "amount"),
    [
        ("volume", FONTS, 1, "7"),
        ("volume", FONTS, 5, "35"),
        ("volume", FONTS, 6, "39"),  # 6 × 6.50
        ("volume", FONTS, 20, "120"),
        ("graduated", FONTS, 5, "35"),
        ("graduated", FONTS, 6, "41.5"),  # 35 + 6.50
        ("graduated", FONTS, 10, "67.5"),
        ("graduated", FONTS, 11, "73.5"),  # 35 + 32.50 + 6
        ("graduated", FLAT, 0, "10"),
        ("graduated", FLAT, 10, "10"),
        ("graduated", FLAT, 14, "15.5"),  # 10 + 5 + 4 × 0.125
        ("graduated", FLAT, 101, "26.355"),  # 10 + 5 + 90 × 0.125 + 0.005 + 0.10
        ("volume", FLAT, 14, "6.75"),  # 5 + 14 × 0.125
        ("volume", FLAT, 200, "20.005"),  # 0.005 + 200 × 0.10
    ],
)
def test_a_price_with_tiers(mode: str, tiers: Any, quantity: int, amount: str) -> None:
    assert term(subscription(tiered(quantity, mode, tiers))).price.amount == Decimal(amount)
    beside = subscription(tiered(quantity, mode, tiers), item(1, 2000))
    assert term(beside).price.amount == Decimal(amount) + 20, "beside a plain one"


@pytest.mark.parametrize(
    ("quantity", "rounding", "amount"),
    [(1, "up", 30), (10, "up", 30), (11, "up", 60), (9, "down", 0), (10, "down", 30), (19, "down", 30), (0, "up", 0)],
)
def test_a_price_per_package(quantity: int, rounding: str, amount: int) -> None:
    package = item(quantity, 3000, transform_quantity={"divide_by": 10, "round": rounding})
    told = term(subscription(package)).price
    assert (told.amount, told.seats) == (amount, quantity or None)


def coupon(**worth: Any) -> dict[str, Any]:
    return {"id": "di_1", "coupon": {"id": "c", "duration": "forever", "percent_off": None, "amount_off": None} | worth}


def newer(**worth: Any) -> dict[str, Any]:
    return {"id": "di_2", "source": {"type": "coupon", "coupon": coupon(**worth)["coupon"]}}


TWO = (item(), item(1, 5000, product="prod_2"))
OF_TWO = {"products": ["prod_2"]}


@pytest.mark.parametrize(
    ("sub", "amount"),
    [
        # of 5 × 20
        (subscription(discounts=[coupon(percent_off=10), coupon(amount_off=500)]), "85"),  # 100 − 10 − 5
        (subscription(discounts=[coupon(amount_off=500), newer(percent_off=10)]), "85.5"),  # (100 − 5) × 0.9
        (subscription(discounts=["di_1"], discount=coupon(percent_off=25)), "75"),
        (subscription(discounts=[coupon(percent_off=50, duration="once")]), "100"),
        (subscription(discounts=[coupon(amount_off=99999999, currency="eur")]), "0"),
        (subscription(item() | {"discounts": [coupon(amount_off=1000)]}, discounts=[newer(percent_off=50)]), "45"),
        # of 5 × 20 and 1 × 50
        (subscription(*TWO, discounts=[coupon(percent_off=20, applies_to=OF_TWO)]), "140"),
        (subscription(*TWO, discounts=[coupon(amount_off=6000, applies_to=OF_TWO)]), "100"),
        (subscription(*TWO, discounts=[coupon(amount_off=12000)]), "30"),
        (subscription(*TWO, discounts=[coupon(amount_off=3000), coupon(percent_off=50, applies_to=OF_TWO)]), "100"),
        (subscription(item(), item(1, 60000, "year"), discounts=[coupon(percent_off=50)]), "900"),
    ],
)
def test_less_its_discounts(sub: dict[str, Any], amount: str) -> None:
    assert term(sub).price.amount == Decimal(amount)


@pytest.mark.parametrize(
    ("sub", "field"),
    [
        (subscription(item(1, None)), "unit_amount"),
        (subscription(item(1, 10**12)), "unit_amount"),
        (subscription(item(), item(1, 1, "week")), "interval"),
        (subscription(tiered(5, "graduated", None)), "tiers"),
        (subscription(tiered(11, "volume", [FLAT[0]])), "tiers"),
        (subscription(tiered(5, "volume", [{"up_to": None}])), "tiers"),
        (subscription(tiered(20, "volume", [FLAT[0], FLAT[0]])), "up_to"),
        (subscription(tiered(5, "other", FLAT)), "tiers_mode"),
        (subscription(item(transform_quantity={"divide_by": 0, "round": "up"})), "transform_quantity"),
        (subscription(discounts=["di_1"]), "discounts"),
        (subscription(discounts=["di_1", "di_2"], discount=coupon(percent_off=25)), "discounts"),
        (subscription(item() | {"discounts": ["di_1"]}), "discounts"),
        (subscription(discounts=[{"id": "di_1", "source": {"coupon": "c", "type": "coupon"}}]), "discounts"),
        (subscription(discounts=[coupon(amount_off=500, currency="usd")]), "discounts"),
        (subscription(item(), item(1, 60000, "year"), discounts=[coupon(amount_off=500)]), "discounts"),
        (subscription(item(1, 1, "day")), "interval"),
        (subscription(current_period_start=None), "current_period_start"),
        (subscription(items={"data": []}), "current_period_start"),
        (subscription(items=None), "current_period_start"),
        (subscription(*[item(10**12 - 1, 10**12 - 1, currency="jpy")] * 200), "unit_amount"),
    ],
)
def test_a_price_that_cannot_be_counted_is_refused(sub: dict[str, Any], field: str) -> None:
    [refused] = parts("customer.subscription.updated", sub)
    assert isinstance(refused, Result)
    assert refused.field == field
    assert refused.reason
    over = sub | {"status": "canceled", "ended_at": at("2025-06-12")}
    assert term(over).ended == moment("2025-06-12"), "that it is over counts, whatever it cost"
