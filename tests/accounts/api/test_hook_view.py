"""The address of a source: who may send, what is answered, what is remembered; each message once, in any order."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.api import hook_view
from accounts.connecting import connect
from accounts.linking import Belongs, take
from accounts.models import (
    Account,
    Heard,
    Hook,
    Invoice,
    Link,
    Payment,
    Refused,
    Source,
    Subscription,
    SurveyResponse,
    Ticket,
    TicketEvent,
    Touch,
    Waiting,
)  # fmt: skip
from tests.accounts.api.hooked import SECRET, Posting, counts, posting
from tests.accounts.dialects import provider_events as events
from tests.accounts.dialects import stripe_events as stripe
from tests.cast import NOW, Cast, account, tell

CREATED = stripe.event("evt_1", "customer.subscription.created", "2025-06-01", stripe.subscription())
MORE = stripe.event("evt_2", "customer.subscription.updated", "2025-06-10", stripe.subscription(stripe.item(8)))
LAST = stripe.subscription(stripe.item(8), cancel_at_period_end=True)
ENDING = stripe.event("evt_3", "customer.subscription.updated", "2025-06-20", LAST)
CUSTOMER = stripe.event("evt_0", "customer.created", "2025-06-01", stripe.customer())
FINALIZED = stripe.event("evt_4", "invoice.finalized", "2025-06-01T01:00", stripe.invoice())
PAID = stripe.event("evt_5", "invoice.paid", "2025-06-03T09:00", stripe.paid())
VOID = stripe.event("evt_6", "invoice.voided", "2025-06-04", stripe.invoice(status="void"))
PAYOUT = stripe.event("evt_7", "payout.paid", "2025-06-03", {"id": "po_1", "object": "payout"})
TIERS = stripe.event("evt_8", "customer.subscription.created", "2025-06-01", stripe.subscription(stripe.item(1, None)))


@pytest.fixture
def one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return account(cast.acme, "one", name="One Ltd", domain="one.example")


@pytest.fixture
def sender(one: Account) -> Posting:
    return posting(one.workspace, "stripe")


def refused(one: Account) -> list[tuple[Any, ...]]:
    return list(Refused.objects.of(one.workspace).bad().order_by("pk").values_list("kind", "field", "value"))


def terms(one: Account) -> list[tuple[Any, ...]]:
    rows = Subscription.objects.of(one.workspace).current().order_by("starts_on", "external_id")
    return [(str(r.starts_on), r.ends_on and str(r.ends_on), r.seats, r.auto_renew) for r in rows]


# -- who may send


def test_an_address_that_is_none_is_not_there(sender: Posting, one: Account) -> None:
    for path in ("/hooks/nothing", sender.hook.path[:-1], sender.hook.path + "x", "/hooks/" + "a" * 200, "/hooks/%00"):
        assert Client().post(path, b"{}", "application/json").status_code == 404
    assert refused(one) == []


def test_a_wrong_signature_is_refused_and_remembered_once_a_minute_without_the_body(
    sender: Posting, one: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = json.dumps(CUSTOMER).encode()
    for headers in ({}, {"Stripe-Signature": "t=1,v1=2"}, {"Stripe-Signature": "é"}):
        answer = Client().post(sender.hook.path, body, "application/json", headers=headers)
        assert (answer.status_code, answer.json()["error"]["field"]) == (401, "Stripe-Signature")
    assert Posting(sender.hook, "another-secret").post(CUSTOMER).status_code == 401
    assert refused(one) == [("stripe", "Stripe-Signature", "")]
    assert not Heard.objects.of(one.workspace).exists()
    assert Source.objects.of(one.workspace).get(pk=sender.hook.source_id).last_seen_at is None
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW + timedelta(minutes=2))
    assert sender.post(CUSTOMER).status_code == 200
    assert Posting(sender.hook, "another-secret").post(CUSTOMER).status_code == 401
    assert len(refused(one)) == 2


def test_what_is_late_is_refused_and_what_is_sent_again_is_known(sender: Posting, one: Account) -> None:
    assert sender.post(PAID, at=NOW - timedelta(minutes=6)).status_code == 401
    assert sender.post(PAID, at=NOW + timedelta(minutes=6)).status_code == 401
    assert sender.post(PAID, at=NOW - timedelta(minutes=4)).json() == counts(1)
    assert sender.told(PAID, PAID) == [counts(known=1)] * 2
    assert Payment.objects.of(one.workspace).count() == 1


@pytest.mark.parametrize(
    ("kind", "document"),
    [
        ("zendesk", events.zendesk("z1", "created", "2025-06-02T09:00:00Z")),
        ("typeform", events.typeform({"nps": 9}, account="one")),
        ("delighted", events.delighted()),
    ],
)
def test_each_provider_signs_and_is_replayed(one: Account, kind: str, document: dict[str, Any]) -> None:
    sender = posting(one.workspace, kind)
    assert sender.told(document, document) == [counts(1), counts(known=1)]
    assert Posting(sender.hook, "another-secret").post(document).status_code == 401
    other = Client().post(sender.hook.path, b"{}", "application/json", headers={"Stripe-Signature": "t=1,v1=1"})
    assert other.status_code == 401
    assert len(refused(one)) == 1


def test_a_hook_writes_into_its_own_workspace_alone(sender: Posting, one: Account, cast: Cast) -> None:
    account(cast.evil, "one", domain="one.example")
    theirs = posting(cast.evil, "stripe")
    assert sender.told(CREATED, CUSTOMER) == [counts(1)] * 2
    assert not Subscription.objects.of(cast.evil).exists()
    assert theirs.told(CREATED) == [counts(1)]
    assert Waiting.objects.of(cast.evil).count() == 1
    assert len(terms(one)) == 1


# -- what is no message


def test_other_methods_and_bodies(sender: Posting, one: Account, settings: Any) -> None:
    for method in ("get", "put", "patch", "delete", "options"):
        assert getattr(Client(), method)(sender.hook.path).status_code == 405
    assert sender.post(b"{").status_code == 400
    assert sender.post(b"").status_code == 400
    assert sender.post(b'{"a": "\\u0000"}').status_code == 400
    assert sender.post(b"[" * 50 + b"]" * 50).status_code == 400
    assert sender.post(PAID, content_type="text/plain").status_code == 415
    assert sender.post(PAID, **{"Content-Encoding": "br"}).status_code == 415
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    assert sender.post(PAID).status_code == 413
    assert refused(one) == []


def test_what_is_packed_is_signed_as_it_was_sent(sender: Posting) -> None:
    packed = gzip.compress(json.dumps(PAYOUT).encode())
    assert sender.post(packed, **{"Content-Encoding": "gzip"}).json() == counts(left_out=1)


def test_without_the_database_the_provider_is_asked_to_send_again(
    sender: Posting, one: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(hook_view, "take", away)
    answer = sender.post(PAID)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")


@pytest.mark.parametrize("accept", ["text/html", "image/png", "nonsense", ""])
def test_a_hook_answers_json_whatever_a_sender_accepts(sender: Posting, accept: str) -> None:
    response = sender.post(PAYOUT, Accept=accept)
    assert (response.status_code, response.json()) == (200, counts(left_out=1))
    assert Client().post(sender.hook.path, {}, "application/json", headers={"Accept": accept}).json()["error"]


# -- what becomes of it


def test_what_is_of_no_use_is_left_out_and_counted(sender: Posting, one: Account) -> None:
    assert sender.told(PAYOUT, PAYOUT) == [counts(left_out=1)] * 2
    assert Hook.objects.of(one.workspace).get().left_out == 2
    assert refused(one) == []
    assert Source.objects.of(one.workspace).get(pk=sender.hook.source_id).last_seen_at == NOW


def test_what_is_wrong_is_answered_with_200_and_remembered(sender: Posting, one: Account) -> None:
    [told] = sender.told(TIERS)
    assert (told["accepted"], told["refused"][0]["field"], told["refused"][0]["value"]) == (0, "unit_amount", "price_1")
    odd = stripe.event("evt_9", "invoice.paid", "2025-06-03", stripe.paid(currency="zzz"))
    [told] = sender.told(odd)
    assert told["refused"][0]["field"] == "currency"
    assert refused(one) == [("stripe", "unit_amount", "price_1"), ("invoices", "currency", "ZZZ")]
    assert not Heard.objects.of(one.workspace).exists(), "what was refused may be sent again"


def test_a_credit_note_that_is_void_gives_nothing_back(sender: Posting, one: Account) -> None:
    note = {"id": "cn_1", "object": "credit_note", "customer": "cus_1", "invoice": "in_1", "currency": "eur"}
    note |= {"status": "issued", "amount": 2000, "post_payment_amount": 2000, "created": stripe.at("2025-06-05")}
    issued = stripe.event("evt_12", "credit_note.created", "2025-06-05", note)
    assert sender.told(CUSTOMER, PAID, issued) == [counts(1)] * 3
    back = Payment.objects.of(one.workspace).current().filter(kind__in=["credit", "refund"])
    assert [each.amount for each in back] == [20, 20]
    voided = stripe.event("evt_13", "credit_note.voided", "2025-06-06", note | {"status": "void"})
    assert sender.told(voided) == [counts(1)]
    assert [each.amount for each in back.all()] == [0, 0]


def test_what_belongs_to_nobody_links_nobody(sender: Posting, one: Account) -> None:
    """Else all that names no customer would be that of the account which the first such names."""
    nobody = stripe.event("evt_10", "invoice.updated", "2025-06-03", stripe.invoice(customer=None))
    named = stripe.invoice(customer=None, metadata={"account": "one"})
    told = sender.told(nobody, stripe.event("evt_11", "invoice.updated", "2025-06-03", named))
    assert [each["refused"][0]["field"] for each in told] == ["id", "id"]
    assert not Link.objects.of(one.workspace).exists()
    assert not Waiting.objects.of(one.workspace).exists()


def test_a_subscription_with_its_invoices(sender: Posting, one: Account) -> None:
    assert sender.told(CUSTOMER, CREATED, MORE, FINALIZED, PAID) == [counts(1)] * 5
    assert terms(one) == [("2025-06-01", "2025-06-10", 5, True), ("2025-06-10", None, 8, True)]
    term = Subscription.objects.of(one.workspace).current().earliest("pk")
    assert (term.account_id, term.mrr, term.product, term.currency) == (one.pk, 100, "Pro", "EUR")
    bill = Invoice.objects.of(one.workspace).current().get()
    assert (bill.external_id, bill.amount, str(bill.issued_on), str(bill.due_on)) == (
        "in_1", 100, "2025-06-01", "2025-06-15",
    )  # fmt: skip
    money = Payment.objects.of(one.workspace).get()
    assert (money.invoice, money.amount, str(money.paid_on), money.kind) == ("in_1", 100, "2025-06-03", "payment")
    assert money.known_at == NOW


def test_the_order_in_which_states_come_changes_nothing(sender: Posting, one: Account) -> None:
    sender.told(CUSTOMER)
    expected = [("2025-06-01", "2025-06-10", 5, True), ("2025-06-10", "2025-07-01", 8, False)]
    for order in permutations((CREATED, MORE, ENDING)):
        with transaction.atomic():
            assert sender.told(*order) == [counts(1)] * 3
            assert [each for each in terms(one) if each[0] != each[1]] == expected
            assert sender.told(*order) == [counts(known=1)] * 3
            transaction.set_rollback(True)


def test_an_older_state_overwrites_nothing(sender: Posting, one: Account) -> None:
    assert sender.told(CUSTOMER, VOID, FINALIZED, PAID) == [counts(1), counts(1), counts(known=1), counts(known=1)]
    assert Invoice.objects.of(one.workspace).current().get().is_void
    assert not Payment.objects.of(one.workspace).exists()
    newer = stripe.customer(metadata={"account": "one"}, email=None)
    moved = stripe.event("evt_20", "customer.updated", "2025-06-09", newer)
    account(one.workspace, "two")
    older = stripe.customer(metadata={"account": "two"})
    late = stripe.event("evt_21", "customer.updated", "2025-06-08", older)
    sender.told(moved, late)
    assert Link.objects.of(one.workspace).get(name="stripe:cus_1").account_id == one.pk
    newest = stripe.event("evt_23", "customer.updated", "2025-06-10", stripe.customer(metadata={"account": "two"}))
    sender.told(newest)
    assert Link.objects.of(one.workspace).select_related("account").get().account.external_id == "two"


def test_facts_wait_for_their_account_and_are_corrected_meanwhile(sender: Posting, one: Account) -> None:
    Account.objects.of(one.workspace).filter(pk=one.pk).update(domain="")
    assert sender.told(MORE, CREATED, FINALIZED, PAID, CUSTOMER) == [*[counts(1)] * 4, counts(left_out=1)]
    assert (terms(one), Invoice.objects.of(one.workspace).count()) == ([], 0)
    linked = stripe.event("evt_30", "customer.updated", "2025-06-29", stripe.customer(metadata={"account": "one"}))
    assert sender.told(linked) == [counts(1)]
    assert terms(one) == [("2025-06-01", "2025-06-10", 5, True), ("2025-06-10", None, 8, True)]
    assert Payment.objects.of(one.workspace).get().account_id == one.pk
    assert not Waiting.objects.of(one.workspace).exists()


def test_a_state_that_waits_is_gone_where_an_earlier_one_begins_its_term(sender: Posting, one: Account) -> None:
    """Stripe's first two events of a subscription come in any order."""
    Account.objects.of(one.workspace).filter(pk=one.pk).update(domain="")
    again = stripe.event("evt_31", "customer.subscription.updated", "2025-06-02", stripe.subscription())
    sender.told(again, CREATED)
    take(sender.hook.source, [[Belongs("stripe:cus_1", "one")]], NOW, creates_accounts=False)
    in_force = [each for each in terms(one) if each[0] != each[1]]
    assert in_force == [("2025-06-01", None, 5, True)]


def test_an_account_that_does_not_exist_is_made_or_refused_as_the_hook_says(one: Account) -> None:
    named = stripe.event("evt_40", "customer.created", "2025-06-01", stripe.customer(metadata={"account": "new"}))
    [told] = posting(one.workspace, "stripe").told(named)
    assert told["refused"][0] == {
        "index": 0, "field": "account", "value": "new", "reason": "no account has external id “new”",
    }  # fmt: skip
    hook, _secret = connect(one.workspace, "Other", "stripe", NOW, secret=SECRET, creates_accounts=True)
    assert Posting(hook).told(named) == [counts(1)]
    assert Account.objects.of(one.workspace).filter(external_id="new").exists()


def test_a_contact_with_the_address_counts_before_the_domain(sender: Posting, one: Account) -> None:
    two = account(one.workspace, "two")
    tell(one.workspace, "contacts", {"id": "bill", "account": "two", "email": "Billing@One.example"})
    sender.told(CREATED, CUSTOMER)
    assert Subscription.objects.of(one.workspace).get().account_id == two.pk


def test_so_many_queries_whatever_was_told_before(sender: Posting, one: Account) -> None:
    sender.told(CUSTOMER, CREATED, MORE)

    def count(number: int) -> int:
        seats = stripe.subscription(stripe.item(10 + number))
        document = stripe.event(f"evt_5{number}", "customer.subscription.updated", f"2025-06-1{number}", seats)
        with CaptureQueriesContext(connection) as queries:
            assert sender.told(document) == [counts(1)]
        return len(queries)

    assert count(1) == count(2) == count(3) < 60


def test_a_ticket_with_what_happened_to_it_in_any_order(one: Account) -> None:
    sender = posting(one.workspace, "zendesk")
    at = "2025-06-0{}T09:00:00Z".format
    told = (
        events.zendesk("z1", "created", at(2)),
        events.zendesk("z2", "comment_added", at(3), events.comment("Hello", staff=True)),
        events.zendesk("z3", "status_changed", at(4), events.status("OPEN", "SOLVED"), priority="HIGH"),
    )
    for order in permutations(told):
        with transaction.atomic():
            account(one.workspace, "z", name="unrelated")
            sender.told(events.organization("o1", "one"), *order, *order)
            row = Ticket.objects.of(one.workspace).current().get()
            assert (row.account_id, row.priority, row.subject) == (one.pk, "high", "Export fails")
            happened = TicketEvent.objects.of(one.workspace).current().order_by("occurred_at")
            assert list(happened.values_list("kind", flat=True)) == ["opened", "replied", "solved"]
            touch = Touch.objects.of(one.workspace).current().get()
            assert (touch.direction, touch.outcome, touch.account_id) == ("outbound", "Hello", one.pk)
            transaction.set_rollback(True)


def test_tickets_wait_for_their_organization(one: Account) -> None:
    sender = posting(one.workspace, "zendesk")
    told = sender.told(
        events.zendesk("z2", "comment_added", "2025-06-03T09:00:00Z", events.comment("Help")),
        events.zendesk("z3", "priority_changed", "2025-06-05T09:00:00Z", priority="HIGH"),
        events.zendesk("z4", "status_changed", "2025-06-04T09:00:00Z", events.status("OPEN", "SOLVED")),
        events.zendesk("z1", "created", "2025-06-02T09:00:00Z"),
    )
    assert told == [*[counts(1)] * 3, counts(known=1)]
    assert not Ticket.objects.of(one.workspace).exists()
    sender.told(events.organization("o1", None, "one LTD"))
    ticket = Ticket.objects.of(one.workspace).get()
    assert (ticket.account_id, ticket.priority, ticket.subject) == (one.pk, "high", "Export fails")
    assert Touch.objects.of(one.workspace).get().direction == "inbound"
    assert set(TicketEvent.objects.of(one.workspace).values_list("kind", flat=True)) == {"opened", "solved"}


def test_answers_to_surveys(one: Account) -> None:
    delighted, typeform = posting(one.workspace, "delighted"), posting(one.workspace, "typeform")
    later = events.delighted("b8d1", "survey_response.updated", 7, comment="Great")
    assert delighted.told(later, events.delighted()) == [counts(1), counts(known=1)]
    assert typeform.told(events.typeform({"nps": 3, "long": "Slow"}, email="ann@one.example")) == [counts(1)]
    rows = SurveyResponse.objects.of(one.workspace).current().order_by("external_id")
    assert [(row.account_id, row.score, row.comment, row.person) for row in rows] == [
        (one.pk, 9, "Great", "ann@one.example"),
        (one.pk, 3, "Slow", "ann@one.example"),
    ]
