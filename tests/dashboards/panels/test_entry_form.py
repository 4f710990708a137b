"""The form of an entry: what it refuses, and what it makes of the rest."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from accounts import bounds
from accounts.models import Account
from dashboards.panels.entries import ENTRIES
from tests.cast import Cast
from tests.dashboards.by_hand import TYPED, add_url, enter, facts, filled
from tests.dashboards.conftest import sign_in


@pytest.mark.parametrize(
    ("key", "field", "value", "words"),
    [
        ("call", "happened_at", "2025-07-01T23:59", "lies in the future"),
        ("call", "happened_at", "1999-12-31T10:00", "before the year 2000"),
        ("call", "happened_at", "0001-01-01T00:00", "2000"),
        ("call", "happened_at", "9999-12-31T23:59", "future"),
        ("call", "happened_at", "2025-03-30T02:30", "in time zone"),
        ("call", "happened_at", "soon", "valid date/time"),
        ("call", "happened_at", "", "required"),
        ("call", "minutes", "-1", "greater than or equal to 0"),
        ("call", "minutes", "half", "whole number"),
        ("call", "minutes", "9" * 30, "less than or equal to"),
        ("call", "subject", "x" * 301, "at most 300"),
        ("call", "outcome", "a\x00b", "Null characters"),
        ("call", "direction", "sideways", "valid choice"),
        ("call", "ticket", "hand-1", "valid UUID"),
        ("meeting", "channel", "call", "valid choice"),
        ("pulse", "value", "6", "valid choice"),
        ("pulse", "value", "", "required"),
        ("complaint", "text", "x" * 20_001, "at most 20000"),
        ("figure", "value", "NaN", "Enter a number"),
        ("figure", "value", "Infinity", "Enter a number"),
        ("figure", "value", "123456789012345", "14 digits"),
        ("figure", "value", "1.23456", "4 decimal"),
        ("figure", "day", "2025-07-02", "lies in the future"),
        ("figure", "day", "1969-12-31", "before the year 2000"),
        ("figure", "day", "2025-W10", "valid date"),
        ("goal", "name", "", "required"),
        ("goal", "due_on", "2025-06-01", "before Since, 2025-07-01"),
        ("goal", "due_on", "2101-01-01", "after 2100"),
        ("goal", "started_on", "2025-08-01", "lies in the future"),
        ("goal", "target", "0", "where it starts already"),
        ("contact", "email", "ann", "valid email"),
        ("contact", "part", "friend", "valid choice"),
        ("deal", "amount", "-5", "greater than or equal to 0"),
    ],
)
def test_a_bad_value_is_told_beside_its_field(
    cast: Cast, one: Account, at_noon: datetime, key: str, field: str, value: str, words: str
) -> None:
    browser = sign_in(cast.alice)
    sent = filled(browser.get(add_url(one, key)).context["panel"].form, **TYPED.get(key, {}) | {field: value})
    response = browser.post(add_url(one, key), sent)
    assert response.status_code == 400
    form = response.context["panel"].form
    assert words in " ".join(form.errors[field])
    assert list(form.errors) == [field]
    assert not facts(one, key)


def test_what_the_form_lets_pass_and_ingest_does_not_is_told_as_well(
    cast: Cast, one: Account, at_noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bounds.CHECKS, str, lambda text, latest: "is rude" if text == "Boø" else "")
    response = sign_in(cast.alice).post(
        add_url(one, "call"),
        {"ticket": "0b2f6c1e-0000-4000-8000-000000000000", "happened_at": "2025-07-01T10:00"}
        | {"direction": "two_way", "subject": "Boø"},
    )
    assert response.status_code == 400
    assert response.context["panel"].form.errors == {"subject": ["is rude"]}


def test_an_empty_form_is_a_bad_request(cast: Cast, one: Account, at_noon: datetime) -> None:
    for key in ENTRIES:
        assert sign_in(cast.alice).post(add_url(one, key)).status_code == 400


def test_times_are_those_of_the_workspace(cast: Cast, one: Account, at_noon: datetime) -> None:
    enter(sign_in(cast.alice), one, "call", happened_at="2025-07-01T00:30")
    assert facts(one, "call")[0].occurred_at == datetime(2025, 6, 30, 22, 30, tzinfo=UTC)


def test_a_form_begins_where_something_is_wrong(cast: Cast, one: Account, at_noon: datetime) -> None:
    browser = sign_in(cast.alice)
    assert re.search(r'name="name"[^>]* autofocus', browser.get(add_url(one, "goal")).content.decode())
    page = browser.post(add_url(one, "goal"), {"name": "x", "target": "NaN"}).content.decode()
    assert re.findall(r'name="(\w+)"[^>]* autofocus', page) == ["baseline"]
