"""Records compared and cut in the database: the same as comparing all of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Purchase
from metrics.compared import compared
from metrics.evidence import Mark, compare, evidence
from metrics.registry import MEASURES
from tests.metrics.cases import DAY, ago, day, invoice, paid, term, told, touch, use
from tests.metrics.test_evidence import behind, everyone

pytestmark = pytest.mark.django_db
__all__ = ["everyone"]


def purchase(days, name):
    return "purchases", {"id": name, "product": "Lamp", "purchased_on": day(days), "amount": 10, "currency": "EUR"}


def told_of(changes):
    return [(each.mark, each.row.key, each.before, each.now) for each in changes]


def in_order(changes, measure):
    """Place and mark, then the newest."""
    parts, marks = list(measure.parts), list(Mark)
    return [(parts.index(each.row.parts[0]), marks.index(each.mark), -each.row.day.toordinal()) for each in changes]


def same_records(measure, before, now):
    plainly, found = compare(before or now, now), compared(before, now)
    assert found.counts == Counter(each.mark for each in plainly)
    assert sorted(told_of(found.changes), key=str) == sorted(told_of(plainly), key=str)
    assert in_order(found.changes, measure) == in_order(plainly, measure)
    return found


def test_the_same_as_comparing_all_records(everyone):
    as_of, values = everyone
    marks = Counter()
    for key, measure in MEASURES.items():
        account = max(as_of.accounts, key=lambda each: (values[each][key] is not None, values[each][key] or 0))
        now, then = (evidence(measure, replace(as_of, accounts=(account,), day=on)) for on in (DAY, day(30)))
        marks += same_records(measure, then, now).counts
        assert {*same_records(measure, None, now).counts} <= {Mark.SAME}, key
    assert {*marks} == {*Mark}


def test_pages_give_every_record_once_and_load_no_others(acme):
    told(acme, {"a": [term(), *(purchase(n, f"p{n}") for n in range(45))]})
    then, now = (behind(acme, "a", "commercial.purchases_365d", on) for on in (day(20), DAY))
    whole = compared(then, now)
    assert whole.counts == {Mark.ENTERED: 20, Mark.SAME: 25}
    with CaptureQueriesContext(connection) as queries:
        pages = [compared(then, now, first=first, limit=10) for first in range(0, 50, 10)]
    assert [len(page.changes) for page in pages] == [10, 10, 10, 10, 5]
    assert told_of([each for page in pages for each in page.changes]) == told_of(whole.changes)
    assert {page.counts == whole.counts for page in pages} == {True}
    assert len(queries) == 5 * 3
    moved = compared(then, now, [Mark.ENTERED], 15, 10)
    assert told_of(moved.changes) == told_of(whole.changes[15:20])


def test_only_the_account_that_is_asked_for_is_counted(acme):
    told(acme, {name: [term(), *(purchase(n, f"{name}{n}") for n in range(1, 4))] for name in ("a", "b")})
    now = behind(acme, "a", "commercial.purchases_365d")
    assert {each.row.key[-1] for each in compared(None, now).changes} == {"a1", "a2", "a3"}


def test_numbers_that_count_nothing_on_one_of_the_days(acme):
    told(acme, {"a": [term(), invoice("i", 40), paid("i", 35), invoice("j", 10), use(40, "ann"), use(1, "ann")]})
    for key in ("commercial.days_past_due", "usage.usage_volume"):
        then, now = (behind(acme, "a", key, on) for on in (day(30), DAY))
        same_records(MEASURES[key], then, now)
        same_records(MEASURES[key], now, then)


def test_a_page_where_nothing_was_on_one_of_the_days(acme):
    told(acme, {"a": [term(), touch(5)]})
    then, now = (behind(acme, "a", "engagement.days_since_touch", on) for on in (day(30), DAY))
    entered, left = (compared(*sides, limit=10).changes for sides in ((then, now), (now, then)))
    assert [(each.mark, each.before) for each in entered] == [(Mark.ENTERED, None)]
    assert [(each.mark, each.now) for each in left] == [(Mark.LEFT, None)]


def test_a_record_taken_back_between_the_statements_is_left_out(acme):
    told(acme, {"a": [term(), *(purchase(n, f"p{n}") for n in (1, 2))]})
    now = behind(acme, "a", "commercial.purchases_365d")

    def taken_back(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if "MATERIALIZED" in sql:
            Purchase.objects.of(acme).filter(external_id="p1").update(retracted_at=ago(0))
        return found

    with connection.execute_wrapper(taken_back):
        page = compared(None, now, limit=10)
    assert [each.row.key[-1] for each in page.changes] == ["p2"]
