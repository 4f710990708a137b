"""Who is scored on a day: customers and trials, with their amount, age, segment and stage."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import Account, AccountHistory, Stage
from tests.cast import account, tell
from tests.metrics.cases import DAY, ago, day, term, told, whom

pytestmark = pytest.mark.django_db


def seen(workspace, on=DAY, known=None):
    """Per external id: the customers found on a day."""
    names = dict(Account.objects.of(workspace).values_list("pk", "external_id"))
    return {names[customer.account_id]: customer for customer in whom(workspace, on, known)[0]}


def test_customers_and_trials_are_scored(acme):
    told(
        acme,
        {
            "nothing": [],
            "customer": [term()],
            "first day": [term(starts=0)],
            "last day": [term(ends=-1)],
            "ended today": [term(ends=0)],
            "not begun": [term(starts=-1)],
            "free": [term(amount=0)],
            "trial": [term(amount=0, is_trial=True)],
            "paid trial": [term(amount=20, is_trial=True)],
            "trial and customer": [term(amount=20, is_trial=True), term(amount=70)],
            "trial is over": [term(amount=0, is_trial=True, ends=3)],
        },
    )
    found = {name: (customer.mrr, customer.is_trial) for name, customer in seen(acme).items()}
    assert found == {
        "customer": (Decimal(100), False),
        "first day": (Decimal(100), False),
        "last day": (Decimal(100), False),
        "trial": (Decimal(0), True),
        "paid trial": (Decimal(0), True),
        "trial and customer": (Decimal(70), False),
    }


def test_a_gap_that_is_allowed_is_no_churn(acme):
    told(acme, {"paused": [term(ends=3), term(starts=-30)], "back": [term(ends=400), term(starts=399)]})
    assert seen(acme).keys() == {"back"}
    acme.churn_gap_days = 3
    assert seen(acme).keys() == {"back"}
    assert seen(acme, on=day(1)).keys() == {"paused", "back"}
    assert seen(acme, on=day(1))["paused"].mrr == 0


def test_terms_count_as_they_were_known(acme):
    told(acme, {"one": [term(id="s", starts=50)]})
    tell(acme, "subscriptions", {"account": "one", **term(id="s", starts=50, ends=20)[1]}, at=ago(9))
    assert seen(acme, on=day(10)).keys() == {"one"}
    assert seen(acme, on=day(9)).keys() == set()
    assert seen(acme, on=day(10), known=day(9)).keys() == set()
    assert seen(acme, on=day(21), known=day(9)).keys() == {"one"}
    assert seen(acme, on=day(0), known=day(10)).keys() == {"one"}


def test_churn_from_events(acme):
    acme.churn_rule = "events"
    churned = {"stays": None, "left": 5, "left today": 0, "leaves tomorrow": -1, "came back": 50, "same day": 20}
    told(acme, {name: [term(starts=900)] for name in churned})
    for name, days in churned.items():
        if days is not None:
            tell(acme, "churns", {"id": name, "account": name, "churned_on": day(days)})
    for name, days in {"came back": 49, "same day": 20}.items():
        tell(acme, "subscriptions", {"account": name, **term(starts=days)[1]})
    assert seen(acme).keys() == {"stays", "leaves tomorrow", "came back"}
    assert seen(acme, on=day(6)).keys() == {"stays", "left", "left today", "leaves tomorrow", "came back"}
    acme.churn_rule = "terms"
    assert seen(acme).keys() == churned.keys()


def test_buyers_are_customers_where_purchases_make_them(acme):
    def bought(days, amount=30):
        item = {"id": f"p{days}-{amount}", "purchased_on": day(days), "amount": amount}
        return "purchases", item

    told(acme, {"recent": [bought(364)], "old": [bought(365)], "given": [bought(3, 0)]}, started=100)
    assert seen(acme).keys() == set()
    acme.kind, acme.purchase_days = "purchases", 365
    found = seen(acme)
    assert found.keys() == {"recent"}
    assert (found["recent"].mrr, found["recent"].age) == (0, 365)
    acme.purchase_days = 364
    assert seen(acme).keys() == set()


@pytest.mark.parametrize(
    ("started", "starts", "age"), [(10, 10, 11), (0, 0, 1), (100, 10, 101), (10, 100, 101), (-5, 3, 4)]
)
def test_the_age_counts_from_the_first_sign(acme, started, starts, age):
    told(acme, {"one": [term(starts=starts)]}, started=started)
    assert seen(acme)["one"].age == age


def test_an_account_without_a_start_is_as_old_as_its_first_term(acme):
    account(acme, "one")
    tell(acme, "subscriptions", {"account": "one", **term(starts=30, ends=10)[1]})
    tell(acme, "subscriptions", {"account": "one", **term(starts=10)[1]})
    assert seen(acme)["one"].age == 31


def test_an_amount_without_a_rate_is_no_amount(acme):
    told(acme, {"one": [term(), term(currency="GBP")]})
    assert seen(acme)["one"].mrr is None


def test_segment_and_stage_as_of_the_day(acme):
    told(acme, {"one": [term()], "two": [term()]})
    one, two = Account.objects.of(acme).order_by("external_id")
    adoption, growth = Stage.objects.of(acme).filter(name__in=["Adoption", "Growth"])
    for moment, stage in {ago(20): adoption, ago(5, 0): growth}.items():
        one.change(moment, stage=stage)
    two.change(ago(20), segment="Large")
    two.change(ago(5), segment="")
    two.change(ago(3), segment="Small")

    def places(days):
        return {name: (customer.segment, customer.stage) for name, customer in seen(acme, on=day(days)).items()}

    assert places(0) == {"one": ("", "Growth"), "two": ("Small", "")}
    assert places(4) == {"one": ("", "Growth"), "two": ("", "")}
    assert places(5) == {"one": ("", "Growth"), "two": ("", "")}
    assert places(6) == {"one": ("", "Adoption"), "two": ("Large", "")}
    assert places(20) == {"one": ("", "Adoption"), "two": ("Large", "")}
    assert AccountHistory.objects.of(acme).count() == 5
