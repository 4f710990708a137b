"""One statement per kind of fact, whatever the number of measures and accounts; and what is tracked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from metrics.nightly.readings import _read_facts, feature_list, read, tracked
from metrics.registry import MEASURES, AsOf
from metrics.scorecards import cards
from tests.cast import account, record, tell
from tests.metrics.cases import DAY, ago, answer, complaint, day, invoice, term, ticket, told, use, whom

pytestmark = pytest.mark.django_db


def as_of(workspace, on=DAY, known=None):
    return AsOf(workspace, on, known or on, ())


@pytest.mark.parametrize(
    ("keys", "statements"),
    [
        (["usage.usage_frequency"], 1),
        (["usage.usage_frequency", "usage.usage_trend", "usage.feature_breadth"], 1),
        (["commercial.days_past_due", "commercial.late_payment_share"], 1),
        (["complaints.complaints", "complaints.unresolved_complaints", "complaints.oldest_open_complaint"], 1),
        (["usage.active_seats", "usage.usage_volume", "commercial.spend_trend"], 3),
        (list(MEASURES), 28),
        ([], 0),
    ],
)
def test_measures_over_the_same_facts_share_one_statement(acme, django_assert_num_queries, keys, statements):
    told(acme, {name: [term(), use(1, "ann"), ticket(1), invoice(name, 5)] for name in ("one", "two", "three")})
    customers, question = whom(acme)
    with django_assert_num_queries(statements):
        read(question, keys, np.array([customer.age for customer in customers], dtype=float))


def test_numbers_are_those_that_python_makes_of_the_values(acme):
    """Of days, of moments that fall on the next day in the workspace's zone, of decimals, of counts, of nothing."""
    acme.time_zone = "Pacific/Auckland"
    acme.save()
    facts = [
        term(amount="0.1"),
        complaint(9, given_at=ago(9, hour=22)),
        invoice("i", 40),
        *(answer(9, n, kind="nps") for n in (7, 8, 2)),
    ]
    told(acme, {"one": [*facts, use(1, "ann")], "two": [term()]})
    _, question = whom(acme)
    for part in dict.fromkeys(part for each in MEASURES.values() for part in each.parts.values()):
        [found] = _read_facts(question, part.facts, [part]).values()
        rows = part.facts.rows(question).order_by().values("account_id")
        told_in = dict(
            rows.annotate(value=part.aggregate(part.condition(question) or None)).values_list("account_id", "value")
        )
        numbers = [question.number(told_in.get(account)) for account in question.accounts]
        assert np.array_equal(found, numbers, equal_nan=True), part.facts.name


def test_of_many_accounts_a_range_is_read_and_those_between_are_left_out(acme, monkeypatch):
    monkeypatch.setattr("metrics.registry.MANY", 2)
    told(acme, {name: [term(), *(use(n, name) for n in range(days))] for name, days in (("a", 3), ("b", 7), ("c", 0))})
    _, question = whom(acme)
    some = replace(question, accounts=question.accounts[::2])
    with CaptureQueriesContext(connection) as asked:
        found = read(some, list(MEASURES), np.full(2, 900.0))
    assert sum('account_id" <= ' in query["sql"] for query in asked) > 5
    for n, account_id in enumerate(some.accounts):
        alone = read(replace(question, accounts=(account_id,)), list(MEASURES), np.full(1, 900.0))
        assert {key: value[n] for key, value in found.items()} == pytest.approx(
            {key: value[0] for key, value in alone.items()}, abs=0, nan_ok=True
        )


CATALOGUE = {
    "usage": "active_seats active_of_peak usage_frequency usage_volume usage_trend feature_breadth new_features"
    " time_in_app days_since_last_use",
    "value": "goal_attainment return_on_cost client_growth onboarding_progress",
    "commercial": "spend_trend spend_since_start purchases_365d days_past_due payment_drift payment_timing"
    " late_payment_share reminders_needed renewed_365d open_expansion notice_given"
    " purchase_frequency days_since_purchase",
    "support": "support_csat open_severe ticket_rate first_response training",
    "complaints": "unresolved_complaints complaints oldest_open_complaint",
    "sentiment": "recommendation csm_pulse survey_score product_feedback",
    "engagement": "days_since_touch inbound_contacts email_opens email_clicks email_deleted champion_left",
    "advocacy": "referrals future_talk advocacy social_interactions social_sentiment",
}


def test_the_catalogue_is_whole():
    assert MEASURES.keys() == {f"{group}.{name}" for group, names in CATALOGUE.items() for name in names.split()}


TRACKED_BY = {
    "events": (use(9), {"usage.active_seats", "usage.usage_frequency", "usage.days_since_last_use"}),
    "no use": (use(9, name="email_opened"), set()),
    "subscriptions": (term(starts=9), {"commercial.spend_trend"}),
    "invoices": (invoice("i", -5), {"commercial.days_past_due", "commercial.late_payment_share"}),
    "tickets": (ticket(9), {"support.ticket_rate", "support.open_severe"}),
    "csat": (answer(9, 4), {"support.support_csat"}),
    "nps": (answer(9, 4, kind="nps"), {"sentiment.recommendation"}),
    "ces": (answer(9, 4, kind="ces"), set()),
    "complaints": (complaint(9), {"complaints.complaints", "complaints.unresolved_complaints"}),
    "praise": (("feedback", {"id": "p", "given_at": ago(9), "kind": "praise"}), set()),
    "churns": (("churns", {"id": "c", "notice_on": day(9)}), {"commercial.notice_given"}),
    "contacts": (("contacts", {"id": "c", "since_on": day(9)}), {"engagement.champion_left"}),
}
ASKED = sorted(set().union(*(keys for _, keys in TRACKED_BY.values())))


@pytest.mark.parametrize("name", TRACKED_BY)
def test_a_measure_is_tracked_from_the_first_fact_of_its_kind(acme, evil, name):
    fact, keys = TRACKED_BY[name]
    told(evil, {"elsewhere": [fact]})
    assert tracked(as_of(acme), ASKED) == []
    told(acme, {"one": [fact]})
    whom(acme)
    assert set(tracked(as_of(acme), ASKED)) == keys
    assert tracked(as_of(acme, on=day(10)), ASKED) == []
    assert [key for key in ASKED if key in keys] == tracked(as_of(acme, on=day(9)), ASKED)


def test_tracked_as_known(acme):
    account(acme, "one")
    tell(acme, "tickets", {"account": "one", **ticket(9)[1]}, at=ago(3))
    keys = ["support.open_severe"]
    assert tracked(as_of(acme, on=day(5)), keys) == []
    assert tracked(as_of(acme, on=day(5), known=day(3)), keys) == keys


def test_an_admin_may_say_what_is_tracked(acme):
    acme.tracks = ["tickets"]
    assert tracked(as_of(acme), ASKED) == ["support.open_severe", "support.ticket_rate"]


def test_what_is_tracked_costs_one_question_per_kind_of_fact(acme):
    keys = [key for card in cards(acme) for key in card.measures]
    with CaptureQueriesContext(
        connection,
    ) as found:
        tracked(as_of(acme), keys)
    assert len(found) == len({next(iter(MEASURES[key].parts.values())).facts.name for key in keys})


def test_the_feature_list(acme, evil):
    """Used by at least 5 % of the accounts that used anything in 90 days: here 20 accounts, so one is enough."""
    told(acme, {f"a{n}": [use(1, name="page")] for n in range(19)})
    told(acme, {"b": [use(2, feature="Zoom"), use(3, feature="apple"), use(90, feature="old"), use(0, feature="new")]})
    told(acme, {"c": [use(91, feature="older")]})
    told(evil, {"elsewhere": [use(1, feature="theirs")]})
    record(acme, "events", {"account": "b", **use(5, feature="late")[1]}, at=ago(-1))
    whom(acme)
    assert feature_list(acme, DAY, DAY) == ["Zoom", "apple", "new", "page"]
    assert feature_list(acme, day(1), day(1)) == ["Zoom", "apple", "old", "page"]
    assert feature_list(acme, DAY, day(-1)) == ["Zoom", "apple", "late", "new", "page"]
    told(acme, {"d": [use(1, name="page")]})
    whom(acme)
    assert feature_list(acme, DAY, DAY) == ["page"]
    assert feature_list(acme, day(200), DAY) == []
