"""A table of every measure: none, one, zero, a fact that comes late, a fact that is taken back, worked out by hand.

What goes further (windows, ties, currencies, young accounts) is beside it, file by file. A measure without its row
fails.
"""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

import pytest

from accounts.kinds import KINDS
from accounts.models import Account, Event, Stage
from accounts.retraction import retract, take_back
from metrics.registry import MEASURES
from tests.cast import account, source_of, tell
from tests.metrics.cases import (
    ago,
    answer,
    complaint,
    day,
    figure,
    identity,
    invoice,
    paid,
    readings,
    said,
    sign,
    term,
    ticket,
    touch,
    use,
)

pytestmark = pytest.mark.django_db

PAYS = [term()]
TRIES = [term(amount=0, is_trial=True)]
GREW = [term(starts=900, ends=40), term(starts=40, amount=150)]
LATER = day(-3)


class Row(NamedTuple):
    """`none` is read without facts, `value` with `facts`, `zero` with `other` facts, which come to nothing."""

    facts: list
    value: float
    none: float | None
    other: list
    zero: float | None
    base: list = PAYS


def purchase(days, amount):
    return "purchases", {"id": identity("purchase"), "purchased_on": day(days), "amount": amount}


def deal(state="open", closed=None):
    item = {"id": identity("deal"), "opened_on": day(30), "amount": 240, "kind": "expansion", "state": state}
    return "deals", item | {"closed_on": closed}


def goal(value):
    item = {"id": identity("goal"), "name": "Goal", "started_on": day(50), "due_on": day(-50), "baseline": 0}
    return "goals", item | {"target": 100, "value": value}


def churn(notice):
    return "churns", {"id": identity("churn"), "notice_on": day(notice), "churned_on": day(-30)}


def champion(left=None):
    item = {"id": identity("contact"), "part": "champion", "since_on": day(100)}
    return "contacts", item | {"left_on": left, "known_at": ago(5)}


def pulse(days):
    return "pulses", {"id": identity("pulse"), "given_at": ago(days), "value": 4}


def mails(name):
    return [sign(5, "email_delivered", count=4), sign(4, name)]


def settled(*bills):
    """Invoices, each due and paid so many days ago."""
    ids = [identity("invoice") for _ in bills]
    due = [invoice(id, each[0]) for id, each in zip(ids, bills, strict=True)]
    return due + [paid(id, each[1]) for id, each in zip(ids, bills, strict=True)]


DELIVERED = [sign(5, "email_delivered")]
TABLE = {
    # 2 people of 10 seats.
    "usage.active_seats": Row([use(1, "ann"), use(2, "bea")], 0.2, None, [use(28, "ann")], None),
    # One of the two of 100 days ago.
    "usage.active_of_peak": Row([use(1, "a"), use(100, "a"), use(101, "b")], 0.5, None, [use(100, "a")], 0),
    "usage.usage_frequency": Row([use(1), use(1), use(3)], 2, 0, [use(28)], 0),
    # 8 events, 10 seats.
    "usage.usage_volume": Row([use(1, count=7), use(2)], 0.8, 0, [use(28)], 0),
    "usage.usage_trend": Row(
        [use(30, count=20), use(1, count=25)], 0.25, None, [use(30, count=20), use(1, count=20)], 0
    ),
    "usage.feature_breadth": Row([use(1, feature="a"), use(2, feature="b")], 1, 0, [use(28, feature="a")], 0),
    # One of the two that were released 30 days ago.
    "usage.new_features": Row([use(1, feature="a")], 0.5, 0, [use(90, feature="a")], 0),
    # 15 minutes, 2 days of somebody.
    "usage.time_in_app": Row(
        [use(1, "ann", seconds=600), use(2, "bea", seconds=300)], 7.5, None, [use(1, "ann", seconds=0)], None
    ),
    "usage.days_since_last_use": Row([use(3), use(9)], 3, None, [use(0)], 0),
    # 40 % reached when 50 % of the time is over.
    "value.goal_attainment": Row([goal(40)], 0.8, None, [goal(0)], 0),
    "value.return_on_cost": Row(
        [figure(10, "return", 300), figure(20, "cost", 100)],
        3,
        None,
        [figure(10, "return", 0), figure(20, "cost", 100)],
        0,
    ),
    "value.client_growth": Row(
        [figure(10, "headcount", 120), figure(400, "headcount", 100)],
        0.2,
        None,
        [figure(10, "headcount", 7), figure(400, "headcount", 7)],
        0,
    ),
    "value.onboarding_progress": Row(
        [sign(1, "onboarding_step", feature="a"), sign(2, "onboarding_step", feature="b")],
        1,
        0,
        [sign(365, "onboarding_step", feature="a")],
        0,
    ),
    "commercial.spend_trend": Row(GREW, 0.5, None, [term()], 0, TRIES),
    "commercial.spend_since_start": Row(GREW, 0.5, None, [term()], 0, TRIES),
    "commercial.purchases_365d": Row([purchase(5, 250), purchase(364, 50)], 300, 0, [purchase(365, 50)], 0),
    "commercial.purchase_frequency": Row([purchase(5, 1), purchase(5, 1), purchase(6, 1)], 2, 0, [purchase(365, 1)], 0),
    "commercial.days_since_purchase": Row([purchase(5, 1), purchase(6, 1)], 5, None, [purchase(0, 1)], 0),
    "commercial.days_past_due": Row([invoice("due", 20)], 20, None, settled((20, 1)), 0),
    # 4 days late now, on time in the year before.
    "commercial.payment_drift": Row(
        settled((10, 6), (20, 16), (200, 200), (210, 210)),
        4,
        None,
        settled((10, 10), (20, 20), (200, 200), (210, 210)),
        0,
    ),
    "commercial.payment_timing": Row(settled((20, 24), (30, 32)), -3, None, settled((20, 20)), 0),
    "commercial.late_payment_share": Row([invoice("late", 20), *settled((30, 30))], 0.5, None, settled((30, 30)), 0),
    "commercial.reminders_needed": Row(
        [sign(5, "payment_reminder", count=2)], 2, 0, [sign(180, "payment_reminder")], 0
    ),
    "commercial.renewed_365d": Row(
        [term(starts=500, ends=100), term(starts=100)], 1, None, [term(starts=500, ends=100)], 0, TRIES
    ),
    # 240 of 12 times 100.
    "commercial.open_expansion": Row([deal()], 0.2, 0, [deal("won", day(1))], 0),
    "commercial.notice_given": Row([churn(5)], 1, 0, [churn(-1)], 0),
    "support.support_csat": Row([answer(5, 4), answer(9, 3)], 0.625, None, [answer(5, 1)], 0),
    "support.open_severe": Row(
        [ticket(3, "high"), ticket(9, "urgent")], 2, 0, [ticket(3, "high", solved_at=ago(2))], 0
    ),
    # 2 tickets for 10 seats.
    "support.ticket_rate": Row([ticket(3), ticket(5)], 2, 0, [ticket(28)], 0),
    "support.first_response": Row(
        [ticket(3, replied_at=ago(3) + timedelta(hours=2))], 2, None, [ticket(3, replied_at=ago(3))], 0
    ),
    "support.training": Row([touch(5, "training")], 1, 0, [touch(5, "training", attendees=0)], 0),
    "complaints.unresolved_complaints": Row([complaint(20), complaint(200)], 2, 0, [complaint(20, resolved=3)], 0),
    "complaints.complaints": Row([complaint(20, resolved=3)], 1, 0, [complaint(90)], 0),
    "complaints.oldest_open_complaint": Row([complaint(20), complaint(9)], 20, 0, [complaint(0)], 0),
    "sentiment.recommendation": Row(
        [answer(5, 8, "nps", person="ann"), answer(9, 6, "nps", person="bea")], 7, None, [answer(5, 0, "nps")], 0
    ),
    "sentiment.csm_pulse": Row([pulse(5)], 4, None, [pulse(60)], None),
    "sentiment.survey_score": Row(
        [answer(5, 4, "relationship", "")], 0.75, None, [answer(5, 1, "relationship", "")], 0
    ),
    "sentiment.product_feedback": Row([said(5, "praise")], 1 / 3, None, [said(5, "praise"), said(6, "problem")], 0),
    "engagement.days_since_touch": Row([touch(4), touch(9)], 4, None, [touch(0)], 0),
    "engagement.inbound_contacts": Row(
        [touch(3, "email", "inbound"), touch(4, "call", "inbound")], 2, 0, [touch(30, "email", "inbound")], 0
    ),
    "engagement.email_opens": Row(mails("email_opened"), 0.25, None, DELIVERED, 0),
    "engagement.email_clicks": Row(mails("email_clicked"), 0.25, None, DELIVERED, 0),
    "engagement.email_deleted": Row(mails("email_deleted"), 0.25, None, DELIVERED, 0),
    "engagement.champion_left": Row([champion(day(5))], 1, 0, [champion()], 0),
    "advocacy.referrals": Row([said(5, "referral"), said(6, "referral")], 2, 0, [said(365, "referral")], 0),
    "advocacy.future_talk": Row([said(5, "future_talk")], 1, 0, [said(180, "future_talk")], 0),
    "advocacy.advocacy": Row([said(5, "review"), said(6, "case_study")], 2, 0, [said(365, "review")], 0),
    "advocacy.social_interactions": Row([sign(5, "social_mention", count=3)], 3, 0, [sign(90, "social_mention")], 0),
    # (2 − 0) ÷ (2 + 2).
    "advocacy.social_sentiment": Row(
        [sign(5, "social_mention", feature="positive", count=2)],
        0.5,
        None,
        [sign(5, "social_mention", feature="positive"), sign(6, "social_reply", feature="negative")],
        0,
    ),
}


def test_every_measure_has_its_row():
    assert TABLE.keys() == MEASURES.keys()


@pytest.mark.parametrize("key", TABLE)
def test_none_one_zero_late_and_history(acme, key):
    """Late: heard two days after DAY. Taken back: believed on DAY, no longer two days after it."""
    row = TABLE[key]
    for feature in "ab":
        tell(acme, "releases", {"feature": feature, "released_on": day(30)})
    first = Stage.objects.of(acme).order_by("position").first()
    heard = {"known_at": ago(-2)}
    for name, facts, more in [
        ("none", [], {}),
        ("one", row.facts, {}),
        ("zero", row.other, {}),
        ("late", row.facts, heard),
        ("taken back", row.facts, {}),
    ]:
        account(acme, name, started_on=str(day(900)), stage=first.name)
        _tell(acme, name, row.base, {})
        _tell(acme, name, facts, more)
    _take_back(acme, "taken back", row.facts)
    expected = {"none": row.none, "one": row.value, "zero": row.zero, "late": row.none, "taken back": row.value}
    assert readings(acme, key) == {name: pytest.approx(value) for name, value in expected.items()}
    expected |= {"late": row.value, "taken back": row.none}
    found = readings(acme, key, known=LATER)
    assert found == {name: pytest.approx(value) for name, value in expected.items()}
    assert found["one"] != found["none"]


def _tell(workspace, name, facts, more):
    """Facts under ids of the account's own."""
    for kind, item in facts:
        own = {field: f"{name} {item[field]}" for field in ("id", "invoice") if field in item}
        if kind == "events":
            own["message_id"] = identity(name)
        tell(workspace, kind, {"account": name, **item, **own, **more})


def _take_back(workspace, name, facts):
    mine = Account.objects.of(workspace).get(external_id=name)
    ids = {f"{name} {item['id']}" for kind, item in facts if kind != "events"}
    for model in {KINDS[kind].model for kind, _ in facts if kind != "events"}:
        for fact in model.objects.of(workspace).filter(account=mine, external_id__in=ids):
            take_back(fact, ago(-2))
    if any(kind == "events" for kind, _ in facts):
        messages = Event.objects.of(workspace).filter(account=mine).values_list("message_id", flat=True)
        retract(workspace, source_of(workspace), list(messages), ago(-2))
