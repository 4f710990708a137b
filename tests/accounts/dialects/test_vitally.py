"""Vitally's analytics API, body by body."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accounts.dialects import vitally
from accounts.dialects.success import Wrong
from accounts.facts import EventItem
from accounts.linking import Belongs, Said

SAID = {
    "account": (
        vitally.account_told,
        {
            "accountId": "123456",
            "traits": {"name": "Vital", "createdAt": "2018-06-01T00:00:00.000Z", "status": "trialing", "seats": None},
            "messageId": "m-1",
            "timestamp": "2018-05-15T12:31:12.123Z",
        },
        [
            Said(
                "accounts",
                {
                    "id": "123456",
                    "name": "Vital",
                    "started_on": "2018-06-01",
                    "properties": {"status": "trialing", "seats": None},
                },
            )
        ],
    ),
    "user": (
        vitally.user_told,
        {
            "userId": 32,
            "accountId": "123456",
            "traits": {"name": "Leo", "position": "Forward", "email": "leo@x.example"},
        },
        [
            Belongs("user:32", "123456"),
            Said("contacts", {"id": "32", "account": "", "name": "Leo", "email": "leo@x.example"}, "user:32"),
        ],
    ),
    "track": (
        vitally.track,
        {
            "userId": "32",
            "event": "Goal",
            "properties": {"minute": 9},
            "timestamp": "2026-11-20T12:00:00Z",
            "messageId": 5,
        },
        [
            Said(
                "events",
                EventItem(
                    account="",
                    name="Goal",
                    contact="32",
                    occurred_at=datetime(2026, 11, 20, 12, tzinfo=UTC),
                    properties={"minute": 9},
                    message_id="5",
                ),
                "user:32",
            )
        ],
    ),
    "track of an account": (
        vitally.track,
        {"accountId": "123456", "event": "Paid", "properties": {}},
        [Said("events", EventItem(account="123456", name="Paid"))],
    ),
}
REFUSED = {
    "account without traits": (vitally.account_told, {"accountId": "1"}, "traits", "is required"),
    "account without an id": (vitally.account_told, {"traits": {}}, "accountId", "is required"),
    "user of an organization": (
        vitally.user_told,
        {"userId": "1", "organizationId": "o", "traits": {}},
        "accountId",
        "is required: there are no organizations above accounts here",
    ),
    "track of nobody": (
        vitally.track,
        {"event": "Goal", "properties": {}},
        "userId",
        "is required where there is no accountId",
    ),
    "track without an event": (vitally.track, {"userId": "1", "properties": {}}, "event", "is required"),
    "track with a number for a name": (
        vitally.track,
        {"userId": "1", "event": 5, "properties": {}},
        "event",
        "must be a text",
    ),
}


@pytest.mark.parametrize("case", SAID)
def test_what_a_body_says(case: str) -> None:
    read, said, message = SAID[case]
    assert list(read(said)) == message


def test_without_an_id_what_has_a_time_is_known_by_all_it_says() -> None:
    said = {"userId": "1", "event": "Goal", "properties": {"a": 1}, "timestamp": "2026-11-20T12:00:00Z"}
    ids = [vitally.track(said | more)[0].item.message_id for more in ({}, {}, {"properties": {"a": 2}})]
    assert ids[0] == ids[1] != ids[2]


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_says_field_and_reason(case: str) -> None:
    read, said, field, reason = REFUSED[case]
    with pytest.raises(Wrong) as wrong:
        read(said)
    assert (wrong.value.result.field, wrong.value.result.reason) == (field, reason)
