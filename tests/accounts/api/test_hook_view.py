"""The address of a source: who may send, what is answered, what is remembered; each message once."""

from __future__ import annotations

import pytest

from accounts.models import Account, Subscription
from tests.accounts.api.hooked import Posting, counts, posting
from tests.accounts.dialects import stripe_events as stripe
from tests.cast import NOW, Cast, account


@pytest.fixture
def one(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Account:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW)
    return account(cast.acme, "one", domain="one.example")


@pytest.fixture
def sender(one: Account) -> Posting:
    return posting(one.workspace, "stripe")


def test_smoke(sender: Posting, one: Account) -> None:
    told = sender.told(
        stripe.event("evt_1", "customer.created", "2025-06-01", stripe.customer()),
        stripe.event("evt_2", "customer.subscription.created", "2025-06-01", stripe.subscription()),
        stripe.event("evt_3", "invoice.finalized", "2025-06-01T01:00", stripe.invoice()),
        stripe.event("evt_4", "invoice.paid", "2025-06-03T09:00", stripe.paid()),
        stripe.event("evt_4", "invoice.paid", "2025-06-03T09:00", stripe.paid()),
        stripe.event("evt_5", "payout.paid", "2025-06-03T09:00", {"id": "po_1", "object": "payout"}),
    )
    assert told == [counts(1), counts(1), counts(1), counts(1), counts(known=1), counts(left_out=1)]
    term = Subscription.objects.of(one.workspace).get()
    assert (term.account_id, term.mrr, term.seats, term.product) == (one.pk, 100, 5, "Pro")
    assert (str(term.starts_on), term.ends_on, term.auto_renew) == ("2025-06-01", None, True)
