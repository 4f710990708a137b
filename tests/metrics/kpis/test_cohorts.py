"""Cohorts by hand, as they stand at the end of June 2025; DAY is its last day."""

from __future__ import annotations

from decimal import Decimal

import pytest

from metrics.kpis.parts import Part, parts
from metrics.kpis.places import WHOLE
from tests.cast import account
from tests.metrics.cases import DAY, ago, day, term, told
from tests.metrics.kpis.asking import csm, question

pytestmark = pytest.mark.django_db
D = Decimal


def cohorts(workspace, key="cohort_customers", scope=WHOLE, **more) -> dict[str, tuple]:
    found = parts(question(workspace, **more))
    return {
        what: (part.part, part.whole) for (each, what, whose), part in found.items() if (each, whose) == (key, scope)
    }


BOOK = {
    "june": [term(starts=10, amount=50)],
    "may, lost": [term(starts=50, ends=5, amount=100)],
    "may, grown": [term(starts=50, amount=100), term(starts=20, amount=25)],
    "may, back": [term(starts=50, ends=40, amount=10), term(starts=20, amount=10)],
    "a year ago": [term(starts=375, amount=70)],
    "older": [term(starts=900, ends=400, amount=70), term(starts=10, amount=70)],
    "trial": [term(starts=10, is_trial=True)],
}


def test_customers_that_are_left(acme):
    told(acme, BOOK)
    assert cohorts(acme) == {"2024-06": (1, 1), "2025-05": (2, 3), "2025-06": (1, 1)}
    assert cohorts(acme, on=day(35)) == {"2025-05": (2, 3)} | {"2024-06": (1, 1)}


def test_what_they_pay_of_what_they_first_paid(acme):
    told(acme, BOOK)
    assert cohorts(acme, "cohort_mrr") == {"2024-06": (70, 70), "2025-05": (135, 210), "2025-06": (50, 50)}


def test_thirteen_months_are_followed(acme):
    told(acme, {"first of June": [term(starts=394)], "last of May": [term(starts=395)]})
    assert [day(394).isoformat(), day(395).isoformat()] == ["2024-06-01", "2024-05-31"]
    assert cohorts(acme) == {"2024-06": (1, 1)}


def test_only_months_have_cohorts(acme):
    told(acme, BOOK)
    assert cohorts(acme, kind="quarter") == {}


def test_a_lost_one_belongs_to_who_lost_it(acme, alice, bob):
    told(acme, {"lost": [term(starts=50, ends=5)], "kept": [term(starts=50)]})
    for name in ("lost", "kept"):
        account(acme, name).change(ago(100), owner=alice)
        account(acme, name).change(ago(3), owner=bob)
    assert cohorts(acme, scope=csm(alice)) == {"2025-05": (0, 1)}
    assert cohorts(acme, scope=csm(bob)) == {"2025-05": (1, 1)}


def test_a_rate_that_is_missing(acme):
    told(acme, {"one": [term(starts=50, currency="USD")], "two": [term(starts=50, amount=5)]})
    found = parts(question(acme))["cohort_mrr", "2025-05", WHOLE]
    assert found == Part(2, D(5), D(6), f"no rate of USD on {day(50)}")
    assert cohorts(acme) == {"2025-05": (2, 2)}
    assert day(50) < DAY
