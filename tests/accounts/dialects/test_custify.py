"""Custify's three addresses, body by body."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.dialects import custify
from accounts.dialects.success import Wrong
from accounts.facts import EventItem
from accounts.linking import Belongs, Joined, Said

NOON = "2026-11-20T12:00:00Z"
SAID = {
    "event": (
        custify.event,
        {"name": "Export", "user_id": 42, "company_id": "c1", "created_at": NOON, "metadata": {"rows": 3}},
        [
            Said(
                "events",
                EventItem(
                    account="c1",
                    name="Export",
                    contact="42",
                    occurred_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
                    properties={"rows": 3},
                ),
                "user:42",
            )
        ],
    ),
    "event by e-mail": (
        custify.event,
        {"name": "Export", "email": "ada@c1.example", "deduplication_id": "d-1", "metadata": {}},
        [
            Said(
                "events",
                EventItem(account="", name="Export", contact="ada@c1.example", message_id="d-1"),
                "user:ada@c1.example",
            )
        ],
    ),
    "people": (
        custify.people,
        {
            "user_id": "42",
            "email": "ada@c1.example",
            "name": "Ada",
            "signed_up_at": NOON,
            "phone": "1",
            "companies": [{"company_id": "c1", "remove": False}],
        },
        [
            Joined("user:ada@c1.example", "user:42"),
            Belongs("user:42", "c1"),
            Said(
                "contacts",
                {"id": "42", "account": "", "email": "ada@c1.example", "name": "Ada", "since_on": "2026-11-20"},
                "user:42",
            ),
        ],
    ),
    "people without a company": (
        custify.people,
        {"email": "ada@c1.example"},
        [
            Said(
                "contacts",
                {"id": "ada@c1.example", "account": "", "email": "ada@c1.example"},
                "user:ada@c1.example",
            )
        ],
    ),
    "company": (
        custify.company,
        {
            "company_id": 7,
            "name": "Seven",
            "website": "seven.example",
            "signed_up_at": "2024-01-05",
            "plan": "Pro",
            "custom_attributes": {"tier": "gold", "name": "not this"},
        },
        [
            Said(
                "accounts",
                {
                    "id": "7",
                    "name": "Seven",
                    "domain": "seven.example",
                    "started_on": "2024-01-05",
                    "properties": {"tier": "gold", "plan": "Pro"},
                },
            )
        ],
    ),
}
REFUSED = {
    "event without a name": (custify.event, {"user_id": "1"}, "name", "is required"),
    "event with an empty name": (custify.event, {"user_id": "1", "name": ""}, "name", "must not be empty"),
    "event of nobody": (custify.event, {"name": "Export"}, "user_id", "is required where there is no email"),
    "event at no time": (
        custify.event,
        {"name": "Export", "user_id": "1", "created_at": "yesterday"},
        "created_at",
        "must be a time such as 2026-11-22T10:00:00Z",
    ),
    "event whose user is a list": (
        custify.event,
        {"name": "Export", "user_id": []},
        "user_id",
        "must be a text or a whole number",
    ),
    "people without a name of theirs": (
        custify.people,
        {"name": "Ada"},
        "user_id",
        "is required where there is no email",
    ),
    "people of no company": (custify.people, {"email": "a@b.c", "companies": [{}]}, "company_id", "is required"),
    "people who left": (
        custify.people,
        {"email": "a@b.c", "companies": [{"company_id": "c1", "remove": True}]},
        "companies",
        "is not taken: say left_on over REST, /api/v1/contacts",
    ),
    "company without an id": (custify.company, {"name": "Seven"}, "company_id", "is required"),
    "a list": (custify.company, [], "", "must be an object"),
}


@pytest.mark.parametrize("case", SAID)
def test_what_a_body_says(case: str) -> None:
    read, said, message = SAID[case]
    assert list(read(said)) == message


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_says_field_and_reason(case: str) -> None:
    read, said, field, reason = REFUSED[case]
    with pytest.raises(Wrong) as wrong:
        read(said)
    assert (wrong.value.result.field, wrong.value.result.reason) == (field, reason)
