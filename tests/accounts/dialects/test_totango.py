"""Totango's pixel, call by call."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.dialects.success import Wrong
from accounts.dialects.totango import read
from accounts.facts import EventItem
from accounts.linking import Belongs, Said

BASE = {"sdr_s": "hs_key", "sdr_o": "acc_1", "sdr_u": "ada@example.com"}
ADA = Belongs("user:ada@example.com", "acc_1")
LOGIN = Said(
    "events", EventItem(account="acc_1", name="Login", contact="ada@example.com", feature="App"), "user:ada@example.com"
)
SAID = {
    "an activity": (BASE | {"sdr_a": "Login", "sdr_m": "App"}, [ADA, LOGIN]),
    "with the account's name": (
        BASE | {"sdr_odn": "ACME Inc.", "sdr_a": "Login", "sdr_m": "App"},
        [Said("accounts", {"id": "acc_1", "name": "ACME Inc."}), ADA, LOGIN],
    ),
    "of a user whose account is known": (
        {"sdr_u": "7", "sdr_a": "Login"},
        [Said("events", EventItem(account="", name="Login", contact="7"), "user:7")],
    ),
    "of an account as a whole": (
        {"sdr_o": "acc_1", "sdr_a": "Sync"},
        [Said("events", EventItem(account="acc_1", name="Sync"))],
    ),
    "attributes of an account": (
        {
            "sdr_o": "acc_1",
            "sdr_o.account_name": "ACME",
            "sdr_o.Create Date": "2024-03-01T00:00:00Z",
            "sdr_o.Contract Value": "1200",
            "sdr_o.Plan": "Pro",
            "sdr_o.website": "https://www.acme.example/about",
        },
        [
            Said(
                "accounts",
                {
                    "id": "acc_1",
                    "name": "ACME",
                    "started_on": "2024-03-01",
                    "domain": "acme.example",
                    "properties": {"Contract Value": "1200", "Plan": "Pro"},
                },
            )
        ],
    ),
    "attributes of a user": (
        BASE | {"sdr_u.name": "Ada", "sdr_u.Key Contact": "yes", "sdr_u.Contact": "yes"},
        [
            ADA,
            Said(
                "contacts",
                {
                    "id": "ada@example.com",
                    "account": "acc_1",
                    "email": "ada@example.com",
                    "name": "Ada",
                    "part": "champion",
                },
                "user:ada@example.com",
            ),
        ],
    ),
}
REFUSED = {
    "nothing": ({}, "sdr_a"),
    "nothing of anybody": (BASE, "sdr_a"),
    "an activity of nobody": ({"sdr_a": "Login"}, "sdr_o"),
    "attributes of no account": ({"sdr_u": "7", "sdr_o.Plan": "Pro"}, "sdr_o"),
    "attributes of no user": ({"sdr_o": "acc_1", "sdr_u.name": "Ada"}, "sdr_u"),
    "a blank account": ({"sdr_o": "  ", "sdr_a": "Login"}, "sdr_o"),
    "too long": (BASE | {"sdr_a": "x" * 201}, "sdr_a"),
    "neither yes nor no": (BASE | {"sdr_u.Key Contact": "maybe"}, "sdr_u.Key Contact"),
}


@pytest.mark.parametrize("case", SAID)
def test_what_a_call_says(case: str) -> None:
    said, message = SAID[case]
    assert list(read(said)) == message


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_says_which_field(case: str) -> None:
    said, field = REFUSED[case]
    with pytest.raises(Wrong) as wrong:
        read(said)
    result: Any = wrong.value.result
    assert result.field == field
    assert result.reason
