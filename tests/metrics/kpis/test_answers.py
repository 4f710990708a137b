"""Records are added up place by place: a KPI says the same of the sums as of every single record."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext

import pytest

from metrics.kpis.answers import WIDE, added_up, answer
from metrics.registry import KPIS, Record

SUMMED = [key for key, kpi in KPIS.items() if not kpi.of_each]
DAY = date(2025, 6, 30)


@pytest.mark.parametrize("key", SUMMED)
def test_a_kpi_needs_no_more_than_the_sums(key):
    found, records = KPIS[key], [*KPIS[key].example.records]
    # Two places that are added up apart, and then together.
    halves = [*added_up(records[::2]), *added_up(records[1::2])]
    with localcontext(WIDE):
        assert found.value(added_up(halves)) == found.value(records)
        if found.interval:
            assert found.interval(added_up(halves)) == found.interval(records)
    assert answer(found, halves) == answer(found, records)


def test_only_what_is_of_each_record_is_not_told_the_sums():
    assert {key for key in KPIS if key not in SUMMED} == {
        *("satisfaction.nps", "satisfaction.nps_from_one", "satisfaction.ces_mean", "satisfaction.ces_mean_of_five"),
        *(f"support.{what}_{how}" for what in ("first_response", "resolution") for how in ("mean", "median", "p90")),
        *(f"usage.time_in_app_{which}" for which in ("lower", "median", "upper")),
        *("usage.time_to_first_value", "value.lifetime"),
    }


def test_sums_are_the_same_in_any_order():
    thirds = [Record(1, DAY, Decimal(10 ** (n % 9)) / 3, 1) for n in range(200)]
    mean = KPIS["support.first_response_mean"]
    thirds.sort()
    assert answer(mean, thirds) == answer(mean, thirds[::-1])
    assert sum(r.part for r in thirds) != sum(r.part for r in thirds[::-1])


def test_the_reason_is_the_same_in_any_order():
    missing = [Record(1, DAY, missing=f"no rate of {code} on {DAY}") for code in ("USD", "GBP")]
    mrr = KPIS["revenue.mrr"]
    assert answer(mrr, missing).reason == answer(mrr, missing[::-1]).reason == f"no rate of GBP on {DAY}"


def test_n_counts_every_record_that_was_added_up():
    records = [Record(1, DAY, 1, whole) for whole in (1, 1, 0)]
    assert answer(KPIS["retention.customer_churn_rate_all_losses"], added_up(records)).n == 2
    assert answer(KPIS["support.tickets"], added_up(records)).n == 3
