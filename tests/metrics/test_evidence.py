"""The records behind a value: they give it again, they stay as they were known, and their changes are told."""

from __future__ import annotations

from dataclasses import replace
from math import isclose

import pytest

from accounts.models import Account
from accounts.retraction import retract
from metrics.evidence import Mark, compare, evidence, freshness
from metrics.nightly import rollups
from metrics.nightly.readings import feature_list
from metrics.registry import MEASURES, AsOf
from tests.cast import source_of, tell
from tests.kept import kept
from tests.metrics import crowd
from tests.metrics.cases import (
    DAY,
    ago,
    answer,
    complaint,
    correct,
    day,
    invoice,
    paid,
    read_all,
    sign,
    term,
    ticket,
    told,
    touch,
    use,
    whom,
)
from tests.metrics.recount import recount

pytestmark = pytest.mark.django_db


def same(value, expected):
    if None in (value, expected):
        return value is expected
    return isclose(value, expected, rel_tol=1e-12, abs_tol=1e-12)


def asked(workspace, name, on=DAY, known=None):
    """The question about one account."""
    rollups.refill_all(workspace)
    account = Account.objects.of(workspace).get(external_id=name)
    known = known or on
    return AsOf(workspace, on, known, (account.pk,), tuple(feature_list(workspace, on, known)))


def behind(workspace, name, key, on=DAY, known=None):
    return evidence(MEASURES[key], asked(workspace, name, on, known))


@kept
def everyone(acme):
    """A workspace in which all happens, and its accounts' values."""
    crowd.fill(acme, crowd.make(16, seed=16))
    for account in Account.objects.of(acme):
        champion = {"id": f"champion of {account}", "part": "champion", "left_on": day(9)}
        tell(acme, "contacts", {"account": account.external_id, **champion})
    customers, as_of = whom(acme)
    return as_of, dict(zip(as_of.accounts, read_all(acme, list(MEASURES)).values(), strict=True))


def test_the_records_of_every_measure_give_its_value(everyone):
    as_of, values = everyone
    shown = dict.fromkeys(MEASURES, 0)
    for key, measure in MEASURES.items():
        # Some of each sort: those that have a value, and one that has none.
        accounts = sorted(as_of.accounts, key=lambda account: values[account][key] in (None, 0))
        for account in (*accounts[:3], accounts[-1]):
            found = evidence(measure, replace(as_of, accounts=(account,)))
            assert same(found.value, values[account][key]), (key, account)
            assert same(recount(found), values[account][key]), (key, account)
            shown[key] += len(found.rows)
    # To give nothing from nothing would prove little.
    assert not [key for key, count in shown.items() if not count]


KEYS = ("usage.active_seats", "usage.usage_frequency", "support.open_severe", "commercial.days_past_due")


def record_of(evidence):
    return evidence.numbers, [(row.key, row.day, row.parts, row.content) for row in evidence.rows]


def test_what_comes_later_changes_nothing_of_what_was_known(acme):
    seats, problem = term(20), ticket(40, "high", id="t", solved_at=ago(35))
    early = [use(31, "ann", message_id="m1"), use(33, "bob"), seats, problem, invoice("i", 45), paid("i", 32)]
    told(acme, {"a": early})
    then = day(30)
    before = {key: behind(acme, "a", key, then) for key in KEYS}

    tell(acme, "events", {"account": "a", **use(32, "cem")[1]}, at=ago(9))
    retract(acme, source_of(acme), ["m1"], ago(8))
    correct(acme, "a", (seats[0], seats[1] | {"seats": 5}), 7)
    correct(acme, "a", (problem[0], problem[1] | {"reopened_at": ago(34)}), 6)
    tell(acme, "payments", {"account": "a", **paid("i", 31, kind="refund")[1]}, at=ago(5))

    for key in KEYS:
        assert record_of(behind(acme, "a", key, then)) == record_of(before[key]), key
        assert record_of(behind(acme, "a", key, then, known=DAY)) != record_of(before[key]), key


def told_of(changes):
    return [(str(each.mark), each.row.key[-1]) for each in changes]


def test_records_enter_leave_and_change(acme):
    bills = [invoice("2210", 60), paid("2210", 58), invoice("2211", 22), invoice("2212", 10), paid("2212", 9)]
    told(acme, {"a": [term(), *bills, ticket(200)]})
    key = "commercial.late_payment_share"
    then, now = behind(acme, "a", key, day(30)), behind(acme, "a", key)
    assert told_of(compare(then, now)) == [("entered", "2212"), ("entered", "2211"), ("same", "2210")]
    assert (then.value, now.value) == (0, 1 / 3)

    key = "commercial.days_past_due"
    then, now = behind(acme, "a", key, day(15)), behind(acme, "a", key)
    changed, *others = compare(then, now)
    assert (then.value, now.value) == (7, 22)
    assert (changed.mark, changed.row.key[-1]) == (Mark.CHANGED, "2211")
    assert (changed.before.fact.days_late, changed.now.fact.days_late) == (7, 22)
    assert changed.now.parts == ("oldest_unpaid", "invoiced")
    assert told_of(others) == [("changed", "2212"), ("same", "2210")]


def test_use_is_told_by_day_and_name_and_people_by_person(acme):
    heard_later = use(1, "ann", known_at=ago(0))
    told(acme, {"a": [term(), use(1, "ann"), heard_later, use(1, "bob"), use(40, "ann"), use(41, "cem")]})
    then, now = (behind(acme, "a", "usage.usage_volume", on) for on in (day(30), DAY))
    assert [(row.fact.name, row.fact.count) for row in now.rows if "uses" in row.parts] == [("login", 3)]
    assert (now.uses("uses"), now.uses("users")) == ({"login": 3}, {})
    assert sorted((row.fact.person, row.fact.days) for row in now.rows if "users" in row.parts) == [
        ("ann", 1),
        ("bob", 1),
    ]
    people = [each for each in compare(then, now) if "users" in each.row.parts]
    assert [(str(each.mark), each.row.fact.person) for each in people] == [
        ("entered", "bob"), ("left", "cem"), ("changed", "ann"),
    ]  # fmt: skip


def test_of_the_last_of_something_only_that_is_shown(acme):
    told(acme, {"a": [term(), touch(90), touch(20), touch(3), use(9, name="page"), use(50)]})
    assert len(behind(acme, "a", "engagement.days_since_touch").rows) == 1
    [last] = behind(acme, "a", "usage.days_since_last_use").rows
    assert (last.day, last.fact.name) == (day(9), "page")


def test_how_fresh_each_measure_is(acme, django_assert_num_queries):
    mails = [sign(70, "email_delivered"), sign(12, "email_opened")]
    told(acme, {"a": [term(), use(3), answer(34, 4), complaint(200, resolved=100), *mails]})
    keys = [
        *("usage.usage_frequency", "commercial.spend_trend", "support.support_csat"),
        *("complaints.unresolved_complaints", "engagement.email_opens", "sentiment.recommendation"),
    ]
    as_of = asked(acme, "a")
    with django_assert_num_queries(1):
        found = freshness(as_of, keys)
    assert list(found.values()) == [day(3), DAY, day(34), None, day(12), None]
    assert freshness(as_of, []) == {}
    told(acme, {"b": [term(), use(8)]})
    as_of, another = asked(acme, "a"), asked(acme, "b")
    with django_assert_num_queries(2):
        every, other = freshness(as_of, list(MEASURES)), freshness(another, list(MEASURES))
    assert {key: every[key] for key in keys} == found
    assert (every["usage.usage_frequency"], other["usage.usage_frequency"]) == (day(3), day(8))
    assert freshness(asked(acme, "a", day(2)), keys[:1]) == {keys[0]: day(3)}
