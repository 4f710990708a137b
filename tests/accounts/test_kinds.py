"""From an item to a row and back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts import ingest
from accounts.batch import KNOWN, Batch
from accounts.kinds import KINDS
from tests.accounts.items import ANSWER, CHURN, CONTACT, INVOICE, TERM, THEN
from tests.cast import NOW, account, source_of, tell

pytestmark = pytest.mark.django_db

TOUCH = {"id": "t", "account": "one", "happened_at": THEN, "channel": "call", "contact": "ann", "minutes": 20}
PULSE = {"id": "p", "account": "one", "given_at": THEN, "value": 4, "comment": "Fine"}
FEEDBACK = {"id": "f", "account": "one", "given_at": THEN, "kind": "complaint", "resolved_on": "2025-06-20"}
FIGURE = {"id": "f", "account": "one", "figure": "cost", "day": "2025-06-01", "value": "10.50"}
GOAL = {"id": "g", "account": "one", "name": "Faster", "target": 9, "value": 3, "started_on": "2025-06-01"}
DEAL = {"id": "d", "account": "one", "amount": 100, "opened_on": "2025-06-01"}


@pytest.mark.parametrize(
    ("name", "item"),
    [
        ("touches", TOUCH), ("pulses", PULSE), ("feedback", FEEDBACK), ("client_figures", FIGURE),
        ("goals", GOAL | {"due_on": "2025-12-01"}), ("deals", DEAL), ("contacts", CONTACT), ("churns", CHURN),
        ("contacts", {"id": "c", "account": "one", "left_on": "2025-06-01"}), ("invoices", INVOICE),
        ("subscriptions", TERM), ("survey_responses", ANSWER),
    ],
)  # fmt: skip
def test_a_stored_row_makes_its_item_again(acme, name, item):
    one, kind = account(acme, "one"), KINDS[name]
    tell(acme, name, item, at=THEN)
    again = kind.item(kind.model.objects.of(acme).get(), one)
    batch = Batch(acme, source_of(acme), name, [again], NOW + timedelta(hours=1))
    assert ingest.record(batch) == [KNOWN]
